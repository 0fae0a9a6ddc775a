//! How Xero's invoice is read as the normal form's snapshot.

use tieout_core::document::{
    Currency, DocumentKind, ProviderContactId, ProviderDocumentId, Totals,
};
use tieout_core::provider::{Snapshot, SnapshotLine, SnapshotStatus};

use super::settled::{paid_and_credited, payments};
use crate::wire::invoice::{Invoice, InvoiceStatus, InvoiceType, LineItem};

/// Why an invoice cannot be read as a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// A field without which it means nothing is absent.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A value is not what it should be.
    #[error("{field} is `{value}`")]
    Unfit {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The currency is none of ISO 4217, so the invoice cannot be one of ours.
    #[error("the currency `{0}` is not known")]
    Currency(String),
}

/// The snapshot of a sales invoice; `None` for a bill or anything else that shares the list.
pub fn snapshot(invoice: &Invoice) -> Result<Option<Snapshot>, SnapshotError> {
    match &invoice.r#type {
        Some(InvoiceType::Receivable) => read(invoice).map(Some),
        Some(InvoiceType::Payable | InvoiceType::Other(_)) => Ok(None),
        None => Err(SnapshotError::Missing("Type")),
    }
}

fn read(invoice: &Invoice) -> Result<Snapshot, SnapshotError> {
    let code = invoice.currency_code.as_deref().unwrap_or_default();
    let currency =
        Currency::from_code(code).map_err(|_| SnapshotError::Currency(code.to_owned()))?;
    let id = invoice
        .id
        .as_deref()
        .ok_or(SnapshotError::Missing("InvoiceID"))?;
    let contact = invoice
        .contact
        .as_ref()
        .and_then(|contact| contact.id.as_deref());
    let contact = contact.ok_or(SnapshotError::Missing("Contact.ContactID"))?;
    let total = |amount: Option<_>, field| amount.ok_or(SnapshotError::Missing(field));
    let (amount_paid, amount_credited) = paid_and_credited(invoice);
    let gross = total(invoice.total, "Total")?;
    Ok(Snapshot {
        id: ProviderDocumentId::new(id).map_err(|_| SnapshotError::Unfit {
            field: "InvoiceID",
            value: id.to_owned(),
        })?,
        kind: DocumentKind::Invoice,
        number: invoice.number.clone().unwrap_or_default(),
        reference: invoice.reference.clone(),
        contact: ProviderContactId::new(contact).map_err(|_| SnapshotError::Unfit {
            field: "ContactID",
            value: contact.to_owned(),
        })?,
        date: invoice
            .date
            .or(invoice.date_string)
            .ok_or(SnapshotError::Missing("Date"))?,
        due_date: invoice.due_date.or(invoice.due_date_string),
        status: status(
            invoice
                .status
                .as_ref()
                .ok_or(SnapshotError::Missing("Status"))?,
        ),
        currency,
        totals: Totals {
            net: total(invoice.sub_total, "SubTotal")?,
            tax: total(invoice.total_tax, "TotalTax")?,
            gross,
        },
        lines: invoice.line_items.iter().map(line).collect(),
        payments: payments(invoice, currency)?,
        amount_paid,
        amount_credited,
        // Taken for nothing, an absent figure would tell the host that the invoice is paid.
        amount_due: invoice
            .amount_due
            .unwrap_or(gross - amount_paid - amount_credited),
        url: invoice.url.clone(),
        updated_at: invoice
            .updated
            .ok_or(SnapshotError::Missing("UpdatedDateUTC"))?,
    })
}

fn status(status: &InvoiceStatus) -> SnapshotStatus {
    match status {
        InvoiceStatus::Draft => SnapshotStatus::Draft,
        InvoiceStatus::Submitted => SnapshotStatus::Submitted,
        InvoiceStatus::Authorised => SnapshotStatus::Authorised,
        InvoiceStatus::Paid => SnapshotStatus::Paid,
        InvoiceStatus::Voided => SnapshotStatus::Voided,
        InvoiceStatus::Deleted => SnapshotStatus::Deleted,
        InvoiceStatus::Other(text) => SnapshotStatus::Other(text.clone()),
    }
}

fn line(line: &LineItem) -> SnapshotLine {
    SnapshotLine {
        id: line.id.clone().unwrap_or_default(),
        description: line.description.clone().unwrap_or_default(),
        amount: line.line_amount.unwrap_or_default(),
        tax_amount: line.tax_amount.unwrap_or_default(),
        account_code: line.account_code.clone(),
        tax_type: line.tax_type.clone(),
    }
}
