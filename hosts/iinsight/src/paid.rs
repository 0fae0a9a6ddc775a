//! Which payments were made in iinsight: kept as notes beside the invoices that they belong to, which are told anew with
//! each change.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::document::{
    DocumentId, DocumentKind, HostPayment, HostPaymentId, ProviderPaymentId, decimal,
};
use tieout_core::host::{HostError, HostErrorKind, Note, Record};

use crate::changes::Reader;
use crate::deliver::is_ours;
use crate::sought::claimed;
use crate::wire::{Problem, Row, Status};

const OPERATION: &str = "read payments";
/// Invoices as they were told last, by identifier.
const INVOICES: &str = "row";
/// The payments of an invoice, by its identifier.
const PAYMENTS: &str = "paid";

/// Payments that could not be read at some time.
const UNREAD: &str = "unread";

/// A payment that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Paid {
    date: NaiveDate,
    #[serde(with = "decimal")]
    amount: Decimal,
    method: Option<String>,
    reference: Option<String>,
}

/// An invoice as it was told last.
#[derive(Serialize, Deserialize)]
struct Told {
    status: Status,
    row: Value,
}

type Payments = BTreeMap<String, Paid>;

impl Reader {
    /// What rows of a list of payments tell: the invoices that they belong to, with their payments as they are by now. An
    /// invoice that was not read yet comes with them when it is.
    pub(crate) async fn paid<'a>(
        &self,
        status: Status,
        rows: impl Iterator<Item = &'a Value>,
    ) -> Result<Vec<Record>, HostError> {
        let mut records = Vec::new();
        let mut changed: BTreeMap<String, Payments> = BTreeMap::new();
        for value in rows {
            let row = Row::of(value);
            let (id, invoice) = (row.text("payment_id"), row.text("invoice_id"));
            match paid(&row) {
                Ok(paid) => {
                    let was_shown: Option<bool> = self.noted(UNREAD, &id).await?;
                    // What is shown as unreadable falls away under the name that it has there.
                    let name = DocumentId::new(unread_name(&id));
                    if let (Some(true), Ok(name)) = (was_shown, name) {
                        records.push(Record::Removed {
                            kind: DocumentKind::Invoice,
                            id: name,
                            revision: None,
                        });
                    }
                    if !changed.contains_key(&invoice) {
                        let known = self.noted(PAYMENTS, &invoice).await?.unwrap_or_default();
                        changed.insert(invoice.clone(), known);
                    }
                    let payments = changed.entry(invoice).or_default();
                    match status {
                        Status::Active => payments.insert(id, paid),
                        Status::Voided | Status::Reversed => payments.remove(&id),
                    };
                }
                Err(problem) => {
                    self.note(UNREAD, &id, &true).await?;
                    records.push(Record::Unreadable {
                        place: format!("payment {}", row.text("payment_number")),
                        field: problem.field,
                        message: problem.message,
                        id: Some(unread_name(&id)),
                    });
                }
            }
        }
        for (invoice, payments) in changed {
            self.note(PAYMENTS, &invoice, &payments).await?;
            if let Some(told) = self.noted::<Told>(INVOICES, &invoice).await? {
                let row = std::iter::once(&told.row);
                records.extend(self.records(told.status, row).await?);
            }
        }
        Ok(records)
    }

    /// The payments of an invoice that is told; how it was told is kept, for when they change.
    pub(crate) async fn payments_of(
        &self,
        status: Status,
        value: &Value,
    ) -> Result<Vec<HostPayment>, HostError> {
        let id = Row::of(value).text("invoice_id");
        let told = Told {
            status,
            row: value.clone(),
        };
        self.note(INVOICES, &id, &told).await?;
        let known: Payments = self.noted(PAYMENTS, &id).await?.unwrap_or_default();
        let mut payments = Vec::with_capacity(known.len());
        for (id, paid) in known {
            payments.push(self.host_payment(id, paid).await?);
        }
        Ok(payments)
    }

    async fn host_payment(&self, id: String, paid: Paid) -> Result<HostPayment, HostError> {
        let unfit = |error| {
            let message = "the identifier of a payment";
            HostError::new(HostErrorKind::BadData, OPERATION, message).caused_by(error)
        };
        // What the ledger sent here is not made there again.
        let ledger_payment_id = match (claimed(self, &id).await?, &paid.reference) {
            (Some(ours), _) => ProviderPaymentId::new(ours).ok(),
            (None, Some(reference)) if is_ours(self, reference).await? => {
                ProviderPaymentId::new(reference.clone()).ok()
            }
            (None, Some(_) | None) => None,
        };
        Ok(HostPayment {
            id: HostPaymentId::new(id).map_err(unfit)?,
            date: paid.date,
            amount: paid.amount,
            account_code: None,
            method: paid.method,
            reference: paid.reference,
            ledger_payment_id,
        })
    }

    async fn noted<T: serde::de::DeserializeOwned>(
        &self,
        chapter: &str,
        name: &str,
    ) -> Result<Option<T>, HostError> {
        let Some(note) = self.notebook.read(chapter, name).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&note).map(Some).map_err(|error| {
            let message = format!("the note of invoice {name} cannot be read");
            HostError::new(HostErrorKind::BadData, OPERATION, message).caused_by(error)
        })
    }

    async fn note<T: Serialize>(
        &self,
        chapter: &'static str,
        name: &str,
        content: &T,
    ) -> Result<(), HostError> {
        let content = serde_json::to_vec(content).expect("texts, days and figures are JSON");
        let note = Note {
            chapter,
            name: name.to_owned(),
            content: Some(content),
        };
        self.notebook.write(vec![note]).await
    }
}

/// What names a payment among the invoices that cannot be read.
fn unread_name(id: &str) -> String {
    format!("payment {id}")
}

/// A payment of a row. Its sign differs from one example to another: what it is, its list says.
fn paid(row: &Row<'_>) -> Result<Paid, Problem> {
    let missing = |field: &str| Problem::new(field, "is missing");
    for field in ["payment_id", "invoice_id"] {
        let id = HostPaymentId::new(row.text(field));
        id.map_err(|error| Problem::new(field, error.to_string()))?;
    }
    let amount = row.decimal("amount")?.ok_or_else(|| missing("amount"))?;
    if amount.is_zero() {
        return Err(Problem::new("amount", "a payment of nothing"));
    }
    Ok(Paid {
        date: row
            .date("transaction_date")?
            .ok_or_else(|| missing("transaction_date"))?,
        amount: amount.abs(),
        method: row.some("type"),
        reference: row.some("reference_number"),
    })
}
