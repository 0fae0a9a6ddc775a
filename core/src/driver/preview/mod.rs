//! What would be sent if the driver ran now: the same decisions, without storing or sending anything.

mod beside;
mod decide;
mod held;
mod namesakes;
mod told;
mod walk;
mod words;

pub(super) use decide::{Aspirant, Drafted, TO_BE_MADE, party, to_be_made};
pub(super) use told::Pass;
pub use told::{Asking, BesideKind, Freight, Preview, PreviewOptions, PreviewSummary, Verdict};
