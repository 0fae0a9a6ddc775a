//! The state machine of a binding: pure, without a clock, a network or a random number.
//!
//! What must be done next is read off a binding ([`Binding::due`]); what happened is told to it by one
//! of the transitions below, each in a file of its own. A transition returns the journal entry that
//! explains it.

mod binding;
mod due;
mod flight;
mod hash;
mod journal;
mod state;

pub use binding::{Binding, BindingKey, Posted, Told, ToldPayment};
pub use due::{Due, Lane, Priority};
pub use flight::{Flight, FlightId, FlightMember};
pub use hash::ContentHash;
pub use journal::{Entry, Event};
pub use state::{Departure, Op, SkipReason, State, Wanted};
