//! What an adapter's tests bring: an organisation to write to, and the people and faults of its provider.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use tieout_core::provider::{AccountingProvider, Posting, RejectionKind};

use crate::host::Can;

/// An organisation at a provider, on which a promise may write what it likes.
pub trait Stage: Send + Sync {
    /// The adapter under test, connected to the organisation.
    fn provider(&self) -> &dyn AccountingProvider;

    /// The present at the provider.
    fn now(&self) -> DateTime<Utc>;

    /// A document number or a name that begins with `name` and that nobody has used there. The same `name` gives the
    /// same text on one stage.
    fn number(&self, name: &str) -> String;

    /// An approved document that the organisation accepts: one line for each net amount, with its tax and totals.
    fn posting(&self, kind: DocumentKind, number: &str, nets: &[Decimal]) -> Posting;

    /// A party that may stand on the kind of document and is not the one of [`Self::posting`].
    fn other_party(&self, kind: DocumentKind) -> ProviderContactId;

    /// An identifier in the provider's own form that no document has.
    fn unknown_document(&self) -> ProviderDocumentId;

    /// Documents that the organisation refuses, each with the reason that must be told; at least one.
    fn refused(&self, kind: DocumentKind, number: &str) -> Vec<(RejectionKind, Posting)>;

    /// Whether the provider is known to keep approved documents of the kind for ever.
    fn keeps_approved(&self, kind: DocumentKind) -> bool;

    /// The people and faults of the provider; `None` where nobody can stage them, as at a real one.
    fn backstage(&self) -> Option<&dyn Backstage>;
}

/// The part of a stage that only a simulated provider has. Each of its acts panics when it cannot be done.
pub trait Backstage: Send + Sync {
    /// Somebody at the provider does something by hand.
    fn person(&self, act: Act<'_>);

    /// The next call of that sort goes wrong; `Not` where no such call can go wrong in that way, as nobody throttles a
    /// disk. The promise is then not tried in that way.
    fn trouble(&self, trouble: Trouble, at: At) -> Can;

    /// The provider's clock goes on.
    fn pass(&self, time: TimeDelta);

    /// Requests so far that could have changed something at the provider.
    fn writes(&self) -> usize;

    /// Documents of a kind that do not fit on one page of changes.
    fn crowd(&self) -> usize;
}

/// What somebody does by hand at the provider.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    /// Pays a document, or pays a credit back.
    Pay {
        /// What it is.
        kind: DocumentKind,
        /// The document.
        id: &'a ProviderDocumentId,
        /// How much, in its currency.
        amount: Decimal,
    },
    /// Takes every payment of the document back.
    TakePaymentsBack {
        /// What it is.
        kind: DocumentKind,
        /// The document.
        id: &'a ProviderDocumentId,
    },
    /// Takes a draft out of the books.
    Remove {
        /// What it is.
        kind: DocumentKind,
        /// The document.
        id: &'a ProviderDocumentId,
    },
    /// Sets another accounting date.
    Redate {
        /// What it is.
        kind: DocumentKind,
        /// The document.
        id: &'a ProviderDocumentId,
        /// The new date.
        date: NaiveDate,
    },
    /// Archives a contact.
    ArchiveContact(&'a ProviderContactId),
    /// Merges the first contact into the second.
    MergeContacts(&'a ProviderContactId, &'a ProviderContactId),
    /// Locks the books through a day.
    CloseBooks(NaiveDate),
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not worked on, and no reply comes.
    LostBefore,
    /// It is worked on, and no reply comes.
    LostAfter,
    /// It is not worked on; the answer is an error of the server.
    FailedBefore,
    /// It is worked on; the answer is an error of the server.
    FailedAfter,
    /// Its first document is worked on, the others are not; the answer is an error of the server, and the
    /// idempotency key is forgotten.
    FailedMidway,
    /// It is worked on; half of the reply comes.
    CutShort,
    /// It is worked on; something between answers in its place, with success.
    Garbled,
    /// It is not worked on; the provider asks for a pause.
    Throttled,
    /// It is not worked on; the sign-in has expired.
    Expired,
}

/// Which calls go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Those that create documents of the kind.
    Create(DocumentKind),
    /// Those that change or remove documents of the kind.
    Change(DocumentKind),
    /// Those that read documents of the kind.
    Read(DocumentKind),
    /// Those that make contacts.
    MakeContacts,
}
