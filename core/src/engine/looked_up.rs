//! What a binding in doubt becomes when a look-up shows what the provider holds.

use chrono::{DateTime, Utc};

use super::removed::removed;
use super::{
    AsFound, Binding, BindingKey, Departure, Doubt, Event, HostPolicy, Op, Posted, Sent, State,
    Step, Wanted, as_detail, landed,
};
use crate::check::{Finding, Rule};
use crate::host::PostingState;
use crate::provider::{Snapshot, SnapshotStatus};

/// What a look-up showed.
#[derive(Clone, Copy, Debug)]
pub enum LookedUp<'a> {
    /// No live document carries the number, or the document is gone.
    Nothing,
    /// This live document, and the other binding that it belongs to, if any.
    Found {
        /// The document.
        snapshot: &'a Snapshot,
        /// Whose it is already.
        claimed_by: Option<&'a BindingKey>,
    },
}

/// A look-up was made for a binding in doubt.
///
/// A create is adopted when the document found is the one that was asked for, sent again when the
/// look-up proves that it is not there, and a finding when something else holds the number. One that
/// carries our link is ours, whatever somebody changed in it meanwhile: it is bound as it is, with its
/// differences as a finding. Updates and voids carry the provider's identifier, so they are asked again as long as the document lives.
/// `None` unless the binding is in doubt.
#[must_use]
pub fn looked_up(
    binding: &Binding,
    sent: Option<&Sent>,
    shown: LookedUp<'_>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let State::Unsure {
        departure, doubt, ..
    } = &binding.state
    else {
        return None;
    };
    // What is there just as it was sent is ours, whatever the host wants by now: it was made by a request
    // whose reply is lost, and must not be left behind.
    let is_ours = matches!(shown, LookedUp::Found { snapshot, claimed_by }
        if departure.op == Op::Create && adoptable(sent, snapshot, claimed_by));
    if *doubt == Doubt::NumberInUse && binding.outdates(departure) && !is_ours {
        return again(binding, "the host changed it meanwhile", at);
    }
    if *doubt == Doubt::NumberInUse && departure.number_freed && !is_ours {
        return again(binding, "another document gave the number up meanwhile", at);
    }
    if departure.op == Op::Create
        && let LookedUp::Found {
            snapshot,
            claimed_by,
        } = shown
        && !adoptable(sent, snapshot, claimed_by)
    {
        let state = State::Rejected {
            finding: number_taken(binding, sent, snapshot, claimed_by),
        };
        let event = Event::Resolved {
            why: "another document holds the number".to_owned(),
        };
        return Some(Step::to(binding, state, event, at).telling(policy, at));
    }
    match (departure.op, shown) {
        (Op::Create, LookedUp::Found { snapshot, .. }) => {
            let step = landed(binding, sent, snapshot, policy, at)?;
            Some(match sent {
                Some(sent) => edited_meanwhile(step, sent, snapshot, departure, policy, at),
                None => step,
            })
        }
        (Op::Update, LookedUp::Found { snapshot, .. }) => {
            // Whether it was done shows in nothing for sure; the host may want again by now what was there before.
            let mut next = binding.clone();
            next.posted.iter_mut().for_each(Posted::forget_posting);
            // Which documents a summary has does show, whatever somebody made of its amounts since.
            if let Some(sent) = sent {
                next.puts_members_down_as_shown(departure.op, sent, snapshot);
            }
            again(&next, "the look-up shows it there: it is made equal", at)
        }
        (Op::Void, LookedUp::Found { .. }) => again(binding, "the look-up shows it unchanged", at),
        (Op::Create, LookedUp::Nothing) if *doubt == Doubt::NumberInUse => {
            Some(used_up(binding, sent, at).telling(policy, at))
        }
        (Op::Create, LookedUp::Nothing) => {
            again(binding, "the look-up shows that it is not there", at)
        }
        (Op::Update | Op::Void, LookedUp::Nothing) => gone(binding, departure.op, policy, at),
    }
}

/// The number is in use, and nobody shows by what. What the document itself was before, and its host was told of, may keep it.
fn used_up(binding: &Binding, sent: Option<&Sent>, at: DateTime<Utc>) -> Step {
    let told = binding.told.posting.as_ref();
    let before = told
        .filter(|told| told.state == PostingState::Voided)
        .filter(|told| told.ledger_number.as_ref() == sent.map(|sent| &sent.number));
    let finding = match before.and_then(|told| told.ledger_id.as_ref()) {
        Some(own) => Finding::new(
            Rule::NumberTaken,
            format!(
                "the document that it was before ({own}) is out of the books and keeps the number"
            ),
            "Renumber it in the host, or `tieout skip` it.",
        ),
        None => Finding::new(
            Rule::NumberTaken,
            "the accounting system says that the number is in use, but shows no live document with it",
            "A voided or deleted document may hold the number: renumber the document in the host and retry.",
        ),
    };
    let finding = finding.at("number", &binding.number);
    let event = Event::Resolved {
        why: "no live document holds the number".to_owned(),
    };
    Step::to(binding, State::Rejected { finding }, event, at)
}

