//! What a binding becomes when its request was certainly not processed, or its plan could not be made.

use chrono::{DateTime, Utc};

use super::removed::removed_meanwhile;
use super::{Binding, Event, HostPolicy, Op, State, Step};

/// The request did not reach the provider, or the provider said that it did not process it; it is to
/// be tried again, not before `not_before`. A binding that waits for a plan waits longer.
///
/// `None` for a binding that is neither in the air nor waiting.
#[must_use]
pub fn put_back(
    binding: &Binding,
    why: &str,
    not_before: Option<DateTime<Utc>>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let state = match &binding.state {
        State::InFlight(departure) => {
            let attempts = departure.attempts.saturating_add(1);
            let again = if binding.outdates(departure) {
                State::Waiting {
                    not_before,
                    attempts,
                }
            } else {
                State::Ready {
                    op: departure.op,
                    not_before,
                    attempts,
                }
            };
            removed_meanwhile(binding, departure, binding.posted.as_ref()).unwrap_or(again)
        }
        State::Waiting { attempts, .. } => State::Waiting {
            not_before,
            attempts: attempts.saturating_add(1),
        },
        State::Unsure { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => return None,
    };
    Some(
        Step::to(
            binding,
            state,
            Event::PutBack {
                why: why.to_owned(),
            },
            at,
        )
        .telling(policy, at),
    )
}

/// The same of a request that was turned away for the provider's limits, and was perhaps done: something on the way handed
/// it over twice, and the second one alone was answered. An update that the host takes back before the repeat must not be
/// taken for one that never was.
#[must_use]
pub fn turned_away(
    binding: &Binding,
    why: &str,
    not_before: Option<DateTime<Utc>>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut known = binding.clone();
    if binding.departure().is_some_and(|it| it.op == Op::Update)
        && let Some(posted) = &mut known.posted
    {
        posted.forget_posting();
    }
    put_back(&known, why, not_before, policy, at)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn an_update_whose_copy_was_turned_away_may_have_been_done() {
        let posting = |step: Option<Step>| step.unwrap().binding.posted.unwrap().posting;
        let flying = sample::in_flight(Op::Update);
        let known = flying.posted.clone().unwrap().posting;
        let away = turned_away(&flying, "too many calls", None, sample::POLICY, NOW);
        assert_ne!(posting(away), known);
        let unsent = put_back(&flying, "no connection", None, sample::POLICY, NOW);
        assert_eq!(posting(unsent), known);
    }

    #[test]
    fn a_request_that_was_not_processed_is_ready_again() {
        let step = put_back(
            &sample::in_flight(Op::Void),
            "no connection",
            Some(NOW),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(
            step.binding.state,
            State::Ready {
                op: Op::Void,
                not_before: Some(NOW),
                attempts: 1
            }
        );
    }

    #[test]
    fn a_change_meanwhile_asks_for_a_new_plan() {
        let mut flying = sample::in_flight(Op::Create);
        flying.content = sample::content("newer");
        let step = put_back(&flying, "no connection", None, sample::POLICY, NOW).unwrap();
        assert_eq!(
            step.binding.state,
            State::Waiting {
                not_before: None,
                attempts: 1
            }
        );
    }

    #[test]
    fn a_doubt_is_never_put_back_without_proof() {
        let unsure = super::super::in_doubt(&sample::in_flight(Op::Create), "no reply", None, NOW)
            .unwrap()
            .binding;
        assert_eq!(
            put_back(&unsure, "no connection", None, sample::POLICY, NOW),
            None
        );
    }
}
