//! The trait that an accounting system implements, and the requests that pass through it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Candidate, Capability, Chart, Clerk, ContactAnswer, ContactWanted, Extras, FindCost, Pacing,
    Posting, ProviderError, Rejection, Snapshot, Sought,
};
use crate::document::{DocumentKind, ProviderDocumentId};

/// One connection to one organisation at an accounting system.
///
/// # Contract
///
/// - An implementation never repeats a write by itself: the engine decides that, since only it knows
///   what was stored. It may wait for its own rate budget, and reports [`super::ErrorKind::Throttled`]
///   rather than wait longer than about a minute.
/// - Every error says whether the request can have been processed. When in doubt it says
///   [`super::ErrorKind::Unsure`].
/// - Nothing returned holds a value that the provider did not send.
#[async_trait]
pub trait AccountingProvider: Send + Sync {
    /// What this provider can do. Pure data, the same at every call.
    fn capability(&self) -> &'static Capability;

    /// Reads the reference data of the organisation. A repeat reads it again.
    async fn chart(&self) -> Result<Chart, ProviderError>;

    /// Finds, and where `create_missing` says so makes, the wanted contacts: one answer for each, in order.
    ///
    /// Looks before it makes, under an idempotency key derived from the wanted contact, and takes
    /// "this name exists" as found, so a repeat after any failure makes nothing twice.
    async fn resolve_contacts(
        &self,
        wanted: &[ContactWanted],
    ) -> Result<Vec<ContactAnswer>, ProviderError>;

    /// Sends one request: one outcome for each order, in order.
    ///
    /// Creates cannot overwrite. The same request with the same key inside the capability's window
    /// has one effect. An `Err` concerns all orders.
    async fn send(
        &self,
        request: &Request,
    ) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError>;

    /// Every live or removed document that carries one of the numbers, at most
    /// [`Capability::look_up_max`] numbers. Numbers that nobody carries are absent.
    async fn look_up(
        &self,
        kind: DocumentKind,
        numbers: &[String],
    ) -> Result<Vec<Snapshot>, ProviderError>;

    /// For each document that was never sent, in order: the live ones of the kind that may be the same, each
    /// with its [`Sought::mark`]. At most [`Capability::look_up_max`] are looked for at once.
    ///
    /// Whatever carries the number is found. By link and by reference is found what the provider can list for
    /// the same party near the same day; one that lists nothing finds by number alone, as this does. A repeat
    /// asks again.
    async fn find(
        &self,
        kind: DocumentKind,
        sought: &[Sought],
    ) -> Result<Vec<Vec<Candidate>>, ProviderError> {
        let mut numbers: Vec<String> = sought.iter().map(|one| one.number.clone()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let held = match numbers.is_empty() {
            true => Vec::new(),
            false => self.look_up(kind, &numbers).await?,
        };
        Ok(candidates(sought, &held))
    }

    /// What [`Self::find`] costs for these, before it is asked. Pure.
    fn find_cost(&self, kind: DocumentKind, sought: &[Sought]) -> FindCost {
        let _ = kind;
        FindCost::of(usize::from(!sought.is_empty()))
    }

    /// The documents of the identifiers, whole, with lines and payments. Unknown ones are absent.
    async fn read(
        &self,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<Vec<Snapshot>, ProviderError>;

    /// The next page of documents that changed, or whose payments changed, after a position.
    ///
    /// At least once: a change during paging or within the same second is told again rather than
    /// missed. Pages that come back cut short are an error, never an end.
    async fn changes(&self, after: &ChangesAfter) -> Result<ChangePage, ProviderError>;

    /// What else it does for a person or a policy, if it does anything.
    fn clerk(&self) -> Option<&dyn Clerk> {
        None
    }

    /// How its budget is spent, if it has one.
    fn pacing(&self) -> Option<&dyn Pacing> {
        None
    }

    /// What it takes besides documents, if it takes anything.
    fn extras(&self) -> Option<&dyn Extras> {
        None
    }
}

/// Those of some documents that may be what is looked for, the strongest mark first.
#[must_use]
pub fn candidates(sought: &[Sought], held: &[Snapshot]) -> Vec<Vec<Candidate>> {
    let of = |one: &Sought| {
        let marked = held.iter().filter_map(|snapshot| {
            let mark = one.mark(snapshot)?;
            let snapshot = snapshot.clone();
            Some(Candidate { snapshot, mark })
        });
        let mut found: Vec<Candidate> = marked.collect();
        found.sort_by_key(|candidate| candidate.mark);
        found
    };
    sought.iter().map(of).collect()
}

/// One write, of one kind of order.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What the documents are.
    pub kind: DocumentKind,
    /// The same for every repeat of this request, different for every other.
    pub idempotency_key: String,
    /// What to do, document by document; all of one [`Order`] variant.
    pub orders: Vec<Order>,
}

/// What to do with a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Make it, and refuse if its number exists.
    Create(Posting),
    /// Make it equal to the posting, keeping the identity of its lines.
    Update {
        /// The document.
        id: ProviderDocumentId,
        /// What it should be.
        posting: Posting,
        /// The provider's line identifier for each posting line, where there is one already.
        line_ids: Vec<Option<String>>,
    },
    /// Take it out of the books: delete what was never approved, void what was.
    Void {
        /// The document.
        id: ProviderDocumentId,
        /// Where it stood when last seen, which decides between deleting and voiding.
        status: super::SnapshotStatus,
    },
}

/// Where to read changes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangesAfter {
    /// Opaque position of the provider's own making; `None` starts at `since`.
    pub cursor: Option<String>,
    /// Of a kind that no cursor has told of yet: changes before this time are not wanted.
    pub since: Option<DateTime<Utc>>,
    /// The kinds that are wanted, at least one; calls are made for these alone. A kind that was not wanted
    /// for a while goes on where it was left.
    pub kinds: Vec<DocumentKind>,
}

/// A changed document of which the provider does not show enough to make it a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What it is.
    pub kind: DocumentKind,
    /// The provider's identifier.
    pub id: ProviderDocumentId,
    /// Its number, if it shows one.
    pub number: Option<String>,
    /// What it lacks, in words.
    pub why: String,
}

/// A page of changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangePage {
    /// The documents as they are now, oldest change first; the same one may come again.
    pub documents: Vec<Snapshot>,
    /// Those that changed and cannot be read; they keep none of the others.
    pub unreadable: Vec<Unreadable>,
    /// Where the next page starts. To be stored together with what the page changed.
    pub cursor: String,
    /// Whether another page waits now.
    pub more: bool,
    /// Everything of the wanted kinds that changed before this time has been told, once `more` is false.
    pub complete_as_of: DateTime<Utc>,
}
