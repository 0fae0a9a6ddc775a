//! When a person's data may be taken out of a document, and what a binding is without it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Binding, CompanionContent, Decision, Denied, Entry, Event, Lane, SkipReason, State, Wanted,
};
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, ERASED};

/// That a person's data was erased from a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// When.
    pub at: DateTime<Utc>,
    /// What the host wanted of the document then.
    pub wanted: Wanted,
}

/// Why a person's data must stay in a document for now: it is needed to send it, or something with it is under way.
#[must_use]
pub fn not_erasable(binding: &Binding) -> Option<Denied> {
    if binding.departure().is_some() {
        return Some(Denied::in_the_air());
    }
    if let Some(denied) = in_a_summary(binding) {
        return Some(denied);
    }
    if binding.is_to_be_undone()
        || binding
            .reversal
            .as_ref()
            .is_some_and(|it| it.state.is_open())
    {
        return Some(Denied::new(
            "it is being undone",
            "`tieout sync --once` goes on with it, `tieout undo` with its number shows what stands in the way.",
        ));
    }
    open_state(binding).or_else(|| still_due(binding))
}

/// The binding without what names the person, and what the journal says of it. `sweep` takes the person's words out of a text.
/// A repeat changes nothing.
#[must_use]
pub fn erased(
    binding: &Binding,
    sweep: &dyn Fn(&mut String),
    by: &str,
    at: DateTime<Utc>,
) -> Option<(Binding, Entry)> {
    if binding.erased.is_some() {
        return None;
    }
    let mut next = binding.clone();
    next.texts_mut(&mut |text| sweep(text));
    for item in next.companions.items.values_mut() {
        match &mut item.what {
            CompanionContent::File { file, .. } => {
                ERASED.clone_into(&mut file.name);
                ERASED.clone_into(&mut file.url);
            }
            CompanionContent::Note { text, .. } => ERASED.clone_into(text),
            CompanionContent::Payment(_) => {}
        }
    }
    if let Some(reversal) = next.reversal.as_mut() {
        reversal.note.reference = None;
        reversal.note.url = None;
        for line in &mut reversal.note.lines {
            ERASED.clone_into(&mut line.description);
        }
    }
    if let Some(found) = next.posted.as_mut().and_then(|it| it.as_found.as_mut()) {
        found.sent.reference = found.sent.reference.take().map(|_| ERASED.to_owned());
        found.sent.url = None;
    }
    next.companions.look_at = None;
    next.erased = Some(Box::new(Erased {
        at,
        wanted: binding.wanted,
    }));
    let entry = Entry {
        at,
        binding: Some(next.key.clone()),
        event: Event::Operator {
            action: format!("a person's data was erased from it by {by}"),
        },
        state: Some(next.state.name().to_owned()),
    };
    Some((next, entry))
}

/// What is decided about a document from which a person's data was erased: it stays as the provider holds it.
pub(super) fn of_erased(binding: &Binding) -> Option<Decision> {
    let erased = binding.erased.as_ref()?;
    let posted = binding.posted.as_ref().filter(|it| it.status.is_live());
    Some(match posted {
        Some(posted) => match &posted.edit {
            Some(edit) => Decision::Hold(vec![edit.clone()]),
            None => Decision::Agrees,
        },
        None => {
            let finding = Finding::new(
                Rule::RecordUnreadable,
                format!(
                    "a person's data was erased from it on {}: what is left of it cannot be sent",
                    erased.at.date_naive()
                ),
                "Hand the document over again from the host, with a higher revision.",
            );
            Decision::Hold(vec![finding])
        }
    })
}

/// Whether a text is one of which something was erased.
pub(super) fn is_erased_text(text: &str) -> bool {
    text.contains(ERASED)
}

fn in_a_summary(binding: &Binding) -> Option<Denied> {
    let instead = "A summary is written anew from its documents whenever one of them changes.";
    match (&binding.summary, &binding.roster) {
        (Some(of), _) => {
            let why = format!("it travels inside the summary {}", of.number);
            Some(Denied::new(why, instead))
        }
        (None, Some(_)) => Some(Denied::new("it is a summary of several documents", instead)),
        (None, None) => None,
    }
}

