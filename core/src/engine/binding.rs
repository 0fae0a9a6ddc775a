//! What is remembered of a host document on one connection.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AsFound, Companions, ContentHash, Departure, Elsewhere, Erased, FlightId, Membership, Op,
    Reversal, Roster, SkipReason, Standing, State, Undo, Wanted,
};
use crate::check::{Finding, named_for_a_command};
use crate::document::{
    ConnectionId, DocumentKey, LineId, Payment, ProviderDocumentId, ProviderPaymentId, Settlement,
    Totals,
};
use crate::host::{DocumentRef, PostingNotice, WriteBack};
use crate::provider::SnapshotStatus;

/// One host document on one connection.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct BindingKey {
    /// The document.
    pub document: DocumentKey,
    /// The connection.
    pub connection: ConnectionId,
}

impl fmt::Display for BindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.document, self.connection)
    }
}

/// The durable pair of a host document and a provider document, with its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Which document on which connection.
    pub key: BindingKey,
    /// Grows with every commit; a commit against an older version is refused. Zero before the first.
    pub version: u64,
    /// The host's number.
    pub number: String,
    /// The document's accounting date; today's documents go before old ones.
    pub issue_date: NaiveDate,
    /// When the host first told of it; `None` where an older program stored it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_at: Option<DateTime<Utc>>,
    /// The host's revision of the stored document.
    pub revision: u64,
    /// The fingerprint of the stored document.
    pub content: ContentHash,
    /// What the host wants of it.
    pub wanted: Wanted,
    /// Where it stands.
    pub state: State,
    /// Where it is routed by now, while the provider holds it or may hold it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// That a person wants it out of the books, from then until a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// The credit note by which an undo reverses it, or did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversal: Option<Box<Reversal>>,
    /// Refusals in a row after which reference data or contacts were read anew.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stale_refusals: u32,
    /// What the provider holds, as last seen.
    pub posted: Option<Posted>,
    /// What the host has been told.
    pub told: Told,
    /// When the host is to be told more; `None` when it knows everything.
    pub deliver_at: Option<DateTime<Utc>>,
    /// Failed deliveries in a row.
    pub deliver_attempts: u32,
    /// The revision that the host handed over again after it was posted, and that changed nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<u64>,
    /// Documents of the provider of which a person said that they are others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_these: Vec<ProviderDocumentId>,
    /// What goes out beside the document.
    #[serde(default, skip_serializing_if = "Companions::is_empty")]
    pub companions: Companions,
    /// The summary that it travels in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Box<Membership>>,
    /// What it joins, where it is a summary itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<Box<Roster>>,
    /// That a person's data was erased from its document, until the host hands it over otherwise than it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Box<Erased>>,
    /// The journal pages that mention this binding, oldest first. Kept by the store at commit.
    pub story: Vec<u64>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

impl Binding {
    /// The document as a command of ours names it, for a shell.
    #[must_use]
    pub fn named_for_a_command(&self) -> String {
        named_for_a_command(&self.number, &self.key.document)
    }

    /// The document as write-backs name it.
    #[must_use]
    pub fn document_ref(&self) -> DocumentRef {
        DocumentRef {
            kind: self.key.document.kind,
            id: self.key.document.id.clone(),
            number: self.number.clone(),
        }
    }

