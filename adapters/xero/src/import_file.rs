//! The file that Xero's own import of sales invoices takes, for an organisation that nobody connects.
//!
//! The columns are those of Xero's template `SalesInvoiceTemplate.csv`. The import takes whether amounts hold the tax once for
//! a whole file, works the tax out anew, finds tax rates and tracking by their names, and makes drafts; so documents are
//! parted by that, and one that would come out otherwise is left out with the reason.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use tieout_core::document::{AmountsAre, DocumentKind};
use tieout_core::provider::{Chart, ContactWanted, Posting, PostingLine};

/// The columns in their order; a star marks what every row must have.
pub const COLUMNS: [&str; 29] = [
    "*ContactName",
    "EmailAddress",
    "POAddressLine1",
    "POAddressLine2",
    "POAddressLine3",
    "POAddressLine4",
    "POCity",
    "PORegion",
    "POPostalCode",
    "POCountry",
    "*InvoiceNumber",
    "Reference",
    "*InvoiceDate",
    "*DueDate",
    "Total",
    "InventoryItemCode",
    "*Description",
    "*Quantity",
    "*UnitAmount",
    "Discount",
    "*AccountCode",
    "*TaxType",
    "TaxAmount",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
    "Currency",
    "BrandingTheme",
];

/// Invoices in one file: what Xero's guide names as the most.
pub const INVOICES_MAX: usize = 500;

/// How the organisation writes dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/10/2026`.
    DayFirst,
    /// `10/31/2026`, in the United States.
    MonthFirst,
}

impl DateOrder {
    /// The order of an organisation's country.
    #[must_use]
    pub fn of_country(country: &str) -> Self {
        match country {
            "US" => Self::MonthFirst,
            _ => Self::DayFirst,
        }
    }

    fn text(self, day: NaiveDate) -> String {
        let form = match self {
            Self::DayFirst => "%d/%m/%Y",
            Self::MonthFirst => "%m/%d/%Y",
        };
        day.format(form).to_string()
    }
}

/// An invoice with what Xero should hold for it.
#[derive(Clone, Copy, Debug)]
pub struct ToImport<'a> {
    /// Who is billed, as the settings choose it: the import finds a contact by its name, and makes one where nobody has it.
    pub contact: &'a ContactWanted,
    /// As Xero should hold it: every decision made.
    pub posting: &'a Posting,
}

/// A file to be imported, with what must be chosen beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    /// What to choose at the import: whether the amounts hold the tax.
    pub amounts_are: AmountsAre,
    /// The numbers of the invoices in it, in their order.
    pub numbers: Vec<String>,
    /// The file: UTF-8, RFC 4180, CRLF.
    pub content: Vec<u8>,
}

/// An invoice that the import would not make as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its number in Xero.
    pub number: String,
    /// The field, such as `lines[0].tax_amount`; empty for the whole invoice.
    pub field: String,
    /// Why, and what would come out.
    pub why: String,
}

/// What the import takes, and what it would not make right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The files, those of one kind of amounts together.
    pub files: Vec<ImportFile>,
    /// What is left out; each number once.
    pub left_out: Vec<LeftOut>,
}

