//! Which payment in iinsight is one of the ledger's: by its reference, by what it is where the reference was cut, and never
//! one that is another's.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_core::host::{HostError, HostErrorKind, Note};

use crate::changes::{Reader, turn};
use crate::wire::{Row, Status};

const OPERATION: &str = "create payment";
/// The ledger's identifier by that of iinsight.
const CLAIMS: &str = "claim";
/// Hours before an attempt from which payments are searched: clocks differ.
const SEARCH_HOURS: i64 = 24;

/// A payment that is looked for.
pub(crate) struct Sought<'a> {
    /// The ledger's identifier, which was sent as the reference.
    pub(crate) id: &'a str,
    /// Its number in iinsight, if that is known.
    pub(crate) number: Option<&'a str>,
    /// The invoice.
    pub(crate) invoice: &'a str,
    pub(crate) amount: Decimal,
    pub(crate) date: NaiveDate,
    /// When it was sent first.
    pub(crate) first: DateTime<Utc>,
}

/// What a search for a payment found.
pub(crate) enum Found {
    Nothing,
    Active(Stands),
    Voided { number: String },
}

/// A payment that stands in iinsight.
pub(crate) struct Stands {
    /// Its identifier there; empty where that is not known.
    pub(crate) payment_id: String,
    pub(crate) number: String,
    pub(crate) amount: Decimal,
}

/// Looks for a payment, in both lists. One that carries the reference whole comes before one that agrees otherwise.
pub(crate) async fn look_for(reader: &Reader, sought: &Sought<'_>) -> Result<Found, HostError> {
    let since = sought.first - TimeDelta::hours(SEARCH_HOURS);
    let mut alike = None;
    for status in [Status::Active, Status::Voided] {
        let (mut number, mut last) = (1, String::new());
        loop {
            let page = reader.api.payments(status, since, number).await?;
            if page.rows.is_empty() {
                break;
            }
            for value in &page.rows {
                let row = Row::of(value);
                if is_named(sought, &row) {
                    return found(status, &row);
                }
                if alike.is_none()
                    && is_alike(sought, &row)
                    && is_free(reader, sought, &row).await?
                {
                    alike = Some(found(status, &row)?);
                }
            }
            turn(&mut number, &mut last, &page)?;
        }
    }
    Ok(alike.unwrap_or(Found::Nothing))
}

/// Notes which payment of the ledger one of iinsight is. A repeat changes nothing.
pub(crate) async fn claim(reader: &Reader, payment_id: &str, id: &str) -> Result<(), HostError> {
    if payment_id.is_empty() {
        return Ok(());
    }
    let note = Note {
        chapter: CLAIMS,
        name: payment_id.to_owned(),
        content: Some(id.as_bytes().to_vec()),
    };
    reader.notes.write_all(vec![note]).await
}

/// The payment of the ledger that one of iinsight is known to be.
pub(crate) async fn claimed(
    reader: &Reader,
    payment_id: &str,
) -> Result<Option<String>, HostError> {
    let note = reader.notes.bytes(CLAIMS, payment_id).await?;
    Ok(note.map(|note| String::from_utf8_lossy(&note).into_owned()))
}

fn is_named(sought: &Sought<'_>, row: &Row<'_>) -> bool {
    let number = row.some("payment_number");
    row.text("reference_number") == sought.id
        || (number.is_some() && number.as_deref() == sought.number)
}

/// Whether it pays the same invoice the same on the same day, under a reference that is the beginning of ours or none.
fn is_alike(sought: &Sought<'_>, row: &Row<'_>) -> bool {
    let amount = row.decimal("amount").ok().flatten();
    let date = row.date("transaction_date").ok().flatten();
    row.text("invoice_id") == sought.invoice
        && amount.map(|amount| amount.abs()) == Some(sought.amount.abs())
        && date == Some(sought.date)
        && sought.id.starts_with(&row.text("reference_number"))
}

/// Whether it is not known to be another payment of the ledger.
async fn is_free(reader: &Reader, sought: &Sought<'_>, row: &Row<'_>) -> Result<bool, HostError> {
    let claimed = claimed(reader, &row.text("payment_id")).await?;
    Ok(claimed.is_none_or(|id| id == sought.id))
}

fn found(status: Status, row: &Row<'_>) -> Result<Found, HostError> {
    let number = row.text("payment_number");
    if status != Status::Active {
        return Ok(Found::Voided { number });
    }
    let bad = |why: String| {
        let message = format!("payment {number}: {why}");
        HostError::new(HostErrorKind::BadData, OPERATION, message)
    };
    let amount = row.decimal("amount").map_err(|it| bad(it.message))?;
    let amount = amount.ok_or_else(|| bad("`amount` is missing".to_owned()))?;
    Ok(Found::Active(Stands {
        payment_id: row.text("payment_id"),
        number,
        // Its sign differs from one example to another.
        amount: amount.abs(),
    }))
}
