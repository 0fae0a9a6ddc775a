//! What one JSON value of a file says: a document, a removal, or the field that does not fit.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};
use tieout_core::document::{
    Bill, Document, DocumentId, DocumentKind, Invoice, InvoiceKind, PurchaseOrder, decimal,
};

use super::{Content, Problem, Reading};
use crate::wire::{FileType, Trailer};

const GLANCE_BYTES_MAX: usize = 256 << 10;
/// How much of a value is told with what is wrong with it.
const FOUND_CHARS_MAX: usize = 40;

/// How a value fails to be JSON at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonFault {
    /// Lines after the value's first.
    pub(crate) line: u64,
    /// What is wrong.
    pub(crate) message: String,
    /// Whether the value only stops too early.
    pub(crate) cut_off: bool,
}

#[derive(Deserialize)]
struct Tombstone {
    #[serde(default)]
    removed_at: Option<String>,
}

#[derive(Deserialize)]
struct Removal {
    id: DocumentId,
    #[serde(default)]
    revision: Option<u64>,
    #[serde(default)]
    kind: Option<InvoiceKind>,
}

#[derive(Deserialize)]
struct Glance {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    number: Value,
    #[serde(default)]
    totals: Value,
}

/// Reads one document that begins on `line`.
pub(crate) fn read_document(kind: FileType, json: &[u8], line: u64) -> Reading {
    if is_removed(json) {
        return removal(kind, json, line);
    }
    let document = match kind {
        FileType::Invoices => typed(json, line).map(Document::Invoice),
        FileType::CreditNotes => typed(json, line).and_then(credit_note(line)),
        FileType::Bills => typed::<Bill>(json, line).map(Document::Bill),
        FileType::PurchaseOrders => typed::<PurchaseOrder>(json, line).map(Document::PurchaseOrder),
        FileType::Companies | FileType::Contacts => {
            Err(Problem::new(line, "", "is not a document"))
        }
    };
    match document.and_then(|document| single_payments(document, line)) {
        Ok(document) => Reading {
            id: Some(document.id().as_str().to_owned()),
            number: Some(document.number().to_owned()),
            gross: Some(gross_of(&document)),
            content: Ok(Content::Document(Box::new(document))),
        },
        Err(problem) => {
            // Only an order may come without totals; elsewhere a missing total is one that nobody knows.
            let absent = (kind == FileType::PurchaseOrders).then_some(Decimal::ZERO);
            glance(json, problem, absent)
        }
    }
}

/// The trailer that a line holds, `None` for a line that is none, or why it cannot be read.
pub(crate) fn read_trailer(json: &[u8]) -> Option<Result<Trailer, String>> {
    #[derive(Deserialize)]
    struct Line {
        trailer: Value,
    }
    // A document is never read twice for this: its line has no such word, or is no trailer's size.
    const TRAILER_BYTES_MAX: usize = 1_024;
    if json.len() > TRAILER_BYTES_MAX || !holds(json, "\"trailer\"") {
        return None;
    }
    let line: Line = serde_json::from_slice(json).ok()?;
    Some(serde_json::from_value(line.trailer).map_err(|error| error.to_string()))
}

/// Whether the bytes are one whole JSON value.
pub(crate) fn check_syntax(json: &[u8]) -> Result<(), JsonFault> {
    serde_json::from_slice::<IgnoredAny>(json)
        .map(drop)
        .map_err(|error| JsonFault {
            line: lines_down(&error),
            message: bare(&error),
            cut_off: error.classify() == Category::Eof,
        })
}

fn typed<T: DeserializeOwned>(json: &[u8], line: u64) -> Result<T, Problem> {
    // Keeping the path costs time at every field, and only a value that does not fit has to name one.
    serde_json::from_slice(json).or_else(|_| explained(json, line))
}

/// The same reading, slower, which knows the field at fault.
fn explained<T: DeserializeOwned>(json: &[u8], line: u64) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let found = found_at(json, error.path());
        let cause = error.into_inner();
        let (field, message) = match cause.classify() {
            Category::Data => {
                let message = for_people(bare(&cause), found.as_ref());
                (path.trim_end_matches(['.', '?']).to_owned(), message)
            }
            // In broken JSON no field can be trusted to be the one at fault.
            Category::Syntax | Category::Eof | Category::Io => {
                let message = format!(
                    "the JSON is broken at column {}: {}",
                    cause.column(),
                    bare(&cause)
                );
                (String::new(), message)
            }
        };
        Problem::new(line + lines_down(&cause), field, message)
    })?;
    reader.end().map_err(|error| {
        Problem::new(line, "", format!("more than one value: {}", bare(&error)))
    })?;
    Ok(value)
}

/// What stands at a path.
fn found_at(json: &[u8], path: &Path) -> Option<Value> {
    let mut found: Value = serde_json::from_slice(json).ok()?;
    for segment in path.iter() {
        found = match segment {
            Segment::Seq { index } => found.get_mut(*index)?.take(),
            Segment::Map { key } => found.get_mut(key)?.take(),
            Segment::Enum { .. } | Segment::Unknown => return None,
        };
    }
    Some(found)
}

