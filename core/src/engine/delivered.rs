//! What a binding becomes when its host was told something.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{Binding, Event, HostPolicy, Step, ToldPayment};
use crate::check::{Finding, Rule, show};
use crate::document::{ProviderPaymentId, Settlement};
use crate::host::{WriteBack, WriteBackRefusal};

/// The host acknowledged or refused write-backs about the binding.
///
/// What it acknowledged is remembered as told; what it refused is shown and not told again until its
/// content changes or a person retries. A repeat of the same acknowledgement changes nothing but the
/// journal. `None` for no results.
#[must_use]
pub fn delivered(
    binding: &Binding,
    results: &[(WriteBack, Result<(), WriteBackRefusal>)],
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut next = binding.clone();
    let mut told = Vec::new();
    let mut payments = Vec::new();
    let mut refused = None;
    for (item, result) in results {
        next.told
            .refused
            .retain(|(known, _)| !supersedes(item, known));
        match result {
            Ok(()) => {
                remember(&mut next, item);
                told.push(word(item));
                payments.extend(paid(item));
            }
            Err(refusal) => {
                let finding = finding(item, refusal);
                next.told.refused.push((item.clone(), finding.clone()));
                refused = Some(finding);
            }
        }
    }
    let event = match refused {
        Some(finding) => Event::DeliveryRefused { finding, payments },
        None if told.is_empty() => return None,
        None => Event::Delivered {
            items: told.len(),
            what: told.join(", "),
            payments,
        },
    };
    next.deliver_at = None;
    next.deliver_attempts = 0;
    Some(Step::of(next, event, at).telling(policy, at))
}

/// What a host acknowledged of how far a document is settled, and of whose telling.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    /// How far it is settled at the connection that told it.
    pub settlement: &'a Settlement,
    /// The revision that the teller knows.
    pub revision: u64,
    /// Whether that connection holds the document, or may.
    pub is_bound: bool,
}

/// The host took how far the document is settled at another connection, one that it went on from.
///
/// What this one took over of what was told follows; what it told itself stands, for that was later. `None` when nothing is
/// new, and where the document did not go on from there.
#[must_use]
pub fn told_elsewhere(
    binding: &Binding,
    taken: Taken<'_>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Binding> {
    let told = &binding.told;
    let went_on = match binding.revision.cmp(&taken.revision) {
        Ordering::Less => false,
        // The same revision, or those of a host that numbers none: what has it in the books has it last.
        Ordering::Equal => !taken.is_bound,
        Ordering::Greater => true,
    };
    let is_known = told.settlement.as_ref() == Some(taken.settlement);
    if !told.settled_elsewhere || !went_on || is_known {
        return None;
    }
    let mut next = binding.clone();
    next.told.settlement = Some(taken.settlement.clone());
    next.owes_anew(policy, at);
    Some(next)
}

fn remember(binding: &mut Binding, item: &WriteBack) {
    match item {
        WriteBack::Posting { notice, .. } => binding.told.posting = Some(notice.clone()),
        WriteBack::Settlement { settlement, .. } => {
            binding.told.settlement = Some(settlement.clone());
            binding.told.settled_elsewhere = false;
        }
        WriteBack::Payment {
            revision, payment, ..
        } => {
            let told = ToldPayment {
                revision: *revision,
                payment: payment.clone(),
                removed: false,
            };
            binding.told.payments.insert(payment.id.clone(), told);
        }
        WriteBack::PaymentRemoved {
            revision, payment, ..
        } => {
            let told = ToldPayment {
                revision: *revision,
                payment: payment.clone(),
                removed: true,
            };
            binding.told.payments.insert(payment.id.clone(), told);
        }
    }
}

/// The payment that a write-back brings.
fn paid(item: &WriteBack) -> Option<ProviderPaymentId> {
    match item {
        WriteBack::Payment { payment, .. } => Some(payment.id.clone()),
        WriteBack::Posting { .. }
        | WriteBack::PaymentRemoved { .. }
        | WriteBack::Settlement { .. } => None,
    }
}

/// Whether a newer write-back makes an older one pointless.
fn supersedes(newer: &WriteBack, older: &WriteBack) -> bool {
    match (newer, older) {
        (WriteBack::Posting { .. }, WriteBack::Posting { .. })
        | (WriteBack::Settlement { .. }, WriteBack::Settlement { .. }) => true,
        (WriteBack::Payment { .. } | WriteBack::PaymentRemoved { .. }, _) => {
            newer.payment_id() == older.payment_id()
        }
        (WriteBack::Posting { .. } | WriteBack::Settlement { .. }, _) => false,
    }
}

fn finding(item: &WriteBack, refusal: &WriteBackRefusal) -> Finding {
    Finding::new(
        Rule::WriteBackRefused,
        format!("the host refused the {}: {}", word(item), refusal.message),
        "Mend it in the host and retry.",
    )
    .at("code", &refusal.code)
}

