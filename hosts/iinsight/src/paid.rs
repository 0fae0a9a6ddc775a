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
use tieout_core::host::{HostError, HostErrorKind, Record};

use crate::changes::Reader;
use crate::config::Refunds;
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
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) row: Value,
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
            let counted = self.counted(status, &row);
            match &counted {
                Ok(_) => records.extend(self.shown_no_more(&id).await?),
                Err(problem) => records.push(self.show(&row, problem.clone()).await?),
            }
            // What cannot be read stays as it was; what is no payment by now is none of the invoice's.
            let is_payment = !self.config.is_refund(&row.text("type"));
            if counted.is_err() && is_payment {
                continue;
            }
            if !changed.contains_key(&invoice) {
                let known: Option<Payments> = self.notes.read(PAYMENTS, &invoice).await?;
                changed.insert(invoice.clone(), known.unwrap_or_default());
            }
            let payments = changed.entry(invoice).or_default();
            match counted.ok().flatten() {
                Some(paid) => payments.insert(id, paid),
                None => payments.remove(&id),
            };
        }
        for (invoice, payments) in changed {
            self.notes.write(PAYMENTS, &invoice, &payments).await?;
            if let Some(told) = self.told(&invoice).await? {
                let row = std::iter::once(&told.row);
                records.extend(self.records(told.status, row).await?);
            }
        }
        Ok(records)
    }

    /// The payment of a row if it counts; nothing for one that was voided, and for money that was given back.
    fn counted(&self, status: Status, row: &Row<'_>) -> Result<Option<Paid>, Problem> {
        let paid = paid(row)?;
        let is_active = match status {
            Status::Active => true,
            Status::Voided | Status::Reversed => false,
        };
        if !self.config.is_refund(&row.text("type")) {
            return Ok(Some(paid).filter(|_| is_active));
        }
        match self.config.refunds {
            Refunds::Shown if is_active => Err(refund(row, &paid)),
            Refunds::Shown | Refunds::Ignored => Ok(None),
        }
    }

    /// Shows a payment for people, under a name by which it falls away again.
    async fn show(&self, row: &Row<'_>, problem: Problem) -> Result<Record, HostError> {
        let id = row.text("payment_id");
        self.notes.write(UNREAD, &id, &true).await?;
        Ok(Record::Unreadable {
            place: format!("payment {}", row.text("payment_number")),
            field: problem.field,
            message: problem.message,
            id: Some(unread_name(&id)),
        })
    }

    /// That a payment is shown no more, if it ever was.
    async fn shown_no_more(&self, id: &str) -> Result<Option<Record>, HostError> {
        let was_shown: Option<bool> = self.notes.read(UNREAD, id).await?;
        let Ok(name) = DocumentId::new(unread_name(id)) else {
            return Ok(None);
        };
        Ok(was_shown.filter(|was| *was).map(|_| Record::Removed {
            kind: DocumentKind::Invoice,
            id: name,
            revision: None,
        }))
    }

    /// Notes how an invoice is told, for when its payments or adjustments change.
    pub(crate) async fn note_invoice(
        &self,
        status: Status,
        value: &Value,
    ) -> Result<(), HostError> {
        let id = Row::of(value).text("invoice_id");
        let told = Told {
            status,
            row: value.clone(),
        };
        self.notes.write(INVOICES, &id, &told).await
    }

    /// How an invoice was told last; `None` for one that was not told yet.
    pub(crate) async fn told(&self, invoice: &str) -> Result<Option<Told>, HostError> {
        self.notes.read(INVOICES, invoice).await
    }

    /// The payments of an invoice that is told.
    pub(crate) async fn payments_of(&self, value: &Value) -> Result<Vec<HostPayment>, HostError> {
        let id = Row::of(value).text("invoice_id");
        let known: Payments = self.notes.read(PAYMENTS, &id).await?.unwrap_or_default();
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
}

/// What names a payment among the invoices that cannot be read.
fn unread_name(id: &str) -> String {
    format!("payment {id}")
}

/// Why money that was given back is shown.
fn refund(row: &Row<'_>, paid: &Paid) -> Problem {
    let Paid { date, amount, .. } = paid;
    let number = row.text("invoice_number");
    let message = format!(
        "{amount} of invoice {number} was given back on {date}: it is no payment, and nothing is sent of it. Book it at the provider by hand; `refunds = \"ignored\"` shows none of these"
    );
    Problem::new("type", message)
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
