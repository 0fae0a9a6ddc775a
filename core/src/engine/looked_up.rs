//! What a binding in doubt becomes when a look-up shows what the provider holds.

use chrono::{DateTime, Utc};

use super::removed::removed;
use super::{
    AsFound, Binding, BindingKey, Departure, Doubt, Event, HostPolicy, Op, Posted, Sent, State,
    Step, Wanted, as_detail, landed,
};
use crate::check::{Finding, Rule};
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
            Some(used_up(binding, at).telling(policy, at))
        }
        (Op::Create, LookedUp::Nothing) => {
            again(binding, "the look-up shows that it is not there", at)
        }
        (Op::Update | Op::Void, LookedUp::Nothing) => gone(binding, departure.op, policy, at),
    }
}

/// The number is in use, and nobody shows by what.
fn used_up(binding: &Binding, at: DateTime<Utc>) -> Step {
    let finding = Finding::new(
        Rule::NumberTaken,
        "the accounting system says that the number is in use, but shows no live document with it",
        "A voided or deleted document may hold the number: renumber the document in the host and retry.",
    );
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

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{ContentHash, in_doubt, rejected};
    use super::*;
    use crate::provider::{Rejection, RejectionKind};

    fn unsure(op: Op) -> Binding {
        in_doubt(&sample::in_flight(op), "no reply", None, NOW)
            .unwrap()
            .binding
    }

    fn resolve(binding: &Binding, shown: LookedUp<'_>) -> State {
        looked_up(binding, Some(&sample::sent()), shown, sample::POLICY, NOW)
            .unwrap()
            .binding
            .state
    }

    #[test]
    fn a_lost_create_that_landed_is_adopted() {
        let snapshot = sample::snapshot();
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: None,
        };
        assert_eq!(resolve(&unsure(Op::Create), shown), State::Posted);
    }

    #[test]
    fn a_lost_create_that_is_not_there_is_sent_again() {
        let state = resolve(&unsure(Op::Create), LookedUp::Nothing);
        assert_eq!(
            state,
            State::Ready {
                op: Op::Create,
                not_before: None,
                attempts: 1
            }
        );
    }

    #[test]
    fn a_different_document_under_our_number_is_never_touched() {
        let mut snapshot = sample::snapshot();
        snapshot.totals.gross += rust_decimal::Decimal::ONE;
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: None,
        };
        let State::Rejected { finding } = resolve(&unsure(Op::Create), shown) else {
            panic!("rejected")
        };
        assert_eq!(finding.rule, Rule::NumberTaken);
        assert_eq!(finding.detail, ["gross: host `110.00`, provider `111.00`"]);
    }

    #[test]
    fn a_document_that_carries_our_link_is_ours_although_it_was_edited_meanwhile() {
        let link = Some("https://host.example/1".to_owned());
        let mut sent = sample::sent();
        sent.url.clone_from(&link);
        let mut snapshot = sample::snapshot();
        snapshot.totals.gross += rust_decimal::Decimal::ONE;
        snapshot.reference = Some("PO 7".to_owned());
        let find = |snapshot: &Snapshot| {
            let shown = LookedUp::Found {
                snapshot,
                claimed_by: None,
            };
            let doubt = unsure(Op::Create);
            looked_up(&doubt, Some(&sent), shown, sample::POLICY, NOW).unwrap()
        };
        let stranger = find(&snapshot).binding;
        assert!(matches!(stranger.state, State::Rejected { .. }));
        assert_eq!(stranger.posted, None);

        snapshot.url = link;
        let bound = find(&snapshot).binding;
        let State::Held { findings } = &bound.state else {
            panic!("held, not {:?}", bound.state)
        };
        assert_eq!(findings[0].rule, Rule::EditedAtProvider);
        assert_eq!(
            findings[0].detail,
            [
                "gross: host `110.00`, provider `111.00`",
                "reference: host ``, provider `PO 7`"
            ]
        );
        assert_eq!(bound.posted.unwrap().edit.as_ref(), findings.first());
    }

    #[test]
    fn a_document_of_another_binding_is_never_adopted() {
        let snapshot = sample::snapshot();
        let owner = sample::key();
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: Some(&owner),
        };
        assert!(matches!(
            resolve(&unsure(Op::Create), shown),
            State::Rejected { .. }
        ));
    }

    #[test]
    fn what_a_lost_create_made_is_not_left_behind_when_the_host_lets_it_go_meanwhile() {
        let mut let_go = unsure(Op::Create);
        let_go.wanted = super::super::Wanted::Gone;
        if let State::Unsure { doubt, .. } = &mut let_go.state {
            *doubt = Doubt::NumberInUse;
        }
        let snapshot = sample::snapshot();
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: None,
        };
        let step = looked_up(&let_go, Some(&sample::sent()), shown, sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state, State::waiting());
        assert_eq!(
            step.binding.posted.map(|posted| posted.id),
            Some(snapshot.id)
        );
    }

    #[test]
    fn a_number_in_use_that_nobody_shows_does_not_loop() {
        let rejection = Rejection {
            kind: RejectionKind::DuplicateNumber,
            messages: Vec::new(),
            advice: None,
        };
        let binding = rejected(
            &sample::in_flight(Op::Create),
            &rejection,
            sample::POLICY,
            NOW,
        )
        .unwrap()
        .binding;
        assert!(matches!(
            resolve(&binding, LookedUp::Nothing),
            State::Rejected { .. }
        ));
    }

    #[test]
    fn a_change_of_the_host_is_tried_before_a_number_in_use_is_a_finding() {
        let rejection = Rejection {
            kind: RejectionKind::DuplicateNumber,
            messages: Vec::new(),
            advice: None,
        };
        let mut binding = rejected(
            &sample::in_flight(Op::Create),
            &rejection,
            sample::POLICY,
            NOW,
        )
        .unwrap()
        .binding;
        binding.wanted = Wanted::Gone;
        // Somebody else's: ours would be taken up whatever the host wants.
        let mut snapshot = sample::snapshot();
        snapshot.totals.gross += rust_decimal::Decimal::ONE;
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: None,
        };
        assert_eq!(
            resolve(&binding, shown),
            State::Waiting {
                not_before: None,
                attempts: 1
            }
        );
    }

    #[test]
    fn a_lost_void_is_asked_again_until_the_document_is_gone() {
        let snapshot = sample::snapshot();
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: None,
        };
        assert!(matches!(
            resolve(&unsure(Op::Void), shown),
            State::Ready { op: Op::Void, .. }
        ));
        assert_eq!(resolve(&unsure(Op::Void), LookedUp::Nothing), State::Voided);
    }

    #[test]
    fn a_lost_update_may_have_been_done_so_what_was_there_before_is_not_there_for_sure() {
        let mut reverted = unsure(Op::Update);
        reverted.content = ContentHash::of(&"another");
        let before = reverted.posted.clone().unwrap().posting;
        let snapshot = sample::snapshot();
        let shown = LookedUp::Found {
            snapshot: &snapshot,
            claimed_by: None,
        };
        let step = looked_up(&reverted, Some(&sample::sent()), shown, sample::POLICY, NOW);
        let next = step.unwrap().binding;
        assert!(matches!(next.state, State::Waiting { .. }));
        assert_ne!(next.posted.unwrap().posting, before);
    }

    #[test]
    fn what_the_host_decided_since_then_counts_for_what_is_gone() {
        let mut wanted_again = unsure(Op::Void);
        wanted_again.wanted = Wanted::Live;
        assert_eq!(resolve(&wanted_again, LookedUp::Nothing), State::waiting());
        let mut let_go = unsure(Op::Update);
        let_go.wanted = Wanted::Gone;
        assert_eq!(resolve(&let_go, LookedUp::Nothing), State::Voided);
    }

    #[test]
    fn a_lost_update_of_a_removed_document_asks_a_person() {
        assert!(matches!(
            resolve(&unsure(Op::Update), LookedUp::Nothing),
            State::Removed { .. }
        ));
    }

    #[test]
    fn a_document_whose_party_was_merged_since_is_never_made_again() {
        let mut moved = sample::snapshot();
        moved.contact = crate::document::ProviderContactId::new("survivor").unwrap();
        assert!(sample::sent().is_but_for_contact(&moved));
        let shown = LookedUp::Found {
            snapshot: &moved,
            claimed_by: None,
        };
        let step = looked_up(
            &unsure(Op::Create),
            Some(&sample::sent()),
            shown,
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(
            step.binding.state.findings()[0].rule,
            crate::check::Rule::NumberTaken
        );
    }
}
