//! One request about to be made or in the air: what is stored before its first byte leaves.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{BindingKey, ContentHash, Op};
use crate::document::{ConnectionId, DocumentKind};

/// Identifies a flight: the fingerprint of its members, its payload and its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlightId(pub String);

impl fmt::Display for FlightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request with its members, durable from before it leaves until its outcome is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Identifies it; also the idempotency key towards the provider.
    pub id: FlightId,
    /// Where it goes.
    pub connection: ConnectionId,
    /// What is asked.
    pub op: Op,
    /// Of which kind of document.
    pub kind: DocumentKind,
    /// The documents in it, in the order of the request.
    pub members: Vec<FlightMember>,
    /// When it was first sent: the idempotency window counts from here.
    pub departed_at: DateTime<Utc>,
}

/// One document of a flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlightMember {
    /// The binding.
    pub binding: BindingKey,
    /// The fingerprint of what is sent for it. A repeat is only the same request if this still holds.
    pub payload: ContentHash,
}
