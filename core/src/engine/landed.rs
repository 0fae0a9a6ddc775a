//! What a binding becomes when the provider did what it was asked.

use chrono::{DateTime, Utc};

use super::elsewhere::cannot_leave;
use super::removed::removed_meanwhile;
use super::undo_refused::cannot_undo;
use super::{
    Binding, ContentHash, Departure, Event, HostPolicy, Op, Posted, Sent, Standing, State, Step,
};
use crate::check::{Finding, Rule, show};
use crate::document::{Currency, LineId, Settlement, Totals};
use crate::provider::Snapshot;

/// The provider did it: by its reply, by the reply to a repeat, or by what a look-up showed.
///
/// `sent` is what was asked for; a void has none. Totals that differ from what was asked are a
/// finding, whatever the provider's status says. Payments that were seen since the reply was made
/// stay. `None` unless a request is in the air or in doubt.
#[must_use]
pub fn landed(
    binding: &Binding,
    sent: Option<&Sent>,
    snapshot: &Snapshot,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let departure = binding.departure()?;
    let event = Event::Landed {
        op: departure.op,
        provider_id: snapshot.id.to_string(),
    };
    let mut next = binding.clone();
    let mut posted = posted(binding, sent, snapshot);
    posted.edit = sent
        .filter(|sent| sent.totals != snapshot.totals)
        .map(|sent| totals_differ(&sent.totals, &snapshot.totals, snapshot.currency));
    keep_newer(&mut posted, binding.posted.as_ref(), sent);
    next.state = after(binding, departure, &posted);
    next.posted = Some(posted);
    next.puts_members_down(departure.op);
    next.stale_refusals = 0;
    Some(Step::of(next, event, at).telling(policy, at))
}

/// What the provider holds for a binding, after a posting or as seen in passing, taken as equal to
/// what was sent.
pub(super) fn posted(binding: &Binding, sent: Option<&Sent>, snapshot: &Snapshot) -> Posted {
    let before = binding.posted.as_ref();
    let known = before.filter(|before| sent.is_none() && before.id == snapshot.id);
    let (made, seen) = standing(known, snapshot);
    Posted {
        made,
        seen,
        id: snapshot.id.clone(),
        number: known.map_or_else(|| snapshot.number.clone(), |known| known.number.clone()),
        status: snapshot.status.clone(),
        posting: sent
            .map(|sent| sent.posting.clone())
            .or_else(|| before.map(|posted| posted.posting.clone()))
            .unwrap_or_else(|| ContentHash::of_bytes(&[])),
        lines: match sent {
            Some(sent) => line_ids(sent, snapshot),
            None => before
                .map(|posted| posted.lines.clone())
                .unwrap_or_default(),
        },
        totals: sent
            .map(|sent| sent.totals)
            .or_else(|| before.map(|posted| posted.totals))
            .unwrap_or(snapshot.totals),
        edit: None,
        as_found: match sent {
            Some(_) => None,
            None => before.and_then(|posted| posted.as_found.clone()),
        },
        payments: snapshot.payments.clone(),
        settlement: snapshot.settlement(),
        updated_at: snapshot.updated_at,
    }
}

/// How a document was made, and how it stands where somebody edited it since.
fn standing(
    known: Option<&Posted>,
    snapshot: &Snapshot,
) -> (Option<Box<Standing>>, Option<Box<Standing>>) {
    let made = known.and_then(|known| known.made.clone());
    if !snapshot.status.is_live() {
        return (made, known.and_then(|known| known.seen.clone()));
    }
    let stands = Box::new(Standing::of(snapshot));
    match made {
        Some(made) if made.differences(&stands).is_empty() => (Some(made), None),
        Some(made) => (Some(made), Some(stands)),
        None => (Some(stands), None),
    }
}

