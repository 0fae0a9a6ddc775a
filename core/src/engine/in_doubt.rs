//! What a binding becomes when nobody knows whether its request was processed.

use chrono::{DateTime, Utc};

use super::{Binding, Doubt, Event, State, Step};

/// The reply is lost, late or unclear, or the process died while the request was in the air; or an
/// attempt to find out failed, and the next one is not to come before `not_before`.
///
/// `None` unless a request is in the air or already in doubt.
#[must_use]
pub fn in_doubt(
    binding: &Binding,
    why: &str,
    not_before: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Option<Step> {
    let (departure, doubt, attempts) = match &binding.state {
        State::InFlight(departure) => (departure.clone(), Doubt::ReplyLost, 0),
        State::Unsure {
            departure,
            doubt,
            attempts,
            ..
        } => (departure.clone(), *doubt, attempts.saturating_add(1)),
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => return None,
    };
    let state = State::Unsure {
        departure,
        doubt,
        not_before,
        attempts,
    };
    Some(Step::to(
        binding,
        state,
        Event::InDoubt {
            why: why.to_owned(),
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
    fn doubt_keeps_the_departure_and_counts_attempts() {
        let flying = sample::in_flight(Op::Create);
        let State::InFlight(departure) = flying.state.clone() else {
            panic!("in flight")
        };
        let first = in_doubt(&flying, "no reply", None, NOW).unwrap().binding;
        let again = in_doubt(&first, "no reply", Some(NOW), NOW)
            .unwrap()
            .binding;
        assert_eq!(
            again.state,
            State::Unsure {
                departure,
                doubt: Doubt::ReplyLost,
                not_before: Some(NOW),
                attempts: 1
            }
        );
        assert_eq!(in_doubt(&sample::posted(), "no reply", None, NOW), None);
    }
}
