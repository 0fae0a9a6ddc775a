//! Every behaviour of Xero that no source confirms, as a named choice with its evidence.

mod choices;
mod evidence;
mod kinds;

pub use choices::Switches;
pub use evidence::{EVIDENCE, Evidence, Explained};
pub use kinds::{
    AllocationDate, AttachmentSize, EventTypeCase, GraceAnswer, IdempotencyScope, Midpoint,
    NumberReuse, RateLimitWords, ScopeRefusal,
};
