//! An office that tries another configuration: with the hosts and the organisations that are at work, and one more that is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use tieout_core::document::ConnectionId;
use tieout_core::driver::{Progress, World};

use super::{Office, Organisation, Staff, limits};
use crate::config::Loaded;
use crate::exit::Failure;

/// An office in which nothing is sent: it looks, plans and checks as if its configuration were the one at work.
pub(crate) struct Trial {
    /// The office, for commands that look.
    pub(crate) office: Office,
    /// Those who would be at work.
    pub(crate) staff: Arc<Staff>,
    /// The organisation that was opened for it alone.
    opened: Option<ConnectionId>,
}

impl Trial {
    /// Saves what its own calls cost.
    pub(crate) async fn close(&self) {
        let opened = self.opened.as_ref();
        let organisation = opened.and_then(|name| self.staff.organisations.get(name));
        if let Some(budget) = organisation.and_then(Organisation::budget) {
            budget.close().await;
        }
    }
}

impl Office {
    /// Tries a configuration in a lent office. Organisations at work keep their budgets of calls; `with` is opened too,
    /// where it is connected, also if it is switched off.
    ///
    /// # Errors
    ///
    /// Those of the store, and where an app cannot be used.
    pub(crate) async fn trial(
        &self,
        loaded: Loaded,
        with: Option<&ConnectionId>,
    ) -> Result<Trial, Failure> {
        let at_work = self
            .at_work
            .as_ref()
            .ok_or_else(|| Failure::new("only an office at work tries another configuration"))?;
        let mut office = self.lend(at_work, self.by.clone());
        let config = loaded.config.clone();
        let (mut sites, mut organisations) = (BTreeMap::new(), BTreeMap::new());
        let (mut unconnected, mut opened) = (Vec::new(), None);
        for (name, connection) in &config.connections {
            let is_wanted = with == Some(name);
            if config.off.connections.contains(name) && !is_wanted {
                continue;
            }
            let organisation = match at_work.organisations.get(name) {
                Some(known) => Some(known.clone()),
                // Nobody has it at work, so that nobody else spends its budget meanwhile.
                None if is_wanted => {
                    opened = Some(name.clone());
                    office.organisation(&loaded, name, connection).await?
                }
                None => None,
            };
            let Some(organisation) = organisation else {
                unconnected.push(name.clone());
                continue;
            };
            let site = organisation.site(name.clone(), connection.settings.clone());
            sites.insert(name.clone(), site);
            organisations.insert(name.clone(), organisation);
        }
        let hosts = at_work.world.hosts.iter();
        let hosts = hosts.filter(|(name, _)| config.hosts.contains_key(*name));
        let world = World {
            store: self.port(),
            clock: Arc::clone(&self.clock),
            hosts: hosts
                .map(|(name, site)| (name.clone(), Arc::clone(site)))
                .collect(),
            connections: sites,
            routes: config.routes(),
            limits: limits(&config),
            progress: Arc::new(Progress::default()),
        };
        let staff = Arc::new(Staff {
            world: Arc::new(world),
            organisations,
            unconnected,
            off: config.off.connections.clone(),
        });
        office.loaded = loaded;
        office.at_work = Some(Arc::clone(&staff));
        Ok(Trial {
            office,
            staff,
            opened,
        })
    }
}
