//! What is remembered of orders: the last known whole form of each, and which the engine is owed.

mod calls;
mod learn;
mod ledger;
mod note;

pub(crate) use calls::CallBook;
pub(crate) use learn::{Inlet, Told, learn};
pub(crate) use ledger::{Ledger, NAMELESS, Nameless, Owed, Poll, RoundEnd};
pub(crate) use note::{Group, Order};
