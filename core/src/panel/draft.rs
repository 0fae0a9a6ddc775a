//! Which invoice is proposed for a record: whose it is, its number, its lines, and what they come to.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::text::said;
use crate::document::{
    AmountsAre, BillTo, Currency, Document, DocumentId, Invoice, InvoiceKind, InvoiceStatus, Line,
    LineId, References, Totals,
};
use crate::host::{Drafting, HostRecord, RecordKind, RecordRef, Stage};

/// What a draft is made of besides its record.
#[derive(Clone, Debug)]
pub struct DraftWanted<'a> {
    /// The name of the contact at the provider.
    pub contact: &'a str,
    /// Which draft of the record it is, from 1.
    pub turn: u32,
    /// Its lines; without any, those of the record.
    pub lines: &'a [DraftLine],
    /// The currency of its lines; without it, that of the record, then that of the books.
    pub currency: Option<Currency>,
    /// The currency of the books.
    pub books: Currency,
    /// The accounting date.
    pub date: NaiveDate,
    /// The present.
    pub now: DateTime<Utc>,
}

/// A line that a person writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// What it is.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// The price of one.
    pub unit_price: Decimal,
    /// The item at the provider.
    pub item: Option<String>,
}

/// Why no draft can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftRefusal {
    /// The business came to nothing.
    #[error("it is lost: nothing is invoiced")]
    Lost,
    /// Nobody says what is charged.
    #[error("it has no lines and no amount, so nobody knows what to charge")]
    NoLines,
    /// Its lines are in several currencies, or in another than the record.
    #[error("its lines are in {0} and in {1}")]
    Currencies(Currency, Currency),
    /// A line does not come to what the product says.
    #[error("line `{line}` comes to {ours}, and the product says {theirs}")]
    Arithmetic {
        /// The line.
        line: String,
        /// Quantity times price, less what is taken off.
        ours: Decimal,
        /// The product's total.
        theirs: Decimal,
    },
    /// A figure is too large to be reckoned with.
    #[error("line `{0}` is too large to be reckoned with")]
    TooLarge(String),
    /// The lines together come to more than can be reckoned with.
    #[error("its lines come to more than can be reckoned with")]
    SumTooLarge,
    /// An identifier does not fit.
    #[error("`{0}` does not fit into a document's identifier")]
    Identifier(String),
}

/// What stands before a record's identifier in the number of its drafts.
#[must_use]
pub fn prefix(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Contact => "CON",
        RecordKind::Company => "ORG",
        RecordKind::Deal => "DEAL",
        RecordKind::Opportunity => "OPP",
        RecordKind::Project => "PRJ",
        RecordKind::Lead => "LEAD",
    }
}

/// The identifier of a record's draft: the same for the same record and turn, so that it is made once.
pub fn draft_id(key: &RecordRef, turn: u32) -> Result<DocumentId, DraftRefusal> {
    let text = format!("{}-{}-{turn}", key.kind, key.id);
    DocumentId::new(text.clone()).map_err(|_| DraftRefusal::Identifier(text))
}

/// The record that a draft was made from; `None` for what is no draft of a record.
#[must_use]
pub fn drafted_from(document: &DocumentId) -> Option<RecordRef> {
    let (kind, rest) = document.as_str().split_once('-')?;
    let (id, turn) = rest.rsplit_once('-')?;
    turn.parse::<u32>().ok()?;
    let kind = RecordKind::of_word(kind)?;
    RecordRef::new(kind, id).ok()
}

