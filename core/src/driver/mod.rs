//! The loops that carry data through the engine: intake, plan, dispatch, resolve, collect, deliver.
//!
//! Thin: everything is decided by pure functions of [`crate::engine`] and [`crate::mapping`]; here are
//! the awaits, the order of commits and the limits. Whatever is about to leave is stored first, and
//! whatever came back is stored before anything is done about it.

mod adoption;
mod apply;
mod ask_anew;
mod backfill;
mod backfill_standing;
mod backoff;
mod batches;
mod beside;
mod book;
mod chosen;
mod collect;
mod companions;
mod contact_names;
mod cursor;
mod deliver;
mod dispatch;
mod draft;
mod ends;
mod error;
mod execute;
mod forecast;
mod freed;
mod gather;
mod guarded;
mod heed;
mod intake;
mod limits;
mod look_up;
mod moving;
mod only;
mod options;
mod passed_over;
mod plan;
mod preview;
mod progress;
mod pushed;
mod records;
mod recover;
mod removals;
mod resolve;
mod reversal;
mod review;
mod revisions;
mod routing;
mod run;
mod runs;
mod site;
mod summaries;
mod survey;
mod tape;
mod tie_out;
mod turn;
mod twins;
mod undo;
mod undo_shown;
mod unread;
mod unreadable;
mod unsent;
mod wake;
mod watch;

pub use ask_anew::AskAnew;
pub use backfill::BackfillPause;
pub use backfill_standing::{BackfillStanding, backfill_standing};
pub use batches::{BATCHES_MAX, Batch, batch_documents, batches};
pub use book::{RememberedContact, remembered_chart, remembered_contact};
pub use chosen::Choice;
pub use cursor::{HostCursor, ProviderCursor};
pub use error::DriverError;
pub use execute::{Executed, PlanSource, execute};
pub use forecast::{Costs, Expense, Forecast};
pub use freed::plan_freed_by_hand;
pub use intake::Taken;
pub use limits::Limits;
pub use preview::{Asking, BesideKind, Freight, Preview, PreviewOptions, PreviewSummary, Verdict};
pub use progress::{Progress, ProgressCounts};
pub use pushed::NotPushed;
pub use records::{
    Copied, Drafted, FieldChange, FieldsThere, Found, Listed, MirrorHow, MirrorOutcome, Mirrored,
    Party, PartyStanding, RecordDesk, RecordError, Sheet, SheetAsked, Swept, mirror_problems,
};
pub use revisions::{OldRevision, old_revisions};
pub use run::{Summary, Trouble, serve, sync_once};
pub use runs::{RUNS_MAX, Run, RunKind, Wrote, run_documents, runs};
pub use site::{ConnectionSite, HostSite, World};
pub use survey::{Lot, Outcome, Survey, Surveyed};
pub use tie_out::{TieOut, TieOutCost, TieOutRow};
pub use undo::{UndoCost, Undoable, undo_now};
pub use unread::{UNREAD_MAX, Unread, unread};
