//! The trait that answers questions about everything that is stored, at the cost of what is shown of it.

use std::ops::Range;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{ListPage, Listing, StoreError, Tallies};

/// What lists, counts and time lines are read from, without a walk over the store.
///
/// # Contract
///
/// - Each commit keeps it equal to the bindings, in the same atomic change: what is read here is what a walk over
///   [`super::Store::scan`] would give at that moment, also after a crash, and also when several commits were made
///   durable together.
/// - One call is one moment: no commit falls into the middle of a page or of the counts. Two calls are two moments.
/// - The cost does not grow with the number of bindings. It grows with what is returned, and with the number of slots
///   that hold any ([`super::Slot`]): connections times hosts times kinds times states, and for findings times rules.
#[async_trait]
pub trait Overview: Send + Sync {
    /// One page of the bindings that fit, in the order asked for.
    ///
    /// Everything but a number is answered by the index alone, in any combination. With [`super::Filter::number`] the
    /// index answers that, and connection, host and kind; what else is asked for is looked up binding by binding, at
    /// most [`super::limits::LIST_LOOKED_AT_MAX`] for one page. A page may then be short, or empty, and still have a
    /// [`ListPage::next`].
    ///
    /// A binding that changes between two pages moves to where it then belongs: going from the newest to older ones it
    /// is not seen again, and going from the oldest to newer ones it comes once more.
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError>;

    /// How many bindings there are of each sort, and how many findings of each rule.
    async fn tallies(&self) -> Result<Tallies, StoreError>;

    /// The pages of the journal that may tell of a stretch of time: from its first moment to before its end.
    ///
    /// Read them newest first with [`super::Store::journal_before`], from the end of the span down to its start, and
    /// leave out entries of other times: the span begins and ends up to a minute wide, since what happens side by
    /// side is not written in the exact order of its times. Empty where nothing was written at the time.
    ///
    /// The pages are found by halving, on the ground that time goes on from page to page. Where the clock of the
    /// machine was set back by more than a minute, that does not hold for the stretch that it went through twice: the
    /// span then begins and ends at one of the two passes through its edges, and entries of the other may be outside.
    /// What lies outside of that stretch is found as ever.
    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError>;
}
