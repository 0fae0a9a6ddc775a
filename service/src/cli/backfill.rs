//! How old documents are asked for, and let rest.

use clap::{Args, Subcommand};

/// Arguments of `backfill`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout backfill                             how many old documents are left, and how long they take
  tieout backfill pause                       they rest; today's documents and payments go on
  tieout backfill resume --connection acme-au

Old documents are those dated more than 31 days before they came. Today's always go first.")]
pub(crate) struct BackfillArgs {
    /// What to do [default: show where it stands]
    #[command(subcommand)]
    pub(crate) action: Option<BackfillAction>,
    /// Only this connection of the configuration
    #[arg(long, global = true)]
    pub(crate) connection: Option<String>,
}

/// What can be done with old documents.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum BackfillAction {
    /// Lets them rest until `resume`, over restarts too
    Pause,
    /// Lets them go on
    Resume,
}
