//! What becomes of the credit note of an undo when it leaves, is made, is allocated, is refused, or is taken back.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    Binding, CompanionRequest, ContentHash, Event, HostPolicy, Op, Reversal, ReversalState, State,
    Step, Wanted,
};
use crate::check::{Finding, Rule};
use crate::document::ProviderDocumentId;

/// What came of a step of a reversal, or of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReversalCame {
    /// The note stands.
    Noted(ProviderDocumentId),
    /// The provider says that the number of the note is in use: perhaps by this very note.
    NumberTaken,
    /// The look-up shows no note.
    Absent,
    /// The request was certainly not processed, or a question was not answered.
    PutBack(String),
    /// Nobody knows.
    InDoubt(String),
    /// The provider says that it did the allocation: both documents are to show it.
    Answered,
    /// The provider refused the allocation, for this reason.
    Refused(Finding),
    /// No note counts, and none is to be made, for this reason; none where none is needed any more.
    GivenUp(Option<Finding>),
    /// The note is to be taken back, for this reason; none where none is needed any more.
    ToTakeBack(ProviderDocumentId, Option<Finding>),
    /// The note was taken back, or is gone.
    TakenBack,
    /// The note stands, neither reverses the invoice nor can be taken back, and a person decides.
    Kept(ProviderDocumentId, Finding),
}

