//! Deliberate mistakes, put round the engine one at a time: a simulation that does not catch one of them proves nothing about it.

use crate::life::{live, live_with};
use crate::report::Failure;
use crate::trace::Keep;

macro_rules! mutations {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $seed:literal; )*) => {
        /// A mistake that an engine could make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutation { $( $(#[$doc])* $name, )* }

        impl Mutation {
            /// All of them.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];

            /// The name in output.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// A seed that catches it.
            #[must_use]
            pub fn seed(self) -> u64 {
                match self { $( Self::$name => $seed, )* }
            }
        }
    };
}

mutations! {
    /// A flight is not stored before its request leaves.
    DepartureNotStored = "departure_not_stored", 1;
    /// What was in the air is not found after a restart.
    FlightsForgotten = "flights_forgotten", 1;
    /// The position in the host's records is stored, the records are not.
    RecordsLost = "records_lost", 0;
    /// A change of state is not told in the journal.
    JournalSilent = "journal_silent", 0;
    /// A delivery is not remembered: after a lost answer another one is made.
    DeliveryForgotten = "delivery_forgotten", 19;
    /// A request is repeated under another key.
    KeyChanges = "key_changes", 5;
    /// A create is sent twice.
    SentTwice = "sent_twice", 12;
    /// A look-up by number shows nothing.
    LookUpBlind = "look_up_blind", 0;
    /// Changes at the provider are not read.
    ChangesMissed = "changes_missed", 3;
    /// The last of what a page of the provider lists is not read.
    LastRowDropped = "last_row_dropped", 0;
    /// A price is a cent less.
    RoundedDown = "rounded_down", 1;
    /// The provider's limits are not kept.
    LimitsIgnored = "limits_ignored", 14;
    /// The host is told the sum of what was paid instead of each payment.
    PaymentsAddedUp = "payments_added_up", 2;
    /// The host is not told of payments that were taken back.
    RemovalsUntold = "removals_untold", 13;
    /// A repeat of a delivery has another id.
    DeliveryRenamed = "delivery_renamed", 0;
    /// What was said to the provider is not kept.
    ExchangesLost = "exchanges_lost", 0;
    /// An undo takes back what others paid.
    UndoTakesPayments = "undo_takes_payments", 2;
    /// That a document is to be undone is not stored.
    UndoForgotten = "undo_forgotten", 21;
    /// What was undone is sent again by itself.
    UndoneSentAgain = "undone_sent_again", 9;
    /// What was adopted is created all the same.
    AdoptedAndCreated = "adopted_and_created", 10;
    /// A payment is sent twice.
    PaidTwice = "paid_twice", 0;
    /// That a payment left is not stored.
    PaymentNotStored = "payment_not_stored", 0;
    /// That the credit note of an undo left is not stored.
    NoteNotStored = "note_not_stored", 197;
    /// A commit lands although somebody else's came first.
    VersionIgnored = "version_ignored", 225;
    /// A push is answered, and nothing of it stored.
    PushNotStored = "push_not_stored", 0;
    /// What is pushed is taken for the newest, whatever its revision is.
    PushTakenAsNewest = "push_taken_as_newest", 0;
    /// What the provider holds of a summary is not remembered while it is written otherwise.
    DealtWithoutMemory = "dealt_without_memory", 5;
    /// What leaves a summary is sent elsewhere before the provider holds the summary without it.
    LeavesAtOnce = "leaves_at_once", 0;
}

/// Seeds that are tried against one mistake, after the one that is known to catch it.
const SEEDS_MAX: u64 = 150;

/// The first life that catches a mistake; `None` when it survives all of them.
#[must_use]
pub fn caught(mutation: Mutation) -> Option<Failure> {
    let mut seeds = std::iter::once(mutation.seed()).chain(0..SEEDS_MAX);
    seeds.find_map(|seed| caught_by(mutation, seed))
}

/// What a life says of a mistake in it; `None` when it holds all the same, or fails by itself, which catches nothing.
#[must_use]
pub fn caught_by(mutation: Mutation, seed: u64) -> Option<Failure> {
    let failure = live_with(seed, Keep::Newest, Some(mutation)).failure?;
    let holds_without = live(seed, Keep::Newest).failure.is_none();
    holds_without.then_some(failure)
}
