//! What Files can do, as data: what is not claimed here is not asked of it.

use tieout_core::document::DocumentKind;
use tieout_core::provider::{Arithmetic, Capability, TaxPrecision};

/// Its limits and manners. Small numbers are never wrong, only slow.
pub static CAPABILITY: Capability = Capability {
    provider: "files",
    documents: &[
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ],
    // A bill carries its supplier's number, which another supplier's bill may carry too.
    numbers_unique: &[
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::PurchaseOrder,
    ],
    batch_documents_max: 50,
    batch_bytes_max: 3_000_000,
    look_up_max: 40,
    page_documents_max: 100,
    // A document remembers the last hundred requests that wrote it.
    idempotency_window_s: 86_400,
    concurrent_max: 1,
    number_chars_max: 255,
    reference_chars_max: 255,
    description_chars_max: 4_000,
    tracking_max: 0,
    allocates: false,
    arithmetic: Arithmetic {
        unit_price_places: 4,
        quantity_places: 4,
        tax: TaxPrecision::PerLine,
    },
};