    /// Everything that a person should know or decide: about the document, what the host refused, and what goes out
    /// beside it. Nothing of what a person detached: that is decided.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let is_open = !matches!(self.state, State::Detached);
        let refused = self.told.refused.iter().map(|(_, finding)| finding);
        let own = self.state.findings().iter();
        // What could not be put beside a document that left concerns the one that it became elsewhere.
        let beside = self.companions.findings().filter(|_| !self.has_left());
        let all = own.chain(refused).chain(beside);
        all.filter(move |_| is_open)
    }

    /// The request that holds it, in the air or in doubt.
    #[must_use]
    pub fn departure(&self) -> Option<&Departure> {
        match &self.state {
            State::InFlight(departure) | State::Unsure { departure, .. } => Some(departure),
            State::Waiting { .. }
            | State::Held { .. }
            | State::Skipped { .. }
            | State::Ready { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. }
            | State::Detached => None,
        }
    }

    /// Whether the provider holds the document or may hold it.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.departure().is_some()
            || self
                .posted
                .as_ref()
                .is_some_and(|posted| posted.status.is_live())
    }

    /// Whether another connection has the document by now.
    #[must_use]
    pub fn has_left(&self) -> bool {
        matches!(
            self.state,
            State::Skipped {
                reason: SkipReason::RoutedTo(_)
            }
        )
    }

    /// Whether it stays with its connection wherever routes lead: the provider holds it or may hold it, also inside a
    /// summary, or a person took it out.
    #[must_use]
    pub fn stays(&self) -> bool {
        let taken_out = match &self.state {
            State::Detached => true,
            State::Skipped { reason } => match reason {
                SkipReason::ByOperator { .. } | SkipReason::Undone { .. } => true,
                SkipReason::Draft
                | SkipReason::BeforeSyncFrom(_)
                | SkipReason::KindNotSent
                | SkipReason::RoutedTo(_)
                | SkipReason::Gathers { .. }
                | SkipReason::InSummary { .. } => false,
            },
            State::Waiting { .. }
            | State::Held { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. } => false,
        };
        // Also while the host lets it go itself: what it restores then is not sent anywhere before a retry.
        let is_summed = self.summary.is_some() || self.roster.is_some();
        taken_out || self.undo.is_some() || self.is_bound() || is_summed
    }

    /// Whether a flight holds it.
    #[must_use]
    pub fn is_aboard(&self, flight: &FlightId) -> bool {
        self.departure()
            .is_some_and(|departure| departure.flight == *flight)
    }

    /// Whether the host wants something else by now than a request asks for.
    pub(super) fn outdates(&self, departure: &Departure) -> bool {
        // A removal in the host leaves the content as it was.
        let let_go = self.is_unwanted_here() != (departure.op == Op::Void);
        let_go || departure.content != self.content
    }

    /// Whether the provider's document was seen to change since a request with it left: the request asked for what its
    /// plan knew.
    pub(super) fn has_moved_since(&self, departure: &Departure) -> bool {
        let known = departure.document_as_of.zip(self.posted.as_ref());
        known.is_some_and(|(as_of, posted)| posted.updated_at != as_of)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What the provider holds for a binding, as last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The provider's identifier.
    pub id: ProviderDocumentId,
    /// Its number there, as it was when it was last made equal to the host's.
    pub number: String,
    /// Where it stands there.
    pub status: SnapshotStatus,
    /// The fingerprint of the posting that it was last made equal to.
    pub posting: ContentHash,
    /// The provider's line for each of the host's.
    pub lines: Vec<(LineId, String)>,
    /// What it must come to: the host's totals as they were sent.
    pub totals: Totals,
    /// How it stood when it was last made equal to the host's; absent in what older versions stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Box<Standing>>,
    /// How it stands as last seen, where that is not so any more: somebody edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Box<Standing>>,
    /// Where it is not what was sent, as last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Finding>,
    /// What the host wanted when it was bound as it was found; absent once both sides are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_found: Option<Box<AsFound>>,
    /// Its payments.
    pub payments: Vec<Payment>,
    /// How far it is settled.
    pub settlement: Settlement,
    /// When the provider last changed it.
    pub updated_at: DateTime<Utc>,
}

impl Posted {
    /// That nobody knows which posting the provider holds: no posting has this fingerprint, so the next plan is an update.
    pub(super) fn forget_posting(&mut self) {
        self.posting = ContentHash::of_bytes(&[]);
    }
}

/// What the host has acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What became of the document.
    pub posting: Option<PostingNotice>,
    /// How far it is settled.
    pub settlement: Option<Settlement>,
    /// Whether another connection told it that, or may have told it how far the document was settled there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled_elsewhere: bool,
    /// Whether how far it was settled in a summary, in which it is no more, may be on its way to the host yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_summary: bool,
    /// Each payment that it was ever told of.
    pub payments: BTreeMap<ProviderPaymentId, ToldPayment>,
    /// Write-backs that it refused; not repeated until their content changes.
    pub refused: Vec<(WriteBack, Finding)>,
}

/// A payment that the host has been told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldPayment {
    /// The revision told last.
    pub revision: u64,
    /// The payment as told last.
    pub payment: Payment,
    /// Whether the host was then told that it is no more.
    pub removed: bool,
}
