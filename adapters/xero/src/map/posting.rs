//! How a posting is written as Xero's document of its kind.

use tieout_core::document::{AmountsAre, DocumentKind, ProviderDocumentId};
use tieout_core::provider::{Posting, PostingLine, SnapshotStatus};
use tieout_core::settings::CreateStatus;

use crate::wire::Resource;
use crate::wire::document::{DocumentStatus, LineAmountTypes};
use crate::wire::document_request::{ContactById, Content, LineToWrite, StatusOnly, TrackingById};

/// Why a posting cannot be written as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostingError {
    /// It has a discount, and its kind takes none.
    #[error("line {0} has a discount, which only sales invoices take")]
    Discount(usize),
}

/// The document that makes a posting real: a new one without `existing`, else new content for it.
///
/// An update leaves the status out, since the one in the posting is that of creation and somebody may
/// have approved the document since. It sends an empty reference to take one away. A link that holds
/// Xero's name is left out, since Xero refuses those and a document matters more than its link. Fields
/// that Xero does not document for the kind are left out too.
///
/// # Errors
///
/// When something would be left out that changes what the document comes to.
pub fn content(
    posting: &Posting,
    existing: Option<(&ProviderDocumentId, &[Option<String>])>,
) -> Result<Content, PostingError> {
    let resource = Resource::of(posting.kind);
    if !resource.takes_discount
        && let Some(at) = posting
            .lines
            .iter()
            .position(|line| line.discount_amount.is_some())
    {
        return Err(PostingError::Discount(at + 1));
    }
    let line_ids = existing.map_or(&[][..], |(_, ids)| ids);
    let ids = line_ids.iter().cloned().chain(std::iter::repeat(None));
    let reference = match existing {
        Some(_) => Some(posting.reference.clone().unwrap_or_default()),
        None => posting.reference.clone(),
    };
    Ok(Content {
        resource,
        id: existing.map(|(id, _)| id.as_str().to_owned()),
        number: posting.number.clone(),
        contact: ContactById {
            id: posting.contact.as_str().to_owned(),
        },
        reference: reference.filter(|_| resource.keeps_reference),
        date: posting.date,
        due_date: posting.due_date.filter(|_| resource.falls_due),
        delivery_date: posting
            .delivery_date
            .filter(|_| resource.kind == DocumentKind::PurchaseOrder),
        status: match existing {
            Some(_) => None,
            None => Some(created_in(posting.status)),
        },
        currency_code: posting.currency.code(),
        line_amount_types: line_amount_types(&posting.amounts_are),
        branding_theme_id: posting.branding_theme.clone(),
        url: posting
            .url
            .clone()
            .filter(|url| resource.keeps_link && !url.to_lowercase().contains("xero")),
        line_items: posting
            .lines
            .iter()
            .zip(ids)
            .map(|(item, id)| line(item, id))
            .collect(),
    })
}

/// The status that takes a document out of the books: what was never approved is deleted, all else is voided;
/// purchase orders are in no books and are always deleted.
#[must_use]
pub fn removal(kind: DocumentKind, id: &ProviderDocumentId, status: &SnapshotStatus) -> StatusOnly {
    let resource = Resource::of(kind);
    let status = match status {
        SnapshotStatus::Draft | SnapshotStatus::Submitted => DocumentStatus::Deleted,
        SnapshotStatus::Authorised
        | SnapshotStatus::Paid
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => match resource.is_voided {
            true => DocumentStatus::Voided,
            false => DocumentStatus::Deleted,
        },
    };
    StatusOnly {
        resource,
        id: id.as_str().to_owned(),
        status,
    }
}

fn created_in(status: CreateStatus) -> DocumentStatus {
    match status {
        CreateStatus::Draft => DocumentStatus::Draft,
        CreateStatus::Submitted => DocumentStatus::Submitted,
        CreateStatus::Authorised => DocumentStatus::Authorised,
    }
}

fn line_amount_types(amounts: &AmountsAre) -> LineAmountTypes {
    match amounts {
        AmountsAre::TaxExclusive => LineAmountTypes::Exclusive,
        AmountsAre::TaxInclusive => LineAmountTypes::Inclusive,
        AmountsAre::NoTax => LineAmountTypes::NoTax,
        AmountsAre::Other(text) => LineAmountTypes::Other(text.clone()),
    }
}

fn line(line: &PostingLine, id: Option<String>) -> LineToWrite {
    let tracking: Vec<TrackingById> = line
        .tracking
        .iter()
        .map(|choice| TrackingById {
            category_id: choice.category_id.clone(),
            option_id: choice.option_id.clone(),
        })
        .collect();
    LineToWrite {
        tracking: (id.is_some() || !tracking.is_empty()).then_some(tracking),
        id,
        description: line.description.clone(),
        quantity: line.quantity,
        unit_amount: line.unit_amount,
        discount_amount: line.discount_amount,
        account_code: line.account_code.clone(),
        tax_type: line.tax_type.clone(),
        tax_amount: line.tax_amount,
        item_code: line.item_code.clone(),
    }
}
