//! The port to a host: where business documents begin and where payments must arrive.

mod error;
mod mirror;
mod notebook;
mod port;
mod push;
mod records;
mod write_back;

pub use error::{HostError, HostErrorKind};
pub use mirror::{
    FieldDefinition, FieldKind, FieldWrite, FieldsWritten, MirrorFields, MirrorHost, MirrorItem,
    MirrorValue, Mirroring,
};
pub use notebook::{Note, Notebook};
pub use port::{Host, HostCapability, HostPage, Record, Repeat};
pub use push::{Heard, Look, Push, PushRefusal};
pub use records::{
    Details, Drafting, HostRecord, RecordHost, RecordKind, RecordLine, RecordPage, RecordRef,
    Stage, Trace,
};
pub use write_back::{
    Delivery, DocumentRef, PostingNotice, PostingState, WriteBack, WriteBackRefusal,
};
