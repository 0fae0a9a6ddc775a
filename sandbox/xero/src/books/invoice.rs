//! Invoices and bills: what is kept of one, and the indexes by number and by contact.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::ledger::{Ledger, Row};
use super::numbers::Numbers;

/// The side of the books an invoice is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A sales invoice, `ACCREC`.
    Receivable,
    /// A bill, `ACCPAY`.
    Payable,
}

impl Kind {
    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receivable => "ACCREC",
            Self::Payable => "ACCPAY",
        }
    }

    /// Reads Xero's spelling; anything else is none of the two.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "ACCREC" => Some(Self::Receivable),
            "ACCPAY" => Some(Self::Payable),
            _ => None,
        }
    }
}

/// Where an invoice is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being written; no journals.
    Draft,
    /// Waiting for approval; no journals.
    Submitted,
    /// Approved and payable.
    Authorised,
    /// Nothing is due any more; set by Xero only.
    Paid,
    /// Cancelled after approval.
    Voided,
    /// Removed before approval.
    Deleted,
}

impl Status {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Submitted,
        Self::Authorised,
        Self::Paid,
        Self::Voided,
        Self::Deleted,
    ];

    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Authorised => "AUTHORISED",
            Self::Paid => "PAID",
            Self::Voided => "VOIDED",
            Self::Deleted => "DELETED",
        }
    }

    /// Reads Xero's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == text)
    }
}

/// How the amounts of the lines relate to tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineAmounts {
    /// Tax comes on top; the default.
    Exclusive,
    /// Tax is inside.
    Inclusive,
    /// No tax at all.
    NoTax,
}

impl LineAmounts {
    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exclusive => "Exclusive",
            Self::Inclusive => "Inclusive",
            Self::NoTax => "NoTax",
        }
    }

    /// Reads Xero's spelling in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Exclusive, Self::Inclusive, Self::NoTax]
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(text))
    }
}

/// One line as kept, after rounding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Xero's id; survives edits that send it.
    pub id: Uuid,
    /// What was sold or bought.
    pub description: String,
    /// Up to 4 decimals; nothing on a line that is only text.
    pub quantity: Option<Decimal>,
    /// 2 decimals, or 4 when written with `unitdp=4`.
    pub unit_amount: Option<Decimal>,
    /// Empty while a draft names none.
    pub account_code: &'static str,
    /// The account's id, when the line has an account.
    pub account_id: Option<Uuid>,
    /// Empty when there is no account either.
    pub tax_type: &'static str,
    /// 2 decimals.
    pub tax_amount: Decimal,
    /// 2 decimals, after discount.
    pub line_amount: Decimal,
    /// Percent.
    pub discount_rate: Option<Decimal>,
    /// Money off the line.
    pub discount_amount: Option<Decimal>,
    /// Price list item, or empty.
    pub item_code: String,
    /// Up to two chosen options.
    pub tracking: Vec<TrackingChoice>,
}

/// A tracking option chosen on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackingChoice {
    /// The category.
    pub category: Uuid,
    /// The option in it.
    pub option: Uuid,
}

