//! How payments are written for a product whose import can only add: what is new in its own columns, the rest for a person.

use tieout_core::document::Payment;
use tieout_core::host::{DocumentRef, WriteBack};

use super::write_back::{amount, safe};
use crate::payment_import::{ImportColumn, ImportDates, ImportField, PaymentImport};

const EXCEPTIONS: [&str; 8] = [
    "what_to_do",
    "invoice_number",
    "payment_date",
    "amount",
    "currency",
    "reference",
    "ledger_payment_id",
    "revision",
];

/// What an import takes, and what nobody can import; `None` where there is nothing of it.
#[derive(Debug, Default)]
pub(crate) struct ImportSheets {
    /// New payments in the columns of the import.
    pub(crate) import: Option<Vec<u8>>,
    /// Payments that changed or are no more.
    pub(crate) exceptions: Option<Vec<u8>>,
}

/// The sheets of the payments among some write-backs.
pub(crate) fn import_sheets(
    items: &[WriteBack],
    import: &PaymentImport,
) -> Result<ImportSheets, csv::Error> {
    let (mut new, mut rest) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            WriteBack::Payment {
                document,
                revision: 1,
                payment,
            } => new.push(import_row(import, document, payment)),
            WriteBack::Payment {
                document,
                revision,
                payment,
            } => rest.push(exception(
                "change the payment by hand to what stands here",
                document,
                *revision,
                payment,
            )),
            WriteBack::PaymentRemoved {
                document,
                revision,
                payment,
            } => rest.push(exception(
                "remove the payment by hand: it is not in the books any more",
                document,
                *revision,
                payment,
            )),
            WriteBack::Settlement { .. } | WriteBack::Posting { .. } => {}
        }
    }
    let header = import.columns.iter().map(|it| safe(&it.header)).collect();
    Ok(ImportSheets {
        import: sheet(header, new)?,
        exceptions: sheet(EXCEPTIONS.map(str::to_owned).to_vec(), rest)?,
    })
}

fn import_row(import: &PaymentImport, document: &DocumentRef, payment: &Payment) -> Vec<String> {
    let cell = |column: &ImportColumn| {
        let text = match (column.field, &column.value) {
            (None, value) => value.clone().unwrap_or_default(),
            (Some(ImportField::InvoiceNumber), _) => document.number.clone(),
            (Some(ImportField::InvoiceId), _) => document.id.as_str().to_owned(),
            (Some(ImportField::Amount), _) => return amount(payment.amount, payment.currency),
            (Some(ImportField::Currency), _) => payment.currency.to_string(),
            (Some(ImportField::Reference), _) => payment.reference.clone().unwrap_or_default(),
            (Some(ImportField::LedgerPaymentId), _) => payment.id.as_str().to_owned(),
            (Some(ImportField::PaymentDate), _) => {
                let form = match import.dates {
                    ImportDates::YearFirst => "%Y-%m-%d",
                    ImportDates::DayFirst => "%d/%m/%Y",
                    ImportDates::MonthFirst => "%m/%d/%Y",
                };
                payment.date.format(form).to_string()
            }
        };
        safe(&text)
    };
    import.columns.iter().map(cell).collect()
}

fn exception(
    what_to_do: &str,
    document: &DocumentRef,
    revision: u64,
    payment: &Payment,
) -> Vec<String> {
    vec![
        what_to_do.to_owned(),
        safe(&document.number),
        payment.date.to_string(),
        amount(payment.amount, payment.currency),
        payment.currency.to_string(),
        safe(payment.reference.as_deref().unwrap_or_default()),
        safe(payment.id.as_str()),
        revision.to_string(),
    ]
}

fn sheet(header: Vec<String>, rows: Vec<Vec<String>>) -> Result<Option<Vec<u8>>, csv::Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(Some(bytes))
}
