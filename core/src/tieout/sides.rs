//! Both sides of a comparison in the same words: the host's document, and what the provider holds for it.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::document::{Currency, Document, HostPayment, Line, LineId, Payment, Totals};
use crate::engine::{Posted, Standing};
use crate::provider::{Snapshot, SnapshotLine, SnapshotStatus};

/// What is compared of a host's document, whatever its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSide<'a> {
    /// Who owes or supplies.
    pub party: &'a str,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due, where the host says so itself.
    pub due_date: Option<NaiveDate>,
    /// The currency of every amount.
    pub currency: Currency,
    /// What the host says that it comes to; an order to a supplier may say nothing.
    pub totals: Option<Totals>,
    /// Its lines, with what each comes to without tax, and its tax. Orders have none: their lines carry no amounts.
    pub lines: Vec<HostLine<'a>>,
    /// The payments that were made in the host; `None` when it does not tell.
    pub payments: Option<&'a [HostPayment]>,
}

/// A line of a host's document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLine<'a> {
    /// The host's identifier.
    pub id: &'a LineId,
    /// Without tax.
    pub net: Decimal,
    /// The tax.
    pub tax: Decimal,
}

impl<'a> HostSide<'a> {
    /// What is compared of a document.
    #[must_use]
    pub fn of(document: &'a Document) -> Self {
        match document {
            Document::Invoice(invoice) => Self {
                party: &invoice.bill_to.name,
                date: invoice.issue_date,
                due_date: invoice.due_date,
                currency: invoice.currency,
                totals: Some(invoice.totals),
                lines: lines(&invoice.lines),
                payments: document.payments(),
            },
            Document::Bill(bill) => Self {
                party: &bill.supplier.name,
                date: bill.issue_date,
                due_date: bill.due_date,
                currency: bill.currency,
                totals: Some(bill.totals),
                lines: lines(&bill.lines),
                payments: document.payments(),
            },
            Document::PurchaseOrder(order) => Self {
                party: &order.supplier.name,
                date: order.issue_date,
                due_date: None,
                currency: order.currency,
                totals: order.totals,
                lines: Vec::new(),
                payments: document.payments(),
            },
        }
    }
}

fn lines(lines: &[Line]) -> Vec<HostLine<'_>> {
    lines
        .iter()
        .map(|line| HostLine {
            id: &line.id,
            net: line.net_amount,
            tax: line.tax_amount,
        })
        .collect()
}

/// What the provider holds for a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Its number.
    pub number: &'a str,
    /// Where it stands.
    pub status: &'a SnapshotStatus,
    /// Its currency.
    pub currency: Currency,
    /// The accounting date, where it is known.
    pub date: Option<NaiveDate>,
    /// When it falls due, where it is known.
    pub due_date: Option<NaiveDate>,
    /// How it stands beside its sums, where it is known.
    pub stands: Option<Cow<'a, Standing>>,
    /// What it comes to.
    pub totals: Totals,
    /// Its lines, where they are known.
    pub lines: &'a [SnapshotLine],
    /// Every payment and allocation that stands.
    pub payments: &'a [Payment],
    /// Paid and credited.
    pub settled: Decimal,
    /// Still due.
    pub due: Decimal,
}

impl<'a> Held<'a> {
    /// What was just read.
    #[must_use]
    pub fn seen(snapshot: &'a Snapshot) -> Self {
        Self {
            number: &snapshot.number,
            status: &snapshot.status,
            currency: snapshot.currency,
            date: Some(snapshot.date),
            due_date: snapshot.due_date,
            stands: Some(Cow::Owned(Standing::of(snapshot))),
            totals: snapshot.totals,
            lines: &snapshot.lines,
            payments: &snapshot.payments,
            settled: snapshot.amount_paid + snapshot.amount_credited,
            due: snapshot.amount_due,
        }
    }

    /// What is remembered of the last time that it was seen. Where it was not what had been sent, its figures are
    /// those that were sent: then it is to be read again.
    #[must_use]
    pub fn of_last_look(posted: &'a Posted) -> Self {
        let stands = posted.seen.as_deref().or(posted.made.as_deref());
        Self {
            number: &posted.number,
            status: &posted.status,
            currency: posted.settlement.currency,
            date: stands.map(|it| it.date),
            due_date: stands.and_then(|it| it.due_date),
            stands: stands.map(Cow::Borrowed),
            totals: posted.totals,
            lines: &[],
            payments: &posted.payments,
            settled: posted.settlement.amount_paid + posted.settlement.amount_credited,
            due: posted.settlement.amount_due,
        }
    }
}
