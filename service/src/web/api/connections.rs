//! Connections and hosts: how far each has been read, what it holds, and whether its access works.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use tieout_core::document::{ConnectionId, HostId};

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{ConnectionPath, HostPath, PageAsked, word};
use super::paging::{Page, page_of};
use super::problem::Problem;
use crate::command::{ConnectionStanding, Standing, whole_standing};
use crate::web::api::access::ApiCaller;

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
    let standing = standing(&call.desk, &call.by).await?;
    let all = standing.connections.iter();
    let all: Vec<ConnectionForm> = all.map(|(id, of)| ConnectionForm::of(id, of)).collect();
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.to_string())?.reply(&call.asked))
}

async fn connection(call: Call<ConnectionPath>) -> Result<Reply<ConnectionForm>, Problem> {
    call.desk.must_know(&call.path.connection)?;
    let standing = standing(&call.desk, &call.by).await?;
    let id = &call.path.connection;
    let nothing = ConnectionStanding::default();
    let of = standing.connections.get(id).unwrap_or(&nothing);
    Ok(Reply::of(ConnectionForm::of(id, of)))
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
    let cursor = tieout_core::driver::HostCursor::read(desk.store(), id).await?;
    Ok(HostForm {
        id: id.clone(),
        keeps_records: site.host.records().is_some(),
        complete_as_of: cursor.complete_as_of,
    })
}

async fn standing(desk: &Desk, by: &ApiCaller) -> Result<Standing, Problem> {
    let mut office = desk.office(by);
    Ok(whole_standing(&mut office).await?)
}

impl ConnectionForm {
    fn of(id: &ConnectionId, of: &ConnectionStanding) -> Self {
        let access = of.grant.as_ref().map(|grant| AccessForm {
            state: word(&grant.state),
            since: grant.since,
            reason: grant.reason.clone(),
            remedy: grant.remedy.clone(),
        });
        let kinds = of.kinds.iter();
        Self {
            id: id.clone(),
            organisation: of.organisation.clone(),
            access,
            complete_as_of: of.complete_as_of,
            states: counts(&of.states),
            kinds: kinds
                .map(|(kind, states)| ((*kind).to_owned(), counts(states)))
                .collect(),
            owed: whole(of.owed),
            old_left: whole(of.old_left),
            backfill_paused: of.backfill_pause.as_ref().map(|pause| PausedForm {
                by: pause.by.clone(),
                at: pause.at,
            }),
        }
    }
}

fn counts(states: &BTreeMap<&'static str, usize>) -> BTreeMap<String, u64> {
    let counted = states.iter();
    counted
        .map(|(state, count)| ((*state).to_owned(), whole(*count)))
        .collect()
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
