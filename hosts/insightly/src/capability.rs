//! What Insightly can do as a host, and what it takes.

use tieout_core::document::DocumentKind;
use tieout_core::host::{HostCapability, RecordKind};

/// It makes no documents of its own: what goes out are drafts of its records. It is told what became of them where that
/// is wanted.
pub static CAPABILITY: HostCapability = HostCapability {
    kind: "insightly",
    documents: &[DocumentKind::Invoice],
    takes_payments: false,
    takes_settlements: false,
    takes_postings: false,
    numbers_changes: true,
    delivery_items_max: 50,
};

/// The kinds of records.
pub(crate) static KINDS: &[RecordKind] = &[
    RecordKind::Company,
    RecordKind::Contact,
    RecordKind::Opportunity,
    RecordKind::Project,
    RecordKind::Lead,
];

/// Records in one reply (Insightly's page on paging).
pub(crate) const PAGE_RECORDS_MAX: usize = 500;
/// Requests a second that an instance takes are 10; two are left to others.
pub(crate) const REQUESTS_PER_SECOND_MAX: usize = 8;
