//! The port to durable memory, and its embedded implementations.

mod change_set;
mod cursor;
mod error;
mod folded;
pub mod limits;
mod listing;
mod memory;
mod overview;
mod port;
mod rules;
mod sled;
mod span;
mod tally;

pub use change_set::{ChangeSet, FlightChange, RecordKey};
pub use cursor::{BadCursor, Cursor};
pub use error::StoreError;
pub use listing::{Filter, ListOrder, ListPage, Listing, Need};
pub use memory::MemoryStore;
pub use overview::Overview;
pub use port::{DuePage, Fence, Find, JournalPage, LeaseRequest, Store};
pub use sled::{Audit, Backup, Rewriting, SledOptions, SledStore, Stored};
pub use tally::{RuleTally, Slot, Tallies, Tally};