/// A sales invoice or a bill.
#[derive(Debug, Clone)]
pub struct Invoice {
    /// Xero's id.
    pub id: Uuid,
    /// Sales or purchases.
    pub kind: Kind,
    /// Unique among sales invoices; free on bills, where it may be empty.
    pub number: String,
    /// Sales invoices only.
    pub reference: String,
    /// Position of the contact in its ledger.
    pub contact: usize,
    /// Date of the document.
    pub date: NaiveDate,
    /// When it is to be paid.
    pub due_date: Option<NaiveDate>,
    /// When a customer is expected to pay.
    pub expected_payment_date: Option<NaiveDate>,
    /// When a bill is planned to be paid.
    pub planned_payment_date: Option<NaiveDate>,
    /// Where it is in its life.
    pub status: Status,
    /// How line amounts relate to tax.
    pub line_amounts: LineAmounts,
    /// The lines.
    pub lines: Vec<Line>,
    /// Without tax.
    pub sub_total: Decimal,
    /// Sum of the lines' tax.
    pub total_tax: Decimal,
    /// What is to be paid in all.
    pub total: Decimal,
    /// Correction of at most ten cents that the writer asked for.
    pub rounding: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Units of the document's currency for one unit of the base currency.
    pub currency_rate: Decimal,
    /// Link back to the system it came from.
    pub url: String,
    /// Printing theme.
    pub branding_theme: Option<Uuid>,
    /// Whether it was marked as sent.
    pub sent_to_contact: bool,
    /// Sum of the live payments.
    pub amount_paid: Decimal,
    /// Sum of the live allocations of credits.
    pub amount_credited: Decimal,
    /// Date of the payment or allocation that settled it.
    pub fully_paid_on: Option<NaiveDate>,
    /// Positions of all payments ever made on it, deleted ones included.
    pub payments: Vec<usize>,
    /// Positions of all allocations ever made to it, removed ones included.
    pub allocations: Vec<usize>,
    /// Client id of the app that made it; empty for a person.
    pub created_by: String,
    /// Milliseconds since 1970 of the last change that Xero counts.
    pub updated_ms: i64,
}

impl Invoice {
    /// Whether anything was paid on it or credited to it.
    #[must_use]
    pub fn is_settled_in_part(&self) -> bool {
        !(self.amount_paid + self.amount_credited).is_zero()
    }

    /// What is still to be paid: nothing on removed documents.
    #[must_use]
    pub fn amount_due(&self) -> Decimal {
        match self.status {
            Status::Voided | Status::Deleted => Decimal::ZERO,
            Status::Draft | Status::Submitted | Status::Authorised | Status::Paid => {
                self.total - self.amount_paid - self.amount_credited
            }
        }
    }
}

impl Row for Invoice {
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

/// All invoices and bills of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Invoices {
    /// The rows.
    pub ledger: Ledger<Invoice>,
    numbers: Numbers,
    by_contact: HashMap<usize, Vec<usize>>,
}

impl Invoices {
    /// Adds an invoice that was checked.
    pub fn insert(&mut self, invoice: Invoice) -> usize {
        let number = invoice.number.clone();
        let contact = invoice.contact;
        let at = self.ledger.insert(invoice);
        self.numbers.insert(&number, at);
        self.by_contact.entry(contact).or_default().push(at);
        at
    }

    /// Puts a checked new version in place of an invoice; the caller touches the row when the change counts.
    pub fn replace(&mut self, at: usize, next: Invoice) {
        let current = self.ledger.row(at);
        let old_contact = current.contact;
        self.numbers.change(&current.number, &next.number, at);
        if old_contact != next.contact {
            take_out(self.by_contact.get_mut(&old_contact), at);
            self.by_contact.entry(next.contact).or_default().push(at);
        }
        let kept_ms = self.ledger.row(at).updated_ms;
        *self.ledger.row_mut(at) = Invoice {
            updated_ms: kept_ms,
            ..next
        };
    }

    /// Positions of all invoices and bills with this number, in any case, in order of arrival.
    #[must_use]
    pub fn numbered(&self, number: &str) -> &[usize] {
        self.numbers.at(number)
    }

    /// Positions of all invoices and bills of this contact.
    #[must_use]
    pub fn of_contact(&self, contact: usize) -> &[usize] {
        self.by_contact.get(&contact).map_or(&[], Vec::as_slice)
    }

    /// The next free automatic number, such as `INV-0001`.
    pub fn next_number(&mut self) -> String {
        self.numbers.next("INV-")
    }
}

fn take_out(positions: Option<&mut Vec<usize>>, at: usize) {
    if let Some(positions) = positions {
        positions.retain(|position| *position != at);
    }
}
