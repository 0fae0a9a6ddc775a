//! The forms in which orders, and groups of them, are kept.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::host::{HostError, HostErrorKind};

use super::Inlet;
use crate::wire::{Problem, Reached, Status, word};

/// The version of both forms.
pub(super) const VERSION: u32 = 1;

/// What is known of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(super) v: u32,
    /// The product's identifier.
    pub(crate) id: String,
    /// Grows with everything that is learnt of it.
    pub(crate) revision: u64,
    /// When it was first heard of.
    pub(crate) first_at: DateTime<Utc>,
    /// When something was last learnt of it.
    pub(crate) changed_at: DateTime<Utc>,
    /// Its last known whole form; `None` while only callbacks told of it.
    #[serde(default)]
    pub(crate) form: Option<Value>,
    /// By which way the form came.
    #[serde(default)]
    pub(super) form_by: Option<Inlet>,
    /// Where it stands.
    #[serde(default)]
    pub(crate) status: Status,
    /// How far it came while it went its way; what it says while it rests does not count.
    #[serde(default)]
    pub(crate) reached: Reached,
    /// An end that was told after it had come to another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contradicted: Option<Status>,
    /// Whether it was told as done before its form was known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) came_late: bool,
    /// The day of the last shipment that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shipped_on: Option<NaiveDate>,
    /// The day on which it was first told as dispatched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dispatched_on: Option<NaiveDate>,
    /// The price of shipping that a callback told after the form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "tieout_core::document::decimal::optional")]
    pub(crate) shipping_price: Option<Decimal>,
    /// What callbacks said was cancelled of the items in its form, by identifier or reference of the item.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) cancelled: BTreeMap<String, Quantity>,
    /// Fingerprints of the callbacks that cancelled something: each counts once, however often it comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) counted: Vec<String>,
    /// What of the news about it cannot be read, until others tell it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<Problem>,
    /// The group that it belongs to, once its form is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
}

/// A number of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Quantity(#[serde(with = "tieout_core::document::decimal")] pub(crate) Decimal);

/// The orders that one order of a customer was split into, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(super) v: u32,
    /// The company and its own reference.
    pub(crate) name: String,
    /// The orders, in the sequence in which they became known. It never changes: numbers are made from it.
    pub(crate) orders: Vec<String>,
    /// How many of them share an invoice: all that were known when the last of them was done. What comes later
    /// stands alone. `None` while some are under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<usize>,
    /// Whether another company used the same reference before: its numbers tell the company then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_second: bool,
}

impl Order {
    /// An order of which nothing is known yet.
    pub(super) fn unknown(id: &str, at: DateTime<Utc>) -> Self {
        Self {
            v: VERSION,
            id: id.to_owned(),
            revision: 0,
            first_at: at,
            changed_at: at,
            form: None,
            form_by: None,
            status: Status::default(),
            reached: Reached::default(),
            contradicted: None,
            came_late: false,
            shipped_on: None,
            dispatched_on: None,
            shipping_price: None,
            cancelled: BTreeMap::new(),
            counted: Vec::new(),
            faults: Vec::new(),
            group: None,
        }
    }

    /// A field of its form as a text.
    pub(crate) fn word(&self, field: &str) -> Option<String> {
        word(self.form.as_ref()?.get(field))
    }

    /// What people know it by.
    pub(crate) fn name(&self) -> String {
        match self.word("external_ref").or_else(|| self.word("ref")) {
            Some(reference) => format!("order {} ({reference})", self.id),
            None => format!("order {}", self.id),
        }
    }

    /// The group that its form puts it in: its company's own reference, which another company may use as well.
    pub(super) fn group_name(&self) -> Option<String> {
        let reference = self.word("external_ref")?;
        let company = self.word("company_ref_id").unwrap_or_default();
        Some(format!("{company}/{reference}"))
    }
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        Self {
            v: VERSION,
            name: name.to_owned(),
            orders: Vec::new(),
            sealed: None,
            is_second: false,
        }
    }

    /// The place of an order among the parts, from 1.
    pub(crate) fn part(&self, id: &str) -> usize {
        let place = self.orders.iter().position(|order| order == id);
        place.map_or(1, |place| place + 1)
    }

    /// The orders that share an invoice.
    pub(crate) fn members(&self) -> &[String] {
        &self.orders[..self
            .sealed
            .unwrap_or(self.orders.len())
            .min(self.orders.len())]
    }
}

pub(super) fn stored<T: Serialize>(note: &T) -> Vec<u8> {
    serde_json::to_vec(note).expect("texts, times and JSON are JSON")
}

pub(super) fn loaded<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, HostError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = "a note of this host cannot be read: is the store of a later version?";
        HostError::new(HostErrorKind::BadData, "read notes", message).caused_by(error)
    })
}
