//! What a binding becomes when the provider refuses its document.

use chrono::{DateTime, Utc};

use super::elsewhere::cannot_leave;
use super::removed::{removed, removed_meanwhile};
use super::undo_refused::{cannot_undo, may_be_reversed};
use super::{Binding, Doubt, Event, HostPolicy, Op, State, Step};
use crate::check::{Finding, Rule};
use crate::provider::{Rejection, RejectionKind};

/// Refusals for which reference data or contacts are read anew before a person is asked.
const STALE_REFUSALS_MAX: u32 = 2;

/// The provider refused the document and did nothing.
///
/// A number in use may be in use by this very document, so it is looked up, whatever the host wants by now: the
/// refused request may be the repeat of one that was done. A refusal that stale
/// reference data may have caused is planned again, twice in a row at most, whatever else went wrong before. Every other one waits for a person
/// or a change. `None` unless a request is in the air or in doubt.
#[must_use]
pub fn rejected(
    binding: &Binding,
    rejection: &Rejection,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let (State::InFlight(departure) | State::Unsure { departure, .. }) = &binding.state else {
        return None;
    };
    let finding = match (departure.op, finding(departure.op, rejection)) {
        (Op::Void, refused) if binding.leaves() => {
            cannot_leave(binding, &refused.message, &refused.remedy)
        }
        (Op::Void, refused) if binding.is_to_be_undone() => {
            let offers_note = gets_around(&rejection.kind) && may_be_reversed(binding);
            cannot_undo(binding, &refused.message, offers_note)
        }
        (Op::Create | Op::Update | Op::Void, finding) => finding,
    };
    let stale = rejection.kind.suggests_stale_chart() || rejection.kind.suggests_stale_contact();
    let meanwhile = removed_meanwhile(binding, departure, binding.posted.as_ref());
    let mut next = binding.clone();
    next.stale_refusals = 0;
    if let Some(undo) = next.undo.as_mut() {
        undo.void_refused = departure.op == Op::Void && gets_around(&rejection.kind);
    }
    // Refused because somebody was faster: it is out of the books, as is wanted here.
    let posted = binding.posted.as_ref();
    let gone = posted.filter(|it| departure.op == Op::Void && !it.status.is_live());
    let state = if let Some(state) = meanwhile {
        state
    } else if departure.op == Op::Create && rejection.kind == RejectionKind::DuplicateNumber {
        State::Unsure {
            departure: departure.clone(),
            doubt: Doubt::NumberInUse,
            not_before: None,
            attempts: 0,
        }
    } else if binding.outdates(departure) {
        State::waiting()
    } else if let Some(gone) = gone {
        removed(binding, &gone.status)
    } else if departure.op != Op::Create && binding.has_moved_since(departure) {
        // A draft that was approved is not deleted but voided: what is known by now is planned with.
        State::waiting()
    } else if stale && binding.stale_refusals < STALE_REFUSALS_MAX {
        next.stale_refusals = binding.stale_refusals + 1;
        // A reply came: the failures before it are over.
        State::waiting()
    } else {
        State::Rejected {
            finding: finding.clone(),
        }
    };
    Some(Step::to(&next, state, Event::Refused { finding }, at).telling(policy, at))
}

/// Whether a credit note gets around what a void was refused for, such as a period that was filed.
fn gets_around(kind: &RejectionKind) -> bool {
    match kind {
        RejectionKind::PeriodLocked
        | RejectionKind::NotEditable
        | RejectionKind::Validation
        | RejectionKind::Other(_) => true,
        RejectionKind::DuplicateNumber
        | RejectionKind::ContactArchived
        | RejectionKind::ContactInvalid
        | RejectionKind::AccountInvalid
        | RejectionKind::TaxInvalid
        | RejectionKind::TrackingInvalid
        | RejectionKind::ItemInvalid
        | RejectionKind::CurrencyNotEnabled
        | RejectionKind::NotFound
        | RejectionKind::Arithmetic
        | RejectionKind::PlanLimit
        | RejectionKind::Permission => false,
    }
}

