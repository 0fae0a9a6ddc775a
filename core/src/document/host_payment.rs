//! What a host says of a payment that it took or made itself.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HostPaymentId, ProviderPaymentId, decimal};

/// A payment that was made in the host: money received for an invoice, paid for a bill, or paid out for a
/// credit note.
///
/// A document comes with all of its payments each time: one that is absent from a later revision was taken back
/// in the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostPayment {
    /// Opaque and stable, unique within its document.
    pub id: HostPaymentId,
    /// The accounting date.
    pub date: NaiveDate,
    /// How much, above zero, in the document's currency.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// The account that the money came into or went out of, by its code at the provider, if the host knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    /// How it was paid, in the host's words, such as `card`; settings find an account by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the payer wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Set on a payment that the host was told of: it stands at the provider and is not made there again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_payment_id: Option<ProviderPaymentId>,
}
