//! The port to durable memory, and its embedded implementations.

mod change_set;
mod error;
mod port;

pub use change_set::{ChangeSet, FlightChange, RecordKey};
pub use error::StoreError;
pub use port::{DuePage, Fence, Find, JournalPage, LeaseRequest, Store};
