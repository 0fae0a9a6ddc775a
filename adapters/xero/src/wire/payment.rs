//! How a payment comes out of Xero.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use tieout_core::open_enum;

use super::loose;
use super::page::Listed;

open_enum! {
    /// Whether a payment stands.
    pub enum PaymentStatus {
        /// It stands.
        Authorised = "AUTHORISED",
        /// It was taken back.
        Deleted = "DELETED",
    }
}

/// A payment.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Payment {
    /// Its identifier.
    #[serde(rename = "PaymentID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// Whether it stands.
    pub status: Option<PaymentStatus>,
    /// When it was last changed.
    #[serde(rename = "UpdatedDateUTC", default, deserialize_with = "loose::moment")]
    pub updated: Option<DateTime<Utc>>,
    /// What it pays.
    #[serde(default, deserialize_with = "loose::object")]
    pub invoice: Option<PaidInvoice>,
}

impl Listed for Payment {
    const LIST: &'static str = "Payments";
}

/// The invoice that a payment pays.
#[derive(Clone, Debug, Deserialize)]
pub struct PaidInvoice {
    /// Its identifier.
    #[serde(rename = "InvoiceID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
}
