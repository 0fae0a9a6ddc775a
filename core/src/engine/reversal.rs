//! What is known of the credit note by which an undo takes an invoice out of the books that cannot be voided.
//!
//! A lock date, or the provider's word, may keep an approved invoice from being voided. Where nothing settles it yet, an
//! opposite document takes it out of the books all the same: a credit note of the same lines, accounts, taxes and
//! tracking, dated on an open day, and allocated to the invoice in full. Both then stand, and come to nothing.
//!
//! **Narrow.** Only approved sales invoices that travel alone, in the organisation's own currency (another rate on
//! another day would leave a gain or a loss), with nothing paid, credited or about to be paid, and with lines that the
//! note can repeat to the cent. For anything else, the finding says which opposite document to write by hand.
//!
//! **What is stored, in which order.**
//!
//! 1. *Wanted*: with the mark of the person, the whole note as it was shown. Just that is sent, or nothing: the invoice is
//!    read once more before it leaves, and a note that would not be the same any more is given up.
//! 2. *`NoteSent`*: the request, before its first byte leaves. The number of the note is made of the invoice's and of a
//!    fingerprint of the binding, so that it is ours alone and is known again, and so that no provider that keeps numbers
//!    single makes it twice. A crash, a lost reply or "this number is in use" leave *`NoteUnsure`*: the number is looked up,
//!    and only where nobody carries it the same note leaves again.
//! 3. *Made*: the note stands, with the provider's identifier.
//! 4. *`AllocationSent`*: the request and its amount, before it leaves. An allocation has no number to look for, so both
//!    documents are read before every attempt, and after it too: what is still due, if the note has just that left and
//!    nobody else settled anything, is allocated. So one that was done is never done again, one that was done in part is
//!    completed, and what the provider merely said is not taken for done.
//! 5. *Done*: in the commit that stores the invoice as it was seen, settled in full by our note. That is read off the
//!    invoice itself ([`Binding::is_reversed`]): a poll that sees it first, or a store that was restored, come to the same.
//!
//! **When somebody is faster.** Whoever pays between the two requests is found by the look before the allocation, or makes
//! the provider refuse it, and the next look finds it: the note is then voided (*`TakingBack`*; it is read before each
//! attempt, so a repeat does nothing more) and the finding says what stands in the way. A note that cannot be taken back,
//! or was used for something else, is *Kept*, with a finding that says precisely what is there; a retry looks anew.
//! *Ended* leaves nothing of it that counts: a later one has another number.
//!
//! **What the host is told.** That the document is void, as after every undo, and nothing of the note: an allocation of
//! it is ours ([`Binding::maker_of`]), and while it is under way the settlement is not told.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::companion::short;
use super::{Binding, BindingKey, CompanionRequest, ContentHash, Denied, Maker, State};
use crate::check::Finding;
use crate::document::{
    DocumentKind, Payment, PaymentKind, ProviderDocumentId, Settlement, SettlementStatus, decimal,
};
use crate::provider::{Posting, SnapshotStatus};

/// The credit note that reverses an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// How many there were before it: each has a number of its own.
    pub round: u32,
    /// The note, as a person was shown it.
    pub note: Posting,
    /// Where it stands.
    pub state: ReversalState,
    /// Not before this time, after a failed attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Failed attempts in a row.
    #[serde(default)]
    pub attempts: u32,
}

/// Where a reversal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReversalState {
    /// The note is to be made.
    Wanted {
        /// The request that was sent for it before and showed no effect: its key is used again while the provider
        /// still knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<CompanionRequest>,
    },
    /// In a request that is stored and may be in the air.
    NoteSent(CompanionRequest),
    /// The request may have landed: its number is looked up.
    NoteUnsure {
        /// The request.
        request: CompanionRequest,
        /// Whether the provider said that the number is in use: then nothing is sent again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        taken: bool,
    },
    /// The note stands; it is to be allocated as far as both documents then allow.
    Made {
        /// The note.
        id: ProviderDocumentId,
    },
    /// An allocation is stored and may be in the air, or was done: both documents tell.
    AllocationSent {
        /// The note.
        id: ProviderDocumentId,
        /// The request.
        request: CompanionRequest,
        /// How much of the note.
        #[serde(with = "decimal")]
        amount: Decimal,
        /// The provider's refusal, if it refused it: it is not asked a second time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Finding>,
    },
    /// The note is to be taken back.
    TakingBack {
        /// The note.
        id: ProviderDocumentId,
        /// Why, where a person should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Finding>,
    },
    /// The note stands and neither reverses the invoice nor can be taken back.
    Kept {
        /// The note.
        id: ProviderDocumentId,
        /// What to know.
        finding: Finding,
    },
    /// The note reverses the invoice.
    Done {
        /// The note.
        id: ProviderDocumentId,
    },
    /// Nothing of it counts: it was never made, was taken back, or somebody took its allocation back.
    Ended,
}

