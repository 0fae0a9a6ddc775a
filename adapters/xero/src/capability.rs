//! What Xero can do, as data.

use tieout_core::document::DocumentKind;
use tieout_core::provider::{Arithmetic, Capability, TaxPrecision};

/// Xero's limits and manners, as its developer pages of 2026 state them.
pub static CAPABILITY: Capability = Capability {
    provider: "xero",
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
    batch_bytes_max: 3_500_000,
    look_up_max: 40,
    page_documents_max: PAGE_ROWS_MAX,
    idempotency_window_s: 360,
    concurrent_max: 5,
    number_chars_max: 255,
    reference_chars_max: 255,
    description_chars_max: 4000,
    tracking_max: 2,
    allocates: true,
    arithmetic: Arithmetic {
        unit_price_places: 4,
        quantity_places: 4,
        tax: TaxPrecision::PerLine,
    },
};

/// Bytes of one query value that lists identifiers or numbers, after percent-encoding. Forty
/// identifiers need 1,557; a common limit for a whole query is 2,048.
pub(crate) const LIST_BYTES_MAX: usize = 1_600;

/// Characters of an idempotency key.
pub(crate) const IDEMPOTENCY_KEY_CHARS_MAX: usize = 128;

/// Rows of one page.
pub(crate) const PAGE_ROWS_MAX: usize = 1_000;

/// Rows of a page whose size was not asked for, or not honoured.
pub(crate) const PAGE_ROWS_USUAL: usize = 100;

/// Pages of one list. Xero refuses lists of more than 100,000 rows itself.
pub(crate) const PAGES_MAX: usize = 200;
