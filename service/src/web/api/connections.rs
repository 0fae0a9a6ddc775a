//! Connections and hosts: how far each has been read, what it holds, and whether its access works.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{BackfillPause, HostCursor, ProviderCursor};
use tieout_core::store::Tallies;

use super::access::ApiCaller;
use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{ConnectionPath, HostPath, PageAsked, word};
use super::paging::{Page, page_of};
use super::problem::Problem;
use crate::command::{GrantStanding, look_at_grant};
use crate::exit::Failure;

/// A connection: an organisation at a provider, with its documents.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Connection")]
struct ConnectionForm {
    /// Its name in the configuration; `unrouted` for the documents that no connection claims.
    id: ConnectionId,
    /// The organisation; absent while nobody has connected it.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<String>,
    /// How its access stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<AccessForm>,
    /// Everything that changed at the provider before this moment is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_as_of: Option<DateTime<Utc>>,
    /// Documents by state.
    states: BTreeMap<String, u64>,
    /// Documents by kind, and of each kind by state.
    kinds: BTreeMap<String, BTreeMap<String, u64>>,
    /// Documents whose host is still to be told something.
    owed: u64,
    /// Old documents that wait for their turn.
    old_left: u64,
    /// Who lets old documents rest, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    backfill_paused: Option<PausedForm>,
}

/// How the access of a connection stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Access")]
struct AccessForm {
    /// `live`, `renewing`, `broken`, `missing` or `unreadable`.
    state: String,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<DateTime<Utc>>,
    /// Why, as a fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What to do, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// That old documents rest.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Pause")]
struct PausedForm {
    /// Who asked for it.
    by: String,
    /// Since when.
    at: DateTime<Utc>,
}

/// A host: a product whose documents are kept.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Host")]
struct HostForm {
    /// Its name in the configuration.
    id: HostId,
    /// Whether it keeps records beside which documents are shown.
    keeps_records: bool,
    /// Everything that it told before this moment is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_as_of: Option<DateTime<Utc>>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/connections",
            "list_connections",
            "The connections, with their documents by state and how far each has been read.",
            connections,
        ),
        Endpoint::get(
            "/v1/connections/{connection}",
            "read_connection",
            "One connection.",
            connection,
        ),
        Endpoint::get(
            "/v1/hosts",
            "list_hosts",
            "The hosts, and how far each has been read.",
            hosts,
        ),
        Endpoint::get("/v1/hosts/{host}", "read_host", "One host.", host),
    ]
}

async fn connections(
    call: Call<Nothing, PageAsked>,
) -> Result<Reply<Page<ConnectionForm>>, Problem> {
    let tallies = call.desk.store().tallies().await?;
    let configured = call.desk.front.shop.loaded().config.connections.keys();
    // Documents of a connection that left the configuration are still there.
    let counted = tallies.slots.keys().filter(|slot| !slot.is_over());
    let counted = counted.map(|slot| &slot.connection);
    let names: BTreeSet<&ConnectionId> = configured.chain(counted).collect();
    let mut all = Vec::new();
    for name in names {
        all.push(one_connection(&call.desk, &call.by, (name, &tallies)).await?);
    }
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.to_string())?.reply(&call.asked))
}

async fn connection(call: Call<ConnectionPath>) -> Result<Reply<ConnectionForm>, Problem> {
    call.desk.must_know(&call.path.connection)?;
    let tallies = call.desk.store().tallies().await?;
    let of = (&call.path.connection, &tallies);
    Ok(Reply::of(one_connection(&call.desk, &call.by, of).await?))
}

/// A connection, from counts, cursors and the record of its access: nobody is asked.
async fn one_connection(
    desk: &Desk,
    by: &ApiCaller,
    (name, tallies): (&ConnectionId, &Tallies),
) -> Result<ConnectionForm, Problem> {
    let mut form = ConnectionForm::counted(name, tallies);
    let mut office = desk.office(by);
    let config = office.loaded.config.connections.get(name).cloned();
    let Some(config) = config else {
        return Ok(form);
    };
    let cursor = ProviderCursor::read(desk.store(), name).await?;
    form.complete_as_of = cursor.complete_as_of;
    let pause = BackfillPause::read(desk.store(), name).await?;
    form.backfill_paused = pause.map(|pause| PausedForm {
        by: pause.by,
        at: pause.at,
    });
    form.organisation = config.named_books();
    let record = office.apps.connections.read(name).await;
    if let Some(record) = record.map_err(Failure::from)? {
        let grant = look_at_grant(&mut office, name, &config, &record).await?;
        form.access = Some(AccessForm::of(&grant));
        form.organisation = Some(record.tenant_name);
    }
    Ok(form)
}

async fn hosts(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<HostForm>>, Problem> {
    let mut all = Vec::new();
    for id in call.desk.world().hosts.keys() {
        all.push(one_host(&call.desk, id).await?);
    }
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.to_string())?.reply(&call.asked))
}

async fn host(call: Call<HostPath>) -> Result<Reply<HostForm>, Problem> {
    Ok(Reply::of(one_host(&call.desk, &call.path.host).await?))
}

async fn one_host(desk: &Desk, id: &HostId) -> Result<HostForm, Problem> {
    let site = desk.host(id)?;
    let cursor = HostCursor::read(desk.store(), id).await?;
    Ok(HostForm {
        id: id.clone(),
        keeps_records: site.host.records().is_some(),
        complete_as_of: cursor.complete_as_of,
    })
}

impl AccessForm {
    fn of(grant: &GrantStanding) -> Self {
        Self {
            state: word(&grant.state),
            since: grant.since,
            reason: grant.reason.clone(),
            remedy: grant.remedy.clone(),
        }
    }
}

impl ConnectionForm {
    fn counted(id: &ConnectionId, tallies: &Tallies) -> Self {
        let mut form = Self {
            id: id.clone(),
            organisation: None,
            access: None,
            complete_as_of: None,
            states: BTreeMap::new(),
            kinds: BTreeMap::new(),
            owed: 0,
            old_left: 0,
            backfill_paused: None,
        };
        for (slot, tally) in &tallies.slots {
            if slot.connection != *id || slot.is_over() {
                continue;
            }
            let state = slot.state.as_str().to_owned();
            let kind = form.kinds.entry(slot.kind.as_str().to_owned()).or_default();
            *kind.entry(state.clone()).or_default() += tally.documents;
            *form.states.entry(state).or_default() += tally.documents;
            form.owed += tally.owed;
            form.old_left += tally.old_left;
        }
        form
    }
}
