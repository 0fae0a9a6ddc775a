//! On which host and which connection a person works beside a record, and in whose name.

use chrono::{DateTime, Utc};

use super::error::RecordError;
use crate::document::{ConnectionId, HostId};
use crate::driver::site::{ConnectionSite, HostSite, World};
use crate::host::{HostRecord, RecordHost, RecordRef};
use crate::provider::{Browse, Organisation};
use crate::store::Store;

/// A host that keeps records, the connection beside it, and who works there.
pub struct RecordDesk<'w> {
    pub(super) world: &'w World,
    pub(super) host: &'w HostSite,
    pub(super) site: &'w ConnectionSite,
    pub(super) by: &'w str,
}

impl<'w> RecordDesk<'w> {
    /// The desk of a host at a connection; without one, at the only one that takes documents of the host.
    ///
    /// Asks nobody. Denied when the host is not known or keeps no records, or several connections would do.
    pub fn open(
        world: &'w World,
        host: &HostId,
        connection: Option<&ConnectionId>,
        by: &'w str,
    ) -> Result<Self, RecordError> {
        let known = world.hosts.get(host);
        let Some(host_site) = known.filter(|site| site.host.records().is_some()) else {
            let names = world
                .hosts
                .values()
                .filter(|site| site.host.records().is_some());
            let names: Vec<&str> = names.map(|site| site.id.as_str()).collect();
            let what = match known {
                Some(_) => "keeps no records",
                None => "is not in the configuration",
            };
            return Err(RecordError::denied(
                format!("host `{host}` {what}"),
                match names.is_empty() {
                    true => "No host of the configuration keeps records.".to_owned(),
                    false => format!("Those that do: {}.", names.join(", ")),
                },
            ));
        };
        let routes = world.routes.0.iter();
        let mut fitting: Vec<&ConnectionId> = routes
            .filter(|route| route.host.as_ref().is_none_or(|wanted| wanted == host))
            .map(|route| &route.connection)
            .collect();
        fitting.sort_unstable();
        fitting.dedup();
        let names: Vec<&str> = fitting.iter().map(|name| name.as_str()).collect();
        let chosen = match (connection, fitting.as_slice()) {
            (Some(named), several) if several.contains(&named) => named,
            (Some(named), _) => {
                return Err(RecordError::denied(
                    format!("no route leads documents of `{host}` to `{named}`"),
                    format!("Routes lead to: {}.", names.join(", ")),
                ));
            }
            (None, [only]) => only,
            (None, _) => {
                return Err(RecordError::denied(
                    format!("documents of `{host}` go to several connections, or to none"),
                    format!(
                        "Name it: `--connection NAME`. Routes lead to: {}.",
                        names.join(", ")
                    ),
                ));
            }
        };
        let Some(site) = world.connections.get(chosen) else {
            return Err(RecordError::denied(
                format!("connection `{chosen}` is not connected"),
                format!("Run `tieout connect {chosen}`."),
            ));
        };
        Ok(Self {
            world,
            host: host_site,
            site,
            by,
        })
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &ConnectionId {
        &self.site.id
    }

    /// The record as it is now. Denied when there is none.
    pub async fn record(&self, key: &RecordRef) -> Result<HostRecord, RecordError> {
        let found = self.records()?.record(key).await?;
        found.ok_or_else(|| {
            RecordError::denied(
                format!("{} has no {key}", self.host.id),
                "Name it as KIND/ID, with the identifier that the product shows in its address.",
            )
        })
    }

    pub(super) fn records(&self) -> Result<&'w dyn RecordHost, RecordError> {
        self.host.host.records().ok_or_else(|| {
            RecordError::denied(format!("host `{}` keeps no records", self.host.id), "")
        })
    }

    /// What the provider shows to people, where it shows anything.
    pub(super) fn shown(&self) -> Option<&'w dyn Browse> {
        self.site.provider.clerk()?.browse()
    }

    pub(super) fn browse(&self) -> Result<&'w dyn Browse, RecordError> {
        self.shown().ok_or_else(|| {
            RecordError::denied(
                format!("the provider of `{}` shows nothing to people", self.site.id),
                "Use another connection.",
            )
        })
    }

    /// Fails for a record to which no invoices are written, such as a deal.
    pub(super) fn must_be_party(&self, record: &HostRecord) -> Result<(), RecordError> {
        if record.key.kind.is_party() {
            return Ok(());
        }
        Err(RecordError::denied(
            format!("{} is nobody to whom invoices are written", record.key),
            format!(
                "Link its company or its person; to this, documents are linked: `tieout record link {} {} --document NUMBER`.",
                self.host.id, record.key
            ),
        ))
    }

    pub(super) fn store(&self) -> &'w dyn Store {
        self.world.store.as_ref()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    /// The organisation, as the chart remembers it or the provider tells it.
    pub(super) async fn organisation(&self) -> Result<Organisation, RecordError> {
        let (store, provider) = (self.store(), self.site.provider.as_ref());
        let chart = self
            .site
            .book
            .chart(store, provider, &self.world.limits, self.now())
            .await?;
        Ok(chart.organisation.clone())
    }
}
