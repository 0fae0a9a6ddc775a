//! What a binding becomes when a person acts on it.

use chrono::{DateTime, Utc};

use super::removed::removed;
use super::{Binding, Event, SkipReason, State, Step, Wanted};
use crate::document::{ConnectionId, ProviderDocumentId};

/// Why an act of a person changes nothing, and what is possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Denied {
    /// Why, as a fragment.
    pub why: String,
    /// What is possible, as a sentence.
    pub instead: String,
}

impl Denied {
    /// An act denied, with what is possible instead.
    #[must_use]
    pub fn new(why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            instead: instead.into(),
        }
    }

    /// Of a document that another connection has, if one has it: it is decided about there.
    pub(super) fn of_one_that_left(binding: &Binding) -> Option<Self> {
        let State::Skipped {
            reason: SkipReason::RoutedTo(to),
        } = &binding.state
        else {
            return None;
        };
        let instead = format!("Decide about it on {to}.");
        Some(Self::new(format!("it goes to {to}"), instead))
    }

    /// Of a document that travels inside a summary, if it does: what becomes of it is decided with the summary.
    pub(crate) fn of_a_member(binding: &Binding) -> Option<Self> {
        let number = &binding.summary.as_ref()?.number;
        let why = format!("it travels inside the summary {number}");
        let instead = format!(
            "Decide about `{number}`, or void the document in its host, and it leaves the summary."
        );
        Some(Self::new(why, instead))
    }

    /// Of a document that a credit note of ours reverses, if one does: both stand, and its number stays taken.
    fn of_one_reversed(binding: &Binding) -> Option<Self> {
        let note = binding.note_number().filter(|_| binding.is_reversed())?;
        let why = format!("credit note {note} takes it out of the books");
        let instead = format!(
            "Remove the allocation of {note} in the accounting system and void it there, and the document stands again; \
             or hand it over as another document."
        );
        Some(Self::new(why, instead))
    }

    pub(super) fn in_the_air() -> Self {
        Self::new(
            "a request with it is in the air or in doubt",
            "`tieout sync --once` finds out what became of it.",
        )
    }
}

/// A person asks for another attempt: the document is planned anew, one that was skipped or detached comes back
/// under the rules, and write-backs that the host refused are told again.
///
/// What the provider holds for a detached document is compared with the host's and not sent twice; one that was
/// removed there meanwhile asks a person first, as every other one does.
///
/// # Errors
///
/// When there is nothing to retry, or a request is in the air or in doubt, where only its outcome counts.
pub fn retry(binding: &Binding, by: &str, at: DateTime<Utc>) -> Result<Step, Denied> {
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    let again = planned_anew(binding);
    let beside = !binding.has_left() && binding.companions.findings().next().is_some();
    if binding.told.refused.is_empty()
        && !beside
        && let Err(denied) = again
    {
        return Err(denied);
    }
    let mut next = binding.clone();
    let is_out = binding.undone().is_some() && !binding.is_reversed();
    if matches!(next.state, State::Removed { .. }) || is_out {
        // Sent anew: the document that was removed is not ours any more.
        next.posted = None;
        next.undo = None;
    }
    if !next.told.refused.is_empty() {
        next.told.refused.clear();
        next.deliver_at = Some(at);
    }
    match again {
        Ok(state) => next.state = state,
        // Its plan comes to the same, and what goes out beside it is compared anew.
        Err(_) if beside => next.state = State::waiting(),
        Err(_) => {}
    }
    next.retry_companions();
    let goes_on = binding.undo.is_some() || binding.wanted == Wanted::Gone;
    if let Some(reversal) = next.reversal.as_mut() {
        reversal.look_anew(goes_on);
    }
    Ok(acted(next, format!("retried by {by}"), at))
}

