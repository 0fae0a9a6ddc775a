//! What can be said to `tieout undo`.

use clap::{Args, ValueEnum};

/// Arguments of `undo`.
#[derive(Debug, Args)]
#[command(after_help = "\
Shown first, document by document, as Xero holds it now: a draft is deleted, what is approved and unpaid is voided, and
payments that tieout made are taken back before. What others paid or allocated stands in the way and is named. A sales
invoice in a locked period, of which nothing is paid, is reversed by a credit note on an open day that is allocated to it;
any other document there is named, with the opposite one to write by hand. With --apply it is done, and the document is
not sent again by itself: the host is told that it is voided, and `tieout retry` sends it anew, unless a credit note
reverses it. What was changed by an update is not restored: the document goes out of the books as it is.

Examples:
  tieout undo INV-1042                          what undoing it comes to; nothing is done
  tieout undo INV-1042 --apply                  takes it out of the books
  tieout undo 7 --apply --because \"wrong year\"  the documents of batch 7, with the reason in their stories
  tieout undo run-20261122-073820               what a run of `sync`, or a day of `serve`, sent
  tieout undo --list                            the latest runs and batches
  tieout undo INV-1042 --cancel                 lets it stay, if it is not out yet

Exit codes: 3 when something stands in the way, or is not done yet.")]
pub(crate) struct UndoArgs {
    /// Documents by number or as host/kind/id, batches by name or as host/name, runs by name
    #[arg(required_unless_present = "list", value_name = "DOCUMENT|BATCH|RUN")]
    pub(crate) targets: Vec<String>,
    /// Does it; without, it is shown and nothing is done
    #[arg(long)]
    pub(crate) apply: bool,
    /// Why, for the stories and the host
    #[arg(long, value_name = "TEXT", requires = "apply")]
    pub(crate) because: Option<String>,
    /// Takes back that documents are to be undone, where that is not done yet
    #[arg(long, conflicts_with = "apply")]
    pub(crate) cancel: bool,
    /// What the names are, where one could be several things
    #[arg(long = "as", value_name = "WHAT")]
    pub(crate) named_as: Option<NamedAs>,
    /// Lists the latest runs and batches
    #[arg(long, conflicts_with_all = ["targets", "apply", "cancel", "named_as"])]
    pub(crate) list: bool,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NamedAs {
    /// A document
    Document,
    /// A batch of a host
    Batch,
    /// A run
    Run,
}