/// A reply shows the document as it was when the reply was made, and a repeat gets the first one:
/// what was read since then is newer. Where it was read before the request was done, the change that
/// the request made will be read as well.
fn keep_newer(posted: &mut Posted, before: Option<&Posted>, sent: Option<&Sent>) {
    let seen =
        before.filter(|before| before.id == posted.id && before.updated_at >= posted.updated_at);
    let Some(seen) = seen.filter(|_| posted.status.is_live()) else {
        return;
    };
    let Settlement {
        amount_paid,
        amount_credited,
        amount_due,
        ..
    } = &seen.settlement;
    let gross = *amount_paid + *amount_credited + *amount_due;
    // What nobody owes, such as an order, has none of the three.
    let tells_gross = !gross.is_zero();
    if let Some(sent) = sent
        .filter(|_| tells_gross)
        .filter(|sent| seen.updated_at > posted.updated_at && sent.totals.gross != gross)
    {
        posted.edit = Some(totals_edited(
            &sent.totals,
            vec![format!("provider: gross {gross}")],
        ));
    }
    if seen.updated_at > posted.updated_at {
        let stands = seen.seen.as_ref().or(seen.made.as_ref());
        let made = posted.made.as_ref();
        posted.seen = stands.filter(|stands| made != Some(*stands)).cloned();
    }
    posted.status.clone_from(&seen.status);
    posted.payments.clone_from(&seen.payments);
    posted.settlement.clone_from(&seen.settlement);
    posted.updated_at = seen.updated_at;
}

fn after(binding: &Binding, departure: &Departure, posted: &Posted) -> State {
    if let Some(removed) = removed_meanwhile(binding, departure, Some(posted)) {
        return removed;
    }
    if binding.outdates(departure) {
        return State::waiting();
    }
    match (departure.op, &posted.edit) {
        (Op::Void, _) if binding.leaves() => after_leaving(binding, posted),
        (Op::Void, _) if binding.is_to_be_undone() => after_undoing(binding, posted),
        // The plan tells that it stays although it is routed elsewhere, and what else is left of it; or takes it out of the books.
        (Op::Create | Op::Update, _)
            if binding.elsewhere.is_some() || binding.note_left().is_some() =>
        {
            State::waiting()
        }
        (Op::Void, _) => State::Voided,
        (Op::Create | Op::Update, Some(finding)) => State::Held {
            findings: vec![finding.clone()],
        },
        (Op::Create | Op::Update, None) => State::Posted,
    }
}

/// Nothing is created elsewhere before the provider shows that the document is out of the books.
fn after_leaving(binding: &Binding, posted: &Posted) -> State {
    if !posted.status.is_live() {
        return State::waiting();
    }
    let why = format!(
        "the accounting system says that it did the void, and shows it {}",
        posted.status
    );
    State::Held {
        findings: vec![cannot_leave(
            binding,
            &why,
            "Void it in the accounting system by hand, or retry.",
        )],
    }
}

/// A person was promised that it is out of the books: that is said once the provider shows it.
fn after_undoing(binding: &Binding, posted: &Posted) -> State {
    if !posted.status.is_live() {
        return binding.out_of_the_books();
    }
    let why = format!(
        "the provider says that it did the void, and shows it {}",
        posted.status
    );
    State::Held {
        findings: vec![cannot_undo(binding, &why, false)],
    }
}

pub(super) fn line_ids(sent: &Sent, snapshot: &Snapshot) -> Vec<(LineId, String)> {
    if sent.lines.len() != snapshot.lines.len() {
        return Vec::new();
    }
    sent.lines
        .iter()
        .zip(&snapshot.lines)
        .map(|(line, held)| (line.clone(), held.id.clone()))
        .collect()
}

/// The finding that the provider holds other totals than the host.
pub(super) fn totals_differ(asked: &Totals, held: &Totals, currency: Currency) -> Finding {
    let line = |who: &str, totals: &Totals| {
        format!(
            "{who}: net {} + tax {} = gross {}",
            show::amount_of(totals.net, currency),
            show::amount_of(totals.tax, currency),
            show::amount_of(totals.gross, currency)
        )
    };
    Finding::new(
        Rule::TotalsWouldDiffer,
        "the accounting system came to other totals than the host",
        "Correct the document in the accounting system, or void it in the host and send it again.",
    )
    .at("totals.gross", show::amount_of(asked.gross, currency))
    .with_detail(vec![line("host", asked), line("provider", held)])
}

