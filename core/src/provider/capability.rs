//! What a provider can do, as data: written once, read by the engine, the tests, the docs and the dashboard.

use crate::document::DocumentKind;

/// The limits and manners of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The name in configuration, such as `xero`.
    pub provider: &'static str,
    /// The documents that it can hold.
    pub documents: &'static [DocumentKind],
    /// Those of them whose numbers belong to one document alone. Under any other number the same one may
    /// stand on another party's document, which is then none of ours.
    pub numbers_unique: &'static [DocumentKind],
    /// Documents in one request.
    pub batch_documents_max: usize,
    /// Bytes in one request body.
    pub batch_bytes_max: usize,
    /// Documents in one look-up.
    pub look_up_max: usize,
    /// Documents of one page of a list.
    pub page_documents_max: usize,
    /// How long a repeat with the same idempotency key is answered with the first reply, in seconds.
    pub idempotency_window_s: u32,
    /// Requests in the air at once on one connection.
    pub concurrent_max: usize,
    /// Characters of a document number.
    pub number_chars_max: usize,
    /// Characters of a reference.
    pub reference_chars_max: usize,
    /// Characters of a line description.
    pub description_chars_max: usize,
    /// Tracking choices on one line.
    pub tracking_max: usize,
    /// Whether credit notes are allocated to invoices ([`super::Extras::allocate`]), so that a note can reverse one.
    pub allocates: bool,
    /// How it calculates.
    pub arithmetic: Arithmetic,
}

/// How a provider comes to the totals of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    /// Places to which unit prices are kept.
    pub unit_price_places: u32,
    /// Places to which quantities are kept.
    pub quantity_places: u32,
    /// Where tax is rounded.
    pub tax: TaxPrecision,
}

/// Where tax is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxPrecision {
    /// On each line, to the currency's minor digits; then the lines are added up.
    PerLine,
}
