//! When something beside a document may leave, and what waits for it.

use chrono::{DateTime, Utc};

use super::companions_shown::see_alike;
use super::{
    Binding, Companion, CompanionContent, CompanionState, ContentHash, HostPolicy, Op, SkipReason,
    State, Wanted,
};
use crate::provider::SnapshotStatus;

impl Binding {
    /// When something beside the document is to be done next.
    pub(super) fn companions_at(&self) -> Option<DateTime<Utc>> {
        let look = self.companions_to_compare();
        let items = self.companions.items.values();
        let work = items
            .filter(|item| self.lets_go(item))
            .map(|item| item.not_before.unwrap_or(self.changed_at));
        work.chain(look).min()
    }

    /// When what goes out beside the document is to be compared with it, if it is.
    #[must_use]
    pub fn companions_to_compare(&self) -> Option<DateTime<Utc>> {
        let look_at = self.companions.look_at;
        look_at.filter(|_| self.compares_companions())
    }

    /// Whether something beside the document may leave, or be found out about, as things stand.
    #[must_use]
    pub fn lets_go(&self, item: &Companion) -> bool {
        let Some(posted) = self.posted.as_ref() else {
            return false;
        };
        match &item.state {
            CompanionState::Wanted { .. } | CompanionState::Missing { .. } => {
                self.state == State::Posted
                    && match item.what {
                        // What an older one settles still is not there to be paid.
                        CompanionContent::Payment(_) => {
                            is_approved(&posted.status) && !self.takes_back()
                        }
                        CompanionContent::File { .. } | CompanionContent::Note { .. } => {
                            posted.status.is_live()
                        }
                    }
            }
            CompanionState::Sent(_) | CompanionState::Unsure(_) | CompanionState::Missed { .. } => {
                true
            }
            CompanionState::TakingBack { .. } => {
                let is_left = matches!(self.state, State::Detached);
                posted.status.is_live() && self.departure().is_none() && !is_left
            }
            CompanionState::Done { .. }
            | CompanionState::Refused { .. }
            | CompanionState::Kept { .. }
            | CompanionState::TakenBack { .. }
            | CompanionState::Removed { .. } => false,
        }
    }

    /// Whether payments of ours are to be taken back first.
    fn takes_back(&self) -> bool {
        let mut items = self.companions.items.values();
        items.any(|item| matches!(item.state, CompanionState::TakingBack { .. }))
    }

    /// Why something wanted does not leave; `None` when nothing keeps it.
    #[must_use]
    pub fn keeps_waiting(&self, item: &Companion) -> Option<String> {
        let is_wanted = matches!(item.state, CompanionState::Wanted { .. });
        if !is_wanted || self.lets_go(item) {
            return None;
        }
        Some(match &self.posted {
            Some(_) if self.state == State::Posted && self.takes_back() => {
                "an older payment is taken back first".to_owned()
            }
            Some(posted) if self.state == State::Posted => format!(
                "the document is {} at the provider; payments need an approved one",
                posted.status
            ),
            Some(_) | None => format!("the document is {}", self.state.name()),
        })
    }

    /// Whether a live document has, or is to have, payments of ours.
    #[must_use]
    pub fn has_payments_beside(&self) -> bool {
        let is_live = self.posted.as_ref().is_some_and(|it| it.status.is_live());
        let mut items = self.companions.items.values();
        is_live && items.any(|item| item.what.payment().is_some())
    }

    /// Whether a void must wait for payments of ours.
    pub(super) fn awaits_take_back(&self) -> bool {
        self.companions.items.values().any(|item| match item.state {
            CompanionState::Sent(_) | CompanionState::Unsure(_) => item.what.payment().is_some(),
            CompanionState::Missed { .. } | CompanionState::TakingBack { .. } => true,
            // Not decided yet: the comparison that is due decides.
            CompanionState::Done { .. } => {
                item.what.payment().is_some() && self.companions.look_at.is_some()
            }
            CompanionState::Wanted { .. }
            | CompanionState::Missing { .. }
            | CompanionState::Refused { .. }
            | CompanionState::Kept { .. }
            | CompanionState::TakenBack { .. }
            | CompanionState::Removed { .. } => false,
        })
    }

    /// What the companions are compared with, in short: while it stays the same, so do they.
    pub(super) fn companions_ground(&self, policy: Option<u64>) -> ContentHash {
        let held = self.posted.as_ref().map(|posted| {
            let payments: Vec<_> = posted.payments.iter().map(|payment| &payment.id).collect();
            let changed_at = self.companions.is_unseen().then_some(posted.updated_at);
            (&posted.id, &posted.status, payments, changed_at)
        });
        let wanted = match (self.spares_payments(), self.is_to_be_undone()) {
            // Like nothing else: the way out, and back, is compared anew.
            (true, _) => None,
            (false, true) => Some(Wanted::Gone),
            (false, false) => Some(self.wanted),
        };
        ContentHash::of(&(&self.content, wanted, policy, held))
    }

    /// Whether the payments of an undone document stay as they are: what is refused or was not planned yet takes
    /// nothing back, for the document may stay as it is.
    pub(super) fn spares_payments(&self) -> bool {
        self.is_to_be_undone()
            && match &self.state {
                State::Held { .. } | State::Rejected { .. } | State::Posted => true,
                State::Waiting { .. }
                | State::Skipped { .. }
                | State::Ready { .. }
                | State::InFlight(_)
                | State::Unsure { .. }
                | State::Voided
                | State::Removed { .. }
                | State::Detached => false,
            }
    }

    /// Has the companions compared if they were last compared with something else.
    pub(super) fn compare_companions(&mut self, policy: HostPolicy, at: DateTime<Utc>) {
        if let Some(posted) = &self.posted {
            see_alike(posted, &mut self.companions);
        }
        if self.erased.is_some() {
            // What is left of the document says nothing of what belongs beside it.
            self.companions.look_at = None;
            return;
        }
        let concerns = policy.companions.is_some() || !self.companions.items.is_empty();
        let is_new = concerns
            && self.companions.looked.as_ref() != Some(&self.companions_ground(policy.companions));
        self.companions.look_at = is_new.then(|| self.companions.look_at.unwrap_or(at));
    }

    /// Whether the state is one in which companions are compared with the document.
    fn compares_companions(&self) -> bool {
        match &self.state {
            State::Posted
            | State::Ready { op: Op::Void, .. }
            | State::Voided
            | State::Removed { .. } => true,
            State::Held { .. } | State::Rejected { .. } => {
                self.wanted == Wanted::Gone || self.is_to_be_undone()
            }
            State::Skipped { reason } => match reason {
                SkipReason::Undone { .. } => true,
                // What stood beside a document that is gone went with it, whatever somebody decided since.
                SkipReason::ByOperator { .. } => {
                    let posted = self.posted.as_ref();
                    posted.is_some_and(|posted| !posted.status.is_live())
                }
                SkipReason::Draft
                | SkipReason::BeforeSyncFrom(_)
                | SkipReason::KindNotSent
                | SkipReason::RoutedTo(_)
                | SkipReason::Gathers { .. }
                | SkipReason::InSummary { .. } => false,
            },
            State::Waiting { .. }
            | State::Ready {
                op: Op::Create | Op::Update,
                ..
            }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Detached => false,
        }
    }
}

fn is_approved(status: &SnapshotStatus) -> bool {
    match status {
        SnapshotStatus::Authorised | SnapshotStatus::Paid => true,
        SnapshotStatus::Draft
        | SnapshotStatus::Submitted
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => false,
    }
}
