//! What a product sends by itself, and what a host makes of it.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method};

use super::{HostError, Record};

/// A request that a product sent to us, as it arrived.
#[derive(Clone, Debug)]
pub struct Push {
    /// Its method.
    pub method: Method,
    /// What stands in the path behind the address of the host, without a leading `/`; often nothing.
    pub path: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its content, byte by byte: signatures are made over it.
    pub body: Bytes,
    /// When it arrived.
    pub at: DateTime<Utc>,
}

/// What a push told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The records that came in it, to be stored before it is answered.
    pub records: Vec<Record>,
    /// Whether the host should be looked at soon, since something changed that was only hinted at.
    pub look: Look,
}

/// Whether to look at a host after a push.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// It told everything.
    #[default]
    NotNeeded,
    /// It was a hint.
    Soon,
}

/// Why a push was turned away.
#[derive(Debug, thiserror::Error)]
pub enum PushRefusal {
    /// This host takes none, or none at this path.
    #[error("nothing is taken here")]
    NotTaken,
    /// It is not signed by the product, or signed too long ago. The text is for our log, never for the sender.
    #[error("not signed by the product: {0}")]
    NotSigned(String),
    /// It is signed and cannot be understood: sending it again does not help. The sender is told why.
    #[error("{0}")]
    BadData(String),
    /// It could not be worked on now: the sender tries again.
    #[error(transparent)]
    Failed(#[from] HostError),
}
