//! What a binding becomes when its document goes to another connection, and when it comes back.

use chrono::{DateTime, Utc};

use super::{Binding, Event, HostPolicy, SkipReason, State, Step};
use crate::document::ConnectionId;

/// The document goes to another connection from now on.
///
/// Only what no provider holds or may hold can go, a document that somebody removed there among them: a
/// retry must not make it a second time. `None` for the rest, for what is out of the books or out of the
/// synchronisation, and for a repeat.
#[must_use]
pub fn routed_away(
    binding: &Binding,
    to: &ConnectionId,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let reason = SkipReason::RoutedTo(to.clone());
    match &binding.state {
        State::Skipped { reason: known } if *known == reason => return None,
        State::Skipped {
            reason: SkipReason::ByOperator { .. } | SkipReason::Undone { .. },
        } => return None,
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Rejected { .. }
        | State::Removed { .. }
            if !binding.is_bound() => {}
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Rejected { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => return None,
    }
    Some(went_to(binding, to, policy, at))
}

/// The host wants the document again, at another connection: that one tells from now on what becomes of it, and what was
/// not told yet of its end here is no news any more. `None` unless it came to an end here.
#[must_use]
pub fn wanted_elsewhere(
    binding: &Binding,
    to: &ConnectionId,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let is_over = binding.state == State::Voided && !binding.is_bound();
    is_over.then(|| went_to(binding, to, policy, at))
}

fn went_to(binding: &Binding, to: &ConnectionId, policy: HostPolicy, at: DateTime<Utc>) -> Step {
    let event = Event::Planned {
        op: None,
        why: format!("routed to {to}"),
    };
    let reason = SkipReason::RoutedTo(to.clone());
    let mut next = binding.clone();
    next.elsewhere = None;
    Step::to(&next, State::Skipped { reason }, event, at).telling(policy, at)
}

/// The document comes back to a connection that it had left. `None` unless it had.
#[must_use]
pub fn routed_back(binding: &Binding, at: DateTime<Utc>) -> Option<Step> {
    let State::Skipped {
        reason: SkipReason::RoutedTo(_),
    } = &binding.state
    else {
        return None;
    };
    let event = Event::Planned {
        op: None,
        why: format!("routed to {}", binding.key.connection),
    };
    Some(Step::to(binding, State::waiting(), event, at))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{Op, Wanted, owed, provider_changed};
    use super::*;

    fn to() -> ConnectionId {
        ConnectionId::new("other").unwrap()
    }

    #[test]
    fn a_document_goes_once_and_comes_back_to_a_new_plan() {
        let gone = routed_away(&sample::waiting(), &to(), sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(
            gone.state,
            State::Skipped {
                reason: SkipReason::RoutedTo(to())
            }
        );
        assert_eq!(routed_away(&gone, &to(), sample::POLICY, NOW), None);
        assert_eq!(
            routed_back(&gone, NOW).unwrap().binding.state,
            State::waiting()
        );
        assert_eq!(routed_back(&sample::waiting(), NOW), None);
    }

    #[test]
    fn what_ended_here_and_is_wanted_elsewhere_is_told_by_that_one() {
        let gone = provider_changed(
            &sample::posted(),
            &sample::voided_snapshot(),
            sample::POLICY,
            NOW,
        );
        let mut ended = gone.unwrap().binding;
        ended.wanted = Wanted::Gone;
        ended.state = State::Voided;
        assert!(!owed(&ended, sample::POLICY).is_empty());
        let went = wanted_elsewhere(&ended, &to(), sample::POLICY, NOW);
        let went = went.unwrap().binding;
        assert!(went.has_left());
        assert_eq!(owed(&went, sample::POLICY), []);
        assert_eq!(wanted_elsewhere(&went, &to(), sample::POLICY, NOW), None);
        let posted = sample::posted();
        assert_eq!(wanted_elsewhere(&posted, &to(), sample::POLICY, NOW), None);
    }

    #[test]
    fn what_a_provider_holds_or_may_hold_does_not_go() {
        let mut held = sample::posted();
        held.state = State::Held {
            findings: vec![sample::finding()],
        };
        for binding in [sample::posted(), held, sample::in_flight(Op::Create)] {
            assert_eq!(routed_away(&binding, &to(), sample::POLICY, NOW), None);
        }
    }
}
