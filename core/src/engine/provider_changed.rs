//! What a binding becomes when the provider's document changed.

use chrono::{DateTime, Utc};

use super::landed::{posted, totals_differ, totals_edited};
use super::removed::removed;
use super::{Binding, Elsewhere, Event, HostPolicy, Op, Posted, SkipReason, State, Step};
use crate::check::kinds::{Then, is_mended_by_provider};
use crate::check::{Finding, Rule, show};
use crate::document::Payment;
use crate::provider::Snapshot;
use crate::settings::Moves;

/// The provider holds the binding's document in this form now.
///
/// The whole set of payments replaces what was known, so that a missed event heals with the next
/// one. Totals or a number that no longer agree with the host are a finding until they agree again; the
/// edit never travels to the host. A refusal that the change may have mended is planned anew. `None` when
/// nothing is new, and for a document of another binding.
#[must_use]
pub fn provider_changed(
    binding: &Binding,
    snapshot: &Snapshot,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let before = binding
        .posted
        .as_ref()
        .filter(|posted| posted.id == snapshot.id)?;
    // A reply to an earlier request may arrive after a later one.
    if snapshot.updated_at < before.updated_at {
        return None;
    }
    let mut now = Posted {
        edit: edit(binding, before, snapshot),
        ..posted(binding, None, snapshot)
    };
    if now.edit.is_none() && now.status.is_live() {
        now.as_found = None;
    }
    if now == *before {
        return None;
    }
    let mut next = binding.clone();
    next.posted = Some(now.clone());
    next.see_reversal();
    let is_there = now.status.is_live() && !next.is_out_by_note();
    let is_back = is_there && binding.is_out_by_note();
    let state = seen(binding, &now, is_there);
    let mut what = describe(before, &now, &binding.state, &state);
    if let Some(note) = binding.note_number().filter(|_| is_back) {
        what = format!("{what}; credit note {note} reverses it no more");
    }
    if let State::Skipped {
        reason: SkipReason::RoutedTo(to),
    } = &binding.state
        && now.status.is_live()
    {
        // It was out of the books when it left, and is in them again: shown until it is gone once more.
        next.elsewhere = Some(Elsewhere {
            to: to.clone(),
            moves: Moves::Stay,
        });
    }
    let was_undone = matches!(
        binding.state,
        State::Skipped {
            reason: SkipReason::Undone { .. }
        }
    );
    if is_back || (was_undone && is_there) {
        // Somebody brought it back there: it is looked at as any other one, and not taken out a second time.
        next.undo = None;
    }
    next.state = state;
    Some(Step::of(next, Event::ProviderChanged { what }, at).telling(policy, at))
}

/// The state after the provider's document was seen; `is_there` unless it is out of the books, be it by our note.
fn seen(binding: &Binding, now: &Posted, is_there: bool) -> State {
    match &binding.state {
        // The outcome of a request or an operator comes first.
        State::Skipped {
            reason: SkipReason::RoutedTo(_) | SkipReason::Undone { .. },
        } if is_there => State::waiting(),
        State::InFlight(_) | State::Unsure { .. } | State::Skipped { .. } | State::Detached => {
            binding.state.clone()
        }
        // Known before: what the host decided since then stands.
        State::Waiting { .. } | State::Ready { .. } if was_gone(binding) => binding.state.clone(),
        State::Held { .. } | State::Rejected { .. } if was_gone(binding) && !is_there => {
            binding.state.clone()
        }
        State::Held { .. } | State::Rejected { .. } if binding.is_out_by_note() => State::waiting(),
        _ if !is_there => removed(binding, &now.status),
        // What settles it now may keep it there: the plan decides before payments of ours go first.
        State::Ready { op: Op::Void, .. }
            if binding.is_to_be_undone() && is_settled_anew(binding, now) =>
        {
            State::waiting()
        }
        State::Waiting { .. } | State::Ready { .. } => binding.state.clone(),
        // Restored at the provider: look at it anew.
        State::Removed { .. } | State::Voided => State::waiting(),
        State::Posted => match &now.edit {
            Some(finding) => State::Held {
                findings: vec![finding.clone()],
            },
            None => State::Posted,
        },
        // The change may have mended what holds it: the plan decides.
        State::Held { findings } if findings.iter().all(concerns_provider) => State::waiting(),
        State::Rejected { finding } if concerns_provider(finding) => State::waiting(),
        // What kept it as it was is gone: what was refused may be taken now.
        State::Rejected { .. } if was_let_loose(binding, now) => State::waiting(),
        State::Held { .. } | State::Rejected { .. } => binding.state.clone(),
    }
}

