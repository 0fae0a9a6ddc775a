//! How a posting is written as Xero's invoice.

use tieout_core::document::{AmountsAre, ProviderDocumentId};
use tieout_core::provider::{Posting, PostingLine, SnapshotStatus};
use tieout_core::settings::CreateStatus;

use crate::wire::invoice::{InvoiceStatus, InvoiceType, LineAmountTypes};
use crate::wire::invoice_request::{ContactById, Content, LineToWrite, StatusOnly, TrackingById};

/// The invoice that makes a posting real: a new one without `existing`, else new content for it.
///
/// An update leaves the status out, since the one in the posting is that of creation and somebody may
/// have approved the invoice since. It sends an empty reference to take one away. A link that holds
/// Xero's name is left out, since Xero refuses those and an invoice matters more than its link.
#[must_use]
pub fn content(
    posting: &Posting,
    existing: Option<(&ProviderDocumentId, &[Option<String>])>,
) -> Content {
    let line_ids = existing.map_or(&[][..], |(_, ids)| ids);
    let ids = line_ids.iter().cloned().chain(std::iter::repeat(None));
    Content {
        r#type: InvoiceType::Receivable,
        id: existing.map(|(id, _)| id.as_str().to_owned()),
        number: posting.number.clone(),
        contact: ContactById {
            id: posting.contact.as_str().to_owned(),
        },
        reference: match existing {
            Some(_) => Some(posting.reference.clone().unwrap_or_default()),
            None => posting.reference.clone(),
        },
        date: posting.date,
        due_date: posting.due_date,
        status: match existing {
            Some(_) => None,
            None => Some(created_in(posting.status)),
        },
        currency_code: posting.currency.code(),
        line_amount_types: line_amount_types(&posting.amounts_are),
        url: posting
            .url
            .clone()
            .filter(|url| !url.to_lowercase().contains("xero")),
        line_items: posting
            .lines
            .iter()
            .zip(ids)
            .map(|(item, id)| line(item, id))
            .collect(),
    }
}

/// The status that takes an invoice out of the books: what was never approved is deleted, all else is voided.
#[must_use]
pub fn removal(id: &ProviderDocumentId, status: &SnapshotStatus) -> StatusOnly {
    let status = match status {
        SnapshotStatus::Draft | SnapshotStatus::Submitted => InvoiceStatus::Deleted,
        SnapshotStatus::Authorised
        | SnapshotStatus::Paid
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => InvoiceStatus::Voided,
    };
    StatusOnly {
        id: id.as_str().to_owned(),
        status,
    }
}

fn created_in(status: CreateStatus) -> InvoiceStatus {
    match status {
        CreateStatus::Draft => InvoiceStatus::Draft,
        CreateStatus::Submitted => InvoiceStatus::Submitted,
        CreateStatus::Authorised => InvoiceStatus::Authorised,
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
