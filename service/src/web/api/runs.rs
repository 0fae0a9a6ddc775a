//! Runs and batches: what was written together, or came together.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::HostId;
use tieout_core::driver::{Run, Wrote, batches, run_documents, runs};
use tieout_core::engine::BindingKey;

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{PageAsked, word};
use super::paging::{Limit, Page, cursor, page_of, place};
use super::problem::Problem;

/// A run, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct RunPath {
    /// Its name, such as `run-20261122-073820`.
    run: String,
}

/// A run of `sync`, or a day of `serve`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
struct RunForm {
    /// Its name.
    id: String,
    /// What it was: `once`, `plan` or `serving`.
    kind: String,
    /// Who began it.
    by: String,
    /// When it began.
    began_at: DateTime<Utc>,
    /// When it ended; absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
}

/// What a run did to a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Wrote")]
struct WroteForm {
    /// The document on its connection.
    binding: BindingKey,
    /// The provider's document, as the run left it.
    provider_id: String,
    /// Whether the run made it; otherwise it changed it.
    created: bool,
}

/// Documents that a host handed over together.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Batch")]
struct BatchForm {
    /// The host.
    host: HostId,
    /// What the host calls it.
    name: String,
    /// When its first document came.
    first_at: DateTime<Utc>,
    /// When its newest document came.
    last_at: DateTime<Utc>,
    /// How often a document of it was new or changed.
    documents: usize,
}

/// Which batches are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct BatchesAsked {
    /// Only those of this host.
    host: Option<HostId>,
    /// How many on a page.
    limit: Limit,
    /// The `next` of the page before.
    after: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/runs",
            "list_runs",
            "The runs that are remembered, the newest first.",
            all_runs,
        ),
        Endpoint::get("/v1/runs/{run}", "read_run", "One run.", one),
        Endpoint::get(
            "/v1/runs/{run}/documents",
            "list_run_documents",
            "The documents that a run made or changed at the provider.",
            documents,
        ),
        Endpoint::get(
            "/v1/batches",
            "list_batches",
            "The batches of the hosts, the newest first.",
            all_batches,
        ),
    ]
}

async fn all_runs(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<RunForm>>, Problem> {
    let all = runs(call.desk.store()).await?;
    let all: Vec<RunForm> = all.into_iter().map(RunForm::of).collect();
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.clone())?.reply(&call.asked))
}

async fn one(call: Call<RunPath>) -> Result<Reply<RunForm>, Problem> {
    let run = known(&call.desk, &call.path.run).await?;
    Ok(Reply::of(RunForm::of(run)))
}

async fn documents(call: Call<RunPath, PageAsked>) -> Result<Reply<Page<WroteForm>>, Problem> {
    let run = known(&call.desk, &call.path.run).await?;
    let wrote = run_documents(call.desk.store(), &run).await?;
    let last: Option<BindingKey> = place(call.query.after.as_deref())?;
    // They stand in the order of their keys, so a run that goes on may write more without leading anybody astray.
    let is_new = |it: &Wrote| last.as_ref().is_none_or(|last| it.binding > *last);
    let mut rest = wrote.into_iter().filter(is_new);
    let data: Vec<WroteForm> = rest
        .by_ref()
        .take(call.query.limit.get())
        .map(WroteForm::of)
        .collect();
    let next = match (rest.next(), data.last()) {
        (Some(_), Some(last)) => Some(cursor(&last.binding)),
        (_, _) => None,
    };
    Ok(Page { data, next }.reply(&call.asked))
}

async fn all_batches(call: Call<Nothing, BatchesAsked>) -> Result<Reply<Page<BatchForm>>, Problem> {
    let mut all = Vec::new();
    for host in call.desk.world().hosts.keys() {
        if call.query.host.as_ref().is_some_and(|only| only != host) {
            continue;
        }
        let known = batches(call.desk.store(), host).await?;
        all.extend(known.into_iter().map(|batch| BatchForm {
            host: batch.host,
            name: batch.name,
            first_at: batch.first_at,
            last_at: batch.last_at,
            documents: batch.documents,
        }));
    }
    all.sort_by(|one, other| {
        let newest_first = other.first_at.cmp(&one.first_at);
        newest_first.then_with(|| (&one.host, &one.name).cmp(&(&other.host, &other.name)))
    });
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    let name = |it: &BatchForm| format!("{}/{}", it.host, it.name);
    Ok(page_of(all, limit, after, name)?.reply(&call.asked))
}

async fn known(desk: &Desk, id: &str) -> Result<Run, Problem> {
    let all = runs(desk.store()).await?;
    let found = all.into_iter().find(|run| run.id == id);
    found.ok_or_else(|| Problem::not_found("no run of this name is remembered"))
}

impl RunForm {
    fn of(run: Run) -> Self {
        Self {
            kind: word(&run.kind),
            id: run.id,
            by: run.by,
            began_at: run.began_at,
            ended_at: run.ended_at,
        }
    }
}

impl WroteForm {
    fn of(wrote: Wrote) -> Self {
        Self {
            binding: wrote.binding,
            provider_id: wrote.provider_id,
            created: wrote.created,
        }
    }
}
