//! Looking at everything now, instead of when it is due; and old documents, which can be let rest.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::ConnectionId;
use tieout_core::driver::BackfillPause;

use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::problem::{Problem, Sort};
use crate::command::latest_run;

/// That everything is looked at now.
#[derive(Debug, Serialize, JsonSchema)]
struct Woken {
    /// The run in whose name it happens, if anything was written yet; `GET /v1/runs/{run}` tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
}

/// How far the old documents of each connection are.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Backfill {
    /// By connection. One without old documents is absent.
    connections: BTreeMap<String, BackfillOf>,
}

/// How far the old documents of a connection are.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct BackfillOf {
    /// How many there are.
    standing: BackfillCounts,
    /// Calls that they may take of what is left today.
    calls_today: u64,
    /// Calls that they may take on a usual day.
    calls_a_day: u64,
    /// Documents that a call carries.
    documents_a_call: u64,
    /// How long they take from now on, in seconds; absent where today's work needs the whole budget.
    left_s: Option<i64>,
}

/// How many old documents there are.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct BackfillCounts {
    /// Those that are still to be sent.
    left: u64,
    /// Those that are at the provider.
    sent: u64,
    /// Those that wait for somebody.
    held: u64,
    /// Those sent in the last hour.
    sent_last_hour: u64,
    /// Those sent in the last day.
    sent_last_day: u64,
    /// Who lets them rest.
    pause: Option<BackfillPaused>,
}

/// Who lets old documents rest.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct BackfillPaused {
    /// Who asked for it.
    by: String,
    /// Since when.
    at: DateTime<Utc>,
}

/// Whose old documents are meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BackfillAsked {
    /// One connection; without it, all.
    #[serde(default)]
    connection: Option<ConnectionId>,
}

/// What was changed.
#[derive(Debug, Serialize, JsonSchema)]
struct BackfillChanged {
    /// For each connection, whether it was news.
    changed: BTreeMap<String, bool>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/v1/sync",
            "sync_now",
            "Looks at every host and every organisation now, and sends what is due. What comes of it is seen in the lists.",
            wake,
        )
        .with_status(StatusCode::ACCEPTED),
        Endpoint::get(
            "/v1/backfill",
            "read_backfill",
            "How far old documents are, and how long they take. Counts every document: not for every minute.",
            backfill,
        ),
        Endpoint::post(
            "/v1/backfill/pause",
            "pause_backfill",
            "Lets old documents rest until they are resumed; today's go on.",
            pause,
        ),
        Endpoint::post(
            "/v1/backfill/resume",
            "resume_backfill",
            "Lets old documents go on.",
            resume,
        ),
    ]
}

async fn wake(call: Call) -> Result<Reply<Woken>, Problem> {
    call.desk.world().look_now();
    let run = latest_run(call.desk.store()).await?;
    Ok(Reply::of(Woken {
        run: run.map(|run| run.id),
    }))
}

async fn backfill(call: Call) -> Result<Reply<Backfill>, Problem> {
    let said = call
        .desk
        .front
        .command(&["backfill"], &call.by.name)
        .await?;
    let value = said.values.into_iter().next().unwrap_or_default();
    let read = serde_json::from_value(value).map_err(|error| {
        tracing::error!(%error, "what `backfill` says is not what the API shows");
        Problem::new(
            Sort::Broken,
            "what is known of old documents cannot be read",
        )
    })?;
    Ok(Reply::of(read))
}

async fn pause(
    call: Call<Nothing, Nothing, BackfillAsked>,
) -> Result<Reply<BackfillChanged>, Problem> {
    let mut changed = BTreeMap::new();
    let now = call.desk.world().clock.now();
    for name in meant(&call)? {
        let is_news = BackfillPause::begin(call.desk.store(), &name, &call.by.name, now).await?;
        changed.insert(name.to_string(), is_news);
    }
    Ok(Reply::of(BackfillChanged { changed }))
}

async fn resume(
    call: Call<Nothing, Nothing, BackfillAsked>,
) -> Result<Reply<BackfillChanged>, Problem> {
    let mut changed = BTreeMap::new();
    let now = call.desk.world().clock.now();
    for name in meant(&call)? {
        let is_news = BackfillPause::end(call.desk.store(), &name, &call.by.name, now).await?;
        changed.insert(name.to_string(), is_news);
    }
    call.desk.world().work_now();
    Ok(Reply::of(BackfillChanged { changed }))
}

fn meant(call: &Call<Nothing, Nothing, BackfillAsked>) -> Result<Vec<ConnectionId>, Problem> {
    let known = &call.desk.front.shop.loaded().config.connections;
    match &call.body.connection {
        None => Ok(known.keys().cloned().collect()),
        Some(name) if known.contains_key(name) => Ok(vec![name.clone()]),
        Some(name) => Err(Problem::not_usable(format!(
            "the configuration has no connection `{name}`"
        ))),
    }
}
