//! What a host of each form of the contract can do.

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
    numbers_changes: true,
    delivery_items_max: 10_000,
};

/// The folder form on a server: the same.
pub static SFTP: HostCapability = HostCapability {
    kind: "sftp",
    ..FOLDER
};

/// The HTTP form: the same, each write-back by a request of its own. What a product does not take is left out by its
/// configuration.
pub static HTTP: HostCapability = HostCapability {
    kind: "http",
    documents: &[
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ],
    takes_payments: true,
    takes_settlements: true,
    takes_postings: true,
    numbers_changes: true,
    delivery_items_max: 500,
};

/// The SQL form: invoices and credit notes, each write-back by a procedure. What a product does not take is left out by
/// its configuration.
pub static SQL: HostCapability = HostCapability {
    kind: "sql",
    documents: &[DocumentKind::Invoice, DocumentKind::CreditNote],
    takes_payments: true,
    takes_settlements: true,
    takes_postings: true,
    numbers_changes: true,
    delivery_items_max: 500,
};
