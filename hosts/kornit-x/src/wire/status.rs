//! What the bits of an order's status say: how far it came, and whether it rests or is at its end.

use serde::{Deserialize, Serialize};

/// A status as the product tells it: bits, of which several may be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Status(pub(crate) u32);

/// How far an order came. A later step includes the earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reached {
    /// Nothing is known of it.
    #[default]
    Nothing,
    /// It was received.
    Received,
    /// It was sent to the supplier.
    SentToSupplier,
    /// It is being made.
    InProduction,
    /// It left.
    Dispatched,
}

/// What a status is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It goes its way.
    Underway,
    /// It rests until somebody lets it go on.
    OnHold,
    /// It left: nothing follows.
    Dispatched,
    /// It was cancelled: nothing follows.
    Cancelled,
}

const RECEIVED: u32 = 1;
const BATCH_READY: u32 = 2;
const IN_PRODUCTION: u32 = 4;
const DISPATCHED: u32 = 8;
const REPRINT: u32 = 16;
/// A query of quality control; in older versions: rejected.
const QUERY: u32 = 32;
const DISPATCHED_AND_TOLD: u32 = 64;
const CANCELLED: u32 = 128;
const ON_HOLD: u32 = 256;
const SENT_TO_SUPPLIER: u32 = 512;

impl Status {
    /// What it is about. Several bits may be set: what left has left, whatever else is said.
    pub(crate) fn standing(self) -> Standing {
        if self.any(DISPATCHED | DISPATCHED_AND_TOLD) {
            Standing::Dispatched
        } else if self.any(CANCELLED) {
            Standing::Cancelled
        } else if self.any(ON_HOLD | QUERY) {
            Standing::OnHold
        } else {
            Standing::Underway
        }
    }

    /// How far it says that the order came; bits that are not known say nothing.
    pub(crate) fn reached(self) -> Reached {
        if self.any(DISPATCHED | DISPATCHED_AND_TOLD) {
            Reached::Dispatched
        } else if self.any(IN_PRODUCTION | REPRINT) {
            Reached::InProduction
        } else if self.any(SENT_TO_SUPPLIER) {
            Reached::SentToSupplier
        } else if self.any(RECEIVED | BATCH_READY) {
            Reached::Received
        } else {
            Reached::Nothing
        }
    }

    /// Whether nothing follows it.
    pub(crate) fn is_final(self) -> bool {
        match self.standing() {
            Standing::Dispatched | Standing::Cancelled => true,
            Standing::Underway | Standing::OnHold => false,
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match (self.standing(), self.reached()) {
            (Standing::Dispatched, _) => "dispatched",
            (Standing::Cancelled, _) => "cancelled",
            (Standing::OnHold, _) => "on hold",
            (Standing::Underway, Reached::Nothing) => "in a status that is not known",
            (Standing::Underway, Reached::Received) => "received",
            (Standing::Underway, Reached::SentToSupplier) => "sent to the supplier",
            (Standing::Underway, Reached::InProduction | Reached::Dispatched) => "in production",
        }
    }

    fn any(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}
