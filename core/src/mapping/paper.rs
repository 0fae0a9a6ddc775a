//! A document of any kind as the mapping sees it: the same fields under the same names.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::name::filled;
use crate::document::{
    AccountClass, AmountsAre, Bill, Currency, DocumentKind, Invoice, InvoiceKind, Line,
    PurchaseOrder, Totals, Tracking,
};
use crate::settings::PurchaseRole;

/// A document, seen the same way whatever its kind.
#[derive(Clone, Debug)]
pub(super) struct Paper<'a> {
    /// What it is.
    pub(super) kind: DocumentKind,
    /// Where its fields come from.
    pub(super) origin: Origin<'a>,
    /// The host's number.
    pub(super) number: &'a str,
    /// The part of the business.
    pub(super) division: Option<&'a str>,
    /// The accounting date.
    pub(super) issue_date: NaiveDate,
    /// When it falls due, if the host says so.
    pub(super) due_date: Option<NaiveDate>,
    /// Days to pay, if the host says so.
    pub(super) terms_days: Option<u16>,
    /// The currency of every amount.
    pub(super) currency: Currency,
    /// Whether prices hold the tax.
    pub(super) amounts_are: AmountsAre,
    /// Tracking for lines that have none of their own.
    pub(super) tracking: &'a [Tracking],
    /// What is charged or ordered.
    pub(super) lines: Cow<'a, [Line]>,
    /// What the host says that the lines come to; a purchase order may say nothing.
    pub(super) totals: Option<Totals>,
    /// The document in its host.
    pub(super) url: Option<&'a str>,
}

/// The document behind a paper.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    /// An invoice or a credit note.
    Invoice(&'a Invoice),
    /// A bill.
    Bill(&'a Bill),
    /// A purchase order.
    Order(&'a PurchaseOrder),
}

/// On which side of the business a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// A customer owes or is given back.
    Sales,
    /// A supplier is owed or will be.
    Purchases,
}

impl Side {
    /// The accounts that the tax types of this side are made for. Some stand with accounts of other classes too.
    pub(super) fn classes(self) -> &'static [AccountClass] {
        match self {
            Self::Sales => &[AccountClass::Revenue],
            Self::Purchases => &[AccountClass::Expense],
        }
    }
}

/// The account that a document itself names for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnAccount<'a> {
    /// The field of the line.
    pub(super) field: &'static str,
    /// The code.
    pub(super) code: &'a str,
    /// What the host names it for, where that decides the account's class.
    pub(super) role: Option<PurchaseRole>,
}

impl<'a> Paper<'a> {
    /// An invoice or a credit note.
    pub(super) fn invoice(invoice: &'a Invoice) -> Self {
        Self {
            kind: match invoice.kind {
                InvoiceKind::SalesCredit => DocumentKind::CreditNote,
                InvoiceKind::Sales | InvoiceKind::Other(_) => DocumentKind::Invoice,
            },
            origin: Origin::Invoice(invoice),
            number: &invoice.number,
            division: filled(invoice.business_division.as_deref()),
            issue_date: invoice.issue_date,
            due_date: invoice.due_date,
            terms_days: invoice.payment_terms_days,
            currency: invoice.currency,
            amounts_are: invoice.amounts_are.clone(),
            tracking: &invoice.tracking,
            lines: Cow::Borrowed(&invoice.lines),
            totals: Some(invoice.totals),
            url: filled(invoice.url.as_deref()),
        }
    }

    /// A bill.
    pub(super) fn bill(bill: &'a Bill) -> Self {
        Self {
            kind: DocumentKind::Bill,
            origin: Origin::Bill(bill),
            number: &bill.number,
            division: filled(bill.business_division.as_deref()),
            issue_date: bill.issue_date,
            due_date: bill.due_date,
            terms_days: None,
            currency: bill.currency,
            amounts_are: bill.amounts_are.clone(),
            tracking: &[],
            lines: Cow::Borrowed(&bill.lines),
            totals: Some(bill.totals),
            url: None,
        }
    }

    /// A purchase order with its lines as they were worked out.
    pub(super) fn order(order: &'a PurchaseOrder, lines: Vec<Line>) -> Self {
        Self {
            kind: DocumentKind::PurchaseOrder,
            origin: Origin::Order(order),
            number: &order.number,
            division: filled(order.business_division.as_deref()),
            issue_date: order.issue_date,
            due_date: None,
            terms_days: None,
            currency: order.currency,
            amounts_are: AmountsAre::TaxExclusive,
            tracking: &[],
            lines: Cow::Owned(lines),
            totals: order.totals,
            url: None,
        }
    }

    /// The side of the business.
    pub(super) fn side(&self) -> Side {
        match self.kind {
            DocumentKind::Invoice | DocumentKind::CreditNote => Side::Sales,
            DocumentKind::Bill | DocumentKind::PurchaseOrder => Side::Purchases,
        }
    }

    /// The account that the document names for line `position`. Where an order names two, `role` decides.
    pub(super) fn own_account(
        &self,
        position: usize,
        role: PurchaseRole,
    ) -> Option<OwnAccount<'_>> {
        let named = |field, code: Option<&'a str>, role| {
            filled(code).map(|code| OwnAccount { field, code, role })
        };
        match self.origin {
            Origin::Invoice(Invoice { lines, .. }) | Origin::Bill(Bill { lines, .. }) => {
                let code = lines.get(position)?.account_code.as_deref();
                named("account_code", code, None)
            }
            Origin::Order(order) => {
                let line = order.lines.get(position)?;
                let cost = named(
                    "expense_account",
                    line.expense_account.as_deref(),
                    Some(PurchaseRole::CostOfGoodsSold),
                );
                let stock = named(
                    "asset_account",
                    line.asset_account.as_deref(),
                    Some(PurchaseRole::Inventory),
                );
                match role {
                    PurchaseRole::CostOfGoodsSold => cost.or(stock),
                    PurchaseRole::Inventory => stock.or(cost),
                }
            }
        }
    }
}
