//! In which state each kind of document is created.

use crate::document::DocumentKind;
use crate::settings::{CreateStatus, Settings};

/// The state in which a document of a kind is created.
pub(super) fn status(kind: DocumentKind, settings: &Settings) -> CreateStatus {
    match kind {
        DocumentKind::Invoice => settings.invoice_status,
        DocumentKind::CreditNote => settings.credit_note_status,
        DocumentKind::Bill => settings.bill_status,
        DocumentKind::PurchaseOrder => settings.purchase_order_status,
    }
}
