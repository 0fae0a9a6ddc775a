//! What people or the host did that makes a finding right.

/// Something that people or the host did about a document, which makes a finding about it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Excuse {
    /// Its totals are not what its lines come to.
    Crooked,
    /// Nobody claims its division.
    Unclaimed,
    /// Its status is none of the contract's.
    OddStatus,
    /// It moved to another division, which the provider's document does not.
    Moved,
    /// Somebody edited, approved or renumbered it at the provider.
    Edited,
    /// Somebody changed it at the provider before the engine heard that it was made.
    Disowned,
    /// Somebody voided it at the provider.
    Removed,
    /// It was paid, credited or allocated at some time.
    Settled,
    /// It was out of the books before, so that its number may be used up.
    NumberUsedUp,
    /// Somebody took its number at the provider.
    NumberTaken,
    /// Its party was archived, merged or renamed.
    PartyChanged,
    /// The books were closed over its date at some time.
    PeriodLocked,
    /// An account was archived.
    AccountArchived,
    /// The host refused to be told.
    HostRefused,
    /// The settings changed while it was there.
    SettingsChanged,
    /// The organisation was disconnected.
    Disconnected,
    /// An operator kept it from being sent.
    Skipped,
    /// An operator took it out of the synchronisation.
    Detached,
    /// A document that was there already became its own.
    Adopted,
    /// An operator said that what is there is something else.
    ToldApart,
    /// The host paid it.
    PaidByHost,
    /// The host paid more than it came to.
    Overpaid,
    /// Somebody took a payment of the host back at the provider.
    PaymentTakenBack,
}
