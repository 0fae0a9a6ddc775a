//! Which payments are dated too far ahead to be told now, when they will be told, and what is shown until then.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::{Binding, Event, HostPolicy, Step};
use crate::check::{Finding, Rule};
use crate::document::Payment;
use crate::host::WriteBack;

/// The code of such a finding; a host that refuses by a code of its own is not asked again by the calendar.
const CODE: &str = "dated_ahead";

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
        Rule::WriteBackRefused,
        format!(
            "the payment of {} {} is dated {}, more than {days} days ahead: the host is told of it on {told_on}",
            payment.amount, payment.currency, payment.date
        ),
        "Nothing, if the date is right; otherwise correct it in the accounting system. `payments_ahead_days_max` is the bound.",
    );
    Some(finding.at("code", CODE))
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
    let why = early.last()?.1.message.clone();
    let mut next = binding.clone();
    for (item, finding) in early {
        let id = item.payment_id();
        let refused = &mut next.told.refused;
        refused.retain(|(known, _)| known.payment_id().is_none() || known.payment_id() != id);
        refused.push((item.clone(), finding.clone()));
    }
    next.deliver_at = None;
    Some(Step::of(next, Event::Ignored { why }, at).telling(policy, at))
}

/// Lets go of payments whose time has come, or which are not at the provider any more in this form.
pub fn let_ripe_go(binding: &mut Binding, policy: HostPolicy, at: DateTime<Utc>) {
    let held = binding.payments_there().to_vec();
    binding.told.refused.retain(|(item, finding)| {
        let Some(payment) = payment(item).filter(|_| is_ours(finding)) else {
            return true;
        };
        held.contains(payment) && dated_ahead(item, policy, at).is_some()
    });
}

/// When the first payment that is kept back is to be told.
#[must_use]
pub fn next_told(binding: &Binding, policy: HostPolicy) -> Option<DateTime<Utc>> {
    let kept = binding.told.refused.iter();
    let days = kept
        .filter(|(_, finding)| is_ours(finding))
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

fn is_ours(finding: &Finding) -> bool {
    finding.rule == Rule::WriteBackRefused && finding.value == CODE
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
        assert_eq!(items.len(), 1);
        let done = delivered(&told, &items, POLICY, NOW + TimeDelta::days(10))
            .unwrap()
            .binding;
        assert_eq!((done.deliver_at, done.findings().count()), (None, 0));
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
