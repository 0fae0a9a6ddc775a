//! What a host of the folder form can do.

use tieout_core::document::DocumentKind;
use tieout_core::host::HostCapability;

/// The folder form: it tells every kind of document and takes every kind of write-back.
pub static FOLDER: HostCapability = HostCapability {
    kind: "folder",
    documents: &[
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ],
    takes_payments: true,
    takes_settlements: true,
    takes_postings: true,
    delivery_items_max: 10_000,
};
