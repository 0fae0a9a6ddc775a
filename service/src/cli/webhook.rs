//! How webhook endpoints are managed.

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args, Subcommand};
use url::Url;

use super::OnlyArgs;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tieout webhook add erp https://erp.example.org/hooks/tieout      shows the secret, once
  tieout webhook add pay https://pay.example.org/in --event payment.imported
  tieout webhook test erp                                          an event that says it is a trial, now
  tieout webhook log erp                                           what was sent, and what came back
  tieout webhook replay erp --since 2026-11-20T00:00:00Z           sends it again, under the same identifiers
  tieout webhook change erp --rotate                               a new secret; the old one signs for a day more
  tieout webhook list
  tieout webhook remove erp

Events leave while `tieout serve` runs, signed by Standard Webhooks; `tieout schema event` shows their form.";

/// What can be done with webhook endpoints.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Lists the endpoints, with how they stand; ends with 3 when one is switched off for failing
    List,
    /// Adds an endpoint, and shows its secret, once
    Add(WebhookAddArgs),
    /// Changes an endpoint: what is named is replaced, the rest stays
    Change(WebhookChangeArgs),
    /// Removes an endpoint with everything that waits for it
    Remove {
        /// The endpoint
        name: String,
    },
    /// Sends an event that says it is a trial; ends with 3 when it is not taken
    Test {
        /// The endpoint
        name: String,
    },
    /// Shows the latest attempts, the newest first
    Log {
        /// The endpoint
        name: String,
        /// Attempts that are shown at most
        #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
        limit: u16,
    },
    /// Has events sent again, under the same identifiers
    Replay(ReplayEventsArgs),
}

/// Arguments of `webhook add`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout webhook add erp https://erp.example.org/hooks/tieout
  tieout webhook add pay https://pay.example.org/in --event payment.imported --event document.voided
  tieout webhook add north https://north.example.org/in --group north   only what that group is told about")]
pub(crate) struct WebhookAddArgs {
    /// The endpoint's name in commands: a to z, digits and `-`
    pub(crate) name: String,
    /// Where events are posted to: https, and nothing inside this network
    pub(crate) url: Url,
    /// Only events of this type; may be repeated [default: every event]
    #[arg(long = "event", value_name = "TYPE")]
    pub(crate) events: Vec<String>,
    /// Only what this group is told about; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// About which documents
    #[command(flatten)]
    pub(crate) only: OnlyArgs,
}

/// Arguments of `webhook change`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("switch").args(["enable", "disable"])),
    after_help = "\
Examples:
  tieout webhook change erp --url https://new.example.org/in
  tieout webhook change erp --enable     after it was switched off, by a person or for failing
  tieout webhook change erp --rotate     a new secret, shown once; the old one signs for a day more"
)]
pub(crate) struct WebhookChangeArgs {
    /// The endpoint
    pub(crate) name: String,
    /// Where events are posted to from now on
    #[arg(long)]
    pub(crate) url: Option<Url>,
    /// Only events of this type from now on; may be repeated
    #[arg(long = "event", value_name = "TYPE")]
    pub(crate) events: Vec<String>,
    /// Every event from now on
    #[arg(long, conflicts_with = "events")]
    pub(crate) all_events: bool,
    /// Only what this group is told about from now on; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// About which documents from now on
    #[command(flatten)]
    pub(crate) only: OnlyArgs,
    /// About everything from now on, whatever groups are told
    #[arg(long, conflicts_with_all = ["hosts", "connections", "divisions", "groups"])]
    pub(crate) everything: bool,
    /// Switches it on again; what waited goes
    #[arg(long)]
    pub(crate) enable: bool,
    /// Switches it off; events are kept for a replay
    #[arg(long)]
    pub(crate) disable: bool,
    /// Makes a new secret and shows it, once
    #[arg(long)]
    pub(crate) rotate: bool,
}

/// Arguments of `webhook replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout webhook replay erp evt_1042_9f86d081884c7d65                one event, as `tieout webhook log` names it
  tieout webhook replay erp --since 2026-11-20T00:00:00Z             everything since then
  tieout webhook replay erp --since 2026-11-20T00:00:00Z --until 2026-11-21T00:00:00Z

Events are kept for 30 days. They carry the identifiers that they had: a receiver who has one knows it.")]
pub(crate) struct ReplayEventsArgs {
    /// The endpoint
    pub(crate) name: String,
    /// The event
    #[arg(required_unless_present = "since", conflicts_with_all = ["since", "until"])]
    pub(crate) event: Option<String>,
    /// Everything that was told since this time, with its offset
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Only what was told before this time
    #[arg(long, value_name = "TIME", requires = "since")]
    pub(crate) until: Option<DateTime<Utc>>,
}
