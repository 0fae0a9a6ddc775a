//! What a person does beside a record of a host: sees whom it is at the provider and what stands there, links, pins,
//! copies and drafts. Each act is one commit with its line in the journal.

mod changed;
mod contact;
mod copy;
mod desk;
mod draft;
mod error;
mod keep;
mod list;
mod mirror;
mod papers;
mod sheet;

pub use changed::Swept;
pub use contact::{Party, PartyStanding};
pub use copy::Copied;
pub use desk::RecordDesk;
pub use draft::Drafted;
pub use error::RecordError;
pub use list::Listed;
pub use mirror::{FieldChange, FieldsThere, MirrorHow, MirrorOutcome, Mirrored, mirror_problems};
pub use papers::Found;
pub use sheet::{Sheet, SheetAsked};

pub(super) use keep::stirred;
