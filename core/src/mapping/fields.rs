//! The fields of a document and of its lines that templates and rules may name, and what each holds.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::name::filled;
use super::paper::{Origin, Paper};
use crate::document::{GroupSource, Invoice, Line, PartyId};

/// A field that a template or a rule may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// Of the document: the same for every line.
    Document(DocumentField),
    /// Of a line.
    Line(LineField),
}

/// A field of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentField {
    /// The host's number.
    Number,
    /// What it is: `invoice`, `credit_note`, `bill` or `purchase_order`.
    Kind,
    /// The accounting date.
    IssueDate,
    /// When it falls due, on the host's word.
    DueDate,
    /// When delivery is expected.
    DeliveryDate,
    /// The three letters of its currency.
    Currency,
    /// The part of the business.
    BusinessDivision,
    /// The batch that released it.
    BatchId,
    /// Who is billed, or who supplies.
    PartyName,
    /// The host's identifier of the company billed, or of the supplier.
    PartyId,
    /// The person to whose attention it goes.
    Attention,
    /// The insurer's or scheme's number.
    ClaimNumber,
    /// The person served.
    ClientName,
    /// The cases, separated by commas.
    CaseNumbers,
    /// The customer's order.
    PurchaseOrderNumber,
    /// The participant of a funding scheme.
    ParticipantNumber,
    /// The participant's plan.
    PlanId,
    /// Free text.
    Notes,
    /// The total without tax.
    TotalNet,
    /// The tax.
    TotalTax,
    /// The total with tax.
    TotalGross,
}

/// A field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineField {
    /// What was done, sold or ordered.
    Description,
    /// The day of the service.
    ServiceDate,
    /// Its last day.
    ServiceEndDate,
    /// How many.
    Quantity,
    /// The price of one.
    UnitPrice,
    /// Without tax.
    NetAmount,
    /// The tax.
    TaxAmount,
    /// The host's tax code.
    TaxCode,
    /// The rate as a fraction.
    TaxRate,
    /// The host's charge; on purchase orders the article.
    ChargeCode,
    /// The contract of the service.
    ServiceContract,
    /// The provider's item, as the host names it.
    ItemCode,
    /// The account, as the host names it.
    AccountCode,
    /// The case.
    CaseNumber,
    /// Who did the work.
    Worker,
    /// The funding scheme.
    FundingScheme,
    /// The plan under the scheme.
    FundingPlanId,
    /// The item of the scheme's price list.
    SupportItem,
    /// The kind of claim.
    ClaimType,
    /// Who manages the plan.
    PlanManagement,
}

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

const fn document(name: &'static str, field: DocumentField) -> (&'static str, Field) {
    (name, Field::Document(field))
}

const fn line(name: &'static str, field: LineField) -> (&'static str, Field) {
    (name, Field::Line(field))
}

/// Every field by its name.
static FIELDS: [(&str, Field); 41] = [
    document("number", DocumentField::Number),
    document("kind", DocumentField::Kind),
    document("issue_date", DocumentField::IssueDate),
    document("due_date", DocumentField::DueDate),
    document("delivery_date", DocumentField::DeliveryDate),
    document("currency", DocumentField::Currency),
    document("business_division", DocumentField::BusinessDivision),
    document("batch_id", DocumentField::BatchId),
    document("party_name", DocumentField::PartyName),
    document("party_id", DocumentField::PartyId),
    document("attention", DocumentField::Attention),
    document("claim_number", DocumentField::ClaimNumber),
    document("client_name", DocumentField::ClientName),
    document("case_numbers", DocumentField::CaseNumbers),
    document("purchase_order_number", DocumentField::PurchaseOrderNumber),
    document("participant_number", DocumentField::ParticipantNumber),
    document("plan_id", DocumentField::PlanId),
    document("notes", DocumentField::Notes),
    document("total_net", DocumentField::TotalNet),
    document("total_tax", DocumentField::TotalTax),
    document("total_gross", DocumentField::TotalGross),
    line("description", LineField::Description),
    line("service_date", LineField::ServiceDate),
    line("service_end_date", LineField::ServiceEndDate),
    line("quantity", LineField::Quantity),
    line("unit_price", LineField::UnitPrice),
    line("net_amount", LineField::NetAmount),
    line("tax_amount", LineField::TaxAmount),
    line("tax_code", LineField::TaxCode),
    line("tax_rate", LineField::TaxRate),
    line("charge_code", LineField::ChargeCode),
    line("service_contract", LineField::ServiceContract),
    line("item_code", LineField::ItemCode),
    line("account_code", LineField::AccountCode),
    line("case_number", LineField::CaseNumber),
    line("worker", LineField::Worker),
    line("funding_scheme", LineField::FundingScheme),
    line("funding_plan_id", LineField::FundingPlanId),
    line("support_item", LineField::SupportItem),
    line("claim_type", LineField::ClaimType),
    line("plan_management", LineField::PlanManagement),
];

/// The field of a name.
pub(crate) fn field_of(name: &str) -> Option<Field> {
    FIELDS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, field)| *field)
}

/// Every field with its name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Field)> {
    FIELDS.iter().copied()
}

impl Value {
    /// The text, `Absent` when nothing but blanks stands there.
    fn text(text: Option<&str>) -> Self {
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