/// The invoice that is proposed for a record.
///
/// It goes through the engine like any other and is a draft at the provider, whatever the settings say.
pub fn draft(
    record: &HostRecord,
    drafting: &Drafting,
    wanted: &DraftWanted<'_>,
) -> Result<Document, DraftRefusal> {
    if record.stage == Some(Stage::Lost) {
        return Err(DraftRefusal::Lost);
    }
    let currency = currency(record, wanted)?;
    let lines = lines(record, drafting, wanted, currency)?;
    let totals = totals(&lines).ok_or(DraftRefusal::SumTooLarge)?;
    let turn = wanted.turn;
    let number = match turn {
        1 => format!("{}-{}", prefix(record.key.kind), record.key.id),
        _ => format!("{}-{}-{turn}", prefix(record.key.kind), record.key.id),
    };
    Ok(Document::Invoice(Invoice {
        id: draft_id(&record.key, turn)?,
        revision: 1,
        kind: InvoiceKind::Sales,
        number,
        status: InvoiceStatus::Proposed,
        business_division: None,
        issue_date: wanted.date,
        due_date: None,
        payment_terms_days: drafting.payment_terms_days,
        currency,
        amounts_are: match drafting.tax_code {
            Some(_) => AmountsAre::TaxExclusive,
            None => AmountsAre::NoTax,
        },
        bill_to: BillTo {
            name: wanted.contact.to_owned(),
            ..BillTo::default()
        },
        references: References::default(),
        grouped: false,
        group_sources: Vec::new(),
        batch_id: None,
        tracking: Vec::new(),
        lines,
        totals,
        // `reference = { template = "{notes}" }` makes it the reference.
        notes: Some(record.name.clone()),
        url: record.url.clone(),
        attachments: Vec::new(),
        payments: None,
        updated_at: wanted.now,
    }))
}

fn currency(record: &HostRecord, wanted: &DraftWanted<'_>) -> Result<Currency, DraftRefusal> {
    let chosen = wanted.currency.or(record.currency).unwrap_or(wanted.books);
    if wanted.lines.is_empty() {
        let mut lines = record.lines.iter().filter_map(|line| line.currency);
        if let Some(other) = lines.find(|one| *one != chosen) {
            return Err(DraftRefusal::Currencies(chosen, other));
        }
    }
    Ok(chosen)
}

/// The lines of the draft: a person's, else the record's, else one of its whole amount.
fn lines(
    record: &HostRecord,
    drafting: &Drafting,
    wanted: &DraftWanted<'_>,
    currency: Currency,
) -> Result<Vec<Line>, DraftRefusal> {
    let mut asked: Vec<(String, DraftLine, Option<Decimal>)> = Vec::new();
    if !wanted.lines.is_empty() {
        let numbered = wanted.lines.iter().enumerate();
        asked.extend(numbered.map(|(at, line)| ((at + 1).to_string(), line.clone(), None)));
    } else if !record.lines.is_empty() {
        asked.extend(record.lines.iter().map(|line| {
            let article = said(line.article.as_deref());
            let item = article.and_then(|article| drafting.items.get(article).cloned());
            let own = DraftLine {
                description: line.description.clone(),
                quantity: line.quantity,
                unit_price: line.unit_price,
                item,
            };
            (line.id.clone(), own, line.total)
        }));
    } else if let Some(amount) = record.amount.filter(|amount| !amount.is_zero()) {
        let whole = DraftLine {
            description: record.name.clone(),
            quantity: Decimal::ONE,
            unit_price: amount,
            item: None,
        };
        asked.push(("1".to_owned(), whole, None));
    }
    if asked.is_empty() {
        return Err(DraftRefusal::NoLines);
    }
    asked
        .into_iter()
        .map(|(id, line, total)| one_line(id, line, total, drafting, currency))
        .collect()
}

/// What the lines come to; `None` where that is beyond reckoning.
fn totals(lines: &[Line]) -> Option<Totals> {
    let sum = |amount: fn(&Line) -> Decimal| {
        let mut amounts = lines.iter().map(amount);
        amounts.try_fold(Decimal::ZERO, Decimal::checked_add)
    };
    let (net, tax) = (sum(|line| line.net_amount)?, sum(|line| line.tax_amount)?);
    let gross = net.checked_add(tax)?;
    Some(Totals { net, tax, gross })
}

