//! What the host must still be told: the difference between what is true and what it acknowledged.

use super::dated_ahead::without_kept_back;
use super::erased::is_erased_text;
use super::{Binding, HostPolicy, Maker, Membership, SkipReason, State, Wanted};
use crate::check::Rule;
use crate::document::{Payment, SettlementStatus};
use crate::host::{PostingNotice, PostingState, WriteBack};

/// Everything that the host of a binding must be told, payments before the settlement that they make.
///
/// Computed from the whole truth each time, so nothing is told twice and a lost message is told
/// later. What the host refused is not told again until its content changes.
#[must_use]
pub fn owed(binding: &Binding, policy: HostPolicy) -> Vec<WriteBack> {
    let mut owed = Vec::new();
    // The host knows no summaries; it is told of their members.
    if matches!(binding.state, State::Detached) || binding.roster.is_some() {
        return owed;
    }
    if policy.postings {
        owed.extend(posting_owed(binding));
    }
    if policy.payments {
        owed.extend(payments_owed(binding));
    }
    if policy.settlements {
        owed.extend(settlement_owed(binding));
    }
    owed.retain(|item| {
        binding
            .told
            .refused
            .iter()
            .all(|(refused, _)| refused != item)
    });
    owed
}

fn posting_owed(binding: &Binding) -> Option<WriteBack> {
    let notice = notice(binding)?;
    (binding.told.posting.as_ref() != Some(&notice)).then(|| WriteBack::Posting {
        document: binding.document_ref(),
        notice,
    })
}