/// The state from which a document is planned anew; an error where there is nothing to plan.
fn planned_anew(binding: &Binding) -> Result<State, Denied> {
    if binding.key.connection == ConnectionId::unrouted() {
        return Err(Denied::new(
            "no route claims it",
            "Add a [[routes]] entry that fits it.",
        ));
    }
    if let Some(denied) = Denied::of_one_reversed(binding) {
        return Err(denied);
    }
    let nothing = |why: String| {
        let instead = "`tieout explain` tells its story.";
        Err(Denied::new(format!("nothing to retry: {why}"), instead))
    };
    match &binding.state {
        State::Posted => nothing("it is posted".to_owned()),
        State::Voided => nothing("it is out of the books at both sides".to_owned()),
        State::Skipped {
            reason: SkipReason::RoutedTo(connection),
        } => nothing(format!("it goes to {connection}")),
        State::Skipped {
            reason: SkipReason::InSummary { number },
        } => nothing(format!("it travels inside the summary {number}")),
        State::Skipped {
            reason: SkipReason::Gathers {
                period, leaves_at, ..
            },
        } => {
            let day = leaves_at.date_naive();
            nothing(format!(
                "it waits for the summary of {period}, which closes on {day}"
            ))
        }
        State::Waiting {
            not_before: None, ..
        }
        | State::Ready {
            not_before: None, ..
        } => nothing("the next run plans or sends it anyway".to_owned()),
        State::Detached => Ok(match &binding.posted {
            Some(posted) if !posted.status.is_live() => removed(binding, &posted.status),
            Some(_) | None => State::waiting(),
        }),
        State::Waiting { .. }
        | State::Ready { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Rejected { .. }
        | State::Removed { .. } => Ok(State::waiting()),
    }
}

/// A person ends the binding: nothing is sent or told any more, and what the provider holds stays.
///
/// # Errors
///
/// When the provider holds nothing for it, another connection has it, it is detached already, or a request is in the
/// air or in doubt.
pub fn detach(binding: &Binding, by: &str, at: DateTime<Utc>) -> Result<Step, Denied> {
    if let Some(denied) = Denied::of_a_member(binding) {
        return Err(denied);
    }
    if let Some(denied) = Denied::of_one_that_left(binding) {
        return Err(denied);
    }
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    if binding.state == State::Detached {
        return Err(Denied::new(
            "it is detached already",
            "`tieout retry` brings it back.",
        ));
    }
    if let Some(denied) = Denied::of_one_reversed(binding) {
        return Err(denied);
    }
    if binding.is_being_reversed() {
        return Err(Denied::in_the_air());
    }
    let is_out = binding.state == State::Voided || binding.undone().is_some();
    if binding.posted.is_none() || is_out {
        return Err(Denied::new(
            format!(
                "it is {}, and the provider holds nothing for it",
                binding.state.name()
            ),
            "`tieout skip` keeps it from being sent.",
        ));
    }
    let mut next = binding.clone();
    next.state = State::Detached;
    next.undo = None;
    next.deliver_at = None;
    Ok(acted(next, format!("detached by {by}"), at))
}

/// A person decides that the document is not to be sent, whatever the host changes, until a retry.
///
/// # Errors
///
/// When the provider holds it, it goes elsewhere or is skipped already, or a request is in the air or in doubt.
pub fn skip(
    binding: &Binding,
    by: &str,
    because: Option<&str>,
    at: DateTime<Utc>,
) -> Result<Step, Denied> {
    if let Some(denied) = Denied::of_a_member(binding) {
        return Err(denied);
    }
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    if binding.key.connection == ConnectionId::unrouted() {
        return Err(Denied::new(
            "no route claims it, so it is sent nowhere",
            "Add a [[routes]] entry that fits it, or void it in the host.",
        ));
    }
    let live = binding.posted.as_ref().filter(|it| it.status.is_live());
    if let Some(posted) = live.filter(|_| !binding.is_out_by_note()) {
        return Err(Denied::new(
            format!("the provider holds it as {} ({})", posted.number, posted.id),
            "`tieout detach` ends the binding, and nothing more is sent.",
        ));
    }
    if let Some(denied) = nothing_to_skip(&binding.state) {
        return Err(denied);
    }
    let mut next = binding.clone();
    next.undo = None;
    next.state = State::Skipped {
        reason: SkipReason::ByOperator {
            by: by.to_owned(),
            because: because.map(str::to_owned),
        },
    };
    let action = match because {
        Some(because) => format!("skipped by {by}: {because}"),
        None => format!("skipped by {by}"),
    };
    Ok(acted(next, action, at))
}

/// Why a document that the provider does not hold is not to be skipped, if so.
fn nothing_to_skip(state: &State) -> Option<Denied> {
    let (why, instead) = match state {
        State::Skipped {
            reason: SkipReason::ByOperator { by, .. },
        } => (
            format!("{by} skipped it already"),
            "`tieout retry` brings it back.",
        ),
        State::Skipped {
            reason: SkipReason::Undone { by, .. },
        } => (
            format!("{by} undid it, so it is not sent"),
            "`tieout retry` brings it back.",
        ),
        State::Skipped {
            reason: SkipReason::RoutedTo(connection),
        } => (format!("it goes to {connection}"), "Skip it there."),
        State::Voided => (
            "it is out of the books at both sides".to_owned(),
            "There is nothing to skip.",
        ),
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Removed { .. }
        | State::Detached => return None,
    };
    Some(Denied::new(why, instead))
}

/// A person says that documents of the provider are others: this one is planned anew, and those are not taken
/// for it again.
///
/// # Errors
///
/// When the provider holds it, another connection has it, or a request is in the air or in doubt.
pub fn none_of_these(
    binding: &Binding,
    others: &[ProviderDocumentId],
    by: &str,
    at: DateTime<Utc>,
) -> Result<Step, Denied> {
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    if let Some(denied) = Denied::of_a_member(binding) {
        return Err(denied);
    }
    if let Some(denied) = Denied::of_one_that_left(binding) {
        return Err(denied);
    }
    if binding.is_bound() {
        return Err(Denied::new(
            "the provider holds it",
            "`tieout detach` ends the binding.",
        ));
    }
    let mut next = binding.clone();
    for id in others {
        if !next.not_these.contains(id) {
            next.not_these.push(id.clone());
        }
    }
    next.state = State::waiting();
    let ids: Vec<&str> = others.iter().map(ProviderDocumentId::as_str).collect();
    let action = format!("{by} said that it is none of {}", ids.join(", "));
    Ok(acted(next, action, at))
}

fn acted(mut binding: Binding, action: String, at: DateTime<Utc>) -> Step {
    // What a person took out goes nowhere else, once the provider does not hold it.
    if binding.stays() && !binding.is_bound() {
        binding.elsewhere = None;
    }
    Step::of(binding, Event::Operator { action }, at)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{Elsewhere, Op, host_changed, provider_changed};
    use super::*;
    use crate::provider::SnapshotStatus;
    use crate::settings::Moves;

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
    fn what_is_skipped_once_it_is_out_of_the_books_goes_nowhere_else() {
        let mut removed = sample::posted();
        removed.elsewhere = Some(Elsewhere {
            to: ConnectionId::new("other").unwrap(),
            moves: Moves::Stay,
        });
        removed.posted.as_mut().unwrap().status = SnapshotStatus::Voided;
        removed.state = State::Removed {
            finding: sample::finding(),
        };
        let step = skip(&removed, "ann", None, NOW).unwrap();
        assert_eq!(step.binding.elsewhere, None);
    }

    #[test]
    fn what_needs_a_route_is_not_sent_by_a_retry() {
        let mut left = sample::waiting();
        left.state = State::Skipped {
            reason: SkipReason::RoutedTo(ConnectionId::new("other").unwrap()),
        };
        let mut unclaimed = sample::waiting();
        unclaimed.key.connection = ConnectionId::unrouted();
        assert_eq!(
            retry(&left, "ann", NOW).unwrap_err().why,
            "nothing to retry: it goes to other"
        );
        assert_eq!(
            retry(&unclaimed, "ann", NOW).unwrap_err().why,
            "no route claims it"
        );
    }

    #[test]
    fn nobody_interferes_with_a_request_in_the_air() {
        let flying = sample::in_flight(Op::Create);
        for outcome in [
            retry(&flying, "ann", NOW),
            detach(&flying, "ann", NOW),
            skip(&flying, "ann", None, NOW),
            none_of_these(&flying, &[], "ann", NOW),
        ] {
            assert_eq!(outcome, Err(Denied::in_the_air()));
        }
    }

    #[test]
    fn a_posted_document_has_nothing_to_retry_and_is_not_touched() {
        let denied = retry(&sample::posted(), "ann", NOW).unwrap_err();
        assert_eq!(denied.why, "nothing to retry: it is posted");
    }

    #[test]
    fn a_detached_document_comes_back_bound_and_a_removed_one_asks_first() {
        let detached = detach(&sample::posted(), "ann", NOW).unwrap().binding;
        assert_eq!(detached.due(), []);
        let back = retry(&detached, "ann", NOW).unwrap().binding;
        assert_eq!(back.state, State::waiting());
        assert_eq!(back.posted, detached.posted);

        let gone = sample::voided_snapshot();
        let gone = provider_changed(&detached, &gone, sample::POLICY, NOW).unwrap();
        assert_eq!(gone.binding.state, State::Detached);
        let back = retry(&gone.binding, "ann", NOW).unwrap().binding;
        assert!(matches!(back.state, State::Removed { .. }));
    }

    #[test]
    fn what_was_voided_here_to_go_elsewhere_is_not_detached_here() {
        let other = ConnectionId::new("other").unwrap();
        let gone = sample::voided_snapshot();
        let mut left = provider_changed(&sample::posted(), &gone, sample::POLICY, NOW)
            .unwrap()
            .binding;
        left.state = State::Skipped {
            reason: SkipReason::RoutedTo(other),
        };
        let denied = detach(&left, "ann", NOW).unwrap_err();
        assert_eq!(denied.why, "it goes to other");
        assert_eq!(denied.instead, "Decide about it on other.");
    }

    #[test]
    fn a_skipped_document_stays_skipped_until_it_is_retried() {
        let skipped = skip(&sample::waiting(), "ann", Some("paid in cash"), NOW).unwrap();
        assert_eq!(
            skipped.entry.event,
            Event::Operator {
                action: "skipped by ann: paid in cash".to_owned()
            }
        );
        let skipped = skipped.binding;
        let change = sample::change(2, "b");
        let known = Some(&skipped);
        let changed = host_changed(&sample::key(), known, &change, sample::POLICY, NOW).unwrap();
        assert_eq!(changed.binding.state, skipped.state);
        let denied = skip(&skipped, "bob", None, NOW).unwrap_err();
        assert_eq!(denied.why, "ann skipped it already");
        let back = retry(&skipped, "bob", NOW).unwrap().binding;
        assert_eq!(back.state, State::waiting());
    }

    #[test]
    fn what_the_provider_holds_is_detached_and_not_skipped() {
        let denied = skip(&sample::posted(), "ann", None, NOW).unwrap_err();
        assert_eq!(denied.why, "the provider holds it as INV-1 (d)");
        let denied = detach(&sample::waiting(), "ann", NOW).unwrap_err();
        assert!(denied.instead.contains("tieout skip"));
    }
}