/// Whether something settled it, and nothing does any more.
fn was_let_loose(binding: &Binding, now: &Posted) -> bool {
    let is_settled = |posted: &Posted| {
        let settlement = &posted.settlement;
        !posted.payments.is_empty()
            || !(settlement.amount_paid + settlement.amount_credited).is_zero()
    };
    binding.posted.as_ref().is_some_and(is_settled) && !is_settled(now)
}

/// Whether something settles it that was not known.
fn is_settled_anew(binding: &Binding, now: &Posted) -> bool {
    let known = binding.posted.iter().flat_map(|posted| &posted.payments);
    let known: Vec<_> = known.map(|payment| &payment.id).collect();
    now.payments
        .iter()
        .any(|payment| !known.contains(&&payment.id))
}

fn was_gone(binding: &Binding) -> bool {
    let posted = binding.posted.as_ref();
    binding.is_out_by_note() || posted.is_some_and(|posted| !posted.status.is_live())
}

fn concerns_provider(finding: &Finding) -> bool {
    is_mended_by_provider(&finding.rule, Then::ChangeSeen)
}

/// Where a live document is not what was sent.
fn edit(binding: &Binding, before: &Posted, snapshot: &Snapshot) -> Option<Finding> {
    if !snapshot.status.is_live() {
        return None;
    }
    if let Some(finding) = before
        .as_found
        .as_ref()
        .and_then(|wanted| wanted.finding(snapshot, &binding.named_for_a_command()))
    {
        return Some(finding);
    }
    if snapshot.totals != before.totals {
        let detail = totals_differ(&before.totals, &snapshot.totals, snapshot.currency).detail;
        let known = before.edit.as_ref().filter(|known| known.detail == detail);
        return Some(
            known
                .cloned()
                .unwrap_or_else(|| totals_edited(&before.totals, detail)),
        );
    }
    (snapshot.number != before.number).then(|| {
        Finding::new(
            Rule::EditedAtProvider,
            format!(
                "somebody renumbered the document in the accounting system, from {} to {}",
                before.number, snapshot.number
            ),
            "Give it its number back in the accounting system.",
        )
        .at("number", &snapshot.number)
    })
}

