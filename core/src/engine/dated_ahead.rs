//! Which payments are dated too far ahead to be told now, when they will be told, and what is shown until then.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use rust_decimal::Decimal;

use super::{Binding, Event, HostPolicy, Step};
use crate::check::{Finding, Rule, show};
use crate::document::{Payment, Settlement, SettlementStatus};
use crate::host::WriteBack;

/// What such a finding was called while it was one of those about refusals.
const FORMER_CODE: &str = "dated_ahead";

/// What is shown of a write-back that is not told yet, since it is a payment dated too far ahead; `None` for all others.
#[must_use]
pub fn dated_ahead(item: &WriteBack, policy: HostPolicy, at: DateTime<Utc>) -> Option<Finding> {
    let payment = payment(item)?;
    let days = policy.payments_ahead_days_max?;
    let told_on = told_on(payment, policy)?;
    if told_on <= at.date_naive() {
        return None;
    }
    let finding = Finding::new(
        Rule::PaymentDatedAhead,
        format!(
            "the payment of {} is dated {}, more than {days} days ahead: the host is told of it on {told_on}",
            show::money(payment.amount, payment.currency),
            payment.date
        ),
        "Nothing, if the date is right. Otherwise take the payment back in the accounting system and enter it with the right \
         date. `payments_ahead_days_max` is the bound.",
    );
    Some(finding)
}

/// Whether a finding is about a payment that is kept back.
#[must_use]
pub fn is_kept_back(finding: &Finding) -> bool {
    let is_former = finding.rule == Rule::WriteBackRefused && finding.value == FORMER_CODE;
    finding.rule == Rule::PaymentDatedAhead || is_former
}

/// Keeps back payments, each with what is shown of it. They are told when their time comes; a repeat changes nothing but
/// the journal. `None` for no payments.
#[must_use]
pub fn put_off(
    binding: &Binding,
    early: &[(WriteBack, Finding)],
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    if early.is_empty() {
        return None;
    }
    let mut next = binding.clone();
    for (item, finding) in early {
        let id = item.payment_id();
        let refused = &mut next.told.refused;
        refused.retain(|(known, _)| known.payment_id().is_none() || known.payment_id() != id);
        refused.push((item.clone(), finding.clone()));
    }
    next.deliver_at = None;
    let findings = early.iter().map(|(_, finding)| finding.clone());
    let event = Event::Held {
        findings: findings.collect(),
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// The bound is another one: what it lets through is told, and what it keeps back is shown with the day on which it is told.
/// `None` where nothing is kept back, or nothing of it changes.
#[must_use]
pub fn bound_changed(binding: &Binding, policy: HostPolicy, at: DateTime<Utc>) -> Option<Step> {
    let why = "the settings changed when payments dated ahead are told".to_owned();
    let mut next = binding.clone();
    // It was due by the former bound; what a failing host was to be told later is tried now, once.
    next.deliver_at = None;
    let step = Step::of(next, Event::Planned { op: None, why }, at).telling(policy, at);
    (step.binding.told.refused != binding.told.refused).then_some(step)
}

/// A settlement as the host may know it: without the payments that are kept back.
pub(super) fn without_kept_back(binding: &Binding, settlement: Settlement) -> Settlement {
    let there = binding.payments_there();
    // One that it knows already, as it was before somebody changed it, counts for it.
    let is_told = |payment: &Payment| {
        let told = binding.told.payments.get(&payment.id);
        told.is_some_and(|told| !told.removed)
    };
    let refused = binding.told.refused.iter();
    let mut kept = refused
        .filter(|(_, finding)| is_kept_back(finding))
        .filter_map(|(item, _)| payment(item))
        .filter(|payment| there.contains(payment) && !is_told(payment))
        .map(|payment| payment.amount);
    let kept = kept.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount));
    let Some(kept) = kept.filter(|kept| *kept > Decimal::ZERO) else {
        return settlement;
    };
    let paid = (settlement.amount_paid - kept).max(Decimal::ZERO);
    let due = settlement.amount_due + kept;
    let is_open = due > Decimal::ZERO;
    let is_settled = !paid.is_zero() || !settlement.amount_credited.is_zero();
    let status = match settlement.status {
        SettlementStatus::Unpaid
        | SettlementStatus::PartlyPaid
        | SettlementStatus::Paid
        | SettlementStatus::Overpaid
            if is_open =>
        {
            if is_settled {
                SettlementStatus::PartlyPaid
            } else {
                SettlementStatus::Unpaid
            }
        }
        stands @ (SettlementStatus::Unpaid
        | SettlementStatus::PartlyPaid
        | SettlementStatus::Paid
        | SettlementStatus::Overpaid
        | SettlementStatus::Voided) => stands,
    };
    Settlement {
        status,
        amount_paid: paid,
        amount_due: due,
        ..settlement
    }
}

