//! Which interesting cases came up, and how often: a run that never met one has proved nothing about it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

macro_rules! cases {
    ($( $(#[$doc:meta])* $name:ident = $text:literal; )*) => {
        /// Something that a run over many seeds must have met.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Case { $( $(#[$doc])* $name, )* }

        impl Case {
            /// All of them.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];

            /// The line in the table.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }
        }
    };
}

cases! {
    /// The process died before a commit.
    CrashBeforeCommit = "crash before a commit";
    /// The process died after a commit that it never heard of.
    CrashAfterCommit = "crash after a commit";
    /// The process died at a read of the store.
    CrashAtRead = "crash at a read of the store";
    /// The process died with a stored flight whose request never left.
    CrashBeforeDeparture = "crash between a stored flight and its departure";
    /// The process died while the provider had the request.
    CrashInFlight = "crash between departure and landing";
    /// The process died with the reply in its hands.
    CrashAfterLanding = "crash after landing, before it was stored";
    /// The process died while it talked to the host.
    CrashAtHost = "crash while talking to the host";
    /// A store that failed was opened again.
    StoreReopened = "store failed and was opened again";
    /// A commit failed and was there all the same.
    CommitFailedButThere = "commit failed and was done all the same";
    /// A run on the sled store.
    Sled = "life on the sled store";
    /// The node's clock jumped ahead.
    ClockAhead = "clock jumped ahead";
    /// The node's clock went back.
    ClockBack = "clock jumped back";
    /// Days without the node.
    NodeOff = "node off for days";
    /// Nobody reached the provider for a while.
    ProviderDown = "provider down for hours";
    /// Nobody reached the host for a while.
    HostDown = "host down for a while";
    /// A create was done and its reply lost.
    ReplyOfCreateLost = "create done, reply lost";
    /// A create was done and answered with 5xx.
    CreatedThen5xx = "create done, answered with 5xx";
    /// A request arrived after its sender gave up.
    RequestLate = "request arrived after its sender gave up";
    /// A request was done, and its copy answered with a 429.
    CopyTurnedAway = "request done, its copy answered with 429";
    /// The first documents of a batch were made and the rest was not.
    PartialBatch = "batch done in part, answered with 5xx";
    /// A repeat under the same key made nothing.
    AvertedByKey = "duplicate averted by the idempotency key";
    /// A look-up found what was made.
    AvertedByLookUp = "duplicate averted by a look-up";
    /// A look-up showed that it can be sent again.
    SentAgainAfterLookUp = "sent again after a look-up showed nothing";
    /// A 429 of the minute.
    MinuteLimit = "429: minute";
    /// A 429 of the day.
    DayLimit = "429: day";
    /// A 429 of the places in the air.
    ConcurrentLimit = "429: concurrent";
    /// A 429 of the app's minute.
    AppLimit = "429: app minute";
    /// Tokens were renewed.
    TokensRenewed = "access token expired and renewed";
    /// The reply to a renewal was lost, so that the old refresh token was used again.
    RotationRace = "token rotation race: reply lost, old token used again";
    /// A 401 for a token that should live.
    TokenRefused = "401 for a living token";
    /// Somebody disconnected the app.
    Disconnected = "app disconnected and connected again";
    /// A document was posted.
    Posted = "document posted";
    /// A document of each kind was.
    CreditNotePosted = "credit note posted";
    /// A bill was posted.
    BillPosted = "bill posted";
    /// A purchase order was posted.
    OrderPosted = "purchase order posted";
    /// A document was changed after it was posted.
    Updated = "posted document updated";
    /// A document was voided after it was posted.
    Voided = "posted document voided";
    /// A document was reversed in the host.
    Reversed = "document reversed in the host";
    /// A document was deleted in the host.
    DeletedInHost = "document deleted in the host";
    /// A document got another number.
    Renumbered = "document renumbered in the host";
    /// A document moved to another division.
    Moved = "document moved to another division";
    /// A posted document went to another organisation.
    MovedAfterPosted = "posted document voided here and created there";
    /// A document was made again after it was voided.
    Restored = "document restored after it was void";
    /// The host told old things again.
    HostRepeats = "host told old revisions again";
    /// A void was refused because of a payment.
    VoidRefusedByPayment = "void refused by a payment";
    /// A payment reached the host.
    PaymentTold = "payment told to the host";
    /// A payment was taken back.
    PaymentRemoved = "payment taken back and told";
    /// A payment was deleted while the host could not be told.
    PaymentDeletedHostDown = "payment deleted while the host was down";
    /// A credit was allocated.
    CreditAllocated = "credit allocated to an invoice";
    /// A delivery came to the host twice.
    DeliveryRepeated = "delivery repeated under its id";
    /// The host refused a write-back.
    WriteBackRefused = "write-back refused by the host";
    /// Somebody edited a document at the provider.
    EditedThere = "document edited at the provider";
    /// Somebody voided a document at the provider.
    RemovedThere = "document voided at the provider";
    /// Somebody took a number at the provider.
    NumberTaken = "number taken by somebody at the provider";
    /// Somebody archived a contact.
    ContactArchived = "contact archived";
    /// Somebody merged two contacts.
    ContactsMerged = "contacts merged";
    /// Somebody renamed a contact.
    ContactRenamed = "contact renamed";
    /// Somebody closed a period.
    PeriodLocked = "period locked";
    /// Somebody archived an account.
    AccountArchived = "account archived";
    /// An operator asked for another attempt.
    Retried = "operator retried";
    /// An operator took a document out.
    Detached = "operator detached";
    /// An operator kept a document from being sent.
    Skipped = "operator skipped";
    /// An operator brought a document back that was not to be sent.
    BroughtBack = "operator brought back what was skipped";
    /// An operator undid a document.
    DocumentUndone = "operator undid a document";
    /// An operator undid a batch.
    BatchUndone = "operator undid a batch";
    /// An operator undid a run.
    RunUndone = "operator undid a run";
    /// An undo was marked while a node served.
    UndoneBesideNode = "undone by a node that serves";
    /// An undone document came out of the books.
    UndoneOut = "undone document out of the books";
    /// The credit note of an undo reversed an invoice.
    UndoneByNote = "undone by a credit note";
    /// The request for the credit note of an undo, or for its allocation, was in doubt.
    UndoNoteInDoubt = "credit note of an undo in doubt";
    /// A payment of somebody else stood in the way of an undo.
    UndoRefusedByPayment = "undo refused: somebody else's payment";
    /// A process died within a command of an operator.
    CrashInCommand = "crash within a command of an operator";
    /// An operator let a document stay after all.
    UndoCancelled = "operator let stay what was to be undone";
    /// The host changed a document after it was undone.
    ChangedSinceUndo = "host changed what was undone";
    /// An undone document was sent anew by a retry.
    UndoneSentAnew = "undone document sent anew by a retry";
    /// People entered a document of the host.
    EnteredByHand = "host's document entered by hand";
    /// The engine took over what is the very same.
    AdoptedUnasked = "adopted unasked: the very same";
    /// An operator had everything bound that is the same.
    AdoptedInSurvey = "operator adopted what is the same";
    /// An operator bound what was found.
    AdoptedAsFound = "operator adopted what was found, as it is";
    /// An operator bound what was named.
    AdoptedByName = "operator adopted by a name, as it is";
    /// An operator bound it and had it made equal.
    AdoptedOverwritten = "operator adopted and overwrote";
    /// An operator said that it is none of those.
    ToldApart = "operator told apart what was found";
    /// A payment of the host was made at the provider.
    HostPaymentMade = "payment of the host made";
    /// The host took a payment.
    HostPaid = "host took a payment";
    /// The host took one back.
    HostTookPaymentBack = "host took a payment back";
    /// The host corrected one.
    HostCorrectedPayment = "host corrected a payment";
    /// A payment of the host was made, and the reply lost.
    ReplyOfPaymentLost = "payment of the host made, reply lost";
    /// Somebody took a payment of the host back at the provider.
    HostPaymentRemovedThere = "payment of the host taken back at the provider";
    /// A payment of the host could not be made.
    HostPaymentRefused = "payment of the host refused";
    /// The app took a payment of the host back.
    HostPaymentTakenBack = "payment of the host taken back by us";
    /// A document with payments of the host went out of the books after them.
    VoidedAfterPayments = "voided after the payments of the host were taken back";
    /// An operator changed settings.
    SettingsChanged = "settings changed midway";
    /// A webhook was followed.
    HintFollowed = "webhook followed";
    /// A webhook came twice.
    HintTwice = "webhook came twice";
    /// Webhooks came in another order.
    HintReordered = "webhooks out of order";
    /// Events of a webhook were lost.
    HintGap = "webhook with lost events";
    /// A webhook never came.
    HintLost = "webhook never came";
    /// A wrongly signed webhook was turned away.
    HintForged = "wrongly signed webhook turned away";
    /// Documents waited for the end of their period.
    Gathered = "document waited for the end of its period";
    /// Their period was over, and their host not read to its end.
    WaitedForHost = "summary waited until its host was read";
    /// A summary of several documents was made.
    SummaryPosted = "summary of several documents posted";
    /// A further one of the same period was.
    SummaryFurther = "further summary of a period posted";
    /// A summary followed a change of a document in it.
    SummaryFollowed = "summary followed a change";
    /// A summary let a document go.
    SummaryLetGo = "summary let a document go";
    /// A summary that everybody had left was voided.
    SummaryVoided = "summary voided";
    /// A change came when the summary was settled.
    SummarySettled = "change held: the summary is settled";
    /// A payment was seen after the summary was written anew.
    SummaryPaidMeanwhile = "payment of a summary seen after a change";
    /// A payment of a summary was told of several documents.
    PaymentDealt = "payment of a summary dealt to several";
    /// A summary was undone.
    SummaryUndone = "operator undid a summary";
    /// A document got a date of another period.
    Redated = "document redated in the host";
    /// A document got another customer.
    OtherCustomer = "document of another customer in the host";
    /// An operator changed whether or how documents are gathered.
    GatheringChanged = "gathering changed midway";
    /// A push was stored when it was answered.
    PushStored = "push stored and answered";
    /// A push told what no page had told yet.
    PushedFirst = "push told news before a page did";
    /// A push without content had the host read.
    PushHint = "push that only says: read";
    /// A push never came.
    PushLost = "push never came";
    /// A push came when something newer was known.
    PushLate = "push came when it was old";
    /// Two copies of a push came at once.
    PushTwice = "push came twice at once";
    /// An older revision was pushed after a newer one.
    PushReordered = "pushes out of order";
    /// A push came again, since it was not answered.
    PushRepeated = "push repeated for want of an answer";
    /// A deletion was pushed before its document was known.
    RemovalPushedFirst = "deletion pushed before its document";
    /// The process died when a push was stored and not answered.
    CrashAfterPush = "crash between storing a push and its answer";
    /// A push that the host did not sign was turned away.
    PushForged = "push of somebody else turned away";
}

/// How often each case came up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Case, u64>);

impl Coverage {
    /// Once more.
    pub(crate) fn note(&mut self, case: Case) {
        *self.0.entry(case).or_default() += 1;
    }

    /// Adds what another life met.
    pub fn add(&mut self, other: &Self) {
        for (case, count) in &other.0 {
            *self.0.entry(*case).or_default() += count;
        }
    }

    /// How often.
    #[must_use]
    pub fn of(&self, case: Case) -> u64 {
        self.0.get(&case).copied().unwrap_or_default()
    }

    /// The cases that never came up.
    #[must_use]
    pub fn missing(&self) -> Vec<Case> {
        Case::ALL
            .iter()
            .copied()
            .filter(|case| self.of(*case) == 0)
            .collect()
    }

    /// The table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = String::new();
        for case in Case::ALL {
            let _ = writeln!(table, "{:>8}  {}", self.of(*case), case.text());
        }
        table
    }
}
