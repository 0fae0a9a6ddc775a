//! What Freshsales can do as a host, and what it takes.

use tieout_core::document::DocumentKind;
use tieout_core::host::{HostCapability, RecordKind};

/// It makes no documents of its own: what goes out are drafts of its records. It is told what became of them where that
/// is wanted.
pub static CAPABILITY: HostCapability = HostCapability {
    kind: "freshsales",
    documents: &[DocumentKind::Invoice],
    takes_payments: false,
    takes_settlements: false,
    takes_postings: false,
    numbers_changes: true,
    delivery_items_max: 50,
};

/// The kinds of records.
pub(crate) static KINDS: &[RecordKind] =
    &[RecordKind::Company, RecordKind::Contact, RecordKind::Deal];

/// Records in one page of a view.
pub(crate) const PAGE_RECORDS_MAX: usize = 100;
/// Requests a minute that an account takes are 400; a tenth is left to others.
pub(crate) const REQUESTS_PER_MINUTE_MAX: usize = 360;
/// Records of a search that are read one by one, since what a search shows is thin.
pub(crate) const FETCHED_MAX: usize = 10;
