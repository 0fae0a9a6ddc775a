//! Which adjustments an invoice has: kept as notes beside it, told when they change, and again with each change of the
//! invoice that they are derived from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::document::{Document, DocumentId, DocumentKind, Invoice};
use tieout_core::host::{HostError, Record};

use crate::changes::Reader;
use crate::map::adjustment;
use crate::wire::{Problem, Row, Status};

/// The adjustments of an invoice, by its identifier.
const CHAPTER: &str = "adjusted";

/// An adjustment as it was read last.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Adjusted {
    status: Status,
    row: Value,
    /// What was ever told of it: that must be taken back, should it become something else.
    #[serde(default)]
    told: BTreeSet<As>,
}

/// What the identifiers of documents begin with that were made of adjustments; those of invoices are numbers.
const PREFIX: &str = "adjustment-";

/// As what an adjustment was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum As {
    Unreadable,
    CreditNote,
    Invoice,
}

type Adjustments = BTreeMap<String, Adjusted>;

/// Whether a document was made of an adjustment.
pub(crate) fn is_adjustment(id: &DocumentId) -> bool {
    id.as_str().starts_with(PREFIX)
}

impl Reader {
    /// What rows of a list of adjustments tell. Those of an invoice that was not read yet come with it when it is.
    pub(crate) async fn adjusted<'a>(
        &self,
        status: Status,
        rows: impl Iterator<Item = &'a Value>,
    ) -> Result<Vec<Record>, HostError> {
        let mut records = Vec::new();
        let mut changed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for value in rows {
            let row = Row::of(value);
            let (id, invoice) = match names(&row) {
                Ok(names) => names,
                Err((id, problem)) => {
                    records.push(shown(id, &row, problem));
                    continue;
                }
            };
            let mut known = self.adjustments_of(&invoice).await?;
            let before = known.remove(&id);
            let one = Adjusted {
                status,
                row: value.clone(),
                told: before.map(|it| it.told).unwrap_or_default(),
            };
            known.insert(id.clone(), one);
            self.notes.write(CHAPTER, &invoice, &known).await?;
            changed.entry(invoice).or_default().insert(id);
        }
        for (id, ids) in changed {
            let Some(told) = self.told(&id).await? else {
                continue;
            };
            let told = self
                .records(told.status, std::iter::once(&told.row))
                .await?;
            for invoice in told.iter().filter_map(invoice_of) {
                records.extend(self.adjustments_told(invoice, Some(&ids)).await?);
            }
        }
        Ok(records)
    }

    /// Adds to invoices that are told what their adjustments come to by now.
    pub(crate) async fn tell_adjustments(
        &self,
        records: &mut Vec<Record>,
    ) -> Result<(), HostError> {
        if !self.config.read_adjustments {
            return Ok(());
        }
        let mut beside = Vec::new();
        for invoice in records.iter().filter_map(invoice_of) {
            beside.extend(self.adjustments_told(invoice, None).await?);
        }
        records.extend(beside);
        Ok(())
    }

    /// What these adjustments of an invoice come to; all of them where none are named.
    async fn adjustments_told(
        &self,
        invoice: &Invoice,
        only: Option<&BTreeSet<String>>,
    ) -> Result<Vec<Record>, HostError> {
        let of = invoice.id.as_str();
        let mut known = self.adjustments_of(of).await?;
        let mut records = Vec::new();
        for (id, one) in &mut known {
            if only.is_none_or(|only| only.contains(id)) {
                records.extend(self.adjustment_told(id, one, invoice));
            }
        }
        if !records.is_empty() {
            // Before they are told: what was told and is not known to be could never be taken back.
            self.notes.write(CHAPTER, of, &known).await?;
        }
        Ok(records)
    }

    fn adjustment_told(&self, id: &str, one: &mut Adjusted, invoice: &Invoice) -> Vec<Record> {
        let row = Row::of(&one.row);
        let Ok(name) = DocumentId::new(id) else {
            return Vec::new();
        };
        let became = adjustment(&row, one.status, name.clone(), invoice, &self.config);
        let (told, record) = match became {
            Ok(Some(document)) => {
                let told = match document.kind() {
                    DocumentKind::CreditNote => As::CreditNote,
                    DocumentKind::Invoice | DocumentKind::Bill | DocumentKind::PurchaseOrder => {
                        As::Invoice
                    }
                };
                (Some(told), Some(Record::Document(Box::new(document))))
            }
            // What was sent stays as it is until somebody has looked at it.
            Err(problem) => {
                one.told.insert(As::Unreadable);
                return vec![shown(Some(name), &row, problem)];
            }
            Ok(None) => (None, None),
        };
        let mut gone: BTreeSet<DocumentKind> = BTreeSet::new();
        for before in one.told.iter().filter(|before| Some(**before) != told) {
            gone.insert(match before {
                As::CreditNote => DocumentKind::CreditNote,
                As::Invoice => DocumentKind::Invoice,
                // The document that is told now takes its place.
                As::Unreadable if record.is_some() => continue,
                As::Unreadable => DocumentKind::CreditNote,
            });
        }
        one.told.extend(told);
        let gone = gone.into_iter().map(|kind| Record::Removed {
            kind,
            id: name.clone(),
            revision: None,
        });
        gone.chain(record).collect()
    }

    async fn adjustments_of(&self, invoice: &str) -> Result<Adjustments, HostError> {
        let known = self.notes.read(CHAPTER, invoice).await?;
        Ok(known.unwrap_or_default())
    }
}

/// The identifier of the document of an adjustment, and that of its invoice.
///
/// Whether `transaction_id` or `adjustment_number` is the one that is used once only is not told: together they are.
fn names(row: &Row<'_>) -> Result<(String, String), (Option<DocumentId>, Problem)> {
    let parts = ["transaction_id", "adjustment_number"].map(|field| row.some(field));
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return Err((None, Problem::new("adjustment_number", "is missing")));
    }
    let id = DocumentId::new(format!("{PREFIX}{}", parts.join("-")));
    let id = id.map_err(|error| (None, Problem::new("adjustment_number", error.to_string())))?;
    match row.some("invoice_id").filter(|invoice| invoice != "0") {
        Some(invoice) => Ok((id.as_str().to_owned(), invoice)),
        None => {
            let message = "is missing: it is told of no invoice that it adjusts";
            Err((Some(id), Problem::new("invoice_id", message)))
        }
    }
}

/// An adjustment as people are shown it.
fn shown(id: Option<DocumentId>, row: &Row<'_>, problem: Problem) -> Record {
    let number = row.some("adjustment_number");
    let number = number.unwrap_or_else(|| "without a number".to_owned());
    Record::Unreadable {
        place: format!("adjustment {number}"),
        field: problem.field,
        message: problem.message,
        id: id.map(|id| id.as_str().to_owned()),
    }
}

/// The invoice that a record tells. What was made of an adjustment has none of its own.
fn invoice_of(record: &Record) -> Option<&Invoice> {
    match record {
        Record::Document(document) => match document.as_ref() {
            Document::Invoice(invoice) => Some(invoice),
            Document::Bill(_) | Document::PurchaseOrder(_) => None,
        },
        Record::Removed { .. } | Record::Unreadable { .. } => None,
    }
}