/// The finding that somebody changed what the document comes to.
pub(super) fn totals_edited(asked: &Totals, detail: Vec<String>) -> Finding {
    Finding::new(
        Rule::EditedAtProvider,
        "somebody edited the document in the accounting system: its totals no longer agree with the host",
        "Undo the edit in the accounting system, or make the same change in the host.",
    )
    .at("totals.gross", asked.gross.to_string())
    .with_detail(detail)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::super::sample::{self, NOW};
    use super::super::{Wanted, provider_changed};
    use super::*;

    #[test]
    fn a_created_document_is_posted_with_its_line_identities() {
        let step = landed(
            &sample::in_flight(Op::Create),
            Some(&sample::sent()),
            &sample::snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::Posted);
        let posted = step.binding.posted.unwrap();
        assert_eq!(
            posted.lines,
            vec![(LineId::new("l1").unwrap(), "xl1".to_owned())]
        );
        assert_eq!(posted.posting, ContentHash::of(&sample::posting()));
        assert_eq!(step.binding.deliver_at, Some(NOW));
    }

    #[test]
    fn other_totals_are_a_finding_with_both_sides() {
        let mut snapshot = sample::snapshot();
        snapshot.totals.gross += Decimal::new(1, 2);
        let flying = sample::in_flight(Op::Create);
        let step = landed(
            &flying,
            Some(&sample::sent()),
            &snapshot,
            sample::POLICY,
            NOW,
        )
        .unwrap();
        let State::Held { findings } = step.binding.state else {
            panic!("held")
        };
        assert_eq!(findings[0].rule, Rule::TotalsWouldDiffer);
        assert_eq!(
            findings[0].detail[1],
            "provider: net 100.00 + tax 10.00 = gross 110.01"
        );
    }

    #[test]
    fn a_change_during_the_flight_asks_for_a_new_plan() {
        let mut flying = sample::in_flight(Op::Create);
        flying.content = sample::content("newer");
        let step = landed(
            &flying,
            Some(&sample::sent()),
            &sample::snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::waiting());
        assert!(step.binding.posted.is_some());
    }

    #[test]
    fn a_voided_document_is_voided() {
        let flying = sample::in_flight(Op::Void);
        let step = landed(
            &flying,
            None,
            &sample::voided_snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::Voided);
    }

    #[test]
    fn what_the_host_let_go_or_wants_again_meanwhile_is_planned_anew() {
        let mut created = sample::in_flight(Op::Create);
        created.wanted = Wanted::Gone;
        let step = landed(
            &created,
            Some(&sample::sent()),
            &sample::snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::waiting());
        let mut voided = sample::in_flight(Op::Void);
        voided.wanted = Wanted::Live;
        let step = landed(
            &voided,
            None,
            &sample::voided_snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::waiting());
    }

    #[test]
    fn a_late_reply_does_not_undo_what_was_read_since_it_was_made() {
        let mut paid = sample::paid_snapshot("p1", 4000);
        paid.updated_at = NOW + chrono::Duration::seconds(1);
        let flying = provider_changed(&sample::in_flight(Op::Update), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let step = landed(
            &flying,
            Some(&sample::sent()),
            &sample::snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        let posted = step.binding.posted.unwrap();
        assert_eq!(
            (posted.payments, posted.updated_at),
            (paid.payments, paid.updated_at)
        );
    }

    #[test]
    fn an_edit_that_was_read_before_the_reply_came_is_a_finding() {
        let mut edited = sample::snapshot();
        edited.updated_at = NOW + chrono::Duration::seconds(1);
        edited.totals.gross += Decimal::ONE;
        edited.amount_due += Decimal::ONE;
        let flying = provider_changed(&sample::in_flight(Op::Update), &edited, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let step = landed(
            &flying,
            Some(&sample::sent()),
            &sample::snapshot(),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(
            step.binding.state.findings()[0].rule,
            Rule::EditedAtProvider
        );
    }

    #[test]
    fn what_nobody_owes_is_not_taken_for_edited() {
        // An order: its snapshots have totals and nothing due.
        let order = |seconds| {
            let mut order = sample::snapshot();
            order.amount_due = Decimal::ZERO;
            order.updated_at = NOW + chrono::Duration::seconds(seconds);
            order
        };
        let flying = provider_changed(
            &sample::in_flight(Op::Update),
            &order(1),
            sample::POLICY,
            NOW,
        )
        .unwrap()
        .binding;
        let step = landed(
            &flying,
            Some(&sample::sent()),
            &order(0),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::Posted);
    }

    #[test]
    fn nothing_lands_that_did_not_depart() {
        assert_eq!(
            landed(
                &sample::waiting(),
                None,
                &sample::snapshot(),
                sample::POLICY,
                NOW
            ),
            None
        );
    }
}
