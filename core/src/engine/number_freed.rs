//! What a binding becomes when the document that had its number has it no more.

use chrono::{DateTime, Utc};

use super::{Binding, Event, Op, State, Step};
use crate::check::Rule;

impl Binding {
    /// The number that the provider's document of this binding keeps from others.
    fn keeps(&self) -> Option<&str> {
        let posted = self.posted.as_ref()?;
        (posted.status.is_live() && !posted.number.is_empty()).then_some(posted.number.as_str())
    }

    /// The numbers that its document had at the provider `before`, or asked for, and that nothing of it has or asks for any
    /// more: as the provider writes it, and as the host does.
    ///
    /// What is kept out for its number frees nothing by that: two such would wake each other without end.
    #[must_use]
    pub fn gives_up<'a>(&self, before: &'a Self) -> Vec<&'a str> {
        let kept = self.keeps();
        let held = before.keeps().filter(|number| kept != Some(*number));
        let asks_on = self.asks() && self.number == before.number;
        let is_let_go = kept.is_none() && !asks_on && !self.waits_for_a_number();
        let named = (is_let_go && (held.is_some() || before.asks())).then_some(&*before.number);
        held.into_iter().chain(named).collect()
    }

    /// Whether it asks for a document at the provider, or will once it is planned.
    fn asks(&self) -> bool {
        let may = match &self.state {
            State::Waiting { .. } => true,
            State::Ready { op, .. } => *op == Op::Create,
            State::InFlight(departure) | State::Unsure { departure, .. } => {
                departure.op == Op::Create
            }
            State::Held { .. }
            | State::Skipped { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. }
            | State::Detached => false,
        };
        may && self.keeps().is_none()
    }

    fn waits_for_a_number(&self) -> bool {
        let mut findings = self.state.findings().iter();
        findings.any(|finding| finding.rule == Rule::NumberTaken)
    }
}

/// Another document gave up the number for which this one was kept out: it is planned anew. Where its request is on its way or in
/// doubt, that is kept with the request: a refusal for the number may be out of date by then.
///
/// `None` unless it waits or asks for a number, for a repeat, and for what was erased: nothing can be made of what is left of it.
#[must_use]
pub fn number_freed(binding: &Binding, at: DateTime<Utc>) -> Option<Step> {
    let planned = |op, why: &str| Event::Planned {
        op,
        why: why.to_owned(),
    };
    let mut state = binding.state.clone();
    if let State::InFlight(departure) | State::Unsure { departure, .. } = &mut state {
        if departure.op != Op::Create || departure.number_freed {
            return None;
        }
        departure.number_freed = true;
        let why = "another document gave the number up meanwhile: refused for it, this one goes once more";
        return Some(Step::to(binding, state, planned(Some(Op::Create), why), at));
    }
    if !binding.waits_for_a_number() || binding.erased.is_some() {
        return None;
    }
    let why = "the document that had its number has it no more";
    Some(Step::to(binding, State::waiting(), planned(None, why), at))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::*;
    use crate::check::Finding;
    use crate::provider::SnapshotStatus;

    #[test]
    fn a_number_is_given_up_by_a_void_and_by_another_number() {
        let mut before = sample::posted();
        let number = before.posted.clone().unwrap().number;
        before.number.clone_from(&number);
        assert!(before.gives_up(&before).is_empty());
        let mut renumbered = before.clone();
        renumbered.posted.as_mut().unwrap().number = "other".to_owned();
        assert_eq!(renumbered.gives_up(&before), [number.as_str()]);
        let mut voided = before.clone();
        voided.state = State::Voided;
        voided.posted.as_mut().unwrap().status = SnapshotStatus::Voided;
        assert!(voided.gives_up(&before).contains(&number.as_str()));
        assert!(before.gives_up(&voided).is_empty());
        assert!(voided.gives_up(&voided).is_empty());
        // The host writes it otherwise than the provider.
        before.number = "7".to_owned();
        assert_eq!(voided.gives_up(&before), [number.as_str(), "7"]);
    }

    #[test]
    fn a_number_that_was_only_asked_for_is_given_up_when_nothing_asks_for_it_any_more() {
        let mut flies = sample::in_flight(Op::Create);
        flies.posted = None;
        let as_state = |state: State| Binding {
            state,
            ..flies.clone()
        };
        let refused = |rule| State::Rejected {
            finding: Finding::new(rule, "refused", "mend it"),
        };
        let asking = [
            State::waiting(),
            State::ready(Op::Create),
            flies.state.clone(),
        ];
        for before in asking.clone().map(&as_state) {
            let frees = |state: State| !as_state(state).gives_up(&before).is_empty();
            assert!(frees(refused(Rule::AccountUnusable)));
            assert!(frees(State::Voided));
            assert!(!frees(refused(Rule::NumberTaken)));
            for state in asking.clone() {
                assert!(!frees(state.clone()));
                let mut renumbered = as_state(state);
                renumbered.number = "another".to_owned();
                assert_eq!(renumbered.gives_up(&before), [before.number.as_str()]);
            }
        }
        let rests = as_state(State::Voided);
        assert!(
            as_state(refused(Rule::AccountUnusable))
                .gives_up(&rests)
                .is_empty()
        );
    }

    #[test]
    fn only_what_waits_for_a_number_is_planned_anew() {
        let mut held = sample::waiting();
        held.state = State::Held {
            findings: vec![sample::finding()],
        };
        assert_eq!(number_freed(&held, NOW), None);
        held.state = State::Held {
            findings: vec![Finding::new(Rule::NumberTaken, "taken", "renumber it")],
        };
        let step = number_freed(&held, NOW).unwrap();
        assert_eq!(step.binding.state, State::waiting());
    }
}
