//! What Kornit X can do as a host: it tells orders, and takes nothing back.

use tieout_core::document::DocumentKind;
use tieout_core::host::HostCapability;

/// It has no way to be told of payments or postings, so none is offered.
pub static KORNIT_X: HostCapability = HostCapability {
    kind: "kornit_x",
    documents: &[DocumentKind::Invoice, DocumentKind::PurchaseOrder],
    takes_payments: false,
    takes_settlements: false,
    takes_postings: false,
    numbers_changes: true,
    delivery_items_max: 1,
};
