//! Many documents of one contact as one invoice: who gathers, what a summary is made of, and what becomes of its members.
//!
//! A document that gathers waits for the end of its period; then it joins its summary, which is a document like any
//! other with a binding of its own. The member keeps its binding too, and with it its story, what its host is told of it
//! and its share of every payment.

mod allot;
mod compose;
mod membership;
mod moved;
mod period;
mod there;

pub use allot::{Carried, allotted};
pub use compose::{Summed, summed};
pub use membership::{Membership, Roster};
pub use moved::{
    as_it_was, joined, leaves_summary, left_summary, named, settled_meanwhile, shared,
    summary_changed, waits_in_summary,
};
pub(crate) use period::pays_by_itself;
pub use period::{Gathering, Period, are_alike, gathering, is_alike};
pub use there::{PartThere, booked_as};
