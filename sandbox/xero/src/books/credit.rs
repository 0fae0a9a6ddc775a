//! Credits: credit notes, overpayments and prepayments, which all reduce invoices by allocation or go back as refunds.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::invoice::{Kind, Line, LineAmounts, Status};
use super::ledger::{Ledger, Row};
use super::numbers::Numbers;

/// Where a credit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A document that was written.
    CreditNote,
    /// Money beyond what was due.
    Overpayment,
    /// Money ahead of an invoice.
    Prepayment,
}

impl Source {
    /// What Xero calls it in messages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::CreditNote => "Credit Note",
            Self::Overpayment => "Overpayment",
            Self::Prepayment => "Prepayment",
        }
    }
}

/// A credit note, an overpayment or a prepayment.
#[derive(Debug, Clone)]
pub struct Credit {
    /// Xero's id.
    pub id: Uuid,
    /// Where it comes from.
    pub source: Source,
    /// Sales or purchases.
    pub kind: Kind,
    /// Unique among sales credit notes; free on others, where it may be empty.
    pub number: String,
    /// Sales credit notes, overpayments and prepayments.
    pub reference: String,
    /// Position of the contact in its ledger.
    pub contact: usize,
    /// Date of the document.
    pub date: NaiveDate,
    /// Where it is in its life; PAID when nothing of it remains.
    pub status: Status,
    /// How line amounts relate to tax.
    pub line_amounts: LineAmounts,
    /// The lines.
    pub lines: Vec<Line>,
    /// Without tax.
    pub sub_total: Decimal,
    /// Sum of the lines' tax.
    pub total_tax: Decimal,
    /// The whole credit.
    pub total: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Units of the document's currency for one unit of the base currency.
    pub currency_rate: Decimal,
    /// Printing theme.
    pub branding_theme: Option<Uuid>,
    /// Whether it was marked as sent.
    pub sent_to_contact: bool,
    /// Sum of the live allocations.
    pub applied: Decimal,
    /// Sum of the live refunds.
    pub refunded: Decimal,
    /// Date of the allocation or refund that used it up.
    pub fully_paid_on: Option<NaiveDate>,
    /// Positions of all allocations ever made of it, removed ones included.
    pub allocations: Vec<usize>,
    /// Positions of all payments ever made of it, deleted ones included.
    pub refunds: Vec<usize>,
    /// Client id of the app that made it; empty for a person.
    pub created_by: String,
    /// Milliseconds since 1970 of the last change that Xero counts.
    pub updated_ms: i64,
}

impl Credit {
    /// What can still be allocated or refunded: nothing of removed ones.
    #[must_use]
    pub fn remaining(&self) -> Decimal {
        match self.status {
            Status::Voided | Status::Deleted => Decimal::ZERO,
            Status::Draft | Status::Submitted | Status::Authorised | Status::Paid => {
                self.total - self.applied - self.refunded
            }
        }
    }

    /// Whether any of it was allocated or refunded.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !(self.applied + self.refunded).is_zero()
    }

    /// Xero's word for kind and side.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match (self.source, self.kind) {
            (Source::CreditNote, Kind::Receivable) => "ACCRECCREDIT",
            (Source::CreditNote, Kind::Payable) => "ACCPAYCREDIT",
            (Source::Overpayment, Kind::Receivable) => "RECEIVE-OVERPAYMENT",
            (Source::Overpayment, Kind::Payable) => "SPEND-OVERPAYMENT",
            (Source::Prepayment, Kind::Receivable) => "RECEIVE-PREPAYMENT",
            (Source::Prepayment, Kind::Payable) => "SPEND-PREPAYMENT",
        }
    }
}

impl Row for Credit {
    fn id(&self) -> Uuid {
        self.id
    }
    fn updated_ms(&self) -> i64 {
        self.updated_ms
    }
    fn set_updated_ms(&mut self, updated_ms: i64) {
        self.updated_ms = updated_ms;
    }
}

/// All credits of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Credits {
    /// The rows.
    pub ledger: Ledger<Credit>,
    numbers: Numbers,
    by_contact: HashMap<usize, Vec<usize>>,
}

impl Credits {
    /// Adds a credit that was checked.
    pub fn insert(&mut self, credit: Credit) -> usize {
        let (number, contact) = (credit.number.clone(), credit.contact);
        let at = self.ledger.insert(credit);
        self.numbers.insert(&number, at);
        self.by_contact.entry(contact).or_default().push(at);
        at
    }

    /// Puts a checked new version in place of a credit; the caller touches the row.
    pub fn replace(&mut self, at: usize, next: Credit) {
        let current = self.ledger.row_mut(at);
        self.numbers.change(&current.number, &next.number, at);
        if current.contact != next.contact {
            if let Some(positions) = self.by_contact.get_mut(&current.contact) {
                positions.retain(|position| *position != at);
            }
            self.by_contact.entry(next.contact).or_default().push(at);
        }
        *current = Credit {
            updated_ms: current.updated_ms,
            ..next
        };
    }

    /// Position of the credit of this source with this id.
    #[must_use]
    pub fn find(&self, source: Source, id: Uuid) -> Option<usize> {
        self.ledger
            .find(id)
            .filter(|at| self.ledger.row(*at).source == source)
    }

    /// Positions of all credits with this number, in any case, in order of arrival.
    #[must_use]
    pub fn numbered(&self, number: &str) -> &[usize] {
        self.numbers.at(number)
    }

    /// Positions of all credits of this contact.
    #[must_use]
    pub fn of_contact(&self, contact: usize) -> &[usize] {
        self.by_contact.get(&contact).map_or(&[], Vec::as_slice)
    }

    /// The next free automatic number, such as `CN-0001`.
    pub fn next_number(&mut self) -> String {
        self.numbers.next("CN-")
    }
}
