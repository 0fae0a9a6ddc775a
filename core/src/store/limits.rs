//! How large each thing in a store may be. Every implementation refuses beyond the same limits.

/// Longest name of a record, in bytes.
pub const RECORD_NAME_BYTES_MAX: usize = 200;

/// Longest name of a lease, in bytes.
pub const LEASE_NAME_BYTES_MAX: usize = 200;

/// Longest identifier of a flight, in bytes.
pub const FLIGHT_ID_BYTES_MAX: usize = 128;

/// Largest single value: a record, or the JSON of a document, a binding, a flight or a journal entry.
pub const VALUE_BYTES_MAX: usize = 8 << 20;

/// Largest change set: all its values together, in bytes.
pub const CHANGE_SET_BYTES_MAX: usize = 64 << 20;

/// Journal pages that a binding's story names; older ones stay in the journal and leave the story.
pub const STORY_PAGES_MAX: usize = 1_000;

/// Keys that one [`super::Store::find`] returns.
pub const FIND_KEYS_MAX: usize = 1_000;

/// Bytes of JSON after which a journal page takes no further entry. A larger entry has a page of its own.
pub const JOURNAL_PAGE_BYTES_MAX: usize = 3_500;

/// Bindings on one page of a list, where nobody says how many.
pub const LIST_BINDINGS: usize = 50;

/// Bindings on one page of a list, at most.
pub const LIST_BINDINGS_MAX: usize = 1_000;

/// Bindings that are looked at for one page of a list by number.
pub const LIST_LOOKED_AT_MAX: usize = 2_000;

/// Bytes of a number, folded, that bring it into the order of numbers; those that begin with the same are in key order.
pub const NUMBER_HEAD_BYTES_MAX: usize = 48;