/// The files of some invoices in their order. Each number stands in them once: a second one of it is left out.
///
/// Pure; the same invoices give the same bytes. Cells that a spreadsheet would take for a formula begin with an apostrophe.
pub fn import_files(
    invoices: &[ToImport<'_>],
    chart: &Chart,
    order: DateOrder,
) -> Result<Import, csv::Error> {
    let mut import = Import::default();
    let mut numbers = BTreeSet::new();
    let mut kinds: Vec<(AmountsAre, Vec<Numbered>)> = Vec::new();
    for it in invoices {
        let number = it.posting.number.clone();
        let rows = match numbers.insert(number.clone()) {
            true => rows(it, chart, order),
            false => Err(left("number", "another invoice has this number")),
        };
        match rows {
            Ok(rows) => {
                let amounts = &it.posting.amounts_are;
                match kinds.iter_mut().find(|(known, _)| known == amounts) {
                    Some((_, all)) => all.push((number, rows)),
                    None => kinds.push((amounts.clone(), vec![(number, rows)])),
                }
            }
            Err(reason) => import.left_out.push(LeftOut { number, ..reason }),
        }
    }
    for (amounts_are, all) in kinds {
        for some in all.chunks(INVOICES_MAX) {
            import.files.push(ImportFile {
                amounts_are: amounts_are.clone(),
                numbers: some.iter().map(|(number, _)| number.clone()).collect(),
                content: written(some)?,
            });
        }
    }
    Ok(import)
}

/// The cells in the order of [`COLUMNS`].
type Row = Vec<String>;
/// The rows of an invoice, with its number.
type Numbered = (String, Vec<Row>);

fn written(invoices: &[Numbered]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in invoices.iter().flat_map(|(_, rows)| rows) {
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn rows(it: &ToImport<'_>, chart: &Chart, order: DateOrder) -> Result<Vec<Row>, LeftOut> {
    let posting = it.posting;
    if posting.kind != DocumentKind::Invoice {
        return Err(left("kind", "the import takes sales invoices alone"));
    }
    let due = posting
        .due_date
        .ok_or_else(|| left("due_date", "the import needs a due date"))?;
    let theme = match &posting.branding_theme {
        None => String::new(),
        Some(id) => named(
            chart.branding_themes.iter().flatten(),
            |it| (&it.id, &it.name),
            id,
        )
        .ok_or_else(|| left("branding_theme", "its theme has no name any more"))?,
    };
    if posting.lines.is_empty() {
        return Err(left("lines", "the import takes no invoice without lines"));
    }
    let head = head(it, order, due);
    let mut rows = Vec::with_capacity(posting.lines.len());
    let (mut net, mut tax) = (Decimal::ZERO, Decimal::ZERO);
    for (at, line) in posting.lines.iter().enumerate() {
        let (line_net, line_tax) = worked_out(line, &posting.amounts_are, chart, at)?;
        (net, tax) = (net + line_net, tax + line_tax);
        let [(name_1, option_1), (name_2, option_2)] = tracking(line, chart, at)?;
        let mut row = head.clone();
        row.extend([
            String::new(),
            text(&line.item_code),
            safe(&line.description),
            line.quantity.normalize().to_string(),
            line.unit_amount.normalize().to_string(),
            String::new(),
            safe(&line.account_code),
            safe(&tax_name(line, chart, at)?),
            money(line_tax),
            safe(&name_1),
            safe(&option_1),
            safe(&name_2),
            safe(&option_2),
            posting.currency.to_string(),
            safe(&theme),
        ]);
        rows.push(row);
    }
    let (totals, gross) = (posting.totals, net + tax);
    if totals.gross != gross || totals.tax != tax {
        let why = format!(
            "the import works tax and total out anew and comes to {} of which tax {}, instead of {} of which tax {}",
            money(gross),
            money(tax),
            money(totals.gross),
            money(totals.tax)
        );
        return Err(left("totals", why));
    }
    Ok(rows)
}

/// The cells that every line of an invoice repeats, up to the due date.
fn head(it: &ToImport<'_>, order: DateOrder, due: NaiveDate) -> Row {
    let (contact, posting) = (it.contact, it.posting);
    let address = contact.address.clone().unwrap_or_default();
    vec![
        safe(&contact.name),
        text(&contact.email),
        text(&address.line1),
        text(&address.line2),
        String::new(),
        String::new(),
        text(&address.city),
        text(&address.region),
        text(&address.postal_code),
        text(&address.country),
        safe(&posting.number),
        text(&posting.reference),
        order.text(posting.date),
        order.text(due),
    ]
}

fn text(value: &Option<String>) -> String {
    safe(value.as_deref().unwrap_or_default())
}

/// What Xero comes to for a line without being told its tax: net and tax, each rounded to cents.
fn worked_out(
    line: &PostingLine,
    amounts_are: &AmountsAre,
    chart: &Chart,
    at: usize,
) -> Result<(Decimal, Decimal), LeftOut> {
    if line.discount_amount.is_some_and(|it| !it.is_zero()) {
        let why = "the import takes a discount as a percentage, not as an amount";
        return Err(left(&format!("lines[{at}].discount"), why));
    }
    let amount = line.quantity.checked_mul(line.unit_amount).map(cents);
    let field = format!("lines[{at}].quantity");
    let amount = amount.ok_or_else(|| left(&field, "its amount is too large"))?;
    let rate = match &line.tax_type {
        Some(code) => chart.tax_rate(code).map_or(Decimal::ZERO, |rate| rate.rate),
        None => Decimal::ZERO,
    };
    match amounts_are {
        AmountsAre::TaxExclusive => Ok((amount, cents(amount * rate))),
        AmountsAre::TaxInclusive => {
            let tax = cents(amount - amount / (Decimal::ONE + rate));
            Ok((amount - tax, tax))
        }
        AmountsAre::NoTax => Ok((amount, Decimal::ZERO)),
        AmountsAre::Other(word) => {
            let why = format!("`{word}` has no meaning at the import");
            Err(left("amounts_are", why))
        }
    }
}

/// The name under which the import finds the tax rate of a line.
fn tax_name(line: &PostingLine, chart: &Chart, at: usize) -> Result<String, LeftOut> {
    let code = line.tax_type.as_deref().unwrap_or("NONE");
    match chart.tax_rate(code) {
        Some(rate) => Ok(rate.name.clone()),
        None if code == "NONE" => Ok("Tax Exempt".to_owned()),
        None => {
            let why = format!("the organisation has no tax rate `{code}`, which the import names");
            Err(left(&format!("lines[{at}].tax_type"), why))
        }
    }
}

/// The names of both choices; empty for none.
fn tracking(
    line: &PostingLine,
    chart: &Chart,
    at: usize,
) -> Result<[(String, String); 2], LeftOut> {
    let mut choices: [(String, String); 2] = Default::default();
    for (place, choice) in line.tracking.iter().enumerate() {
        let unknown = |why: &str| left(&format!("lines[{at}].tracking"), why);
        let category = chart.tracking.iter().find(|it| it.id == choice.category_id);
        let category = category.ok_or_else(|| unknown("its category is not in use any more"))?;
        let option = match &choice.missing {
            // The import makes no options.
            Some(name) => {
                let why = format!(
                    "`{}` has no option `{name}` yet: add it first",
                    category.name
                );
                return Err(unknown(&why));
            }
            None => named(
                category.options.iter(),
                |it| (&it.id, &it.name),
                &choice.option_id,
            )
            .ok_or_else(|| unknown("its option is not in use any more"))?,
        };
        let cell = choices
            .get_mut(place)
            .ok_or_else(|| unknown("the import takes two categories"))?;
        *cell = (category.name.clone(), option);
    }
    Ok(choices)
}

fn named<'a, T: 'a>(
    all: impl Iterator<Item = &'a T>,
    parts: impl Fn(&'a T) -> (&'a String, &'a String),
    id: &str,
) -> Option<String> {
    all.map(parts)
        .find(|(known, _)| *known == id)
        .map(|(_, name)| name.clone())
}

fn left(field: &str, why: impl Into<String>) -> LeftOut {
    LeftOut {
        number: String::new(),
        field: field.to_owned(),
        why: why.into(),
    }
}

/// Xero rounds half a cent away from zero.
fn cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn money(value: Decimal) -> String {
    format!("{value:.2}")
}

/// A text that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
