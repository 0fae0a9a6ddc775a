//! What the fields that templates and rules name hold in a document and in its lines.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::name::filled;
use super::paper::{Origin, Paper};
use crate::document::{GroupSource, Invoice, Line, PartyId};
use crate::settings::{DocumentField, LineField};

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    Absent,
    /// A text, never empty.
    Text(String),
    /// A civil date.
    Date(NaiveDate),
    /// An exact figure.
    Decimal(Decimal),
}

impl Value {
    /// The text, `Absent` when nothing but blanks stands there.
    pub(super) fn text(text: Option<&str>) -> Self {
        filled(text).map_or(Self::Absent, |text| Self::Text(text.to_owned()))
    }

    fn date(date: Option<NaiveDate>) -> Self {
        date.map_or(Self::Absent, Self::Date)
    }

    fn decimal(value: Option<Decimal>) -> Self {
        value.map_or(Self::Absent, Self::Decimal)
    }

    /// As people write it; dates as `2026-10-30`, nothing as the empty text.
    pub(crate) fn spelled(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Text(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Decimal(value) => value.to_string(),
        }
    }
}

/// What a field of a document holds; `Absent` where its kind has no such field.
pub(super) fn of_document(paper: &Paper<'_>, field: DocumentField) -> Value {
    let totals = paper.totals;
    match field {
        DocumentField::Number => Value::text(Some(paper.number)),
        DocumentField::Kind => Value::text(Some(paper.kind.as_str())),
        DocumentField::IssueDate => Value::Date(paper.issue_date),
        DocumentField::DueDate => Value::date(paper.due_date),
        DocumentField::Currency => Value::text(Some(paper.currency.code())),
        DocumentField::BusinessDivision => Value::text(paper.division),
        DocumentField::TotalNet => Value::decimal(totals.map(|totals| totals.net)),
        DocumentField::TotalTax => Value::decimal(totals.map(|totals| totals.tax)),
        DocumentField::TotalGross => Value::decimal(totals.map(|totals| totals.gross)),
        DocumentField::PartyName => Value::text(Some(match paper.origin {
            Origin::Invoice(invoice) => &invoice.bill_to.name,
            Origin::Bill(bill) => &bill.supplier.name,
            Origin::Order(order) => &order.supplier.name,
        })),
        DocumentField::PartyId => Value::text(party_id(paper.origin).map(PartyId::as_str)),
        DocumentField::Attention => of_invoice(paper, |invoice| text(&invoice.bill_to.attention)),
        DocumentField::DeliveryDate => match paper.origin {
            Origin::Order(order) => Value::date(order.delivery_date),
            Origin::Invoice(_) | Origin::Bill(_) => Value::Absent,
        },
        DocumentField::ClientName => of_invoice(paper, |invoice| {
            grouped(invoice, &invoice.references.client_name, |source| {
                source.client_name.as_deref()
            })
        }),
        DocumentField::ClaimNumber => of_invoice(paper, |invoice| {
            grouped(invoice, &invoice.references.claim_number, |source| {
                source.claim_number.as_deref()
            })
        }),
        DocumentField::CaseNumbers => of_invoice(paper, cases),
        DocumentField::PurchaseOrderNumber => match paper.origin {
            Origin::Invoice(invoice) => text(&invoice.references.purchase_order_number),
            Origin::Order(order) => text(&order.order_ref),
            Origin::Bill(_) => Value::Absent,
        },
        DocumentField::ParticipantNumber => of_invoice(paper, |invoice| {
            text(&invoice.references.participant_number)
        }),
        DocumentField::PlanId => of_invoice(paper, |invoice| text(&invoice.references.plan_id)),
        DocumentField::BatchId => of_invoice(paper, |invoice| text(&invoice.batch_id)),
        DocumentField::Notes => of_invoice(paper, |invoice| text(&invoice.notes)),
    }
}

/// What a field of a line holds.
pub(super) fn of_line(line: &Line, field: LineField) -> Value {
    let funding = line.funding.as_ref();
    match field {
        LineField::Description => Value::text(Some(&line.description)),
        LineField::ServiceDate => Value::date(line.service_date),
        LineField::ServiceEndDate => Value::date(line.service_end_date),
        LineField::Quantity => Value::Decimal(line.quantity),
        LineField::UnitPrice => Value::Decimal(line.unit_price),
        LineField::NetAmount => Value::Decimal(line.net_amount),
        LineField::TaxAmount => Value::Decimal(line.tax_amount),
        LineField::TaxCode => text(&line.tax_code),
        LineField::TaxRate => Value::decimal(line.tax_rate),
        LineField::ChargeCode => text(&line.charge_code),
        LineField::ServiceContract => text(&line.service_contract),
        LineField::ItemCode => text(&line.item_code),
        LineField::AccountCode => text(&line.account_code),
        LineField::CaseNumber => text(&line.case_number),
        LineField::Worker => text(&line.worker),
        LineField::FundingScheme => Value::text(funding.map(|funding| funding.scheme.as_str())),
        LineField::FundingPlanId => funding.map_or(Value::Absent, |own| text(&own.plan_id)),
        LineField::SupportItem => funding.map_or(Value::Absent, |own| text(&own.support_item)),
        LineField::ClaimType => funding.map_or(Value::Absent, |own| text(&own.claim_type)),
        LineField::PlanManagement => funding.map_or(Value::Absent, |own| text(&own.management)),
    }
}

fn text(text: &Option<String>) -> Value {
    Value::text(text.as_deref())
}

/// A field that invoices and credit notes alone have.
fn of_invoice<'a>(paper: &Paper<'a>, value: impl Fn(&'a Invoice) -> Value) -> Value {
    match paper.origin {
        Origin::Invoice(invoice) => value(invoice),
        Origin::Bill(_) | Origin::Order(_) => Value::Absent,
    }
}

fn party_id(origin: Origin<'_>) -> Option<&PartyId> {
    match origin {
        Origin::Invoice(invoice) => {
            let bill_to = &invoice.bill_to;
            bill_to.company_id.as_ref().or(bill_to.contact_id.as_ref())
        }
        Origin::Bill(bill) => bill.supplier.id.as_ref(),
        Origin::Order(order) => order.supplier.id.as_ref(),
    }
}

fn cases(invoice: &Invoice) -> Value {
    let own = &invoice.references.case_numbers;
    if own.is_empty() {
        let sources = invoice.group_sources.iter();
        joined(sources.map(|source| source.case_number.as_str()))
    } else {
        joined(own.iter().map(String::as_str))
    }
}

/// The document's own value, or those of the cases that it joins.
fn grouped<'a>(
    invoice: &'a Invoice,
    own: &'a Option<String>,
    of_source: fn(&'a GroupSource) -> Option<&'a str>,
) -> Value {
    match filled(own.as_deref()) {
        Some(own) => Value::Text(own.to_owned()),
        None => joined(invoice.group_sources.iter().filter_map(of_source)),
    }
}

/// Each value once, in order, separated by commas.
fn joined<'a>(values: impl Iterator<Item = &'a str>) -> Value {
    let mut distinct: Vec<&str> = Vec::new();
    for value in values.filter_map(|value| filled(Some(value))) {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    Value::text(Some(&distinct.join(", ")))
}
