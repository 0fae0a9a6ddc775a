//! What a binding becomes when its plan is made.

use chrono::{DateTime, Utc};

use super::{Binding, Decision, Event, HostPolicy, Op, SkipReason, State, Step};

/// A plan was made for a binding that waits, is ready, or is being looked at again.
///
/// `None` when the plan says what the state says already, when a request is in the air, and when the
/// document went to another connection while it was planned here: two of them would send it. What travels inside a
/// summary is decided about with the summary, never here. A document
/// that goes to another connection is not taken away here: it leaves in the moment in which it arrives
/// there ([`super::routed_away()`]).
#[must_use]
pub fn planned(
    binding: &Binding,
    decision: &Decision,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let attempts = match &binding.state {
        _ if binding.summary.is_some() => return None,
        State::Waiting { attempts, .. } | State::Ready { attempts, .. } => *attempts,
        State::InFlight(_)
        | State::Unsure { .. }
        | State::Detached
        | State::Skipped {
            reason: SkipReason::RoutedTo(_),
        } => return None,
        State::Held { .. }
        | State::Skipped { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. } => 0,
    };
    let state = match decision {
        Decision::Skip(SkipReason::RoutedTo(_)) => return None,
        Decision::Create(_)
        | Decision::Update(_)
        | Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Leave(_) => {
            // What a note takes out waits for it: `Binding::due` lets nothing void it meanwhile.
            let by_note = matches!(decision, Decision::Reverse(_)).then_some(Op::Void);
            let op = decision.op().or(by_note)?;
            if matches!(&binding.state, State::Ready { op: now, .. } if *now == op) {
                return None;
            }
            State::Ready {
                op,
                not_before: None,
                attempts,
            }
        }
        Decision::Agrees => State::Posted,
        Decision::Gone => State::Voided,
        Decision::Skip(reason) => State::Skipped {
            reason: reason.clone(),
        },
        Decision::Hold(findings) => State::Held {
            findings: findings.clone(),
        },
    };
    if state == binding.state {
        return None;
    }
    let next = binding.planned_to(state);
    Some(Step::of(next, event(decision), at).telling(policy, at))
}

/// What the journal says of a decision.
fn event(decision: &Decision) -> Event {
    match decision {
        Decision::Hold(findings) => Event::Held {
            findings: findings.clone(),
        },
        Decision::Create(_)
        | Decision::Update(_)
        | Decision::Void
        | Decision::Undo(_)
        | Decision::Leave(_)
        | Decision::Reverse(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_) => Event::Planned {
            op: decision.op(),
            why: decision.why(),
        },
    }
}

/// The document, the settings or the chart changed between the plan and the departure: it is planned
/// anew. `None` unless it was ready to leave.
#[must_use]
pub fn unplanned(binding: &Binding, at: DateTime<Utc>) -> Option<Step> {
    let State::Ready { .. } = binding.state else {
        return None;
    };
    let event = Event::Planned {
        op: None,
        why: "it changed before it was sent".to_owned(),
    };
    Some(Step::to(binding, State::waiting(), event, at))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn each_decision_has_its_state() {
        let waiting = sample::waiting();
        let posting = sample::posting();
        let cases = [
            (Decision::Create(posting.clone()), State::ready(Op::Create)),
            (Decision::Update(posting), State::ready(Op::Update)),
            (Decision::Void, State::ready(Op::Void)),
            (Decision::Agrees, State::Posted),
            (Decision::Gone, State::Voided),
            (
                Decision::Skip(SkipReason::Draft),
                State::Skipped {
                    reason: SkipReason::Draft,
                },
            ),
            (
                Decision::Hold(vec![sample::finding()]),
                State::Held {
                    findings: vec![sample::finding()],
                },
            ),
        ];
        for (decision, state) in cases {
            let step = planned(&waiting, &decision, sample::POLICY, NOW).unwrap();
            assert_eq!(step.binding.state, state);
        }
    }

    #[test]
    fn a_plan_never_touches_a_request_in_the_air() {
        let flying = sample::in_flight(Op::Create);
        assert_eq!(planned(&flying, &Decision::Void, sample::POLICY, NOW), None);
    }

    #[test]
    fn a_plan_never_takes_a_document_back_from_another_connection() {
        let mut left = sample::waiting();
        left.state = State::Skipped {
            reason: SkipReason::RoutedTo(crate::document::ConnectionId::new("other").unwrap()),
        };
        let create = Decision::Create(sample::posting());
        assert_eq!(planned(&left, &create, sample::POLICY, NOW), None);
    }

    #[test]
    fn the_same_plan_again_changes_nothing() {
        let mut ready = sample::waiting();
        ready.state = State::Ready {
            op: Op::Create,
            not_before: Some(NOW),
            attempts: 3,
        };
        assert_eq!(
            planned(
                &ready,
                &Decision::Create(sample::posting()),
                sample::POLICY,
                NOW
            ),
            None
        );
    }

    #[test]
    fn a_held_document_is_told_to_the_host() {
        let step = planned(
            &sample::waiting(),
            &Decision::Hold(vec![sample::finding()]),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.deliver_at, Some(NOW));
    }
}
