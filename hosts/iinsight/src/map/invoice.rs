//! What a row of the invoices says, with what its case and its parties add to it.

use chrono::{DateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{
    AmountsAre, Document, DocumentId, GroupSource, HostPayment, Invoice, InvoiceKind, Line,
    References, Totals,
};

use super::bill_to::bill_to;
use super::line::{Read, line};
use crate::config::{FundingChoice, IinsightConfig};
use crate::parties::Party;
use crate::wire::{Problem, Row, Status, typed_id};

/// The revision of every invoice: iinsight tells none, and a change counts by its content.
pub(super) const REVISION: u64 = 1;

/// The sums of what a void has emptied.
pub(super) const NOTHING: Totals = Totals {
    net: Decimal::ZERO,
    tax: Decimal::ZERO,
    gross: Decimal::ZERO,
};

/// What is known beside the row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The business division of its cases.
    pub(crate) division: Option<String>,
    /// The company that is billed.
    pub(crate) company: Option<Party>,
    /// The person who is billed.
    pub(crate) contact: Option<Party>,
    /// The payments that were made in iinsight; `None` where they are not read.
    pub(crate) payments: Option<Vec<HostPayment>>,
}

/// The numbers of the cases of a row: one, or several as a list with commas.
pub(crate) fn cases_of(row: &Row<'_>) -> Vec<String> {
    list(&row.text("case_number"))
}

/// The document of a row of a list.
///
/// An invoice that is voided or reversed is told even where its figures cannot be read: a void empties them.
pub(crate) fn invoice(
    row: &Row<'_>,
    status: Status,
    facts: &Facts,
    config: &IinsightConfig,
) -> Result<Document, Problem> {
    let missing = |field: &str| Problem::new(field, "is missing");
    let id = typed_id(row, "invoice_id", DocumentId::new)?.ok_or_else(|| missing("invoice_id"))?;
    let number = row
        .some("invoice_number")
        .ok_or_else(|| missing("invoice_number"))?;
    let issue_date = row
        .date("date_of_invoice")?
        .ok_or_else(|| missing("date_of_invoice"))?;
    let currency = config.currency_of(facts.division.as_deref());
    let cases = cases_of(row);
    let funding = funding(facts, config);
    let figures = figures(row, &cases, currency.minor_digits(), funding);
    let (lines, totals) = match (figures, status) {
        (Ok(figures), _) => figures,
        (Err(_), Status::Voided | Status::Reversed) => (Vec::new(), NOTHING),
        (Err(problem), Status::Active) => return Err(problem),
    };
    let grouped = cases.len() > 1;
    let references = References {
        claim_number: row.some("claim_no"),
        client_name: row.some("client"),
        participant_number: funding.and(row.some("claim_no")).filter(|_| !grouped),
        case_numbers: cases.clone(),
        ..References::default()
    };
    let group_sources = if grouped {
        sources(row, &cases)
    } else {
        Vec::new()
    };
    Ok(Document::Invoice(Invoice {
        id,
        revision: REVISION,
        kind: InvoiceKind::Sales,
        number,
        status: status.of_document(),
        business_division: facts.division.clone(),
        issue_date,
        due_date: row.date("due_date")?,
        payment_terms_days: terms(row)?,
        currency,
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: bill_to(row, facts.company.as_ref(), facts.contact.as_ref())?,
        references,
        grouped,
        group_sources,
        batch_id: None,
        tracking: Vec::new(),
        lines,
        totals,
        notes: row.some("notes"),
        url: None,
        attachments: Vec::new(),
        payments: facts.payments.clone(),
        // The product tells no time of a change, and one of ours would make every look a change.
        updated_at: DateTime::<Utc>::from_naive_utc_and_offset(
            issue_date.and_time(NaiveTime::MIN),
            Utc,
        ),
    }))
}

/// The lines with their sums, which must come to what is payable.
fn figures(
    row: &Row<'_>,
    cases: &[String],
    digits: u32,
    funding: Option<&FundingChoice>,
) -> Result<(Vec<Line>, Totals), Problem> {
    let payable = row
        .decimal("total_amount_payable")?
        .ok_or_else(|| Problem::new("total_amount_payable", "is missing"))?;
    let case = match cases {
        [case] => Some(case.as_str()),
        [] | [_, _, ..] => None,
    };
    let mut read: Vec<Read> = row
        .rows("item")
        .iter()
        .enumerate()
        .map(|(place, item)| line(item, place, digits, case, funding))
        .collect::<Result<_, _>>()?;
    let sum = |read: &[Read], part: fn(&Line) -> Decimal| {
        read.iter()
            .try_fold(Decimal::ZERO, |sum, it| sum.checked_add(part(&it.line)))
            .ok_or_else(|| Problem::new("item", "the amounts are too large to be added up"))
    };
    let net = sum(&read, |line| line.net_amount)?;
    let mut tax = sum(&read, |line| line.tax_amount)?;
    if let Some(field) = read.iter().find_map(|it| it.untold.clone())
        && net.checked_add(tax) != Some(payable)
    {
        let message = format!(
            "iinsight tells no tax for this line, and {net} without tax and {tax} of tax by rate do not come to the {payable} that are payable: nothing is guessed"
        );
        return Err(Problem::new(field, message));
    }
    let lines: Vec<Line> = read.drain(..).map(|it| it.line).collect();
    // A contradiction of told figures is the engine's to show, with its arithmetic.
    if net.checked_add(tax) != Some(payable) {
        tax = payable
            .checked_sub(net)
            .ok_or_else(|| Problem::new("total_amount_payable", "is too large"))?;
    }
    let totals = Totals {
        net,
        tax,
        gross: payable,
    };
    Ok((lines, totals))
}

/// What lines carry because of who is billed: the person's biller id comes before the company's.
fn funding<'a>(facts: &Facts, config: &'a IinsightConfig) -> Option<&'a FundingChoice> {
    let parties = [facts.contact.as_ref(), facts.company.as_ref()];
    parties.into_iter().flatten().find_map(|party| {
        let fits = |known: &&String| {
            !party.biller_id.is_empty()
                && known.trim().to_lowercase() == party.biller_id.to_lowercase()
        };
        let key = config.funding.keys().find(fits)?;
        config.funding.get(key)
    })
}

fn terms(row: &Row<'_>) -> Result<Option<u16>, Problem> {
    let text = row.text("terms");
    // Words such as `On receipt` are no days; the due date speaks for itself.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::new(row.path("terms"), format!("`{text}` are no days")))
}

/// Each case with the person and the claim of its place, as far as the lists agree.
fn sources(row: &Row<'_>, cases: &[String]) -> Vec<GroupSource> {
    let claims = list(&row.text("claim_no"));
    let names = list(&row.text("client"));
    let name = |place: usize| {
        if names.len() == cases.len() {
            return names.get(place).cloned();
        }
        // `Okafor, Daniel, Petrovic, Mila`: surnames and first names stand behind commas of their own.
        (names.len() == cases.len() * 2)
            .then(|| format!("{}, {}", names[place * 2], names[place * 2 + 1]))
    };
    cases
        .iter()
        .enumerate()
        .map(|(place, case)| GroupSource {
            case_number: case.clone(),
            client_name: name(place),
            claim_number: (claims.len() == cases.len()).then(|| claims[place].clone()),
            net: None,
            tax: None,
            document: None,
        })
        .collect()
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