fn word(item: &WriteBack) -> String {
    match item {
        WriteBack::Posting { notice, .. } => format!("posting ({})", notice.state.as_str()),
        WriteBack::Settlement { settlement, .. } => {
            format!("settlement ({})", settlement.status.as_str())
        }
        WriteBack::Payment { payment, .. } => {
            format!(
                "payment of {}",
                show::money(payment.amount, payment.currency)
            )
        }
        WriteBack::PaymentRemoved { payment, .. } => {
            format!(
                "removal of the payment of {}",
                show::money(payment.amount, payment.currency)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::super::{owed, provider_changed};
    use super::*;

    fn acknowledge(binding: &Binding) -> Binding {
        let results: Vec<_> = owed(binding, sample::POLICY)
            .into_iter()
            .map(|item| (item, Ok(())))
            .collect();
        delivered(binding, &results, sample::POLICY, NOW)
            .unwrap()
            .binding
    }

    #[test]
    fn what_the_host_acknowledged_is_not_owed_any_more() {
        let paid = sample::paid_snapshot("p1", 4000);
        let binding = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let told = acknowledge(&binding);
        assert_eq!(owed(&told, sample::POLICY), []);
        assert_eq!(told.deliver_at, None);
    }

    #[test]
    fn the_journal_names_the_payments_that_the_host_took_also_beside_a_refusal() {
        let paid = sample::paid_snapshot("p1", 4000);
        let binding = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let refusal = WriteBackRefusal {
            code: "closed".to_owned(),
            message: "no".to_owned(),
        };
        let named = |refused: bool| {
            let results: Vec<_> = owed(&binding, sample::POLICY)
                .into_iter()
                .map(|item| match item.payment_id() {
                    None if refused => (item, Err(refusal.clone())),
                    _ => (item, Ok(())),
                })
                .collect();
            let step = delivered(&binding, &results, sample::POLICY, NOW).unwrap();
            match step.entry.event {
                Event::Delivered { payments, .. } | Event::DeliveryRefused { payments, .. } => {
                    payments
                }
                other => panic!("{other:?}"),
            }
        };
        let p1 = [ProviderPaymentId::new("p1").unwrap()];
        assert_eq!(named(false), p1);
        assert_eq!(named(true), p1);
    }

    #[test]
    fn what_another_connection_told_counts_until_this_one_tells_something_itself() {
        let paid = sample::paid_snapshot("p1", 4000);
        let own = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let settlement = own.posted.clone().unwrap().settlement;
        let taken = Taken {
            settlement: &settlement,
            revision: own.revision,
            is_bound: true,
        };
        let mut taken_over = own.clone();
        taken_over.told.settled_elsewhere = true;
        taken_over.revision = taken.revision + 1;
        let told = |it: &Binding| told_elsewhere(it, taken, sample::POLICY, NOW);
        let knows = told(&taken_over).unwrap();
        let settled = |item: &WriteBack| matches!(item, WriteBack::Settlement { .. });
        assert!(owed(&taken_over, sample::POLICY).iter().any(settled));
        assert!(!owed(&knows, sample::POLICY).iter().any(settled));
        assert_eq!(told(&knows), None);
        assert_eq!(told(&acknowledge(&taken_over)), None);
        assert_eq!(told(&own), None);
        // Where it was before hears nothing of where it is now.
        let mut left = taken_over;
        left.revision = taken.revision;
        assert_eq!(told(&left), None);
    }

    #[test]
    fn a_payment_that_vanishes_is_removed_once_and_may_come_back() {
        let paid = sample::paid_snapshot("p1", 4000);
        let binding = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let told = acknowledge(&binding);
        let gone = provider_changed(&told, &sample::snapshot(), sample::POLICY, NOW)
            .unwrap()
            .binding;
        let removal = owed(&gone, sample::POLICY);
        assert!(
            removal
                .iter()
                .any(|item| matches!(item, WriteBack::PaymentRemoved { revision: 2, .. }))
        );
        let told = acknowledge(&gone);
        assert_eq!(owed(&told, sample::POLICY), []);
        let back = provider_changed(&told, &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let again = owed(&back, sample::POLICY);
        assert!(
            again
                .iter()
                .any(|item| matches!(item, WriteBack::Payment { revision: 3, .. }))
        );
    }

    #[test]
    fn a_refused_write_back_waits_until_its_content_changes() {
        let paid = sample::paid_snapshot("p1", 4000);
        let binding = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let refusal = WriteBackRefusal {
            code: "period_locked".to_owned(),
            message: "locked".to_owned(),
        };
        let results: Vec<_> = owed(&binding, sample::POLICY)
            .into_iter()
            .map(|item| (item, Err(refusal.clone())))
            .collect();
        let parked = delivered(&binding, &results, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(owed(&parked, sample::POLICY), []);
        let more = sample::paid_snapshot("p1", 5000);
        let changed = provider_changed(&parked, &more, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert!(!owed(&changed, sample::POLICY).is_empty());
    }
}
