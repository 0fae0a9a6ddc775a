//! What work costs at Xero before it is done: calls by how the adapter makes them, bytes as its replies usually are.

use tieout_core::document::DocumentKind;
use tieout_core::provider::{Order, Posting, Toll, Work};

use super::contacts::calls_for_missing;
use super::read::ONE_BY_ONE_MAX;
use super::send::bytes_of;
use crate::wire::Resource;

/// Calls of a chart: one for each of its six lists.
const CHART_CALLS: u64 = 6;

/// Bytes of a usual chart: some hundred accounts and some ten tax rates.
const CHART_BYTES: u64 = 60_000;

/// Bytes of a reply's head: its identifier, its status and whose it is.
const REPLY_BYTES: u64 = 300;

/// Bytes of a document in a reply beside its lines: its contact, its sums, its dates in two forms. Measured at the
/// local Xero; the real one adds what it knows of the contact.
const DOCUMENT_BYTES: u64 = 900;

/// Bytes of a line in a reply beside its texts: its identifiers and figures.
const LINE_BYTES: u64 = 330;

/// Bytes of a contact in a reply.
const CONTACT_BYTES: u64 = 600;

/// Bytes of a small reply, such as a payment's.
const SMALL_BYTES: u64 = 900;

/// What work costs. Lists whose length nobody knows before they are read, such as all contacts, count as one page
/// and add no bytes.
pub(super) fn toll(work: &Work<'_>) -> Toll {
    match work {
        Work::Chart => Toll::of(CHART_CALLS).bytes(0, CHART_BYTES),
        Work::MissingContacts(wanted) => {
            let made = count(wanted.len());
            Toll::of(count(calls_for_missing(wanted))).bytes(made * 120, made * CONTACT_BYTES)
        }
        // One look at the category, and one call that makes it.
        Work::Option => Toll::of(2).bytes(40, 2 * SMALL_BYTES),
        Work::Request => Toll::of(1).bytes(20, REPLY_BYTES),
        Work::Document(order) => document(order),
        Work::Read(kind, documents) => read(*kind, count(*documents)),
        Work::Payment => Toll::of(1).bytes(220, SMALL_BYTES),
        Work::TakeBack => Toll::of(1).bytes(20, SMALL_BYTES),
        // One look at what is there, and one call that writes.
        Work::File | Work::Note => Toll::of(2).bytes(300, 2 * SMALL_BYTES),
    }
}

fn document(order: &Order) -> Toll {
    let (kind, lines) = match order {
        Order::Create(posting) | Order::Update { posting, .. } => (posting.kind, lines(posting)),
        // Its kind does not change what it takes; what it says comes back whole.
        Order::Void { .. } => (DocumentKind::Invoice, LINE_BYTES),
    };
    Toll::default().bytes(count(bytes_of(kind, order)), DOCUMENT_BYTES + lines)
}

fn lines(posting: &Posting) -> u64 {
    let lines = posting.lines.iter();
    lines
        .map(|line| LINE_BYTES + count(line.description.len()))
        .sum()
}

fn read(kind: DocumentKind, documents: u64) -> Toll {
    let is_asked_by_list = Resource::of(kind).is_asked_by_list;
    let calls = match documents > count(ONE_BY_ONE_MAX) || is_asked_by_list {
        true => 1,
        false => documents,
    };
    Toll::of(calls).bytes(
        0,
        REPLY_BYTES + documents * (DOCUMENT_BYTES + 2 * LINE_BYTES),
    )
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