/// What became of the document, also inside its summary; `None` while that is open.
pub(super) fn notice(binding: &Binding) -> Option<PostingNotice> {
    if let Some(membership) = &binding.summary {
        return in_summary(binding, membership);
    }
    let live = binding
        .posted
        .as_ref()
        .filter(|posted| posted.status.is_live());
    let (state, message) = match &binding.state {
        State::Posted => (PostingState::Posted, None),
        State::Voided => (PostingState::Voided, None),
        State::Skipped {
            reason: SkipReason::Undone { .. },
        } => (PostingState::Voided, undone_in_words(binding)),
        State::Held { .. } | State::Rejected { .. } | State::Removed { .. } => {
            let findings = binding.state.findings();
            let failed = findings
                .iter()
                .any(|finding| finding.rule == Rule::VoidRefused);
            let message = findings
                .iter()
                .map(|finding| finding.message.as_str())
                .collect::<Vec<_>>()
                .join("; ");
            match live {
                Some(_) if failed => (PostingState::DeleteFailed, Some(message)),
                Some(_) => (PostingState::Posted, Some(message)),
                None => (PostingState::Rejected, Some(message)),
            }
        }
        State::Waiting { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Skipped { .. }
        | State::Detached => return None,
    };
    // A document that was never sent and is no more wanted is nothing to tell.
    if state == PostingState::Voided && binding.posted.is_none() && binding.told.posting.is_none() {
        return None;
    }
    Some(PostingNotice {
        state,
        ledger_id: binding.posted.as_ref().map(|posted| posted.id.to_string()),
        ledger_number: binding.posted.as_ref().map(|posted| posted.number.clone()),
        message,
    })
}

/// Who undid a document and why, with the credit note that reverses it.
fn undone_in_words(binding: &Binding) -> Option<String> {
    let undo = binding.undo.as_ref()?;
    Some(match binding.note_number() {
        Some(note) if binding.is_reversed() => format!("{undo}; credit note {note} reverses it"),
        Some(_) | None => undo.to_string(),
    })
}

/// What became of a document inside its summary: what became of that, and what keeps a change out of it.
fn in_summary(binding: &Binding, membership: &Membership) -> Option<PostingNotice> {
    let carried = membership.carried.as_ref()?.notice.clone();
    let findings = binding.state.findings();
    if findings.is_empty() {
        let stays = binding.wanted == Wanted::Gone && membership.leaving;
        return carried.map(|notice| match (notice.state, &notice.message) {
            // What keeps the summary as it was keeps this one in it.
            (PostingState::Posted, Some(_)) if stays => PostingNotice {
                state: PostingState::DeleteFailed,
                ..notice
            },
            _ => notice,
        });
    }
    let told = findings.iter().map(|finding| finding.message.as_str());
    let message = told.collect::<Vec<_>>().join("; ");
    let standing = carried.map(|notice| (notice.state, notice));
    Some(match standing {
        Some((PostingState::Posted, notice)) if binding.wanted == Wanted::Gone => PostingNotice {
            state: PostingState::DeleteFailed,
            message: Some(message),
            ..notice
        },
        Some((PostingState::Posted, notice)) => PostingNotice {
            message: Some(message),
            ..notice
        },
        Some((PostingState::Rejected | PostingState::Voided | PostingState::DeleteFailed, _))
        | None => PostingNotice {
            state: PostingState::Rejected,
            ledger_id: None,
            ledger_number: None,
            message: Some(message),
        },
    })
}

fn payments_owed(binding: &Binding) -> Vec<WriteBack> {
    let held = binding.payments_there();
    let told = &binding.told.payments;
    let is_theirs = |payment: &&Payment| match binding.maker_of(payment) {
        Maker::Them => true,
        // The host made it, or will turn out to have made it; what it was told before it is told on.
        Maker::Us | Maker::PerhapsUs => told.contains_key(&payment.id),
    };
    let changed = held.iter().filter(is_theirs).filter_map(|payment| {
        let revision = match told.get(&payment.id) {
            Some(known) if !known.removed && is_as_told(&known.payment, payment) => return None,
            Some(known) => known.revision + 1,
            None => 1,
        };
        Some(WriteBack::Payment {
            document: binding.document_ref(),
            revision,
            payment: payment.clone(),
        })
    });
    let removed = told
        .iter()
        .filter(|(id, known)| !known.removed && held.iter().all(|payment| payment.id != **id))
        .map(|(_, known)| WriteBack::PaymentRemoved {
            document: binding.document_ref(),
            revision: known.revision + 1,
            payment: known.payment.clone(),
        });
    removed.chain(changed).collect()
}

/// Whether a payment is what the host was told. A reference that was erased here since may stand at the provider still: that
/// is no news.
fn is_as_told(told: &Payment, payment: &Payment) -> bool {
    let is_erased = told.reference.as_deref().is_some_and(is_erased_text);
    told == payment
        || is_erased
            && *told
                == Payment {
                    reference: told.reference.clone(),
                    ..payment.clone()
                }
}

fn settlement_owed(binding: &Binding) -> Option<WriteBack> {
    let settlement = without_kept_back(binding, binding.settlement_to_tell()?);
    // What the host let go, or a person took out, arrives nowhere else, wherever it is routed.
    let is_let_go = binding.wanted == Wanted::Gone || binding.undone().is_some();
    let goes_on = binding.elsewhere.is_some() && !is_let_go;
    let moves = binding.has_left() || goes_on;
    let posted = binding.posted.as_ref();
    if moves && posted.is_some_and(|posted| !posted.status.is_live()) {
        // Out of the books here only: the connection that has it tells how far it is settled.
        return None;
    }
    let told = binding.told.settlement.as_ref();
    // A document that was just posted is unpaid, and one that was voided is void: its posting says so already.
    let says_nothing = match settlement.status {
        SettlementStatus::Unpaid | SettlementStatus::Voided => true,
        SettlementStatus::PartlyPaid | SettlementStatus::Paid | SettlementStatus::Overpaid => false,
    };
    if told.is_none() && says_nothing && !binding.told.settled_elsewhere {
        return None;
    }
    // The time alone is no news.
    let same = told.is_some_and(|told| {
        (
            told.status,
            told.amount_paid,
            told.amount_credited,
            told.amount_due,
        ) == (
            settlement.status,
            settlement.amount_paid,
            settlement.amount_credited,
            settlement.amount_due,
        )
    });
    (!same).then(|| WriteBack::Settlement {
        document: binding.document_ref(),
        settlement,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_reference_that_was_erased_here_and_stands_there_still_is_no_news() {
        let mut binding = sample::posted();
        let payment = sample::paid_snapshot("p1", 500).payments.remove(0);
        let mut told = payment.clone();
        told.reference = Some("by (erased)".to_owned());
        let known = crate::engine::ToldPayment {
            revision: 1,
            payment: told,
            removed: false,
        };
        binding.told.payments.insert(payment.id.clone(), known);
        let owed_of = |binding: &Binding| payments_owed(binding).len();
        let posted = binding.posted.as_mut().unwrap();
        posted.payments = vec![Payment {
            reference: Some("by Jane Doe".to_owned()),
            ..payment.clone()
        }];
        assert_eq!(owed_of(&binding), 0);
        let posted = binding.posted.as_mut().unwrap();
        posted.payments[0].amount += rust_decimal::Decimal::ONE;
        assert_eq!(owed_of(&binding), 1);
    }

    #[test]
    fn a_document_of_nothing_that_the_provider_calls_paid_is_told_so() {
        let mut binding = sample::posted();
        let told = |binding: &Binding| {
            let owed = owed(binding, sample::POLICY);
            owed.iter()
                .any(|item| matches!(item, WriteBack::Settlement { .. }))
        };
        assert!(!told(&binding));
        let posted = binding.posted.as_mut().unwrap();
        posted.settlement.status = SettlementStatus::Paid;
        assert!(told(&binding));
    }
}
