//! What a binding becomes when a person acts on it.

use chrono::{DateTime, Utc};

use super::{Binding, Event, SkipReason, State, Step};
use crate::document::ConnectionId;

/// A person asks for another attempt: the document is planned anew. Write-backs that the host refused
/// are told again.
///
/// A document that no route claims, or that another connection has, needs a route: its plan stays as
/// it is. `None` while a request is in the air or in doubt, where only its outcome counts, and when
/// there is nothing to do.
#[must_use]
pub fn retry(binding: &Binding, by: &str, at: DateTime<Utc>) -> Option<Step> {
    if binding.departure().is_some() {
        return None;
    }
    let elsewhere = binding.key.connection == ConnectionId::unrouted()
        || matches!(
            binding.state,
            State::Skipped {
                reason: SkipReason::RoutedTo(_)
            }
        );
    if elsewhere && binding.told.refused.is_empty() {
        return None;
    }
    let mut next = binding.clone();
    if matches!(next.state, State::Removed { .. }) {
        // Sent anew: the document that was removed is not ours any more.
        next.posted = None;
    }
    if !next.told.refused.is_empty() {
        next.told.refused.clear();
        next.deliver_at = Some(at);
    }
    if !elsewhere {
        next.state = State::waiting();
        next.retry_companions();
    }
    Some(Step::of(
        next,
        Event::Operator {
            action: format!("retried by {by}"),
        },
        at,
    ))
}

/// A person takes the document out of the synchronisation; what the provider holds stays.
///
/// `None` while a request is in the air or in doubt.
#[must_use]
pub fn detach(binding: &Binding, by: &str, at: DateTime<Utc>) -> Option<Step> {
    if binding.departure().is_some() || binding.state == State::Detached {
        return None;
    }
    let mut next = binding.clone();
    next.state = State::Detached;
    next.deliver_at = None;
    Some(Step::of(
        next,
        Event::Operator {
            action: format!("detached by {by}"),
        },
        at,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Op;
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn a_retry_plans_anew_and_forgets_a_removed_document() {
        let mut removed = sample::posted();
        removed.state = State::Removed {
            finding: sample::finding(),
        };
        let step = retry(&removed, "ann", NOW).unwrap();
        assert_eq!(step.binding.state, State::waiting());
        assert_eq!(step.binding.posted, None);
    }

    #[test]
    fn what_needs_a_route_is_not_sent_by_a_retry() {
        let mut left = sample::waiting();
        left.state = State::Skipped {
            reason: SkipReason::RoutedTo(ConnectionId::new("other").unwrap()),
        };
        let mut unclaimed = sample::waiting();
        unclaimed.key.connection = ConnectionId::unrouted();
        assert_eq!(retry(&left, "ann", NOW), None);
        assert_eq!(retry(&unclaimed, "ann", NOW), None);
    }

    #[test]
    fn nobody_interferes_with_a_request_in_the_air() {
        let flying = sample::in_flight(Op::Create);
        assert_eq!(retry(&flying, "ann", NOW), None);
        assert_eq!(detach(&flying, "ann", NOW), None);
    }
}
