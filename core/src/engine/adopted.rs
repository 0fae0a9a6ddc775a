//! What a binding becomes when the provider turns out to hold its document already: bound, held with both sides shown, or sent.

use chrono::{DateTime, Utc};

use super::landed::posted;
use super::{
    AsFound, Binding, BindingKey, Denied, Difference, Event, HostPolicy, Op, Sent, State, Step,
    Wanted, as_detail,
};
use crate::check::{Finding, Rule, quoted, show};
use crate::provider::{Candidate, Mark, Posting, Snapshot};

/// A document of the provider that may be the one in question, and whose it is already.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The document, and by which mark.
    pub candidate: &'a Candidate,
    /// The other binding that has it, or may have it.
    pub claimed_by: Option<&'a BindingKey>,
}

/// What some documents of the provider are to a document that was never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement<'a> {
    /// None of them is it.
    Nothing,
    /// This one is, in every field.
    Same(&'a Candidate),
    /// This one may be, and differs here.
    Differs(&'a Candidate, Vec<Difference>),
    /// Each of these may be.
    Several(Vec<&'a Candidate>),
    /// This one has its number and belongs to somebody else.
    Taken(&'a Candidate, &'a BindingKey),
}

/// How a person wants a document of the provider bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it is: what differs stays visible, and only a change in the host makes it equal.
    AsItIs,
    /// To be made equal to the host's by an ordinary update.
    Overwrite,
}

/// Says what some documents of the provider are to a posting: only those of the strongest mark count, none that
/// belongs to another binding is ever taken, and none of which a person said that it is another one.
#[must_use]
pub fn judge<'a>(binding: &Binding, posting: &Posting, seen: &[Seen<'a>]) -> Judgement<'a> {
    let ours = seen
        .iter()
        .filter(|it| !binding.not_these.contains(&it.candidate.snapshot.id));
    let (claimed, free): (Vec<&Seen<'a>>, Vec<&Seen<'a>>) =
        ours.partition(|it| it.claimed_by.is_some());
    let taken = claimed
        .iter()
        .filter(|it| it.candidate.mark == Mark::Number)
        .find_map(|it| Some(Judgement::Taken(it.candidate, it.claimed_by?)));
    let Some(strongest) = free.iter().map(|it| it.candidate.mark).min() else {
        return taken.unwrap_or(Judgement::Nothing);
    };
    // What refers to the number says less than who has it.
    if let Some(taken) = taken.filter(|_| strongest > Mark::Number) {
        return taken;
    }
    let wanted = AsFound::of(posting, &binding.content);
    let best: Vec<(&'a Candidate, Vec<Difference>)> = free
        .iter()
        .filter(|it| it.candidate.mark == strongest)
        .map(|it| (it.candidate, wanted.differences(&it.candidate.snapshot)))
        .collect();
    let same: Vec<&'a Candidate> = best
        .iter()
        .filter(|(_, differences)| differences.is_empty())
        .map(|(candidate, _)| *candidate)
        .collect();
    match (same.as_slice(), best.as_slice()) {
        ([one], _) => Judgement::Same(one),
        ([], [(one, differences)]) => Judgement::Differs(one, differences.clone()),
        (_, _) => Judgement::Several(best.into_iter().map(|(one, _)| one).collect()),
    }
}

