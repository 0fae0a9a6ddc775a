//! What a binding becomes when the document that had its number has it no more.

use chrono::{DateTime, Utc};

use super::{Binding, Event, State, Step};
use crate::check::Rule;

impl Binding {
    /// The number that the provider's document of this binding keeps from others.
    fn keeps(&self) -> Option<&str> {
        let posted = self.posted.as_ref()?;
        (posted.status.is_live() && !posted.number.is_empty()).then_some(posted.number.as_str())
    }

    /// The number that its document at the provider had `before`, and has no more.
    #[must_use]
    pub fn gives_up<'a>(&self, before: &'a Self) -> Option<&'a str> {
        let number = before.keeps()?;
        (self.keeps() != Some(number)).then_some(number)
    }
}

/// Another document gave up the number for which this one was kept out: it is planned anew.
///
/// `None` unless it waits for a number, and for what was erased: nothing can be made of what is left of it.
#[must_use]
pub fn number_freed(binding: &Binding, at: DateTime<Utc>) -> Option<Step> {
    let mut findings = binding.state.findings().iter();
    let waits = findings.any(|finding| finding.rule == Rule::NumberTaken);
    if !waits || binding.erased.is_some() {
        return None;
    }
    let event = Event::Planned {
        op: None,
        why: "the document that had its number has it no more".to_owned(),
    };
    Some(Step::to(binding, State::waiting(), event, at))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::*;
    use crate::check::Finding;
    use crate::provider::SnapshotStatus;

    #[test]
    fn a_number_is_given_up_by_a_void_and_by_another_number() {
        let before = sample::posted();
        let number = before.posted.clone().unwrap().number;
        assert_eq!(before.gives_up(&before), None);
        let mut renumbered = before.clone();
        renumbered.posted.as_mut().unwrap().number = "other".to_owned();
        assert_eq!(renumbered.gives_up(&before), Some(number.as_str()));
        let mut voided = before.clone();
        voided.posted.as_mut().unwrap().status = SnapshotStatus::Voided;
        assert_eq!(voided.gives_up(&before), Some(number.as_str()));
        assert_eq!(before.gives_up(&voided), None);
        assert_eq!(voided.gives_up(&voided), None);
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