fn again(binding: &Binding, why: &str, at: DateTime<Utc>) -> Option<Step> {
    let State::Unsure { departure, .. } = &binding.state else {
        return None;
    };
    let attempts = departure.attempts.saturating_add(1);
    let state = if binding.outdates(departure) {
        State::Waiting {
            not_before: None,
            attempts,
        }
    } else {
        State::Ready {
            op: departure.op,
            not_before: None,
            attempts,
        }
    };
    Some(Step::to(
        binding,
        state,
        Event::Resolved {
            why: why.to_owned(),
        },
        at,
    ))
}

fn gone(binding: &Binding, op: Op, policy: HostPolicy, at: DateTime<Utc>) -> Option<Step> {
    let mut next = binding.clone();
    if let Some(posted) = &mut next.posted {
        posted.status = SnapshotStatus::Voided;
        posted.payments.clear();
    }
    next.state = match (op, binding.wanted) {
        // The host changed its mind while its void was in doubt.
        (Op::Void, Wanted::Draft | Wanted::Live | Wanted::Unknown)
            if !binding.is_to_be_undone() =>
        {
            State::waiting()
        }
        (Op::Create | Op::Update | Op::Void, _) => removed(binding, &SnapshotStatus::Voided),
    };
    Some(
        Step::of(
            next,
            Event::Resolved {
                why: "the document is gone".to_owned(),
            },
            at,
        )
        .telling(policy, at),
    )
}

/// Whether a document found under our number is the one that we asked for.
fn adoptable(sent: Option<&Sent>, snapshot: &Snapshot, claimed_by: Option<&BindingKey>) -> bool {
    let is_ours = |sent: &Sent| sent.is_linked(snapshot) || sent.differences(snapshot).is_empty();
    claimed_by.is_none() && sent.is_some_and(is_ours)
}

/// A document that was edited while its create was in doubt: what differs stays visible.
fn edited_meanwhile(
    mut step: Step,
    sent: &Sent,
    snapshot: &Snapshot,
    departure: &Departure,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Step {
    let wanted = AsFound {
        content: departure.content.clone(),
        sent: sent.clone(),
        lines: Vec::new(),
    };
    let Some((finding, posted)) = wanted
        .finding(snapshot, &step.binding.named_for_a_command())
        .zip(step.binding.posted.as_mut())
    else {
        return step;
    };
    posted.edit = Some(finding.clone());
    posted.as_found = Some(Box::new(wanted));
    match step.binding.state {
        State::Posted | State::Held { .. } => {
            step.binding.state = State::Held {
                findings: vec![finding],
            };
        }
        // The host changed it meanwhile: the next plan makes both sides equal.
        State::Waiting { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => {}
    }
    step.entry.state = Some(step.binding.state.name().to_owned());
    step.telling(policy, at)
}

fn number_taken(
    binding: &Binding,
    sent: Option<&Sent>,
    snapshot: &Snapshot,
    claimed_by: Option<&BindingKey>,
) -> Finding {
    let mut detail = sent
        .map(|sent| as_detail(&sent.differences(snapshot)))
        .unwrap_or_default();
    if let Some(owner) = claimed_by {
        detail.insert(0, format!("it belongs to {owner}"));
    }
    Finding::new(
        Rule::NumberTaken,
        format!(
            "another document in the accounting system has the number {} ({}, {})",
            snapshot.number, snapshot.status, snapshot.id
        ),
        match claimed_by {
            Some(_) => "Renumber the document in the host and retry, or `tieout skip` it; nothing was overwritten.".to_owned(),
            None => format!(
                "If it is the same document, `tieout adopt {0}` binds it as it is, and `tieout adopt {0} --overwrite` makes it equal to the host's. Else renumber one of the two and retry; nothing was overwritten.",
                binding.named_for_a_command()
            ),
        },
    )
    .at("number", &binding.number)
    // What belongs to another document cannot be bound.
    .about(claimed_by.is_none().then(|| snapshot.id.to_string()))
    .with_detail(detail)
}
