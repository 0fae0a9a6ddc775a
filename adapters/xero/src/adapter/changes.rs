//! How changes are told without a webhook: invoices by their last change, then those whose payments changed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use tieout_core::document::ProviderDocumentId;
use tieout_core::provider::{ChangePage, ChangesAfter, ErrorKind, ProviderError, Snapshot};

use super::cursor::{Ask, Cursor, Phase, Row, Stream};
use super::read::{EVERY_STATUS, ONLY_SALES, read};
use crate::capability::PAGE_ROWS_MAX;
use crate::client::{Call, Client};
use crate::limit::Purpose;
use crate::map;
use crate::map::SnapshotError;
use crate::wire::invoice::Invoice;
use crate::wire::payment::{Payment, PaymentStatus};
use crate::wire::{Listed, Page};

const OPERATION: &str = "read changes";
/// Payments of one page: few enough that reading their invoices takes at most five calls more.
const PAYMENT_ROWS_MAX: usize = 200;
/// A row may become visible a little later than it was stamped.
const VISIBLE_AFTER_S: i64 = 60;

/// The next page of changed documents.
pub(super) async fn changes(
    client: &Client,
    after: &ChangesAfter,
) -> Result<ChangePage, ProviderError> {
    let mut cursor = match &after.cursor {
        Some(text) => Cursor::parse(text).map_err(|error| {
            ProviderError::new(ErrorKind::Refused, OPERATION, error.to_string()).caused_by(error)
        })?,
        None => Cursor::starting_at(after.since),
    };
    let (documents, more) = match cursor.phase {
        Phase::Invoices => (changed_invoices(client, &mut cursor).await?, true),
        Phase::Payments => {
            let documents = invoices_of_changed_payments(client, &mut cursor).await?;
            (documents, cursor.phase == Phase::Payments)
        }
    };
    let through = cursor.through().unwrap_or_default() - VISIBLE_AFTER_S;
    Ok(ChangePage {
        documents,
        cursor: cursor.to_text(),
        more,
        complete_as_of: DateTime::from_timestamp(through, 0).unwrap_or_default(),
    })
}

async fn changed_invoices(
    client: &Client,
    cursor: &mut Cursor,
) -> Result<Vec<Snapshot>, ProviderError> {
    let ask = cursor.invoices.ask(PAGE_ROWS_MAX);
    let call = paged("Invoices", "GET /Invoices", ask)
        .with("where", ONLY_SALES)
        .with("Statuses", EVERY_STATUS)
        .with("unitdp", "4");
    let page = client.list::<Invoice>(&call).await?;
    let rows = rows(&page, |invoice| (invoice.id.as_deref(), invoice.updated))?;
    let taken = take(client, &mut cursor.invoices, ask, &page, &rows);
    if taken.done {
        cursor.phase = Phase::Payments;
    }
    let mut documents = Vec::with_capacity(taken.fresh.len());
    for invoice in taken.fresh.into_iter().map(|at| &page.items[at]) {
        let Some(snapshot) = ours(invoice)? else {
            continue;
        };
        for payment in &snapshot.payments {
            cursor.told_payments.remember(payment.id.as_str());
        }
        documents.push(snapshot);
    }
    Ok(documents)
}

/// A payment that was told with its invoice in this run is not read again; one that was deleted always is.
async fn invoices_of_changed_payments(
    client: &Client,
    cursor: &mut Cursor,
) -> Result<Vec<Snapshot>, ProviderError> {
    let ask = cursor.payments.ask(PAYMENT_ROWS_MAX);
    let call =
        paged("Payments", "GET /Payments", ask).with("where", r#"PaymentType=="ACCRECPAYMENT""#);
    let page = client.list::<Payment>(&call).await?;
    let rows = rows(&page, |payment| (payment.id.as_deref(), payment.updated))?;
    let taken = take(client, &mut cursor.payments, ask, &page, &rows);

    let mut met = HashSet::new();
    let mut ids = Vec::new();
    for payment in taken.fresh.into_iter().map(|at| &page.items[at]) {
        let stands = payment.status == Some(PaymentStatus::Authorised);
        if stands
            && payment
                .id
                .as_deref()
                .is_some_and(|id| cursor.told_payments.holds(id))
        {
            continue;
        }
        let Some(id) = payment
            .invoice
            .as_ref()
            .and_then(|invoice| invoice.id.as_deref())
        else {
            continue;
        };
        if met.insert(id.to_lowercase()) {
            ids.push(ProviderDocumentId::new(id).map_err(|error| bad(error.to_string()))?);
        }
    }
    let documents = read(client, &ids).await?;
    if taken.done {
        cursor.phase = Phase::Invoices;
        cursor.told_payments = Default::default();
    }
    Ok(documents)
}

fn paged(path: &'static str, route: &'static str, ask: Ask) -> Call {
    Call::read(OPERATION, Purpose::Polling, path, route)
        .with("order", "UpdatedDateUTC ASC")
        .with("page", ask.page.to_string())
        .with("pageSize", ask.page_size.to_string())
        .modified_since(ask.since)
}

fn take<T: Listed>(
    client: &Client,
    stream: &mut Stream,
    ask: Ask,
    page: &Page<T>,
    rows: &[Row],
) -> super::cursor::Taken {
    // The earlier of the two clocks: one that runs ahead would make the next run begin too late.
    let now = page
        .made_at
        .map_or_else(|| client.now(), |made_at| made_at.min(client.now()));
    stream.take(ask, rows, page.pagination, now)
}

fn rows<T>(
    page: &Page<T>,
    key: impl Fn(&T) -> (Option<&str>, Option<DateTime<Utc>>),
) -> Result<Vec<Row>, ProviderError> {
    page.items
        .iter()
        .map(|item| match key(item) {
            (Some(id), Some(updated)) => Ok(Row::new(id, updated)),
            (_, _) => Err(bad(
                "a row has no identifier or no time of its last change".to_owned()
            )),
        })
        .collect()
}

/// The snapshot of a sales invoice. One in a currency that does not exist cannot be ours, and must not hold up the rest.
fn ours(invoice: &Invoice) -> Result<Option<Snapshot>, ProviderError> {
    match map::snapshot(invoice) {
        Ok(snapshot) => Ok(snapshot),
        Err(SnapshotError::Currency(code)) => {
            tracing::warn!(invoice = invoice.id.as_deref(), currency = %code, "skipped an invoice in an unknown currency");
            Ok(None)
        }
        Err(error @ (SnapshotError::Missing(_) | SnapshotError::Unfit { .. })) => {
            Err(bad(format!(
                "invoice {}: {error}",
                invoice.id.as_deref().unwrap_or_default()
            ))
            .caused_by(error))
        }
    }
}

fn bad(message: String) -> ProviderError {
    ProviderError::new(ErrorKind::BadReply, OPERATION, message)
}