fn one_line(
    id: String,
    line: DraftLine,
    total: Option<Decimal>,
    drafting: &Drafting,
    currency: Currency,
) -> Result<Line, DraftRefusal> {
    let places = currency.minor_digits();
    let rounded = |amount: Decimal| {
        amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
    };
    let large = || DraftRefusal::TooLarge(line.description.clone());
    let full = line
        .quantity
        .checked_mul(line.unit_price)
        .map(rounded)
        .ok_or_else(large)?;
    let net = total.unwrap_or(full);
    // A product that says less took something off; more than the price is none of ours to explain.
    let discount = full.checked_sub(net).ok_or_else(large)?;
    let is_taken_off = discount.is_zero() || discount.is_sign_negative() == full.is_sign_negative();
    if rounded(net) != net || !is_taken_off {
        return Err(DraftRefusal::Arithmetic {
            line: line.description,
            ours: full,
            theirs: net,
        });
    }
    let tax = match drafting.tax_rate {
        Some(rate) => net.checked_mul(rate).map(rounded).ok_or_else(large)?,
        None => Decimal::ZERO,
    };
    // Lines that cancel each other out hide in the sum that one of them is beyond reckoning.
    net.checked_add(tax).ok_or_else(large)?;
    Ok(Line {
        id: LineId::new(id.clone()).map_err(|_| DraftRefusal::Identifier(id))?,
        description: line.description,
        service_date: None,
        service_end_date: None,
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount: Some(discount).filter(|discount| !discount.is_zero()),
        net_amount: net,
        tax_code: drafting.tax_code.clone(),
        tax_rate: drafting.tax_rate,
        tax_amount: tax,
        gross_amount: None,
        charge_code: None,
        service_contract: None,
        item_code: line.item,
        account_code: None,
        tracking: Vec::new(),
        case_number: None,
        worker: None,
        funding: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Details;

    fn drafted(lines: &[DraftLine], tax_rate: Option<Decimal>) -> Result<Document, DraftRefusal> {
        let record = HostRecord {
            mirrored: std::collections::BTreeMap::new(),
            key: RecordRef::new(RecordKind::Company, "7").unwrap(),
            name: "Customer Ltd".to_owned(),
            details: Details::default(),
            company: None,
            related: Vec::new(),
            stage: None,
            currency: None,
            amount: None,
            lines: Vec::new(),
            url: None,
            updated_at: None,
            version: None,
        };
        let drafting = Drafting {
            tax_rate,
            ..Drafting::default()
        };
        let wanted = DraftWanted {
            contact: "Customer Ltd",
            turn: 1,
            lines,
            currency: None,
            books: Currency::from_code("GBP").unwrap(),
            date: "2026-11-22".parse().unwrap(),
            now: DateTime::UNIX_EPOCH,
        };
        draft(&record, &drafting, &wanted)
    }

    fn line(quantity: &str, unit_price: &str) -> DraftLine {
        DraftLine {
            description: "Work".to_owned(),
            quantity: quantity.parse().unwrap(),
            unit_price: unit_price.parse().unwrap(),
            item: None,
        }
    }

    #[test]
    fn figures_that_cannot_be_added_are_refused_and_never_a_panic() {
        let large = line("100000000000000", "700000000000000");
        let negative = line("-100000000000000", "700000000000000");
        let two = [large.clone(), large.clone()];
        assert_eq!(drafted(&two, None), Err(DraftRefusal::SumTooLarge));
        let fifth = Some(Decimal::new(2, 1));
        let of_line = Err(DraftRefusal::TooLarge("Work".to_owned()));
        assert_eq!(drafted(&two[..1], fifth), of_line, "with its tax");
        let cancelled = [large.clone(), negative];
        assert_eq!(drafted(&cancelled, fifth), of_line);
        assert!(drafted(&[large], None).is_ok());
        let Document::Invoice(small) = drafted(&[line("2", "10.01")], fifth).unwrap() else {
            unreachable!("a draft is an invoice");
        };
        assert_eq!(small.totals.gross.to_string(), "24.02");
    }
}
