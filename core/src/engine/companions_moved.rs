//! What becomes of something beside a document when it leaves, arrives, is refused or is in doubt.

use chrono::{DateTime, Utc};

use super::{
    Binding, Companion, CompanionContent, CompanionRequest, CompanionState, ContentHash, Event,
    HostPolicy, Step,
};
use crate::check::{Finding, Rule};
use crate::document::ProviderPaymentId;
use crate::provider::Rejection;

/// What came of a request for something beside a document, or of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanionOutcome {
    /// The provider has it; the identifier is that of a payment.
    Done(Option<ProviderPaymentId>),
    /// It was taken back by us.
    TakenBack,
    /// The look-up shows it, and that somebody took it back.
    Gone(ProviderPaymentId),
    /// The look-up shows nothing. These payments of the same amount and day were there before it: they are somebody else's.
    Absent(Vec<ProviderPaymentId>),
    /// The provider refused it and did nothing.
    Refused(Rejection),
    /// It cannot be sent now and is tried again by itself: a file is not there yet.
    Missing(Finding),
    /// The request was certainly not processed.
    PutBack(String),
    /// Nobody knows.
    InDoubt(String),
}

/// The request that is to leave for something wanted, stored before its first byte does.
///
/// A request that was sent before and showed no effect is repeated under its key while the provider knows it
/// (`window_s` seconds), so that a late effect of the first one stays the only one. Should its outcome never be
/// stored, it is in doubt from `doubt_from` on. `None` unless it is wanted
/// and the document is ready for it.
#[must_use]
pub fn companion_departed(
    binding: &Binding,
    key: &str,
    window_s: i64,
    doubt_from: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Option<(Step, CompanionRequest)> {
    let item = binding.companions.items.get(key)?;
    let before = match &item.state {
        CompanionState::Wanted { before } => before.as_ref(),
        CompanionState::Missing { .. } => None,
        CompanionState::Sent(_)
        | CompanionState::Unsure(_)
        | CompanionState::Done { .. }
        | CompanionState::Refused { .. }
        | CompanionState::TakingBack { .. }
        | CompanionState::Kept { .. }
        | CompanionState::TakenBack { .. }
        | CompanionState::Missed { .. }
        | CompanionState::Removed { .. } => return None,
    };
    if !binding.lets_go(item) {
        return None;
    }
    let open = before.filter(|before| (at - before.at).num_seconds() < window_s);
    let request = open.cloned().unwrap_or_else(|| CompanionRequest {
        key: ContentHash::of(&(&binding.key, key, &item.what, at)).to_string(),
        at,
        since: binding.posted.as_ref().map(|posted| posted.updated_at),
        others: before.map_or_else(Vec::new, |before| before.others.clone()),
    });
    let mut next = binding.clone();
    let item = next.companions.items.get_mut(key)?;
    item.state = CompanionState::Sent(request.clone());
    item.not_before = Some(doubt_from);
    let event = told(&item.what, format!("sent, in request {}", request.key));
    Some((Step::of(next, event, at), request))
}

/// What came of it, or of getting ready for it. `None` when nothing of the kind is asked for any more.
#[must_use]
pub fn companion_came(
    binding: &Binding,
    key: &str,
    outcome: &CompanionOutcome,
    not_before: Option<DateTime<Utc>>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut next = binding.clone();
    let ground = ContentHash::of(&(&binding.content, policy.companions));
    let since = binding.posted.as_ref().map(|posted| posted.updated_at);
    let item = next.companions.items.get_mut(key)?;
    let unsent = matches!(
        item.state,
        CompanionState::Wanted { .. } | CompanionState::Missing { .. }
    );
    let shown = binding.posted.iter().flat_map(|posted| &posted.payments);
    let mut shown = shown.map(|payment| &payment.id);
    let (state, event) = match &item.state {
        CompanionState::Sent(request) | CompanionState::Unsure(request) => {
            sent_came(&item.what, request, outcome, ground)?
        }
        CompanionState::Wanted { .. } | CompanionState::Missing { .. } => {
            unsent_came(&item.what, &item.state, outcome)?
        }
        CompanionState::Missed { id } => missed_came(&item.what, id, outcome, since)?,
        CompanionState::TakingBack { id } => {
            let seen = shown.any(|shown| shown == id);
            taking_back_came(&item.what, id, outcome, (ground, seen))?
        }
        CompanionState::Done { .. }
        | CompanionState::Refused { .. }
        | CompanionState::Kept { .. }
        | CompanionState::TakenBack { .. }
        | CompanionState::Removed { .. } => return None,
    };
    let failed = matches!(
        outcome,
        CompanionOutcome::PutBack(_) | CompanionOutcome::InDoubt(_) | CompanionOutcome::Missing(_)
    );
    item.state = state;
    item.not_before = not_before;
    item.attempts = if failed {
        item.attempts.saturating_add(1)
    } else {
        0
    };
    if !unsent {
        // What the host and the settings say by now was left alone while the request had it.
        next.companions.looked = None;
    }
    Some(Step::of(next, event, at).telling(policy, at))
}

fn sent_came(
    what: &CompanionContent,
    request: &CompanionRequest,
    outcome: &CompanionOutcome,
    ground: ContentHash,
) -> Option<(CompanionState, Event)> {
    let before = Some(request.clone());
    Some(match outcome {
        CompanionOutcome::Done(id) => (
            CompanionState::Done {
                id: id.clone(),
                seen: false,
                since: request.since,
            },
            told(what, done(id.as_ref())),
        ),
        CompanionOutcome::Gone(id) => {
            let finding = removed(what);
            let event = refused(what, "it was made and taken back", &finding);
            let id = id.clone();
            (CompanionState::Removed { id, finding }, event)
        }
        CompanionOutcome::Absent(others) => {
            let mut request = request.clone();
            request.others.extend(others.iter().cloned());
            let before = Some(request);
            let happened = "a look shows that the provider does not have it".to_owned();
            (CompanionState::Wanted { before }, told(what, happened))
        }
        CompanionOutcome::Refused(rejection) => {
            let finding = not_sent(what, rejection);
            let event = refused(what, "refused", &finding);
            (CompanionState::Refused { finding, ground }, event)
        }
        CompanionOutcome::PutBack(why) => (
            CompanionState::Wanted { before },
            told(what, format!("not processed: {why}")),
        ),
        CompanionOutcome::InDoubt(why) => (
            CompanionState::Unsure(request.clone()),
            told(what, format!("in doubt: {why}")),
        ),
        CompanionOutcome::TakenBack | CompanionOutcome::Missing(_) => return None,
    })
}

/// Nothing left: what was to be sent could not be had.
fn unsent_came(
    what: &CompanionContent,
    state: &CompanionState,
    outcome: &CompanionOutcome,
) -> Option<(CompanionState, Event)> {
    Some(match outcome {
        CompanionOutcome::Missing(finding) => {
            let event = refused(what, "it is not there yet", finding);
            let finding = finding.clone();
            (CompanionState::Missing { finding }, event)
        }
        CompanionOutcome::PutBack(why) => {
            let event = told(what, format!("not asked for: {why}"));
            (state.clone(), event)
        }
        CompanionOutcome::Done(_)
        | CompanionOutcome::TakenBack
        | CompanionOutcome::Gone(_)
        | CompanionOutcome::Absent(_)
        | CompanionOutcome::Refused(_)
        | CompanionOutcome::InDoubt(_) => return None,
    })
}

fn missed_came(
    what: &CompanionContent,
    id: &ProviderPaymentId,
    outcome: &CompanionOutcome,
    since: Option<DateTime<Utc>>,
) -> Option<(CompanionState, Event)> {
    let id = id.clone();
    Some(match outcome {
        CompanionOutcome::Done(_) => (
            CompanionState::Done {
                id: Some(id),
                seen: false,
                since,
            },
            told(what, "a look shows that it stands".to_owned()),
        ),
        // It was there once, so it is never made anew unasked.
        CompanionOutcome::Gone(_) | CompanionOutcome::Absent(_) => {
            let finding = removed(what);
            let event = refused(what, "somebody took it back at the provider", &finding);
            (CompanionState::Removed { id, finding }, event)
        }
        CompanionOutcome::InDoubt(why) | CompanionOutcome::PutBack(why) => (
            CompanionState::Missed { id },
            told(what, format!("it could not be looked for: {why}")),
        ),
        CompanionOutcome::TakenBack
        | CompanionOutcome::Refused(_)
        | CompanionOutcome::Missing(_) => return None,
    })
}

/// The finding that somebody else took a payment of the host back.
pub(super) fn removed(what: &CompanionContent) -> Finding {
    Finding::new(
        Rule::PaymentRemovedAtProvider,
        format!("somebody took {what} back in the accounting system, and the host still has it"),
        "Take it back in the host as well, or `tieout retry` the document to make it anew.",
    )
}

fn taking_back_came(
    what: &CompanionContent,
    id: &ProviderPaymentId,
    outcome: &CompanionOutcome,
    (ground, seen): (ContentHash, bool),
) -> Option<(CompanionState, Event)> {
    let id = id.clone();
    Some(match outcome {
        CompanionOutcome::TakenBack => (
            CompanionState::TakenBack { id: Some(id) },
            told(what, "taken back".to_owned()),
        ),
        CompanionOutcome::Refused(rejection) => {
            let finding = not_taken_back(what, rejection);
            let event = refused(what, "not let go", &finding);
            (
                CompanionState::Kept {
                    id,
                    finding,
                    ground,
                    seen,
                },
                event,
            )
        }
        // To take back what was taken back changes nothing, so the same is asked again.
        CompanionOutcome::PutBack(why) | CompanionOutcome::InDoubt(why) => (
            CompanionState::TakingBack { id },
            told(what, format!("not taken back yet: {why}")),
        ),
        CompanionOutcome::Done(_)
        | CompanionOutcome::Gone(_)
        | CompanionOutcome::Absent(_)
        | CompanionOutcome::Missing(_) => return None,
    })
}

fn done(id: Option<&ProviderPaymentId>) -> String {
    id.map_or_else(|| "done".to_owned(), |id| format!("done: {id}"))
}

fn told(what: &CompanionContent, happened: String) -> Event {
    Event::Companion {
        what: what.to_string(),
        happened,
        finding: None,
    }
}

fn refused(what: &CompanionContent, happened: &str, finding: &Finding) -> Event {
    Event::Companion {
        what: what.to_string(),
        happened: happened.to_owned(),
        finding: Some(finding.clone()),
    }
}

fn not_sent(what: &CompanionContent, rejection: &Rejection) -> Finding {
    let (rule, remedy) = match what {
        CompanionContent::Payment(_) => (
            Rule::PaymentNotMade,
            "Correct the payment in the host, its account in the settings, or what stands in the accounting system, and retry.",
        ),
        CompanionContent::File { .. } => (
            Rule::AttachmentNotSent,
            "Correct the file in the host, or put it onto the document in the accounting system by hand.",
        ),
        CompanionContent::Note { .. } => (
            Rule::NoteNotWritten,
            "Correct `history_notes` in the settings, or write the note in the accounting system by hand.",
        ),
    };
    by_rejection(
        rule,
        what,
        "the accounting system refused",
        rejection,
        remedy,
    )
}

fn not_taken_back(what: &CompanionContent, rejection: &Rejection) -> Finding {
    by_rejection(
        Rule::PaymentNotTakenBack,
        what,
        "the host took it back, and the accounting system does not let go of",
        rejection,
        "Take the payment back in the accounting system, or restore it in the host.",
    )
}

fn by_rejection(
    rule: Rule,
    what: &CompanionContent,
    words: &str,
    rejection: &Rejection,
    remedy: &str,
) -> Finding {
    let (field, value) = match what {
        CompanionContent::Payment(payment) => (
            format!("payments.{}", payment.id),
            payment.amount.to_string(),
        ),
        CompanionContent::File { file, .. } => ("attachments".to_owned(), file.name.clone()),
        CompanionContent::Note { .. } => (String::new(), String::new()),
    };
    let remedy = rejection
        .advice
        .clone()
        .unwrap_or_else(|| remedy.to_owned());
    Finding::new(
        rule,
        format!("{words} {what}: {}", rejection.messages.join("; ")),
        remedy,
    )
    .at(field, value)
}

impl Binding {
    /// A person asks for another attempt at everything beside the document that waits for somebody.
    pub(super) fn retry_companions(&mut self) {
        for item in self.companions.items.values_mut() {
            let state = match &item.state {
                CompanionState::Refused { .. } | CompanionState::Missing { .. } => {
                    CompanionState::wanted()
                }
                // Compared anew: what the host does not have is taken back, the rest stands.
                CompanionState::Kept { id, .. } => CompanionState::Done {
                    id: Some(id.clone()),
                    seen: true,
                    since: None,
                },
                // Compared anew: what the host still has is made in another version.
                CompanionState::Removed { id, .. } => CompanionState::TakenBack {
                    id: Some(id.clone()),
                },
                CompanionState::Wanted { .. }
                | CompanionState::Sent(_)
                | CompanionState::Unsure(_)
                | CompanionState::Done { .. }
                | CompanionState::Missed { .. }
                | CompanionState::TakingBack { .. }
                | CompanionState::TakenBack { .. } => continue,
            };
            let what = item.what.clone();
            *item = Companion::new(what, state);
        }
        self.companions.looked = None;
    }
}
