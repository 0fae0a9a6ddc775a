//! The port to a host: where business documents begin and where payments must arrive.

mod error;
mod port;
mod write_back;

pub use error::{HostError, HostErrorKind};
pub use port::{Host, HostCapability, HostPage, Record};
pub use write_back::{
    Delivery, DocumentRef, PostingNotice, PostingState, WriteBack, WriteBackRefusal,
};
