//! How write-backs are written for a host: three sheets of CSV that are safe to open in a spreadsheet.

use rust_decimal::Decimal;
use tieout_core::document::{Currency, Payment, Settlement};
use tieout_core::host::{DocumentRef, PostingNotice, WriteBack};

const PAYMENTS: [&str; 12] = [
    "action",
    "ledger_payment_id",
    "revision",
    "invoice_number",
    "payment_date",
    "amount",
    "currency",
    "method",
    "reference",
    "invoice_id",
    "kind",
    "document_kind",
];
const SETTLEMENTS: [&str; 9] = [
    "invoice_id",
    "invoice_number",
    "status",
    "amount_paid",
    "amount_credited",
    "amount_due",
    "currency",
    "as_of",
    "document_kind",
];
const POSTINGS: [&str; 7] = [
    "invoice_id",
    "invoice_number",
    "state",
    "ledger_invoice_id",
    "ledger_number",
    "message",
    "document_kind",
];

/// The sheets of one delivery; `None` where there is nothing to say.
#[derive(Debug, Default)]
pub(crate) struct Sheets {
    /// Payments made, changed and removed.
    pub(crate) payments: Option<Vec<u8>>,
    /// Settlements, each in full.
    pub(crate) settlements: Option<Vec<u8>>,
    /// What became of documents.
    pub(crate) postings: Option<Vec<u8>>,
}

/// The sheets of some write-backs, their rows in the order of the write-backs.
///
/// RFC 4180 with CRLF. Amounts have at least the currency's minor digits and are never rounded.
pub(crate) fn sheets(items: &[WriteBack]) -> Result<Sheets, csv::Error> {
    let mut payments = Sheet::new(&PAYMENTS);
    let mut settlements = Sheet::new(&SETTLEMENTS);
    let mut postings = Sheet::new(&POSTINGS);
    for item in items {
        match item {
            WriteBack::Payment {
                document,
                revision,
                payment,
            } => {
                let action = if *revision == 1 { "create" } else { "update" };
                payments.push(payment_row(action, document, *revision, payment))?;
            }
            WriteBack::PaymentRemoved {
                document,
                revision,
                payment,
            } => {
                payments.push(payment_row("delete", document, *revision, payment))?;
            }
            WriteBack::Settlement {
                document,
                settlement,
            } => {
                settlements.push(settlement_row(document, settlement))?;
            }
            WriteBack::Posting { document, notice } => {
                postings.push(posting_row(document, notice))?;
            }
        }
    }
    Ok(Sheets {
        payments: payments.finish()?,
        settlements: settlements.finish()?,
        postings: postings.finish()?,
    })
}

fn payment_row(
    action: &str,
    document: &DocumentRef,
    revision: u64,
    payment: &Payment,
) -> [String; 12] {
    [
        action.to_owned(),
        safe(payment.id.as_str()),
        revision.to_string(),
        safe(&document.number),
        payment.date.to_string(),
        amount(payment.amount, payment.currency),
        payment.currency.to_string(),
        // The provider does not say how it was paid.
        String::new(),
        safe(payment.reference.as_deref().unwrap_or_default()),
        safe(document.id.as_str()),
        safe(payment.kind.as_str()),
        document.kind.to_string(),
    ]
}

fn settlement_row(document: &DocumentRef, settlement: &Settlement) -> [String; 9] {
    let currency = settlement.currency;
    [
        safe(document.id.as_str()),
        safe(&document.number),
        settlement.status.as_str().to_owned(),
        amount(settlement.amount_paid, currency),
        amount(settlement.amount_credited, currency),
        amount(settlement.amount_due, currency),
        currency.to_string(),
        settlement
            .as_of
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        document.kind.to_string(),
    ]
}

fn posting_row(document: &DocumentRef, notice: &PostingNotice) -> [String; 7] {
    [
        safe(document.id.as_str()),
        safe(&document.number),
        notice.state.as_str().to_owned(),
        safe(notice.ledger_id.as_deref().unwrap_or_default()),
        safe(notice.ledger_number.as_deref().unwrap_or_default()),
        safe(notice.message.as_deref().unwrap_or_default()),
        document.kind.to_string(),
    ]
}

/// A text that no spreadsheet takes for a formula.
pub(crate) fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        return format!("'{text}");
    }
    text.to_owned()
}

/// An amount with at least the currency's places, never rounded.
pub(crate) fn amount(value: Decimal, currency: Currency) -> String {
    let value = value.normalize();
    let places = usize::try_from(currency.minor_digits().max(value.scale())).unwrap_or(0);
    format!("{value:.places$}")
}

struct Sheet {
    writer: csv::Writer<Vec<u8>>,
    header: &'static [&'static str],
    rows: usize,
}

impl Sheet {
    fn new(header: &'static [&'static str]) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        Self {
            writer,
            header,
            rows: 0,
        }
    }

    fn push<const N: usize>(&mut self, row: [String; N]) -> Result<(), csv::Error> {
        if self.rows == 0 {
            self.writer.write_record(self.header)?;
        }
        self.rows += 1;
        self.writer.write_record(row)
    }

    fn finish(self) -> Result<Option<Vec<u8>>, csv::Error> {
        if self.rows == 0 {
            return Ok(None);
        }
        let bytes = self
            .writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(Some(bytes))
    }
}
