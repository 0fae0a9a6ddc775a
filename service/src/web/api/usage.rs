//! What was spent of the provider's budget, by whom and on what; nothing is asked of the provider.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::document::ConnectionId;

use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::problem::{Problem, Sort};

/// Whose usage is wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct UsageAsked {
    /// Only this connection.
    connection: Option<ConnectionId>,
}

/// What was spent.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Usage {
    /// As of when.
    as_of: DateTime<Utc>,
    /// By connection.
    organisations: BTreeMap<String, OrganisationUsage>,
    /// What the month of each app comes to, in the form of `tieout --json usage`, which later versions may extend.
    apps: Vec<Value>,
    /// Where the prices are from.
    prices: Value,
}

/// What an organisation's calls come to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct OrganisationUsage {
    /// Its name.
    organisation: String,
    /// The app that calls it.
    app: String,
    /// What was spent.
    spending: SpendingForm,
}

/// What was spent of an organisation's budget.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Spending")]
struct SpendingForm {
    /// Calls that a day has.
    calls_per_day: u32,
    /// Calls left of the day.
    calls_left_today: u32,
    /// When the day's budget begins anew, if that is known to the hour.
    begins_anew_at: Option<DateTime<Utc>>,
    /// The latest moment at which it does.
    begins_anew_by: Option<DateTime<Utc>>,
    /// Calls that a minute has.
    calls_per_minute: u32,
    /// Calls of this minute.
    calls_this_minute: u32,
    /// What is left of the day for each purpose.
    left_for: BTreeMap<String, u32>,
    /// When this was written down.
    as_of: Option<DateTime<Utc>>,
    /// Calls of the last sixty minutes.
    calls_last_hour: u64,
    /// When nothing is left, if every hour is like the last one.
    runs_out_at: Option<DateTime<Utc>>,
    /// Today, by UTC: calls and bytes by what they were for.
    today: BTreeMap<String, Value>,
    /// This calendar month, by UTC.
    month: BTreeMap<String, Value>,
    /// The first day that was counted.
    counted_since: Option<NaiveDate>,
    /// The most calls on a day of this month.
    busiest_day_calls: u64,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/usage",
        "read_usage",
        "What was spent of the provider's budget, what is left today, and what the month comes to.",
        show,
    )]
}

async fn show(call: Call<Nothing, UsageAsked>) -> Result<Reply<Usage>, Problem> {
    let mut words = vec!["usage"];
    if let Some(connection) = &call.query.connection {
        call.desk.must_know(connection)?;
        words.extend(["--connection", connection.as_str()]);
    }
    let said = call.desk.front.command(&words, &call.by.name).await?;
    let value = said.values.into_iter().next().unwrap_or_default();
    let read = serde_json::from_value(value).map_err(|error| {
        tracing::error!(%error, "what `usage` says is not what the API shows");
        Problem::new(Sort::Broken, "what is known of the usage cannot be read")
    })?;
    Ok(Reply::of(read))
}
