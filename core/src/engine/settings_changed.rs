//! What a binding becomes when settings, routes or reference data changed.

use chrono::{DateTime, Utc};

use super::{Binding, Event, HostPolicy, SkipReason, State, Step};

/// The ground of earlier decisions changed: what was held, refused or skipped is planned anew.
///
/// Documents that the provider holds stay as they are; what is ready is planned again when it is
/// sent, what another connection has stays there, what travels in a
/// summary stays in it, and what a person skipped or undid stays so. `None` for those.
#[must_use]
pub fn settings_changed(binding: &Binding, at: DateTime<Utc>) -> Option<Step> {
    if binding.erased.is_some() {
        // Nothing can be made of what is left of it.
        return None;
    }
    match &binding.state {
        State::Skipped {
            reason:
                SkipReason::RoutedTo(_)
                | SkipReason::ByOperator { .. }
                | SkipReason::Undone { .. }
                | SkipReason::InSummary { .. },
        } => None,
        State::Held { .. } | State::Rejected { .. } | State::Skipped { .. } => {
            let event = Event::Planned {
                op: None,
                why: "the settings or the chart changed".to_owned(),
            };
            Some(Step::to(binding, State::waiting(), event, at))
        }
        State::Waiting { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => None,
    }
}

/// What goes out beside documents is not what it was: it is compared anew. `None` when it is the same.
#[must_use]
pub fn companions_changed(
    binding: &Binding,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut next = binding.clone();
    next.compare_companions(policy, at);
    if next.companions.look_at.is_none() || binding.companions.look_at.is_some() {
        return None;
    }
    let event = Event::Planned {
        op: None,
        why: "the settings changed what goes out beside it".to_owned(),
    };
    Some(Step::of(next, event, at))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn only_open_decisions_are_made_anew() {
        let mut held = sample::waiting();
        held.state = State::Held {
            findings: vec![sample::finding()],
        };
        assert_eq!(
            settings_changed(&held, NOW).unwrap().binding.state,
            State::waiting()
        );
        assert_eq!(settings_changed(&sample::posted(), NOW), None);
    }
}
