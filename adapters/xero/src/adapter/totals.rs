//! What the documents of one contact come to, read as summaries and added up by currency.

use std::collections::BTreeMap;

use chrono::Months;
use rust_decimal::Decimal;
use tieout_core::document::Currency;
use tieout_core::provider::{
    ContactTotals, ErrorKind, OtherCurrency, ProviderError, SideTotals, Sum, TotalsWanted,
};

use crate::client::{Call, Client};
use crate::limit::Purpose;
use crate::wire::document::{Document, DocumentStatus};

const OPERATION: &str = "read contact totals";

/// Reads and adds up: one call for each thousand documents of the contact. Somebody waits for it.
pub(super) async fn totals(
    client: &Client,
    wanted: &TotalsWanted,
) -> Result<ContactTotals, ProviderError> {
    let call = Call::read(OPERATION, Purpose::Operator, "Invoices", "GET /Invoices")
        .with("ContactIDs", wanted.contact.as_str())
        .with("Statuses", "SUBMITTED,AUTHORISED,PAID")
        .with("summaryOnly", "true");
    let documents = client.every_of::<Document>(&call, "Invoices").await?;
    let mut sums: BTreeMap<Currency, [SideTotals; 2]> = BTreeMap::new();
    for document in &documents {
        add(&mut sums, document, wanted).map_err(|what| {
            let id = document.id.as_deref().unwrap_or_default();
            ProviderError::new(ErrorKind::BadReply, OPERATION, format!("{id}: {what}"))
        })?;
    }
    let [sales, purchases] = sums.remove(&wanted.currency).unwrap_or_default();
    Ok(ContactTotals {
        currency: wanted.currency,
        sales,
        purchases,
        others: sums
            .into_iter()
            .map(|(currency, [sales, purchases])| OtherCurrency {
                currency,
                sales,
                purchases,
            })
            .collect(),
    })
}

fn add(
    sums: &mut BTreeMap<Currency, [SideTotals; 2]>,
    document: &Document,
    wanted: &TotalsWanted,
) -> Result<(), &'static str> {
    let side = match document.r#type.as_deref() {
        Some("ACCREC") => 0,
        Some("ACCPAY") => 1,
        Some(_) | None => return Ok(()),
    };
    let code = document.currency_code.as_deref().unwrap_or_default();
    let currency = Currency::from_code(code).map_err(|_| "its currency is not known")?;
    let totals = &mut sums.entry(currency).or_default()[side];
    let sum = match &document.status {
        Some(DocumentStatus::Submitted) => &mut totals.submitted,
        Some(DocumentStatus::Authorised) => &mut totals.authorised,
        Some(DocumentStatus::Paid) => &mut totals.paid,
        Some(
            DocumentStatus::Draft
            | DocumentStatus::Voided
            | DocumentStatus::Deleted
            | DocumentStatus::Other(_),
        )
        | None => return Ok(()),
    };
    add_to(sum, document, wanted)
}

fn add_to(sum: &mut Sum, document: &Document, wanted: &TotalsWanted) -> Result<(), &'static str> {
    let gross = document.total.ok_or("it has no Total")?;
    let due = document.amount_due.ok_or("it has no AmountDue")?;
    let date = document
        .date
        .or(document.date_string)
        .ok_or("it has no Date")?;
    let a_year_ago = wanted.today.checked_sub_months(Months::new(12));
    sum.documents += 1;
    sum.gross += gross;
    if a_year_ago.is_none_or(|from| date > from) && date <= wanted.today {
        sum.gross_of_a_year += gross;
    }
    sum.due += due;
    let fell_due = document.due_date.or(document.due_date_string);
    if fell_due.is_some_and(|day| day < wanted.today) {
        sum.overdue += Decimal::max(due, Decimal::ZERO);
    }
    Ok(())
}