/// What a parser says of a value, in words for the person who mends the file.
fn for_people(message: String, found: Option<&Value>) -> String {
    const OF_TIMES: [&str; 6] = [
        "input contains invalid characters",
        "premature end of input",
        "input is out of range",
        "trailing input",
        "no possible date and time matching input",
        "input is not enough for unique date and time",
    ];
    match found {
        Some(Value::String(text)) if OF_TIMES.contains(&message.as_str()) => {
            let short: String = text.chars().take(FOUND_CHARS_MAX).collect();
            format!(
                "`{short}` cannot be read: write a date as `2026-10-31`, and a time as `2026-10-31T05:00:00Z`"
            )
        }
        Some(Value::Number(number)) if message.ends_with("expected a string") => {
            format!("{number} is a number of JSON: write it as text, \"{number}\"")
        }
        _ => message,
    }
}

fn credit_note(line: u64) -> impl FnOnce(Invoice) -> Result<Document, Problem> {
    move |invoice| match invoice.kind {
        InvoiceKind::SalesCredit => Ok(Document::Invoice(invoice)),
        InvoiceKind::Sales | InvoiceKind::Other(_) => Err(Problem::new(
            line,
            "kind",
            format!(
                "`{}` in a file of credit notes; it must be `sales_credit`",
                invoice.kind
            ),
        )),
    }
}

/// The document, if each of its payments has an identifier of its own: by it a payment is known again.
fn single_payments(document: Document, line: u64) -> Result<Document, Problem> {
    let mut seen = std::collections::HashSet::new();
    let mut payments = document.payments().unwrap_or_default().iter().enumerate();
    let twice = payments.find(|(_, payment)| !seen.insert(&payment.id));
    match twice {
        Some((place, payment)) => Err(Problem::new(
            line,
            format!("payments[{place}].id"),
            format!("`{}` stands twice in one document", payment.id),
        )),
        None => Ok(document),
    }
}

fn is_removed(json: &[u8]) -> bool {
    holds(json, "\"removed_at\"")
        && serde_json::from_slice::<Tombstone>(json).is_ok_and(|mark| mark.removed_at.is_some())
}

fn removal(kind: FileType, json: &[u8], line: u64) -> Reading {
    let removal: Removal = match typed(json, line) {
        Ok(removal) => removal,
        Err(problem) => return glance(json, problem, Some(Decimal::ZERO)),
    };
    let kind = match (kind, removal.kind) {
        (FileType::CreditNotes, _) | (FileType::Invoices, Some(InvoiceKind::SalesCredit)) => {
            DocumentKind::CreditNote
        }
        (FileType::Bills, _) => DocumentKind::Bill,
        (FileType::PurchaseOrders, _) => DocumentKind::PurchaseOrder,
        (FileType::Invoices | FileType::Companies | FileType::Contacts, _) => DocumentKind::Invoice,
    };
    let seen = glance(json, Problem::new(line, "", ""), Some(Decimal::ZERO));
    let content = Content::Removed {
        kind,
        id: removal.id,
        revision: removal.revision,
    };
    Reading {
        content: Ok(content),
        ..seen
    }
}

/// What can still be read of a row that is no document, so that people find it again.
fn glance(json: &[u8], problem: Problem, absent: Option<Decimal>) -> Reading {
    // A tree of values takes many times the bytes of its text.
    if json.len() > GLANCE_BYTES_MAX {
        return Reading::illegible(problem);
    }
    let Ok(seen) = serde_json::from_slice::<Glance>(json) else {
        return Reading::illegible(problem);
    };
    let gross = match seen.totals.get("gross") {
        Some(Value::String(text)) => decimal::read(text).ok(),
        None if seen.totals.is_null() => absent,
        Some(_) | None => None,
    };
    Reading {
        id: text_of(&seen.id),
        number: text_of(&seen.number),
        gross,
        content: Err(problem),
    }
}

fn text_of(value: &Value) -> Option<String> {
    const SHOWN_CHARS_MAX: usize = 64;
    match value {
        Value::String(text) => Some(text.chars().take(SHOWN_CHARS_MAX).collect()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn gross_of(document: &Document) -> Decimal {
    match document {
        Document::Invoice(invoice) => invoice.totals.gross,
        Document::Bill(bill) => bill.totals.gross,
        Document::PurchaseOrder(order) => order.totals.map_or(Decimal::ZERO, |totals| totals.gross),
    }
}

fn holds(json: &[u8], word: &str) -> bool {
    std::str::from_utf8(json).is_ok_and(|text| text.contains(word))
}

fn lines_down(error: &serde_json::Error) -> u64 {
    u64::try_from(error.line().saturating_sub(1)).unwrap_or(0)
}

/// The message without the position inside the value: the caller knows the one in the file.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}