fn finding(op: Op, rejection: &Rejection) -> Finding {
    let words = rejection.messages.join("; ");
    let (rule, remedy) = match (&rejection.kind, op) {
        (RejectionKind::NotEditable, Op::Void) => (
            Rule::VoidRefused,
            "Delete the payments and credits in the accounting system, or unlock the period, and retry.",
        ),
        (RejectionKind::DuplicateNumber, _) => (
            Rule::NumberTaken,
            "Renumber the document in the host, or the other one in the accounting system, and retry.",
        ),
        (RejectionKind::ContactArchived | RejectionKind::ContactInvalid, _) => (
            Rule::ContactArchived,
            "Restore the contact in the accounting system and retry.",
        ),
        (RejectionKind::AccountInvalid, _) => (
            Rule::AccountUnusable,
            "Correct the account in the settings or in the accounting system and retry.",
        ),
        (RejectionKind::TaxInvalid, _) => (
            Rule::TaxTypeUnusable,
            "Correct the tax type in the settings or in the accounting system and retry.",
        ),
        (RejectionKind::TrackingInvalid, _) => (
            Rule::TrackingMissing,
            "Create the tracking option in the accounting system and retry.",
        ),
        (RejectionKind::CurrencyNotEnabled, _) => (
            Rule::CurrencyNotEnabled,
            "Add the currency in the accounting system and retry.",
        ),
        (RejectionKind::PeriodLocked, _) => (
            Rule::PeriodLocked,
            "Unlock the period in the accounting system, or date the document later, and retry.",
        ),
        (RejectionKind::Arithmetic, _) => (
            Rule::TotalsWouldDiffer,
            "Compare the document's figures with the message, correct them in the host, or retry.",
        ),
        (RejectionKind::PlanLimit, _) => (
            Rule::Refused,
            "Upgrade the organisation's plan in the accounting system, or wait for the next period, and retry.",
        ),
        (RejectionKind::Permission, _) => (
            Rule::Refused,
            "Connect with a user whose role allows this, and retry.",
        ),
        (
            RejectionKind::NotEditable
            | RejectionKind::NotFound
            | RejectionKind::ItemInvalid
            | RejectionKind::Validation
            | RejectionKind::Other(_),
            _,
        ) => (
            Rule::Refused,
            "Mend what the accounting system's message names, and retry.",
        ),
    };
    Finding::new(
        rule,
        format!(
            "the accounting system refused to {} it: {words}",
            op.as_str()
        ),
        rejection.advice.as_deref().unwrap_or(remedy),
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{Elsewhere, FlightId, Wanted, departed, provider_changed};
    use super::*;
    use crate::document::ConnectionId;
    use crate::settings::Moves;

    fn refuse(binding: &Binding, kind: RejectionKind) -> State {
        let rejection = Rejection {
            kind,
            messages: vec!["no".to_owned()],
            advice: None,
        };
        rejected(binding, &rejection, sample::POLICY, NOW)
            .unwrap()
            .binding
            .state
    }

    #[test]
    fn a_void_that_is_refused_because_somebody_was_faster_is_done() {
        let mut gone = sample::voided_snapshot();
        gone.updated_at = NOW + chrono::Duration::seconds(1);
        let flying = sample::in_flight(Op::Void);
        assert!(matches!(
            refuse(&flying, RejectionKind::NotEditable),
            State::Rejected { .. }
        ));
        let known = provider_changed(&flying, &gone, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(refuse(&known, RejectionKind::NotEditable), State::Voided);
    }

    #[test]
    fn what_somebody_voided_before_it_goes_elsewhere_goes_on_there() {
        let mut gone = sample::voided_snapshot();
        gone.updated_at = NOW + chrono::Duration::seconds(1);
        let mut flying = sample::in_flight(Op::Void);
        flying.wanted = Wanted::Live;
        flying.elsewhere = Some(Elsewhere {
            to: ConnectionId::new("other").unwrap(),
            moves: Moves::VoidAndCreate,
        });
        let known = provider_changed(&flying, &gone, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(refuse(&known, RejectionKind::NotEditable), State::waiting());
    }

    #[test]
    fn what_is_refused_because_it_changed_at_the_provider_meanwhile_is_planned_anew() {
        for op in [Op::Void, Op::Update] {
            let flying = sample::in_flight(op);
            let mut approved = sample::paid_snapshot("p1", 4000);
            approved.updated_at = NOW + chrono::Duration::seconds(1);
            let known = provider_changed(&flying, &approved, sample::POLICY, NOW)
                .unwrap()
                .binding;
            let again = refuse(&known, RejectionKind::NotEditable);
            assert_eq!(again, State::waiting());
            // What left knowing that is refused for good.
            let ready = Binding {
                state: State::ready(op),
                ..known
            };
            let informed = departed(&ready, &FlightId("g".to_owned()), NOW).unwrap();
            assert!(matches!(
                refuse(&informed.binding, RejectionKind::NotEditable),
                State::Rejected { .. }
            ));
        }
    }

    #[test]
    fn a_number_in_use_is_looked_up_before_anyone_is_asked() {
        let state = refuse(
            &sample::in_flight(Op::Create),
            RejectionKind::DuplicateNumber,
        );
        assert!(matches!(
            state,
            State::Unsure {
                doubt: Doubt::NumberInUse,
                ..
            }
        ));
    }

    #[test]
    fn stale_reference_data_is_read_anew_twice_at_most() {
        let mut flying = sample::in_flight(Op::Create);
        let State::InFlight(departure) = &mut flying.state else {
            panic!("in flight")
        };
        // Failures of the network before it are none of its business.
        departure.attempts = 2;
        for refusals in [0, 1] {
            flying.stale_refusals = refusals;
            assert_eq!(
                refuse(&flying, RejectionKind::AccountInvalid),
                State::waiting()
            );
        }
        flying.stale_refusals = 2;
        assert!(matches!(
            refuse(&flying, RejectionKind::AccountInvalid),
            State::Rejected { .. }
        ));
    }

    #[test]
    fn a_void_that_payments_prevent_says_so() {
        let State::Rejected { finding } =
            refuse(&sample::in_flight(Op::Void), RejectionKind::NotEditable)
        else {
            panic!("rejected")
        };
        assert_eq!(finding.rule, Rule::VoidRefused);
    }

    #[test]
    fn the_providers_words_reach_the_finding() {
        let State::Rejected { finding } =
            refuse(&sample::in_flight(Op::Update), RejectionKind::Validation)
        else {
            panic!("rejected")
        };
        assert_eq!(
            finding.message,
            "the accounting system refused to update it: no"
        );
    }
}
