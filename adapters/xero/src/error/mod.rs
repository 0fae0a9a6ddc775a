//! Which kind of error each of Xero's answers is: two tables, one of statuses and one of messages.

mod message;
mod status;
mod transport;

pub(crate) use message::is_known;
pub use message::{
    CONTACT_TAKEN, MESSAGES, MessageRow, Retry, contact_is_taken, rejection, rejection_kind,
};
pub use status::{Effect, STATUSES, StatusRow, refusal, status_kind};
pub(crate) use transport::lost;