fn describe(before: &Posted, now: &Posted, was: &State, is: &State) -> String {
    let mut parts = Vec::new();
    let amount = |payment: &Payment| show::money(payment.amount, payment.currency);
    if before.status != now.status {
        parts.push(format!("status {} to {}", before.status, now.status));
    }
    for payment in &now.payments {
        match before.payments.iter().find(|known| known.id == payment.id) {
            None => parts.push(format!("payment {} of {}", payment.id, amount(payment))),
            Some(known) if known != payment => {
                parts.push(format!(
                    "payment {} from {} to {}",
                    payment.id,
                    amount(known),
                    amount(payment)
                ));
            }
            Some(_) => {}
        }
    }
    for known in &before.payments {
        if now.payments.iter().all(|payment| payment.id != known.id) {
            parts.push(format!("payment {} of {} is gone", known.id, amount(known)));
        }
    }
    let stood = before.seen.as_ref().or(before.made.as_ref());
    let stands = now.seen.as_ref().or(now.made.as_ref());
    if let Some((stood, stands)) = stood.zip(stands) {
        parts.extend(stood.differences(stands));
    }
    if before.settlement.amount_due != now.settlement.amount_due {
        parts.push(format!(
            "due {} to {}",
            show::amount_of(before.settlement.amount_due, before.settlement.currency),
            show::money(now.settlement.amount_due, now.settlement.currency)
        ));
    }
    if was.name() != is.name() {
        parts.push(format!("state {} to {}", was.name(), is.name()));
    }
    if parts.is_empty() {
        "details".to_owned()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::super::sample::{self, NOW};
    use super::super::{Wanted, owed};
    use super::*;
    use crate::host::WriteBack;
    use crate::provider::SnapshotStatus;

    #[test]
    fn a_payment_is_owed_to_the_host_with_the_settlement() {
        let paid = sample::paid_snapshot("p1", 4000);
        let step = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW).unwrap();
        let owed = owed(&step.binding, sample::POLICY);
        assert!(
            owed.iter()
                .any(|item| matches!(item, WriteBack::Payment { revision: 1, .. }))
        );
        assert!(
            owed.iter()
                .any(|item| matches!(item, WriteBack::Settlement { .. }))
        );
    }

    #[test]
    fn the_same_snapshot_again_changes_nothing() {
        let paid = sample::paid_snapshot("p1", 4000);
        let binding = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(provider_changed(&binding, &paid, sample::POLICY, NOW), None);
    }

    #[test]
    fn an_older_snapshot_changes_nothing() {
        let mut late = sample::paid_snapshot("p1", 4000);
        late.updated_at = NOW - chrono::Duration::days(1);
        assert_eq!(
            provider_changed(&sample::posted(), &late, sample::POLICY, NOW),
            None
        );
    }

    #[test]
    fn an_edit_of_the_totals_is_a_finding_until_it_is_undone() {
        let mut edited = sample::snapshot();
        edited.totals.gross += Decimal::ONE;
        let binding = provider_changed(&sample::posted(), &edited, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(binding.state.findings()[0].rule, Rule::EditedAtProvider);
        assert!(binding.posted.as_ref().unwrap().edit.is_some());
        let healed = provider_changed(&binding, &sample::snapshot(), sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(healed.state, State::waiting());
        assert_eq!(healed.posted.unwrap().edit, None);
    }

    #[test]
    fn a_new_number_stays_a_finding_whatever_else_happens() {
        let mut edited = sample::paid_snapshot("p1", 4000);
        edited.number = "INV-9".to_owned();
        let binding = provider_changed(&sample::posted(), &edited, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(binding.state.findings()[0].rule, Rule::EditedAtProvider);
        edited.amount_due = Decimal::ONE;
        let binding = provider_changed(&binding, &edited, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert!(binding.posted.unwrap().edit.is_some());
    }

    #[test]
    fn a_document_removed_while_it_waits_is_not_made_anew_unasked() {
        let mut waiting = sample::posted();
        waiting.state = State::waiting();
        let step =
            provider_changed(&waiting, &sample::voided_snapshot(), sample::POLICY, NOW).unwrap();
        assert!(matches!(step.binding.state, State::Removed { .. }));
    }

    #[test]
    fn what_is_sent_anew_keeps_its_finding_when_the_old_document_is_touched() {
        let gone = sample::voided_snapshot();
        let mut sent_anew = provider_changed(&sample::posted(), &gone, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let finding = Finding::new(Rule::ContactArchived, "archived", "Restore the contact.");
        sent_anew.state = State::Rejected { finding };
        let mut touched = gone;
        touched.updated_at += chrono::Duration::seconds(1);
        let step = provider_changed(&sent_anew, &touched, sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state, sent_anew.state);
    }

    #[test]
    fn a_refused_void_is_looked_at_anew_when_the_document_changes() {
        let mut refused = sample::posted();
        let finding = Finding::new(Rule::VoidRefused, "paid", "Delete the payment.");
        (refused.wanted, refused.state) = (Wanted::Gone, State::Rejected { finding });
        let step = provider_changed(
            &refused,
            &sample::paid_snapshot("p1", 4000),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::waiting());
    }

    #[test]
    fn a_removed_document_asks_a_person_unless_the_host_let_it_go() {
        let gone = sample::voided_snapshot();
        assert_eq!(gone.status, SnapshotStatus::Voided);
        let mut binding = sample::posted();
        let step = provider_changed(&binding, &gone, sample::POLICY, NOW).unwrap();
        assert!(matches!(step.binding.state, State::Removed { .. }));
        binding.wanted = Wanted::Gone;
        let step = provider_changed(&binding, &gone, sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state, State::Voided);
    }
}
