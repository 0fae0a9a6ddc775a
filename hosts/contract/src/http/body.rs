//! What the bodies of write-backs hold, field by field: the contract's words, made of the engine's.

use chrono::SecondsFormat;
use schemars::JsonSchema;
use serde::Serialize;
use tieout_core::document::{Payment, Settlement};
use tieout_core::host::{DocumentRef, PostingNotice};

use crate::map::amount;

/// A payment of a document, as the books have it now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct PaymentBody {
    /// 1 for the first time, higher with each change. Of two the higher one counts.
    revision: u64,
    /// The number of the document, for people.
    number: String,
    /// The accounting date, such as `2026-11-20`.
    date: String,
    /// A decimal in the document's currency, such as `40.00`.
    amount: String,
    /// ISO 4217 code.
    currency: String,
    /// What the payer wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// `payment`, `prepayment_allocation` or `credit_allocation`; others may come.
    kind: String,
}

/// How far a document is settled, as a whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SettlementBody {
    /// Milliseconds of `as_of`: of two settlements the higher one counts.
    revision: i64,
    /// The number of the document, for people.
    number: String,
    /// `unpaid`, `partly_paid`, `paid`, `overpaid` or `voided`.
    status: String,
    /// What payments came to.
    amount_paid: String,
    /// What credit notes and prepayments came to.
    amount_credited: String,
    /// What is left.
    amount_due: String,
    /// ISO 4217 code.
    currency: String,
    /// When the books were like that: RFC 3339, in UTC.
    as_of: String,
}

/// What became of a document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct PostingBody {
    /// The number of the document, for people.
    number: String,
    /// `posted`, `rejected`, `voided` or `delete_failed`. A rejection is not the last word: `posted` may follow.
    state: String,
    /// The document's identifier in the books.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger_invoice_id: Option<String>,
    /// The document's number in the books.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger_number: Option<String>,
    /// Why it was held back or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl PaymentBody {
    pub(super) fn of(document: &DocumentRef, revision: u64, payment: &Payment) -> Self {
        Self {
            revision,
            number: document.number.clone(),
            date: payment.date.to_string(),
            amount: amount(payment.amount, payment.currency),
            currency: payment.currency.to_string(),
            reference: payment.reference.clone(),
            kind: payment.kind.as_str().to_owned(),
        }
    }
}

impl SettlementBody {
    pub(super) fn of(document: &DocumentRef, settlement: &Settlement) -> Self {
        let money = |value| amount(value, settlement.currency);
        Self {
            revision: settlement.as_of.timestamp_millis(),
            number: document.number.clone(),
            status: settlement.status.as_str().to_owned(),
            amount_paid: money(settlement.amount_paid),
            amount_credited: money(settlement.amount_credited),
            amount_due: money(settlement.amount_due),
            currency: settlement.currency.to_string(),
            as_of: settlement
                .as_of
                .to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }
}

impl PostingBody {
    pub(super) fn of(document: &DocumentRef, notice: &PostingNotice) -> Self {
        Self {
            number: document.number.clone(),
            state: notice.state.as_str().to_owned(),
            ledger_invoice_id: notice.ledger_id.clone(),
            ledger_number: notice.ledger_number.clone(),
            message: notice.message.clone(),
        }
    }
}
