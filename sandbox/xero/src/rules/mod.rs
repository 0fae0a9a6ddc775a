//! What Xero allows and how it computes; nothing here knows HTTP or JSON replies.

pub mod allocations;
pub mod approvals;
pub mod contacts;
pub mod credit_notes;
pub mod documents;
pub mod edits;
pub mod invoices;
pub mod lines;
pub mod locks;
pub mod order_status;
pub mod payments;
pub mod purchase_orders;
pub mod received;
pub mod rounding;
pub mod settlement;
pub mod status;
pub mod totals;
mod tracking;

use chrono::{DateTime, Utc};

use crate::limits::ApprovalsMax;
use crate::switches::Switches;

/// The circumstances of a write.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// The choices in force.
    pub switches: &'a Switches,
    /// When it happens.
    pub now: DateTime<Utc>,
    /// Client id of the app that writes; empty for a person.
    pub app: &'a str,
    /// Decimals of unit prices: 2, or 4 with `unitdp=4`.
    pub unit_decimals: u32,
    /// How many documents may be approved a month.
    pub approvals_max: ApprovalsMax,
}

/// Why an element was refused: Xero's messages, and those that it nests under the contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Messages of the element.
    pub messages: Vec<String>,
    /// Messages that sit under `Contact`.
    pub contact_messages: Vec<String>,
}

impl Refusal {
    /// A refusal with one message.
    #[must_use]
    pub fn of(message: impl Into<String>) -> Self {
        Self {
            messages: vec![message.into()],
            contact_messages: Vec::new(),
        }
    }
}

impl From<Vec<String>> for Refusal {
    fn from(messages: Vec<String>) -> Self {
        Self {
            messages,
            contact_messages: Vec::new(),
        }
    }
}
