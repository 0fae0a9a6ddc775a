//! How Xero's document of any kind is read as the normal form's snapshot.

use rust_decimal::Decimal;
use tieout_core::document::{
    Currency, DocumentKind, ProviderContactId, ProviderDocumentId, Totals,
};
use tieout_core::provider::{Snapshot, SnapshotLine, SnapshotStatus, TrackingChoice};

use super::settled::{paid_and_credited, payments};
use crate::wire::Resource;
use crate::wire::document::{Document, DocumentStatus, LineItem, LineTracking};

/// Why a document cannot be read as a snapshot.
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
    /// The currency is none of ISO 4217, so the document cannot be one of ours.
    #[error("the currency `{0}` is not known")]
    Currency(String),
    /// A draft that names nobody yet, as one that came by e-mail: ours name somebody from the first.
    #[error("the draft names no contact")]
    Nobody,
}

impl SnapshotError {
    /// Whether the document cannot be one of ours, so that it must not hold up those that are.
    #[must_use]
    pub fn is_of_somebody_else(&self) -> bool {
        match self {
            Self::Currency(_) | Self::Nobody => true,
            Self::Missing(_) | Self::Unfit { .. } => false,
        }
    }
}

/// The snapshot of a document of a kind; `None` for one of another type that shares the list.
pub fn snapshot(
    document: &Document,
    kind: DocumentKind,
) -> Result<Option<Snapshot>, SnapshotError> {
    match (Resource::of(kind).r#type, document.r#type.as_deref()) {
        (Some(_), None) => Err(SnapshotError::Missing("Type")),
        (Some(wanted), Some(held)) if held != wanted => Ok(None),
        (Some(_), Some(_)) | (None, _) => read(document, kind).map(Some),
    }
}

fn read(document: &Document, kind: DocumentKind) -> Result<Snapshot, SnapshotError> {
    let resource = Resource::of(kind);
    let code = document.currency_code.as_deref().unwrap_or_default();
    let currency =
        Currency::from_code(code).map_err(|_| SnapshotError::Currency(code.to_owned()))?;
    let id = present(document.id.as_deref(), resource.id_field)?;
    let contact = document
        .contact
        .as_ref()
        .and_then(|contact| contact.id.as_deref());
    let is_draft = matches!(
        document.status,
        Some(DocumentStatus::Draft | DocumentStatus::Deleted)
    );
    if contact.is_none() && is_draft {
        return Err(SnapshotError::Nobody);
    }
    let contact = present(contact, "Contact.ContactID")?;
    let date = present(document.date.or(document.date_string), "Date")?;
    let (amount_paid, amount_credited) = paid_and_credited(document, kind);
    let gross = present(document.total, "Total")?;
    let still = match kind {
        DocumentKind::Invoice | DocumentKind::Bill => document.amount_due,
        DocumentKind::CreditNote => document.remaining_credit,
        // An order asks for no money.
        DocumentKind::PurchaseOrder => Some(Decimal::ZERO),
    };
    Ok(Snapshot {
        id: ProviderDocumentId::new(id).map_err(|_| unfit(resource.id_field, id))?,
        kind,
        number: document.number.clone().unwrap_or_default(),
        reference: document.reference.clone(),
        contact: ProviderContactId::new(contact).map_err(|_| unfit("ContactID", contact))?,
        date,
        due_date: document.due_date.or(document.due_date_string),
        status: status(present(document.status.as_ref(), "Status")?),
        currency,
        totals: Totals {
            net: present(document.sub_total, "SubTotal")?,
            tax: present(document.total_tax, "TotalTax")?,
            gross,
        },
        lines: document.line_items.iter().map(line).collect(),
        payments: payments(document, date, currency)?,
        amount_paid,
        amount_credited,
        // Taken for nothing, an absent figure would tell the host that the document is settled.
        amount_due: still.unwrap_or(gross - amount_paid - amount_credited),
        url: document.url.clone(),
        updated_at: present(document.updated, "UpdatedDateUTC")?,
    })
}

fn present<T>(value: Option<T>, field: &'static str) -> Result<T, SnapshotError> {
    value.ok_or(SnapshotError::Missing(field))
}

fn unfit(field: &'static str, value: &str) -> SnapshotError {
    SnapshotError::Unfit {
        field,
        value: value.to_owned(),
    }
}

fn status(status: &DocumentStatus) -> SnapshotStatus {
    match status {
        DocumentStatus::Draft => SnapshotStatus::Draft,
        DocumentStatus::Submitted => SnapshotStatus::Submitted,
        DocumentStatus::Authorised => SnapshotStatus::Authorised,
        DocumentStatus::Paid => SnapshotStatus::Paid,
        DocumentStatus::Voided => SnapshotStatus::Voided,
        DocumentStatus::Deleted => SnapshotStatus::Deleted,
        DocumentStatus::Other(text) => SnapshotStatus::Other(text.clone()),
    }
}

fn choice(tracking: &LineTracking) -> Option<TrackingChoice> {
    Some(TrackingChoice {
        category_id: tracking.category_id.clone()?,
        option_id: tracking.option_id.clone()?,
        missing: None,
    })
}

fn line(line: &LineItem) -> SnapshotLine {
    SnapshotLine {
        id: line.id.clone().unwrap_or_default(),
        description: line.description.clone().unwrap_or_default(),
        amount: line.line_amount.unwrap_or_default(),
        tax_amount: line.tax_amount.unwrap_or_default(),
        account_code: line.account_code.clone(),
        tax_type: line.tax_type.clone(),
        quantity: line.quantity,
        unit_amount: line.unit_amount,
        item_code: line.item_code.clone().filter(|code| !code.is_empty()),
        tracking: Some(line.tracking.iter().filter_map(choice).collect()),
    }
}
