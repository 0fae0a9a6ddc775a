//! What of a document stands in a file: the same fields in every form.

use rust_decimal::{Decimal, RoundingStrategy};
use tieout_core::document::{
    AmountsAre, Bill, Currency, Document, Invoice, Line, PurchaseOrder, Totals, decimal,
};

/// The fields of a document, in the order of the columns.
pub(super) const HEAD: [&str; 16] = [
    "kind",
    "id",
    "revision",
    "number",
    "status",
    "issue_date",
    "due_date",
    "currency",
    "party",
    "party_id",
    "reference",
    "division",
    "amounts_are",
    "net",
    "tax",
    "gross",
];

/// The fields of a line, in the order of the columns.
pub(super) const LINE: [&str; 9] = [
    "line_id",
    "code",
    "description",
    "quantity",
    "unit_price",
    "net_amount",
    "tax_rate",
    "tax_amount",
    "account",
];

/// A document as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(super) head: [String; HEAD.len()],
    pub(super) lines: Vec<[String; LINE.len()]>,
}

/// What differs between the kinds of documents.
struct Own<'a> {
    due: Option<String>,
    party: &'a str,
    party_id: Option<String>,
    reference: Option<&'a str>,
    division: Option<&'a str>,
    amounts_are: &'a str,
    totals: Option<Totals>,
    currency: Currency,
}

impl Sheet {
    /// The sheet of a document; `status` is what it comes to, such as `final` or `voided`.
    pub(super) fn of(document: &Document, status: &str) -> Self {
        let (own, lines) = match document {
            Document::Invoice(invoice) => (of_invoice(invoice), lines(&invoice.lines)),
            Document::Bill(bill) => (of_bill(bill), lines(&bill.lines)),
            Document::PurchaseOrder(order) => (of_order(order), ordered(order)),
        };
        let amount = |of: fn(&Totals) -> Decimal| {
            let amount = own.totals.as_ref().map(of);
            amount.map_or_else(String::new, |it| {
                decimal::padded(it, own.currency.minor_digits())
            })
        };
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            head: [
                document.kind().to_string(),
                document.id().to_string(),
                document.revision().to_string(),
                document.number().to_owned(),
                status.to_owned(),
                document.issue_date().to_string(),
                own.due.unwrap_or_default(),
                own.currency.to_string(),
                own.party.to_owned(),
                own.party_id.unwrap_or_default(),
                text(own.reference),
                text(own.division),
                own.amounts_are.to_owned(),
                amount(|totals| totals.net),
                amount(|totals| totals.tax),
                amount(|totals| totals.gross),
            ],
            lines,
        }
    }
}

fn of_invoice(invoice: &Invoice) -> Own<'_> {
    let party = invoice.bill_to.company_id.as_ref();
    Own {
        due: invoice.due_date.map(|date| date.to_string()),
        party: &invoice.bill_to.name,
        party_id: party.map(ToString::to_string),
        reference: invoice.references.purchase_order_number.as_deref(),
        division: invoice.business_division.as_deref(),
        amounts_are: invoice.amounts_are.as_str(),
        totals: Some(invoice.totals),
        currency: invoice.currency,
    }
}

fn of_bill(bill: &Bill) -> Own<'_> {
    Own {
        due: bill.due_date.map(|date| date.to_string()),
        party: &bill.supplier.name,
        party_id: bill.supplier.id.as_ref().map(ToString::to_string),
        reference: None,
        division: bill.business_division.as_deref(),
        amounts_are: bill.amounts_are.as_str(),
        totals: Some(bill.totals),
        currency: bill.currency,
    }
}

fn of_order(order: &PurchaseOrder) -> Own<'_> {
    Own {
        due: order.delivery_date.map(|date| date.to_string()),
        party: &order.supplier.name,
        party_id: order.supplier.id.as_ref().map(ToString::to_string),
        reference: order.order_ref.as_deref(),
        division: order.business_division.as_deref(),
        amounts_are: AmountsAre::TaxExclusive.as_str(),
        totals: order.totals,
        currency: order.currency,
    }
}

fn lines(lines: &[Line]) -> Vec<[String; LINE.len()]> {
    let line = |line: &Line| {
        [
            line.id.to_string(),
            line.charge_code.clone().unwrap_or_default(),
            line.description.clone(),
            line.quantity.to_string(),
            line.unit_price.to_string(),
            line.net_amount.to_string(),
            line.tax_rate
                .map_or_else(String::new, |rate| rate.to_string()),
            line.tax_amount.to_string(),
            line.account_code.clone().unwrap_or_default(),
        ]
    };
    lines.iter().map(line).collect()
}

/// Its host tells no amounts of an order's lines: what is worked out here is quantity times price, and no tax.
fn ordered(order: &PurchaseOrder) -> Vec<[String; LINE.len()]> {
    let digits = order.currency.minor_digits();
    let halves = RoundingStrategy::MidpointAwayFromZero;
    let lines = order.lines.iter().map(|line| {
        let net = line.quantity.checked_mul(line.unit_price);
        let net = net.map(|net| net.round_dp_with_strategy(digits, halves));
        [
            line.id.to_string(),
            line.sku.clone(),
            line.description.clone(),
            line.quantity.to_string(),
            line.unit_price.to_string(),
            net.map_or_else(String::new, |net| net.to_string()),
            line.tax_rate
                .map_or_else(String::new, |rate| rate.to_string()),
            String::new(),
            line.expense_account.clone().unwrap_or_default(),
        ]
    });
    lines.collect()
}
