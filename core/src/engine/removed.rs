//! What becomes of a binding whose document somebody removed at the provider.

use super::{Binding, Departure, Op, Posted, State, Wanted};
use crate::check::{Finding, Rule};
use crate::provider::SnapshotStatus;

/// The state of a binding whose document is no more: fine if the host let it go, else a person decides.
pub(super) fn removed(binding: &Binding, status: &SnapshotStatus) -> State {
    if binding.wanted == Wanted::Gone || binding.is_to_be_undone() {
        return binding.out_of_the_books();
    }
    // Just what was to be done before it goes elsewhere.
    if binding.leaves() {
        return State::waiting();
    }
    let finding = Finding::new(
        Rule::RemovedAtProvider,
        format!("somebody {status} the document in the accounting system"),
        "Void it in the host as well, or retry to send it anew.",
    );
    State::Removed {
        finding: finding.at("number", &binding.number),
    }
}

/// The state after the outcome of a request, if its document was removed while it was in the air.
pub(super) fn removed_meanwhile(
    binding: &Binding,
    departure: &Departure,
    posted: Option<&Posted>,
) -> Option<State> {
    let gone = posted.filter(|posted| !posted.status.is_live())?;
    match departure.op {
        Op::Update => Some(removed(binding, &gone.status)),
        // Something new, or just what was asked for.
        Op::Create | Op::Void => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{landed, provider_changed, put_back, rejected};
    use super::*;
    use crate::provider::{Rejection, RejectionKind};

    #[test]
    fn whatever_becomes_of_the_request_a_removal_during_it_is_asked_about() {
        let mut gone = sample::voided_snapshot();
        gone.updated_at = NOW + chrono::Duration::seconds(1);
        let flying = provider_changed(&sample::in_flight(Op::Update), &gone, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let rejection = Rejection {
            kind: RejectionKind::NotEditable,
            messages: Vec::new(),
            advice: None,
        };
        let outcomes = [
            landed(
                &flying,
                Some(&sample::sent()),
                &sample::snapshot(),
                sample::POLICY,
                NOW,
            ),
            rejected(&flying, &rejection, sample::POLICY, NOW),
            put_back(&flying, "no connection", None, sample::POLICY, NOW),
        ];
        for outcome in outcomes {
            assert!(matches!(
                outcome.unwrap().binding.state,
                State::Removed { .. }
            ));
        }
    }
}
