//! What stands in the provider's books: rows of all kinds in one plain form, read past every interface.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tieout_core::document::{DocumentKind, Totals};
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::credit::{Credit, Source};
use tieout_sandbox_xero::books::invoice::{Invoice, Kind, Line, Status};
use tieout_sandbox_xero::books::payment::PaymentStatus;
use tieout_sandbox_xero::books::purchase_order::{OrderStatus, PurchaseOrder};
use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND, Sandbox};
use uuid::Uuid;

use crate::sums::MARK;

/// The organisations of the world with the names of their connections.
pub(crate) const ORGANISATIONS: [(&str, Uuid); 2] =
    [("australia", AUSTRALIA), ("new-zealand", NEW_ZEALAND)];

/// A document in the provider's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) organisation: Uuid,
    pub(crate) id: Uuid,
    pub(crate) kind: DocumentKind,
    pub(crate) number: String,
    pub(crate) party: String,
    pub(crate) status: &'static str,
    pub(crate) totals: Totals,
    /// What stands in a summary; of no other document.
    pub(crate) lines: Vec<RowLine>,
    /// Whether our app made it.
    pub(crate) ours: bool,
    /// What settles it: how much by which payment or credit, those taken back left out.
    pub(crate) settled_by: BTreeMap<String, Decimal>,
    /// Paid and credited together.
    pub(crate) settled: Decimal,
    pub(crate) due: Decimal,
    pub(crate) updated_ms: i64,
}

/// A line of a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowLine {
    pub(crate) text: String,
    pub(crate) net: Decimal,
    pub(crate) tax: Decimal,
}

impl Row {
    /// Whether it counts.
    pub(crate) fn is_live(&self) -> bool {
        !matches!(self.status, "VOIDED" | "DELETED")
    }
}

/// Every document of every organisation, in order of arrival.
pub(crate) fn rows(sandbox: &Sandbox) -> Vec<Row> {
    let mut all = Vec::new();
    for (_, organisation) in ORGANISATIONS {
        let read = sandbox.read(organisation, |books| {
            let invoices = books.invoices.ledger.rows().iter();
            all.extend(invoices.map(|row| of_invoice(books, row)));
            let credits = books.credits.ledger.rows().iter();
            let notes = credits.filter(|row| row.source == Source::CreditNote);
            all.extend(
                notes
                    .filter(|row| row.kind == Kind::Receivable)
                    .map(|row| of_credit(books, row)),
            );
            let orders = books.purchase_orders.ledger.rows().iter();
            all.extend(orders.map(|row| of_order(books, row)));
        });
        read.unwrap_or_default();
    }
    all
}

fn of_invoice(books: &Organisation, row: &Invoice) -> Row {
    let mut settled_by = BTreeMap::new();
    for at in &row.payments {
        let paid = books.payments.row(*at);
        if paid.status == PaymentStatus::Authorised {
            *settled_by.entry(paid.id.to_string()).or_default() += paid.amount;
        }
    }
    for at in &row.allocations {
        let part = books.allocations.row(*at);
        if part.is_live {
            let credit = books.credits.ledger.row(part.credit).id;
            *settled_by.entry(credit.to_string()).or_default() += part.amount;
        }
    }
    Row {
        organisation: books.profile.id,
        id: row.id,
        kind: match row.kind {
            Kind::Receivable => DocumentKind::Invoice,
            Kind::Payable => DocumentKind::Bill,
        },
        number: row.number.clone(),
        party: books.contacts.ledger.row(row.contact).name.clone(),
        status: row.status.name(),
        totals: totals(row.sub_total, row.total_tax, row.total),
        lines: match row.number.contains(MARK) {
            true => row.lines.iter().map(line).collect(),
            false => Vec::new(),
        },
        ours: !row.created_by.is_empty(),
        settled_by,
        settled: row.amount_paid + row.amount_credited,
        due: row.amount_due(),
        updated_ms: row.updated_ms,
    }
}

fn of_credit(books: &Organisation, row: &Credit) -> Row {
    let mut settled_by = BTreeMap::new();
    for at in &row.refunds {
        let paid = books.payments.row(*at);
        if paid.status == PaymentStatus::Authorised {
            *settled_by.entry(paid.id.to_string()).or_default() += paid.amount;
        }
    }
    for at in &row.allocations {
        let part = books.allocations.row(*at);
        if part.is_live {
            let invoice = books.invoices.ledger.row(part.invoice).id;
            *settled_by.entry(invoice.to_string()).or_default() += part.amount;
        }
    }
    Row {
        organisation: books.profile.id,
        id: row.id,
        kind: DocumentKind::CreditNote,
        number: row.number.clone(),
        party: books.contacts.ledger.row(row.contact).name.clone(),
        status: row.status.name(),
        totals: totals(row.sub_total, row.total_tax, row.total),
        lines: Vec::new(),
        ours: !row.created_by.is_empty(),
        settled_by,
        settled: row.applied + row.refunded,
        due: row.remaining(),
        updated_ms: row.updated_ms,
    }
}

fn of_order(books: &Organisation, row: &PurchaseOrder) -> Row {
    Row {
        organisation: books.profile.id,
        id: row.id,
        kind: DocumentKind::PurchaseOrder,
        number: row.number.clone(),
        party: books.contacts.ledger.row(row.contact).name.clone(),
        status: match row.status {
            OrderStatus::Deleted => "DELETED",
            other => other.name(),
        },
        totals: totals(row.sub_total, row.total_tax, row.total),
        lines: Vec::new(),
        ours: !row.created_by.is_empty(),
        settled_by: BTreeMap::new(),
        settled: Decimal::ZERO,
        due: Decimal::ZERO,
        updated_ms: row.updated_ms,
    }
}

fn line(line: &Line) -> RowLine {
    RowLine {
        text: line.description.clone(),
        net: line.line_amount,
        tax: line.tax_amount,
    }
}

fn totals(net: Decimal, tax: Decimal, gross: Decimal) -> Totals {
    Totals { net, tax, gross }
}

/// Whether a status is one of a document that nobody approved yet.
pub(crate) fn is_unapproved(row: &Row) -> bool {
    [Status::Draft, Status::Submitted]
        .iter()
        .any(|status| status.name() == row.status)
}