/// Lets go of payments whose time has come, which are not at the provider any more in this form, or which another bound keeps
/// back until another day.
pub fn let_ripe_go(binding: &mut Binding, policy: HostPolicy, at: DateTime<Utc>) {
    let held = binding.payments_there().to_vec();
    binding.told.refused.retain(|(item, finding)| {
        let Some(payment) = payment(item).filter(|_| is_kept_back(finding)) else {
            return true;
        };
        held.contains(payment) && dated_ahead(item, policy, at).as_ref() == Some(finding)
    });
}

/// When the first payment that is kept back is to be told.
#[must_use]
pub fn next_told(binding: &Binding, policy: HostPolicy) -> Option<DateTime<Utc>> {
    let kept = binding.told.refused.iter();
    let days = kept
        .filter(|(_, finding)| is_kept_back(finding))
        .filter_map(|(item, _)| {
            // Without a bound any more it is due at once.
            let day = told_on(payment(item)?, policy).unwrap_or(NaiveDate::MIN);
            Some(day.max(DateTime::UNIX_EPOCH.date_naive()))
        });
    days.min().map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

fn told_on(payment: &Payment, policy: HostPolicy) -> Option<NaiveDate> {
    let days = policy.payments_ahead_days_max?;
    payment.date.checked_sub_days(Days::new(u64::from(days)))
}

fn payment(item: &WriteBack) -> Option<&Payment> {
    match item {
        WriteBack::Payment { payment, .. } => Some(payment),
        WriteBack::PaymentRemoved { .. }
        | WriteBack::Settlement { .. }
        | WriteBack::Posting { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::sample::{self, NOW};
    use super::super::{delivered, owed, provider_changed, put_off};
    use super::*;

    const POLICY: HostPolicy = HostPolicy {
        payments_ahead_days_max: Some(30),
        ..sample::POLICY
    };

    /// A document with a payment dated so many days ahead.
    fn paid(days: i64) -> Binding {
        let mut snapshot = sample::paid_snapshot("p1", 4000);
        snapshot.payments[0].date = (NOW + TimeDelta::days(days)).date_naive();
        provider_changed(&sample::posted(), &snapshot, POLICY, NOW)
            .unwrap()
            .binding
    }

    fn early(binding: &Binding, at: DateTime<Utc>) -> Vec<(WriteBack, Finding)> {
        let owed = owed(binding, POLICY).into_iter();
        owed.filter_map(|item| {
            let finding = dated_ahead(&item, POLICY, at)?;
            Some((item, finding))
        })
        .collect()
    }

    #[test]
    fn a_payment_dated_too_far_ahead_is_kept_back_and_told_when_it_is_near() {
        let binding = paid(40);
        let kept = early(&binding, NOW);
        assert_eq!(kept.len(), 1);
        let held = put_off(&binding, &kept, POLICY, NOW).unwrap().binding;
        assert!(
            held.findings()
                .any(|finding| finding.message.contains("1970-02-10"))
        );
        let rest: Vec<_> = owed(&held, POLICY)
            .into_iter()
            .map(|item| (item, Ok(())))
            .collect();
        assert!(rest.iter().all(|(item, _)| payment(item).is_none()));
        let told = delivered(&held, &rest, POLICY, NOW).unwrap().binding;
        assert_eq!(told.deliver_at, Some(NOW + TimeDelta::days(10)));
        let mut ripe = told.clone();
        let_ripe_go(&mut ripe, POLICY, NOW + TimeDelta::days(9));
        assert_eq!(owed(&ripe, POLICY), []);
        let_ripe_go(&mut ripe, POLICY, NOW + TimeDelta::days(10));
        assert!(early(&ripe, NOW + TimeDelta::days(10)).is_empty());
        let items: Vec<_> = owed(&ripe, POLICY)
            .into_iter()
            .map(|item| (item, Ok(())))
            .collect();
        // With the settlement that it makes.
        assert_eq!(items.len(), 2);
        let done = delivered(&told, &items, POLICY, NOW + TimeDelta::days(10))
            .unwrap()
            .binding;
        assert_eq!((done.deliver_at, done.findings().count()), (None, 0));
    }

    #[test]
    fn a_settlement_says_nothing_of_what_is_kept_back() {
        let binding = paid(40);
        let settlement = binding.settlement_to_tell().unwrap();
        let kept = early(&binding, NOW);
        let held = put_off(&binding, &kept, POLICY, NOW).unwrap().binding;
        let told = without_kept_back(&held, settlement.clone());
        assert_eq!(told.status, SettlementStatus::Unpaid);
        assert_eq!(told.amount_paid, Decimal::ZERO);
        assert_eq!(
            told.amount_due,
            settlement.amount_due + settlement.amount_paid
        );
        // One that the host knows as it was is part of what it knows.
        let mut known = held.clone();
        let payment = held.payments_there()[0].clone();
        let was = super::super::ToldPayment {
            revision: 1,
            payment: payment.clone(),
            removed: false,
        };
        known.told.payments.insert(payment.id, was);
        assert_eq!(without_kept_back(&known, settlement.clone()), settlement);
    }

    #[test]
    fn another_bound_lets_go_at_once_or_names_another_day() {
        let binding = paid(40);
        let held = put_off(&binding, &early(&binding, NOW), POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(bound_changed(&held, POLICY, NOW), None);
        for days in [None, Some(40), Some(35)] {
            let policy = HostPolicy {
                payments_ahead_days_max: days,
                ..POLICY
            };
            let next = bound_changed(&held, policy, NOW).unwrap().binding;
            assert_eq!(next.deliver_at, Some(NOW), "{days:?}");
            assert_eq!(next.findings().count(), 0, "{days:?}");
            assert_eq!(early(&next, NOW).len(), 1);
        }
    }

    #[test]
    fn one_that_an_older_version_kept_back_is_known_as_such() {
        let binding = paid(40);
        let mut kept = early(&binding, NOW);
        kept[0].1 = Finding::new(Rule::WriteBackRefused, "dated 1970-02-10", "Nothing.")
            .at("code", "dated_ahead");
        let held = put_off(&binding, &kept, POLICY, NOW).unwrap().binding;
        let mut ripe = held.clone();
        let_ripe_go(&mut ripe, POLICY, NOW + TimeDelta::days(10));
        assert_eq!(ripe.findings().count(), 0);
    }

    #[test]
    fn one_that_is_near_or_taken_back_is_not_kept() {
        assert!(early(&paid(30), NOW).is_empty());
        let binding = paid(31);
        let held = put_off(&binding, &early(&binding, NOW), POLICY, NOW)
            .unwrap()
            .binding;
        let gone = provider_changed(&held, &sample::snapshot(), POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(gone.findings().count(), 0);
        // Whatever else is owed meanwhile does not wait for it.
        let more = sample::paid_snapshot("p2", 1000);
        let paid = provider_changed(&held, &more, POLICY, NOW).unwrap().binding;
        assert_eq!(paid.deliver_at, Some(NOW));
    }
}
