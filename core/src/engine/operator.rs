//! What a binding becomes when a person acts on it.

use chrono::{DateTime, Utc};

use super::{Binding, Event, State, Step};

/// A person asks for another attempt: the document is planned anew. Write-backs that the host refused
/// are told again.
///
/// `None` while a request is in the air or in doubt, where only its outcome counts.
#[must_use]
pub fn retry(binding: &Binding, by: &str, at: DateTime<Utc>) -> Option<Step> {
    if matches!(binding.state, State::InFlight(_) | State::Unsure { .. }) {
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
    next.state = State::waiting();
    Some(Step::of(next, Event::Operator { action: format!("retried by {by}") }, at))
}

/// A person takes the document out of the synchronisation; what the provider holds stays.
///
/// `None` while a request is in the air or in doubt.
#[must_use]
pub fn detach(binding: &Binding, by: &str, at: DateTime<Utc>) -> Option<Step> {
    if matches!(binding.state, State::InFlight(_) | State::Unsure { .. } | State::Detached) {
        return None;
    }
    let mut next = binding.clone();
    next.state = State::Detached;
    next.deliver_at = None;
    Some(Step::of(next, Event::Operator { action: format!("detached by {by}") }, at))
}

#[cfg(test)]
mod tests {
    use super::super::Op;
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn a_retry_plans_anew_and_forgets_a_removed_document() {
        let mut removed = sample::posted();
        removed.state = State::Removed { finding: sample::finding() };
        let step = retry(&removed, "ann", NOW).unwrap();
        assert_eq!(step.binding.state, State::waiting());
        assert_eq!(step.binding.posted, None);
    }

    #[test]
    fn nobody_interferes_with_a_request_in_the_air() {
        let flying = sample::in_flight(Op::Create);
        assert_eq!(retry(&flying, "ann", NOW), None);
        assert_eq!(detach(&flying, "ann", NOW), None);
    }
}
