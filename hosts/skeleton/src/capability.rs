//! What Skeleton can do as a host, as data: what is not claimed here is not asked of it.

use tieout_core::document::DocumentKind;
use tieout_core::host::HostCapability;

/// Invoices; payments, settlements and postings come back.
pub static CAPABILITY: HostCapability = HostCapability {
    kind: "skeleton",
    documents: &[DocumentKind::Invoice],
    takes_payments: true,
    takes_settlements: true,
    takes_postings: true,
    numbers_changes: true,
    delivery_items_max: 50,
};
