//! The trait that durable memory implements, in the engine's own language.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{ChangeSet, Overview, RecordKey, StoreError};
use crate::document::{ConnectionId, Document, DocumentKey, HostId, ProviderDocumentId};
use crate::engine::{Binding, BindingKey, Entry, Flight, Lane};

/// Durable memory.
///
/// # Contract
///
/// - `commit` is the only way to write. When it returns `Ok`, everything in the set survives a crash of
///   the process and a power cut at any later moment. When it returns `Err`, or the process dies
///   before it returns, either all of the set is there afterwards or nothing of it.
/// - Reads see every commit that returned before they began. They may also see one that has not returned
///   yet; commits become durable in the order in which they take effect, so what is decided on such a
///   read never outlives it. A read of several things is not one moment: a commit may fall in between.
/// - After [`StoreError::Io`] it is open whether the set is there, as after a crash, and every later
///   commit fails too until the store is opened again.
/// - Sizes and names stay within [`super::limits`]; beyond, a set is refused with
///   [`StoreError::TooLarge`] and nothing of it is kept.
/// - What lists and counts are read from is kept equal to the bindings by the same commit: [`Overview`].
/// - A store is opened by one process at a time, or coordinates several by leases and fences.
#[async_trait]
pub trait Store: Overview {
    /// Makes a set of changes durable, all or nothing.
    ///
    /// Refused as a whole with [`StoreError::Conflict`] when a binding's version is not the stored one or
    /// a binding stands in the set twice, and with [`StoreError::Fenced`] when the set's fence is not the
    /// newest of its lease. Each stored binding's version is one higher than the one given.
    ///
    /// The store alone writes a binding's `story`: what is given there does not count. Every binding that
    /// a journal entry of the set names gets the entry's page, also one that is not in the set; the
    /// version of such a one stays.
    ///
    /// Closing a flight or removing a record that is not there changes nothing. A repeat of a set with
    /// bindings is a conflict; one without bindings writes the same again and repeats its journal.
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError>;

    /// The bindings of some keys, in order; `None` where there is none.
    async fn bindings(&self, keys: &[BindingKey]) -> Result<Vec<Option<Binding>>, StoreError>;

    /// The next bindings after a key, in key order, for walks over everything.
    async fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError>;

    /// The keys that fit, in key order, at most 1,000.
    async fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError>;

    /// The documents of some keys, in order; `None` where there is none.
    async fn documents(&self, keys: &[DocumentKey]) -> Result<Vec<Option<Document>>, StoreError>;

    /// The first due bindings of a lane: by priority, then time, then key.
    ///
    /// Reads the queue that commits keep equal to [`Binding::due`].
    async fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError>;

    /// Every open flight of a connection, by identifier: what was in the air when the process stopped.
    async fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError>;

    /// Some pages of the journal in the order asked for; unknown ones are absent.
    ///
    /// A page is written once and never changes.
    async fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError>;

    /// The newest pages of the journal, newest first, before a page number.
    async fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError>;

    /// The records whose names begin with `prefix`, in order, at most `limit`, with their values.
    async fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError>;

    /// The value of one record.
    async fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// Takes or renews a lease; `None` while somebody else holds it.
    ///
    /// The fence grows each time the holder changes, and stays when the same one renews, however late.
    /// A crash before it returns may leave the lease taken or not; a crash after leaves it to run out.
    /// Durable like a commit.
    async fn lease(&self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError>;
}

/// What bindings to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Find {
    /// Those of a document, one for each connection that it was ever routed to.
    Document(DocumentKey),
    /// Those whose host number is this text.
    Number(String),
    /// Those whose document is about a case ([`Document::case_numbers`]). Capitals, control characters and spaces around
    /// the number do not count.
    Case {
        /// The host: each numbers its own cases.
        host: HostId,
        /// The case.
        number: String,
    },
    /// The one whose provider document this is.
    Posted {
        /// The connection.
        connection: ConnectionId,
        /// The provider's identifier.
        id: ProviderDocumentId,
    },
}

/// A page of due work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuePage {
    /// The bindings, those that go first at the front.
    pub keys: Vec<BindingKey>,
    /// When the first one that is not due yet falls due. Where the limit left some out that are due already, only
    /// those that go before them count.
    pub next_at: Option<DateTime<Utc>>,
}

/// A page of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPage {
    /// Its number; later pages have higher ones.
    pub number: u64,
    /// Its entries in order.
    pub entries: Vec<Entry>,
}

/// A claim to be the only one who works on something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRequest {
    /// What is worked on, such as `connection/acme-au`.
    pub name: String,
    /// Who claims it: the same text renews.
    pub holder: String,
    /// The present.
    pub now: DateTime<Utc>,
    /// How long the claim holds, in milliseconds.
    pub ttl_ms: u64,
}

/// Proof of a lease. A set written under an old fence is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The lease.
    pub name: String,
    /// Grows with each change of holder.
    pub token: u64,
}
