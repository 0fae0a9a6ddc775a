//! What was said to a provider and what it answered: recorded as it happens, kept with the outcome, shown with care.
//!
//! [`Recorded`] is a layer of transport that writes every call on the tape of whoever makes it, if there is one
//! ([`taped`]). The driver turns a tape into records and commits them with what came of the calls.

mod call;
mod cut;
mod keep;
mod mask;
mod pack;
mod part;
mod prune;
mod recorded;
mod rewritten;
mod tape;

pub use call::{Answer, Call, Cut, HeaderNames};
pub(crate) use keep::BODY;
pub use keep::{BodiesOf, Kept, Purpose, Records, Subject, about, bodies, fingerprint};
pub use mask::{masked, masked_path};
pub(crate) use pack::{pack, unpack};
pub use part::{Part, part_of};
pub use prune::{Pruned, prune};
pub use recorded::{Bodies, Recorded};
pub(crate) use rewritten::rewritten;
pub use tape::{About, Concerned, Tape, current, resumed, taped};