impl ReversalState {
    /// The word in output.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wanted { .. } => "waits",
            Self::NoteSent(_) => "on its way",
            Self::NoteUnsure { .. } => "in doubt",
            Self::Made { .. } => "made, to be allocated",
            Self::AllocationSent { .. } => "made, its allocation on its way or in doubt",
            Self::TakingBack { .. } => "to be taken back",
            Self::Kept { .. } => "stands without reversing it",
            Self::Done { .. } => "reverses it",
            Self::Ended => "ended",
        }
    }

    /// The provider's identifier of the note, where it stands.
    #[must_use]
    pub fn note_id(&self) -> Option<&ProviderDocumentId> {
        match self {
            Self::Made { id }
            | Self::AllocationSent { id, .. }
            | Self::TakingBack { id, .. }
            | Self::Kept { id, .. }
            | Self::Done { id } => Some(id),
            Self::Wanted { .. } | Self::NoteSent(_) | Self::NoteUnsure { .. } | Self::Ended => None,
        }
    }

    /// Whether something is still to be done about it, by itself or by a person.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Wanted { .. }
            | Self::NoteSent(_)
            | Self::NoteUnsure { .. }
            | Self::Made { .. }
            | Self::AllocationSent { .. }
            | Self::TakingBack { .. }
            | Self::Kept { .. } => true,
            Self::Done { .. } | Self::Ended => false,
        }
    }

    /// Whether it goes on by itself.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.is_open() && !matches!(self, Self::Kept { .. })
    }
}

impl Reversal {
    /// One that was shown and is to be made.
    pub(super) fn wanted(round: u32, note: Posting) -> Self {
        Self {
            round,
            note,
            state: ReversalState::Wanted { before: None },
            not_before: None,
            attempts: 0,
        }
    }

    /// Nobody wants it any more: what was made is taken back, what was not is not made.
    ///
    /// # Errors
    ///
    /// When a request is in the air or in doubt, or a person has to settle what stands.
    pub(super) fn call_off(&mut self) -> Result<(), Denied> {
        self.state = match &self.state {
            ReversalState::Wanted { before: None } | ReversalState::Ended => ReversalState::Ended,
            ReversalState::Made { id } | ReversalState::TakingBack { id, .. } => {
                ReversalState::TakingBack {
                    id: id.clone(),
                    why: None,
                }
            }
            ReversalState::Wanted { before: Some(_) }
            | ReversalState::NoteSent(_)
            | ReversalState::NoteUnsure { .. }
            | ReversalState::AllocationSent { .. } => return Err(Denied::in_the_air()),
            ReversalState::Kept { finding, .. } => {
                return Err(Denied::new(finding.message.clone(), finding.remedy.clone()));
            }
            ReversalState::Done { id } => ReversalState::Done { id: id.clone() },
        };
        self.not_before = None;
        self.attempts = 0;
        Ok(())
    }

    /// A person asks for another look at what it came to; `goes_on` where the document is still to be reversed.
    pub(super) fn look_anew(&mut self, goes_on: bool) {
        let ReversalState::Kept { id, .. } = &self.state else {
            return;
        };
        let id = id.clone();
        self.state = match goes_on {
            true => ReversalState::Made { id },
            false => ReversalState::TakingBack { id, why: None },
        };
        self.not_before = None;
        self.attempts = 0;
    }

    /// The finding that it came to, while it rests with one.
    pub(super) fn finding(&self) -> Option<&Finding> {
        match &self.state {
            ReversalState::Kept { finding, .. } => Some(finding),
            ReversalState::Wanted { .. }
            | ReversalState::NoteSent(_)
            | ReversalState::NoteUnsure { .. }
            | ReversalState::Made { .. }
            | ReversalState::AllocationSent { .. }
            | ReversalState::TakingBack { .. }
            | ReversalState::Done { .. }
            | ReversalState::Ended => None,
        }
    }
}

impl std::fmt::Display for Reversal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "credit note {}", self.note.number)
    }
}

/// What the numbers of all notes of a binding have in common, and no other number has.
pub(super) fn undo_mark(binding: &BindingKey) -> String {
    format!("undo-{}", short(&ContentHash::of(binding), 8))
}