/// The request that is to leave for a note, stored before its first byte does.
///
/// A request that was sent before and showed no effect is repeated under its key while the provider knows it (`window_s`
/// seconds). Should its outcome never be stored, it is in doubt from `doubt_from` on. `None` unless the note is wanted.
#[must_use]
pub fn note_departed(
    binding: &Binding,
    window_s: i64,
    doubt_from: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Option<(Step, CompanionRequest)> {
    let reversal = binding.reversal.as_ref()?;
    let ReversalState::Wanted { before } = &reversal.state else {
        return None;
    };
    let request = repeated(before.as_ref(), window_s, at).unwrap_or_else(|| CompanionRequest {
        key: ContentHash::of(&(&binding.key, &reversal.note, at)).to_string(),
        at,
        since: None,
        others: Vec::new(),
    });
    let state = ReversalState::NoteSent(request.clone());
    let happened = format!("sent, in request {}", request.key);
    Some((left(binding, state, (happened, doubt_from), at)?, request))
}

/// The same for the allocation of so much of the note. `None` unless the note stands and is to be allocated.
#[must_use]
pub fn allocation_departed(
    binding: &Binding,
    amount: Decimal,
    window_s: i64,
    doubt_from: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Option<(Step, CompanionRequest)> {
    let reversal = binding.reversal.as_ref()?;
    let (id, before) = match &reversal.state {
        ReversalState::Made { id } => (id, None),
        ReversalState::AllocationSent {
            id,
            request,
            amount: sent,
            refused: None,
        } => (id, Some(request).filter(|_| *sent == amount)),
        ReversalState::AllocationSent { .. }
        | ReversalState::Wanted { .. }
        | ReversalState::NoteSent(_)
        | ReversalState::NoteUnsure { .. }
        | ReversalState::TakingBack { .. }
        | ReversalState::Kept { .. }
        | ReversalState::Done { .. }
        | ReversalState::Ended => return None,
    };
    let request = repeated(before, window_s, at).unwrap_or_else(|| CompanionRequest {
        key: ContentHash::of(&(&binding.key, id, amount, at)).to_string(),
        at,
        since: None,
        others: Vec::new(),
    });
    let state = ReversalState::AllocationSent {
        id: id.clone(),
        request: request.clone(),
        amount,
        refused: None,
    };
    let happened = format!("allocation of {amount} sent, in request {}", request.key);
    Some((left(binding, state, (happened, doubt_from), at)?, request))
}

/// What came of it. `None` when nothing of the kind is asked for any more.
///
/// A finding holds the document as long as somebody wants it out of the books and it is not. A repeat of an outcome
/// changes nothing.
#[must_use]
pub fn reversal_came(
    binding: &Binding,
    came: &ReversalCame,
    not_before: Option<DateTime<Utc>>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let reversal = binding.reversal.as_ref()?;
    let (state, happened) = moved(&reversal.state, came)?;
    let failed = matches!(
        came,
        ReversalCame::PutBack(_) | ReversalCame::InDoubt(_) | ReversalCame::Answered
    );
    let mut next = binding.clone();
    let finding = rests_with(&reversal.state, came);
    next.reversal = Some(Box::new(Reversal {
        state,
        not_before,
        attempts: match failed {
            true => reversal.attempts.saturating_add(1),
            false => 0,
        },
        ..Reversal::clone(reversal)
    }));
    // The look that found the note may be later than the one that showed the invoice with it.
    next.see_reversal();
    next.state = state_after(&next, came, finding.as_ref());
    let event = Event::Companion {
        what: reversal.to_string(),
        happened,
        finding,
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// A request that was sent before, while the provider still knows its key.
fn repeated(
    before: Option<&CompanionRequest>,
    window_s: i64,
    at: DateTime<Utc>,
) -> Option<CompanionRequest> {
    let open = before.filter(|before| (at - before.at).num_seconds() < window_s);
    open.cloned()
}

fn left(
    binding: &Binding,
    state: ReversalState,
    (happened, doubt_from): (String, DateTime<Utc>),
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut next = binding.clone();
    let reversal = next.reversal.as_mut()?;
    let event = Event::Companion {
        what: reversal.to_string(),
        happened,
        finding: None,
    };
    reversal.state = state;
    reversal.not_before = Some(doubt_from);
    Some(Step::of(next, event, at))
}

/// Where an outcome leads, and what is told of it.
fn moved(state: &ReversalState, came: &ReversalCame) -> Option<(ReversalState, String)> {
    match state {
        ReversalState::Wanted { .. } => wanted_came(state, came),
        ReversalState::NoteSent(request) => note_came((request, false), came),
        ReversalState::NoteUnsure { request, taken } => note_came((request, *taken), came),
        ReversalState::Made { id } | ReversalState::AllocationSent { id, .. } => {
            made_came(state, id, came)
        }
        ReversalState::TakingBack { .. } => taking_back_came(state, came),
        ReversalState::Kept { .. } | ReversalState::Done { .. } | ReversalState::Ended => None,
    }
}

fn wanted_came(state: &ReversalState, came: &ReversalCame) -> Option<(ReversalState, String)> {
    Some(match came {
        ReversalCame::PutBack(why) | ReversalCame::InDoubt(why) => {
            (state.clone(), format!("not sent yet: {why}"))
        }
        ReversalCame::GivenUp(_) => (ReversalState::Ended, "not written".to_owned()),
        ReversalCame::Noted(_)
        | ReversalCame::NumberTaken
        | ReversalCame::Absent
        | ReversalCame::Answered
        | ReversalCame::Refused(_)
        | ReversalCame::ToTakeBack(..)
        | ReversalCame::TakenBack
        | ReversalCame::Kept(..) => return None,
    })
}

fn note_came(
    (request, taken): (&CompanionRequest, bool),
    came: &ReversalCame,
) -> Option<(ReversalState, String)> {
    let unsure = |taken| ReversalState::NoteUnsure {
        request: request.clone(),
        taken,
    };
    let wanted = || ReversalState::Wanted {
        before: Some(request.clone()),
    };
    Some(match came {
        ReversalCame::Noted(id) => (
            ReversalState::Made { id: id.clone() },
            format!("it stands: {id}"),
        ),
        ReversalCame::NumberTaken => (
            unsure(true),
            "the provider says that its number is in use".to_owned(),
        ),
        // What the provider called taken, and does not show, is not sent a second time.
        ReversalCame::Absent if taken => return None,
        ReversalCame::Absent => (
            wanted(),
            "a look shows that the provider does not have it".to_owned(),
        ),
        ReversalCame::PutBack(why) => (wanted(), format!("not processed: {why}")),
        ReversalCame::InDoubt(why) => (unsure(taken), format!("in doubt: {why}")),
        ReversalCame::GivenUp(_) => (ReversalState::Ended, "not written".to_owned()),
        ReversalCame::ToTakeBack(id, why) => to_take_back(id, why.as_ref()),
        ReversalCame::Kept(id, finding) => kept(id, finding),
        ReversalCame::Answered | ReversalCame::Refused(_) | ReversalCame::TakenBack => return None,
    })
}

fn made_came(
    state: &ReversalState,
    id: &ProviderDocumentId,
    came: &ReversalCame,
) -> Option<(ReversalState, String)> {
    Some(match came {
        ReversalCame::PutBack(why) | ReversalCame::InDoubt(why) => {
            (state.clone(), format!("not allocated yet: {why}"))
        }
        ReversalCame::Answered => (
            state.clone(),
            "the provider says that it is allocated".to_owned(),
        ),
        ReversalCame::Refused(finding) => {
            let ReversalState::AllocationSent {
                request, amount, ..
            } = state
            else {
                return None;
            };
            let refused = ReversalState::AllocationSent {
                id: id.clone(),
                request: request.clone(),
                amount: *amount,
                refused: Some(finding.clone()),
            };
            (refused, format!("not allocated: {}", finding.message))
        }
        ReversalCame::GivenUp(_) => (ReversalState::Ended, "it is gone".to_owned()),
        ReversalCame::ToTakeBack(id, why) => to_take_back(id, why.as_ref()),
        ReversalCame::Kept(id, finding) => kept(id, finding),
        ReversalCame::Noted(_)
        | ReversalCame::NumberTaken
        | ReversalCame::Absent
        | ReversalCame::TakenBack => return None,
    })
}

fn taking_back_came(state: &ReversalState, came: &ReversalCame) -> Option<(ReversalState, String)> {
    Some(match came {
        ReversalCame::TakenBack => (ReversalState::Ended, "taken back".to_owned()),
        // To take back what was taken back changes nothing, so the same is asked again.
        ReversalCame::PutBack(why) | ReversalCame::InDoubt(why) => {
            (state.clone(), format!("not taken back yet: {why}"))
        }
        ReversalCame::Kept(id, finding) => kept(id, finding),
        ReversalCame::Noted(_)
        | ReversalCame::NumberTaken
        | ReversalCame::Absent
        | ReversalCame::Answered
        | ReversalCame::Refused(_)
        | ReversalCame::GivenUp(_)
        | ReversalCame::ToTakeBack(..) => return None,
    })
}

fn to_take_back(id: &ProviderDocumentId, why: Option<&Finding>) -> (ReversalState, String) {
    let state = ReversalState::TakingBack {
        id: id.clone(),
        why: why.cloned(),
    };
    let because = why.map_or_else(String::new, |why| format!(": {}", why.message));
    (state, format!("it is to be taken back{because}"))
}

fn kept(id: &ProviderDocumentId, finding: &Finding) -> (ReversalState, String) {
    let state = ReversalState::Kept {
        id: id.clone(),
        finding: finding.clone(),
    };
    (state, "it stays as it is".to_owned())
}

/// The finding with which the document is left to a person.
fn rests_with(state: &ReversalState, came: &ReversalCame) -> Option<Finding> {
    match (came, state) {
        (ReversalCame::GivenUp(finding), _) => finding.clone(),
        (ReversalCame::Kept(_, finding), _) => Some(finding.clone()),
        (ReversalCame::TakenBack, ReversalState::TakingBack { why, .. }) => why.clone(),
        (
            ReversalCame::TakenBack
            | ReversalCame::Noted(_)
            | ReversalCame::NumberTaken
            | ReversalCame::Absent
            | ReversalCame::PutBack(_)
            | ReversalCame::InDoubt(_)
            | ReversalCame::Answered
            | ReversalCame::Refused(_)
            | ReversalCame::ToTakeBack(..),
            _,
        ) => None,
    }
}

/// The state of the document after that.
fn state_after(next: &Binding, came: &ReversalCame, finding: Option<&Finding>) -> State {
    let stays = next.state.clone();
    let is_to_go = matches!(next.state, State::Ready { op: Op::Void, .. });
    let is_live = next.posted.as_ref().is_some_and(|it| it.status.is_live());
    if next.departure().is_some() || matches!(next.state, State::Detached) {
        return stays;
    }
    if next.is_out_by_note() || !is_live {
        return match is_to_go {
            true => next.out_of_the_books(),
            false => stays,
        };
    }
    match finding {
        Some(finding) if next.wanted == Wanted::Gone => State::Held {
            findings: vec![Finding {
                rule: Rule::VoidRefused,
                ..finding.clone()
            }],
        },
        Some(finding) if next.is_to_be_undone() || matches!(came, ReversalCame::Kept(..)) => {
            State::Held {
                findings: vec![finding.clone()],
            }
        }
        // Nothing of it is left: what is to be done about the document is decided anew.
        Some(_) | None if is_to_go && !next.is_being_reversed() => State::waiting(),
        Some(_) | None => stays,
    }
}
