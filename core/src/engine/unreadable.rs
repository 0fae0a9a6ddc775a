//! What a binding becomes when the provider shows its document in a form that cannot be read.

use chrono::{DateTime, Utc};

use super::{Binding, Event, HostPolicy, State, Step};
use crate::check::{Finding, Rule};

/// The provider's document changed, and what it shows cannot be read: a person should look.
///
/// What was known of it stays, payments too. The finding goes with the next form that can be read. `None`
/// for a document that was never posted, and for a repeat.
#[must_use]
pub fn became_unreadable(
    binding: &Binding,
    why: &str,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut next = binding.clone();
    let posted = next.posted.as_mut()?;
    let finding = Finding::new(
        Rule::UnreadableAtProvider,
        format!("the document changed in the accounting system and cannot be read there: {why}"),
        "Look at it in the accounting system; what it lacks must be there again. The host may lack its newest payments.",
    )
    .at("number", &posted.number);
    if posted.edit.as_ref() == Some(&finding) {
        return None;
    }
    posted.edit = Some(finding.clone());
    let findings = vec![finding];
    if matches!(binding.state, State::Posted) {
        next.state = State::Held {
            findings: findings.clone(),
        };
    }
    Some(Step::of(next, Event::Held { findings }, at).telling(policy, at))
}

#[cfg(test)]
mod tests {
    use super::super::provider_changed;
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn it_is_told_once_and_goes_with_the_next_form_that_can_be_read() {
        let posted = sample::posted();
        let step = became_unreadable(&posted, "no total", sample::POLICY, NOW).unwrap();
        assert_eq!(
            step.binding.state.findings()[0].rule,
            Rule::UnreadableAtProvider
        );
        let again = became_unreadable(&step.binding, "no total", sample::POLICY, NOW);
        assert_eq!(again, None);
        let healed =
            provider_changed(&step.binding, &sample::snapshot(), sample::POLICY, NOW).unwrap();
        assert_eq!(healed.binding.state, State::waiting());
        assert_eq!(healed.binding.posted, posted.posted);
    }
}
