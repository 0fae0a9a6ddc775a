//! The port to durable memory, and its embedded implementations.

mod change_set;
mod error;
pub mod limits;
mod memory;
mod port;
mod rules;
mod sled;

pub use change_set::{ChangeSet, FlightChange, RecordKey};
pub use error::StoreError;
pub use memory::MemoryStore;
pub use port::{DuePage, Fence, Find, JournalPage, LeaseRequest, Store};
pub use sled::{Audit, Backup, SledOptions, SledStore};
