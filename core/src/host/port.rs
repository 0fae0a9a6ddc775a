//! The trait that a host implements, and the changes that it tells.

use async_trait::async_trait;

use super::{
    Delivery, DocumentRef, Heard, HostError, HostErrorKind, Push, PushRefusal, RecordHost,
    WriteBackRefusal,
};
use crate::document::{
    Attachment, Document, DocumentId, DocumentKey, DocumentKind, ProviderDocumentId,
};

/// A product whose documents are kept in agreement with a provider.
///
/// # Contract
///
/// - `changes` is at least once: a record may be told again, never missed. A page is bounded by
///   `limit`, so that a year of documents needs no more memory than a day.
/// - One bad record is a [`Record::Unreadable`], never the end of the page.
/// - `deliver` is idempotent: by its delivery's `id` as a whole, and by document, payment and revision
///   one by one.
#[async_trait]
pub trait Host: Send + Sync {
    /// What this host can do. Pure data, the same at every call.
    fn capability(&self) -> &HostCapability;

    /// The next records after a position of the host's own making, oldest change first.
    ///
    /// `None` starts at the beginning. A crash before the page is stored means that the same call
    /// comes again with the same position.
    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError>;

    /// Everything up to this position is stored for good: the host may put it aside.
    ///
    /// Comes at least once for each page, also again after a restart; a repeat changes nothing.
    async fn acknowledge(&self, position: &str) -> Result<(), HostError>;

    /// The batch in which the page that ends at a position came, as the product names it; `None` where it hands over
    /// no batches.
    ///
    /// Asked before the page is acknowledged. A repeat gives the same until then.
    async fn batch(&self, position: &str) -> Result<Option<String>, HostError> {
        let _ = position;
        Ok(None)
    }

    /// Documents of the page that ends at a position which the provider holds already, exactly as they were handed over now:
    /// nothing is sent for them. A product that shows results of what it hands over can say so.
    ///
    /// Told before the page is stored and acknowledged, so that no crash loses it: a repeat for a position replaces what was
    /// told of it before.
    async fn repeated(&self, position: &str, repeats: &[Repeat]) -> Result<(), HostError> {
        let _ = (position, repeats);
        Ok(())
    }

    /// Hands over what the host must be told: one result for each write-back, in order.
    ///
    /// A refusal is about one write-back and is shown to people; an error is about all of them and the
    /// whole delivery comes again under the same `id`.
    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError>;

    /// Whether the host can be reached and speaks as it should, without taking anything from it.
    ///
    /// Nothing is changed; a repeat asks again. A host whose opening shows that already needs nothing more.
    async fn probe(&self) -> Result<(), HostError> {
        Ok(())
    }

    /// What the product says of itself, in a few words each, for people; nothing where it says nothing.
    ///
    /// Nothing is changed; a repeat asks again.
    async fn introduction(&self) -> Result<Vec<String>, HostError> {
        Ok(Vec::new())
    }

    /// What a request tells that the product sent by itself. Its records are stored before it is answered with success,
    /// and the sender repeats it otherwise: so it may come more than once, late, and in any order.
    ///
    /// Only a host that can prove who sent it takes anything.
    async fn hear(&self, push: &Push) -> Result<Heard, PushRefusal> {
        let _ = push;
        Err(PushRefusal::NotTaken)
    }

    /// The records beside which people look at documents, if it keeps any.
    fn records(&self) -> Option<&dyn RecordHost> {
        None
    }

    /// The content of a file that one of its documents names.
    ///
    /// A repeat gives the same. Fails as `BadData` when the file is not there, too large, or not the one that
    /// the document says; it is asked for again later.
    async fn attachment(
        &self,
        document: &DocumentKey,
        file: &Attachment,
    ) -> Result<bytes::Bytes, HostError> {
        let message = format!(
            "this host hands over no files, so {} of {document} stays",
            file.name
        );
        Err(HostError::new(
            HostErrorKind::BadData,
            "read attachment",
            message,
        ))
    }
}

/// What a host can do, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCapability {
    /// The name in configuration, such as `folder`.
    pub kind: &'static str,
    /// The documents that it tells.
    pub documents: &'static [DocumentKind],
    /// Whether it takes payments.
    pub takes_payments: bool,
    /// Whether it takes the whole settlement of a document.
    pub takes_settlements: bool,
    /// Whether it wants to know what became of each document.
    pub takes_postings: bool,
    /// Whether each change of a document has a higher revision than the one before, and a deletion too. Of a host that
    /// numbers none, what it tells last counts: a document that it tells after its deletion is there again.
    pub numbers_changes: bool,
    /// Write-backs in one delivery.
    pub delivery_items_max: usize,
}

/// A document that was handed over again without a change, and what the provider holds for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The document.
    pub document: DocumentRef,
    /// The revision that was handed over before.
    pub revision: u64,
    /// The provider's identifier of what it holds.
    pub provider_id: ProviderDocumentId,
    /// Its number there.
    pub provider_number: String,
    /// Where it stands there, such as `authorised`.
    pub provider_status: String,
}

/// A page of changes of a host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostPage {
    /// The records, oldest change first.
    pub records: Vec<Record>,
    /// The position after them; `None` when the host has nothing at all yet.
    pub position: Option<String>,
    /// Whether another page waits now.
    pub more: bool,
}

/// One record of a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A document as it is now.
    Document(Box<Document>),
    /// A document that the host deleted.
    Removed {
        /// What it was.
        kind: DocumentKind,
        /// Its identifier.
        id: DocumentId,
        /// Its last revision, if the host tells.
        revision: Option<u64>,
    },
    /// A record that cannot be read.
    Unreadable {
        /// Where it stands, such as `invoices-7.csv:12`.
        place: String,
        /// The field, such as `lines[0].quantity`; empty for the whole record.
        field: String,
        /// What is wrong with it.
        message: String,
        /// What names it, its identifier if that can be read: it is shown to people until the host tells it in a
        /// form that can be read. `None` where the host puts it aside itself, for people to find.
        id: Option<String>,
    },
}