/// The provider was asked for the document before its first sending, and shows these.
///
/// One that is the same in every field is bound without a write. One that differs, several, or one that belongs
/// to another binding hold the document with what was found. `None` when nothing stands against sending it, and
/// unless it is about to be created.
#[must_use]
pub fn found(
    binding: &Binding,
    posting: &Posting,
    seen: &[Seen<'_>],
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let State::Ready { op: Op::Create, .. } = binding.state else {
        return None;
    };
    let finding = match judge(binding, posting, seen) {
        Judgement::Nothing => return None,
        Judgement::Same(candidate) => {
            let step = bound(binding, posting, candidate, Manner::AsItIs, None, at);
            return Some(step.telling(policy, at));
        }
        Judgement::Differs(candidate, differences) => differs(binding, candidate, &differences),
        Judgement::Several(candidates) => several(binding, &candidates),
        Judgement::Taken(candidate, owner) => taken(binding, candidate, owner),
    };
    let findings = vec![finding];
    let event = Event::Held {
        findings: findings.clone(),
    };
    Some(Step::to(binding, State::Held { findings }, event, at).telling(policy, at))
}

/// A person says that a document of the provider is this one.
///
/// Bound as it is, with what differs as a finding; or to be made equal by the update that the next plan makes.
/// The same for a document that is bound to it already.
///
/// # Errors
///
/// Why it cannot be bound, and what is possible.
pub fn adopt(
    binding: &Binding,
    posting: &Posting,
    seen: Seen<'_>,
    (manner, by): (Manner, &str),
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Result<Step, Denied> {
    let snapshot = &seen.candidate.snapshot;
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    let elsewhere = Denied::of_one_that_left(binding).or_else(|| Denied::of_a_member(binding));
    if let Some(denied) = elsewhere {
        return Err(denied);
    }
    if let Some(owner) = seen.claimed_by {
        return Err(Denied::new(
            format!("{} belongs to {owner}", named(snapshot)),
            "Detach that one first, if the provider's document is this one.",
        ));
    }
    if binding.wanted != Wanted::Live {
        return Err(Denied::new(
            "the host does not want it in the books",
            "Only a finished document can be bound.",
        ));
    }
    if !snapshot.status.is_live() {
        return Err(Denied::new(
            format!("{} is {} at the provider", named(snapshot), snapshot.status),
            "Only a live document can be bound; `tieout retry` sends the host's.",
        ));
    }
    let other = binding
        .posted
        .as_ref()
        .filter(|posted| posted.id != snapshot.id && posted.status.is_live())
        .filter(|_| binding.state != State::Detached);
    if let Some(posted) = other {
        return Err(Denied::new(
            format!("it is bound to {} ({}) already", posted.number, posted.id),
            "`tieout detach` ends that binding.",
        ));
    }
    let step = bound(binding, posting, seen.candidate, manner, Some(by), at);
    Ok(step.telling(policy, at))
}

/// The binding with the provider's document, and the journal's line about it.
fn bound(
    binding: &Binding,
    posting: &Posting,
    candidate: &Candidate,
    manner: Manner,
    by: Option<&str>,
    at: DateTime<Utc>,
) -> Step {
    let snapshot = &candidate.snapshot;
    let wanted = AsFound::of(posting, &binding.content);
    let differences = as_detail(&wanted.differences(snapshot));
    let mut posted = posted(binding, Some(&Sent::of(posting)), snapshot);
    let mut next = binding.clone();
    next.not_these.retain(|id| *id != snapshot.id);
    next.state = match (
        wanted.finding(snapshot, &next.named_for_a_command()),
        manner,
    ) {
        (None, Manner::AsItIs | Manner::Overwrite) => State::Posted,
        (Some(finding), Manner::AsItIs) => {
            posted.edit = Some(finding.clone());
            posted.as_found = Some(Box::new(wanted));
            State::Held {
                findings: vec![finding],
            }
        }
        (Some(_), Manner::Overwrite) => {
            posted.forget_posting();
            State::waiting()
        }
    };
    if next.elsewhere.is_some() {
        // That it belongs elsewhere is told, or done, by the next plan.
        next.state = State::waiting();
    }
    next.posted = Some(posted);
    next.holds_members_as_written();
    next.undo = None;
    let event = Event::Adopted {
        provider_id: snapshot.id.to_string(),
        number: snapshot.number.clone(),
        mark: candidate.mark,
        by: by.map(str::to_owned),
        differences,
    };
    Step::of(next, event, at)
}

fn differs(binding: &Binding, candidate: &Candidate, differences: &[Difference]) -> Finding {
    let it = binding.named_for_a_command();
    Finding::new(
        Rule::ExistingDiffers,
        format!(
            "{} may be this document, by its {}, and differs",
            named(&candidate.snapshot),
            candidate.mark.as_str()
        ),
        format!(
            "`tieout adopt {it}` binds it as it is, `tieout adopt {it} --overwrite` makes it equal to the host's, `tieout adopt {it} --none` sends the host's beside it, `tieout skip {it}` leaves it alone."
        ),
    )
    .at("id", candidate.snapshot.id.as_str())
    .about([candidate.snapshot.id.to_string()])
    .with_detail(as_detail(differences))
}

fn several(binding: &Binding, candidates: &[&Candidate]) -> Finding {
    let it = binding.named_for_a_command();
    let detail = candidates.iter().map(|candidate| {
        let held = &candidate.snapshot;
        format!(
            "{}: dated {}, {}, by its {}",
            named(held),
            held.date,
            show::money(held.totals.gross, held.currency),
            candidate.mark.as_str()
        )
    });
    Finding::new(
        Rule::ExistingAmbiguous,
        format!("{} documents of the accounting system may be this one", candidates.len()),
        format!(
            "`tieout adopt {it} --as ID` binds one of them, `tieout adopt {it} --none` sends the host's beside them."
        ),
    )
    .at("number", &binding.number)
    .about(candidates.iter().map(|candidate| candidate.snapshot.id.to_string()))
    .with_detail(detail.collect())
}

/// The finding that another binding has the document of this number.
pub(crate) fn taken(binding: &Binding, candidate: &Candidate, owner: &BindingKey) -> Finding {
    taken_as(binding, &named(&candidate.snapshot), owner)
}

/// The same, for the provider's document as it is remembered.
pub(crate) fn taken_as(binding: &Binding, named: &str, owner: &BindingKey) -> Finding {
    Finding::new(
        Rule::NumberTaken,
        format!("{named} has this number and belongs to {owner}"),
        format!(
            "The host handed over one number twice: renumber one of the two there, or `tieout skip {}`.",
            quoted(&binding.key.document.to_string())
        ),
    )
    .at("number", &binding.number)
}

/// A document of the provider, as a sentence names it.
fn named(snapshot: &Snapshot) -> String {
    format!(
        "the accounting system's {} ({}, {})",
        snapshot.number, snapshot.status, snapshot.id
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{ContentHash, none_of_these, provider_changed, settings_changed};
    use super::*;
    use crate::document::ProviderDocumentId;

    fn ready() -> Binding {
        let mut ready = sample::waiting();
        ready.state = State::ready(Op::Create);
        ready
    }

    fn candidate(id: &str, mark: Mark, change: impl FnOnce(&mut Snapshot)) -> Candidate {
        let mut snapshot = sample::snapshot();
        snapshot.id = ProviderDocumentId::new(id).unwrap();
        change(&mut snapshot);
        Candidate { snapshot, mark }
    }

    fn free(candidates: &[Candidate]) -> Vec<Seen<'_>> {
        let seen = candidates.iter().map(|candidate| Seen {
            candidate,
            claimed_by: None,
        });
        seen.collect()
    }

    fn look(candidates: &[Candidate]) -> Option<Step> {
        found(
            &ready(),
            &sample::posting(),
            &free(candidates),
            sample::POLICY,
            NOW,
        )
    }

    fn renamed(held: &mut Snapshot) {
        held.reference = Some("other".to_owned());
    }

    #[test]
    fn the_same_document_is_bound_without_a_write_and_the_journal_says_by_which_mark() {
        let step = look(&[candidate("old", Mark::Number, |_| {})]).unwrap();
        assert_eq!(step.binding.state, State::Posted);
        assert_eq!(
            step.binding.posted.unwrap().posting,
            ContentHash::of(&sample::posting())
        );
        assert_eq!(step.binding.deliver_at, Some(NOW));
        assert_eq!(
            step.entry.event,
            Event::Adopted {
                provider_id: "old".to_owned(),
                number: "INV-1".to_owned(),
                mark: Mark::Number,
                by: None,
                differences: Vec::new(),
            }
        );
    }

    #[test]
    fn nothing_found_lets_it_be_sent() {
        assert_eq!(look(&[]), None);
    }

    #[test]
    fn one_that_differs_is_held_with_both_sides_and_bound_to_nothing() {
        let step = look(&[candidate("old", Mark::Number, renamed)]).unwrap();
        let State::Held { findings } = &step.binding.state else {
            panic!("held")
        };
        assert_eq!(findings[0].rule, Rule::ExistingDiffers);
        assert_eq!(findings[0].detail, ["reference: host ``, provider `other`"]);
        assert_eq!(step.binding.posted, None);
    }

    #[test]
    fn several_are_listed_unless_one_has_the_stronger_mark() {
        let weak = candidate("a", Mark::Reference, renamed);
        let two = [weak.clone(), candidate("b", Mark::Reference, renamed)];
        let step = look(&two).unwrap();
        assert_eq!(
            step.binding.state.findings()[0].rule,
            Rule::ExistingAmbiguous
        );
        assert_eq!(step.binding.state.findings()[0].detail.len(), 2);
        let strong = candidate("c", Mark::Number, |_| {});
        assert_eq!(look(&[weak, strong]).unwrap().binding.state, State::Posted);
    }

    #[test]
    fn what_another_binding_claims_is_never_taken() {
        let owner = sample::key();
        let taken = candidate("old", Mark::Number, |_| {});
        let claimed = |candidate| Seen {
            candidate,
            claimed_by: Some(&owner),
        };
        let step = found(
            &ready(),
            &sample::posting(),
            &[claimed(&taken)],
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state.findings()[0].rule, Rule::NumberTaken);
        // Two documents of one day, party and amount under one reference are two documents.
        let alike = candidate("old", Mark::Reference, |_| {});
        let step = found(
            &ready(),
            &sample::posting(),
            &[claimed(&alike)],
            sample::POLICY,
            NOW,
        );
        assert_eq!(step, None);
        let denied = adopt(
            &ready(),
            &sample::posting(),
            claimed(&taken),
            (Manner::AsItIs, "ann"),
            sample::POLICY,
            NOW,
        );
        assert!(denied.unwrap_err().why.contains("belongs to"));
    }

    fn adopted(manner: Manner) -> Binding {
        let other = candidate("old", Mark::Person, renamed);
        let seen = Seen {
            candidate: &other,
            claimed_by: None,
        };
        let by = (manner, "ann");
        let mut held = ready();
        held.state = State::Held {
            findings: vec![sample::finding()],
        };
        adopt(&held, &sample::posting(), seen, by, sample::POLICY, NOW)
            .unwrap()
            .binding
    }

    #[test]
    fn bound_as_it_is_its_differences_stay_visible_until_they_are_gone() {
        let bound = adopted(Manner::AsItIs);
        let mut paid = sample::paid_snapshot("p1", 4000);
        paid.id = bound.posted.as_ref().unwrap().id.clone();
        renamed(&mut paid);
        let paid_binding = provider_changed(&bound, &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert!(paid_binding.posted.as_ref().unwrap().edit.is_some());
        let mut mended = paid;
        mended.reference = None;
        let posted = provider_changed(&paid_binding, &mended, sample::POLICY, NOW)
            .unwrap()
            .binding
            .posted
            .unwrap();
        assert_eq!((posted.edit, posted.as_found), (None, None));
    }

    #[test]
    fn an_overwrite_waits_for_the_plan_of_an_update() {
        let bound = adopted(Manner::Overwrite);
        assert_eq!(bound.state, State::waiting());
        let posted = bound.posted.unwrap();
        assert_ne!(posted.posting, ContentHash::of(&sample::posting()));
        assert_eq!(posted.as_found, None);
    }

    #[test]
    fn only_what_is_live_and_not_bound_elsewhere_is_adopted() {
        let gone = candidate("old", Mark::Person, |held| {
            held.status = crate::provider::SnapshotStatus::Voided;
        });
        let live = candidate("other", Mark::Person, |_| {});
        let mut left = sample::waiting();
        let to = crate::document::ConnectionId::new("other").unwrap();
        left.state = State::Skipped {
            reason: crate::engine::SkipReason::RoutedTo(to),
        };
        assert!(none_of_these(&left, &[], "ann", NOW).is_err());
        for (binding, candidate, word) in [
            (ready(), &gone, "voided"),
            (left, &live, "it goes to other"),
            (sample::posted(), &live, "bound to INV-1"),
            (sample::in_flight(Op::Create), &live, "in the air"),
        ] {
            let seen = Seen {
                candidate,
                claimed_by: None,
            };
            let by = (Manner::AsItIs, "ann");
            let denied = adopt(&binding, &sample::posting(), seen, by, sample::POLICY, NOW);
            let why = denied.unwrap_err().why;
            assert!(why.contains(word), "{why}");
        }
        assert!(settings_changed(&adopted(Manner::AsItIs), NOW).is_some());
    }
}