/// Whether a number is one that a note of an undo may have.
#[must_use]
pub(crate) fn is_note_number(number: &str) -> bool {
    let Some((_, mark)) = number.rsplit_once("undo-") else {
        return false;
    };
    let mark = mark.split('-').next().unwrap_or_default();
    mark.len() == 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Binding {
    /// Whose a payment or an allocation on the document is: that of the note of an undo is ours.
    #[must_use]
    pub fn maker_of(&self, payment: &Payment) -> Maker {
        match self.is_of_our_note(payment) {
            true => Maker::Us,
            false => self.companions.maker_of(&self.key, payment),
        }
    }

    /// The finding of a credit note of an undo that neither reverses the document nor could be taken back.
    pub(super) fn note_left(&self) -> Option<&Finding> {
        self.reversal.as_ref()?.finding()
    }

    /// Whether a credit note that is allocated to it is one that an undo wrote.
    pub(super) fn is_of_our_note(&self, payment: &Payment) -> bool {
        let reference = payment.reference.as_deref().unwrap_or_default();
        let is_known = self.reversal.as_ref().is_some_and(|reversal| {
            let id = reversal.state.note_id();
            id.is_some_and(|id| id.as_str() == payment.id.as_str())
        });
        payment.kind == PaymentKind::CreditAllocation
            && (is_known || reference.contains(&undo_mark(&self.key)))
    }

    /// Whether the provider's invoice stands, and notes of an undo of ours alone settle it in full.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.posted.as_ref().is_some_and(|posted| {
            let settlement = &posted.settlement;
            let settled = settlement.amount_paid + settlement.amount_credited;
            self.is_reversed_by(
                &posted.status,
                &posted.payments,
                settled,
                settlement.amount_due,
            )
        })
    }

    /// The same of an invoice as it was just seen.
    #[must_use]
    pub(crate) fn is_reversed_by(
        &self,
        status: &SnapshotStatus,
        payments: &[Payment],
        settled: Decimal,
        due: Decimal,
    ) -> bool {
        let by_ours: Decimal = payments.iter().map(|payment| payment.amount).sum();
        let is_ours = |payment: &Payment| self.is_of_our_note(payment);
        self.key.document.kind == DocumentKind::Invoice
            && status.is_live()
            && due.is_zero()
            && settled > Decimal::ZERO
            && by_ours == settled
            && payments.iter().all(is_ours)
    }

    /// Whether the document is out of the books although the provider shows it: a person, or by now the host, wants it
    /// out, and our note reverses it.
    #[must_use]
    pub fn is_out_by_note(&self) -> bool {
        let is_wanted_out = self.undo.is_some() || self.wanted == super::Wanted::Gone;
        is_wanted_out && self.is_reversed()
    }

    /// Whether a credit note of ours is at work, so that nothing else takes the document out of the books.
    #[must_use]
    pub fn is_being_reversed(&self) -> bool {
        let reversal = self.reversal.as_ref();
        reversal.is_some_and(|reversal| reversal.state.is_at_work())
    }

    /// Whether its reversal is begun and not at its end, be it that a person must settle it.
    pub(super) fn has_open_reversal(&self) -> bool {
        let reversal = self.reversal.as_ref();
        reversal.is_some_and(|reversal| reversal.state.is_open())
    }

    /// Whether the reversal is where it was when another binding of the document was read.
    #[must_use]
    pub fn is_same_errand(&self, before: &Self) -> bool {
        self.reversal == before.reversal
    }

    /// When the next step of its reversal is due.
    #[must_use]
    pub fn reversal_at(&self) -> Option<DateTime<Utc>> {
        let reversal = self.reversal.as_ref()?;
        let is_due = reversal.state.is_at_work()
            && self.posted.is_some()
            && !matches!(self.state, State::Detached);
        is_due.then(|| reversal.not_before.unwrap_or(self.changed_at))
    }

    /// The number of its note, where one stands or may stand.
    #[must_use]
    pub fn note_number(&self) -> Option<&str> {
        let reversal = self.reversal.as_ref()?;
        let is_there = !matches!(reversal.state, ReversalState::Ended);
        is_there.then_some(reversal.note.number.as_str())
    }

    /// How far the document is settled, as the host is told: what our note reverses is void, and while that is under
    /// way nothing is told.
    pub(super) fn settlement_to_tell(&self) -> Option<Settlement> {
        if self.is_being_reversed() {
            return None;
        }
        let settlement = self.settlement_there()?.clone();
        Some(match self.is_reversed() {
            true => Settlement {
                status: SettlementStatus::Voided,
                amount_paid: Decimal::ZERO,
                amount_credited: Decimal::ZERO,
                amount_due: Decimal::ZERO,
                ..settlement
            },
            false => settlement,
        })
    }

    /// Brings what is known of the note to what the invoice shows: it reverses it, or no more does.
    pub(super) fn see_reversal(&mut self) {
        let is_reversed = self.is_reversed();
        let Some(reversal) = self.reversal.as_mut() else {
            return;
        };
        let state = match &reversal.state {
            ReversalState::Made { id }
            | ReversalState::AllocationSent { id, .. }
            | ReversalState::TakingBack { id, .. }
            | ReversalState::Kept { id, .. }
                if is_reversed =>
            {
                ReversalState::Done { id: id.clone() }
            }
            ReversalState::Done { .. } if !is_reversed => ReversalState::Ended,
            ReversalState::Wanted { .. }
            | ReversalState::NoteSent(_)
            | ReversalState::NoteUnsure { .. }
            | ReversalState::Made { .. }
            | ReversalState::AllocationSent { .. }
            | ReversalState::TakingBack { .. }
            | ReversalState::Kept { .. }
            | ReversalState::Done { .. }
            | ReversalState::Ended => return,
        };
        reversal.state = state;
        reversal.not_before = None;
        reversal.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_number_of_a_note_is_known_again() {
        let mark = undo_mark(&sample::key());
        for ours in [format!("INV-undo-7-{mark}"), format!("INV-1-{mark}-2")] {
            assert!(is_note_number(&ours), "{ours}");
        }
        for foreign in ["INV-1", "INV-undo-1", "CN-undo-zzzzzzzz"] {
            assert!(!is_note_number(foreign), "{foreign}");
        }
    }
}
