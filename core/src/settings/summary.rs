//! Whether many documents of one contact travel as one invoice, and over which period.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Over which days documents are gathered, by their own dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummaryPeriod {
    /// A day.
    Day,
    /// A week, from Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

/// How sales invoices are gathered into summaries: one invoice for a contact, a currency and a period.
///
/// Credit notes, bills and orders travel alone as ever, and so does what was sent alone before and what the host took a
/// payment for itself under `host_payments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryPolicy {
    /// The period. Its last day is the date of the summary.
    pub period: SummaryPeriod,
    /// The hosts whose invoices are gathered; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The business divisions whose invoices are gathered; empty for all, also for documents without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub divisions: Vec<String>,
    /// Hours after the midnight (UTC) that ends the period, 0 to 744; 24 when left out. The summary leaves then, once the
    /// host was read to its end. What comes later goes into a further summary of the same period.
    #[serde(default = "day")]
    #[schemars(range(max = 744))]
    pub closes_after_hours: u16,
}

impl SummaryPolicy {
    /// The longest wait after the end of a period, in hours: a month.
    pub const CLOSES_AFTER_HOURS_MAX: u16 = 744;
}

fn day() -> u16 {
    24
}