fn open_state(binding: &Binding) -> Option<Denied> {
    let denied = |why: &str, instead: &str| Some(Denied::new(why, instead));
    match &binding.state {
        // Nobody sends it anywhere.
        State::Held { .. } if binding.key.connection == ConnectionId::unrouted() => denied(
            "no route claims it yet",
            "Add a [[routes]] entry that fits it, or keep it from being sent with `tieout skip`.",
        ),
        State::Held { .. } | State::Rejected { .. } => denied(
            "it waits for a decision, and may still be sent",
            "Decide about it first: `tieout findings` says how, `tieout skip` keeps it from being sent.",
        ),
        State::Removed { .. } => denied(
            "it was removed in the accounting system, and nobody decided about that",
            "Decide about it first: `tieout findings` says how.",
        ),
        State::Skipped {
            reason: SkipReason::Draft,
        } => denied(
            "it is still a draft in its product",
            "Finish or delete it there first, or keep it from being sent with `tieout skip`.",
        ),
        State::Skipped {
            reason: SkipReason::Gathers { .. } | SkipReason::InSummary { .. },
        } => denied("it waits for its summary", "It can be erased no sooner."),
        State::Waiting { .. } | State::Ready { .. } | State::InFlight(_) | State::Unsure { .. } => {
            denied(
                "it is still to be sent",
                "`tieout sync --once` sends it, `tieout skip` keeps it from being sent.",
            )
        }
        State::Skipped {
            reason:
                SkipReason::BeforeSyncFrom(_)
                | SkipReason::KindNotSent
                | SkipReason::RoutedTo(_)
                | SkipReason::ByOperator { .. }
                | SkipReason::Undone { .. },
        }
        | State::Posted
        | State::Voided
        | State::Detached => None,
    }
}

fn still_due(binding: &Binding) -> Option<Denied> {
    let lane = binding.due().into_iter().next()?.lane;
    let why = match lane {
        Lane::Deliver => "its product is still to be told what became of it",
        Lane::Beside => "a payment, a file or a note beside it is under way",
        Lane::Plan | Lane::Dispatch | Lane::Resolve | Lane::Gather | Lane::Within => {
            "something is still to be done about it"
        }
    };
    Some(Denied::new(
        why,
        "`tieout sync --once` does what is left to do.",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW, POLICY};
    use super::super::{Op, host_changed, settings_changed};
    use super::*;

    fn sweep(text: &mut String) {
        *text = text.replace("Jane", ERASED);
    }

    fn without(binding: &Binding) -> Binding {
        erased(binding, &sweep, "ann", NOW).unwrap().0
    }

    #[test]
    fn only_what_is_at_rest_may_be_erased() {
        let mut told = sample::posted();
        told.deliver_at = None;
        assert_eq!(not_erasable(&told), None);
        let mut open = vec![sample::waiting(), sample::in_flight(Op::Update)];
        let mut told = sample::posted();
        told.deliver_at = Some(NOW);
        open.push(told);
        let mut held = sample::posted();
        held.state = State::Held {
            findings: vec![sample::finding()],
        };
        open.push(held);
        let mut draft = sample::waiting();
        draft.state = State::Skipped {
            reason: SkipReason::Draft,
        };
        open.push(draft);
        for binding in &open {
            assert!(not_erasable(binding).is_some(), "{:?}", binding.state);
        }
    }

    #[test]
    fn what_the_books_go_by_stays_and_a_repeat_changes_nothing() {
        let mut before = sample::posted();
        before.told.posting = Some(crate::host::PostingNotice {
            state: crate::host::PostingState::Posted,
            ledger_id: None,
            ledger_number: None,
            message: Some("made out to Jane".to_owned()),
        });
        let after = without(&before);
        let message = after.told.posting.as_ref().unwrap().message.clone();
        assert_eq!(message.as_deref(), Some("made out to (erased)"));
        assert_eq!(
            (&after.content, &after.number, after.revision, &after.posted),
            (
                &before.content,
                &before.number,
                before.revision,
                &before.posted
            )
        );
        assert_eq!(after.due(), before.due());
        assert_eq!(erased(&after, &sweep, "ann", NOW), None);
    }

    #[test]
    fn the_same_again_stays_erased_and_anything_else_is_whole() {
        let after = without(&sample::posted());
        let told = |revision, text: &str| {
            let change = sample::change(revision, text);
            host_changed(&sample::key(), Some(&after), &change, POLICY, NOW)
        };
        assert_eq!(told(1, "a"), None);
        assert_eq!(told(2, "b").unwrap().binding.erased, None);
        let gone = super::super::HostChange::removed(&after, None);
        let gone = host_changed(&sample::key(), Some(&after), &gone, POLICY, NOW);
        assert!(
            gone.unwrap().binding.erased.is_some(),
            "nothing was handed over"
        );
    }

    #[test]
    fn nothing_is_planned_from_what_is_left() {
        assert_eq!(of_erased(&sample::posted()), None);
        let after = without(&sample::posted());
        assert_eq!(of_erased(&after), Some(Decision::Agrees));
        let mut unsent = after.clone();
        unsent.posted = None;
        unsent.state = State::Skipped {
            reason: SkipReason::KindNotSent,
        };
        assert!(matches!(of_erased(&unsent), Some(Decision::Hold(_))));
        assert_eq!(settings_changed(&unsent, NOW), None);
    }
}
