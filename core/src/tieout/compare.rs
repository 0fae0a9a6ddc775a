//! Whether a host document and what the provider holds for it agree, and if not, where and why.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::check::Finding;
use crate::document::{Currency, DocumentKey, HostPayment, Payment};
use crate::engine::{Binding, Maker, State, Wanted};
use crate::provider::Snapshot;

/// One document on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The document.
    pub document: DocumentKey,
    /// The host's number.
    pub number: String,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What the host says that it comes to.
    #[serde(with = "crate::document::decimal")]
    pub host_total: Decimal,
    /// What the provider holds.
    #[serde(with = "crate::document::decimal::optional")]
    pub provider_total: Option<Decimal>,
    /// What the host has been told was paid and credited.
    #[serde(with = "crate::document::decimal")]
    pub host_settled: Decimal,
    /// What the provider holds as paid and credited.
    #[serde(with = "crate::document::decimal::optional")]
    pub provider_settled: Option<Decimal>,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// Whether both sides agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They hold the same, to the cent.
    Agrees,
    /// Neither side holds it, or it is deliberately not sent.
    NothingToCompare {
        /// Why, in words.
        why: String,
    },
    /// They differ.
    Differs {
        /// Where.
        differences: Vec<Difference>,
        /// What is known of the cause.
        findings: Vec<Finding>,
    },
}

/// One thing that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which.
    pub what: String,
    /// The host's side.
    pub host: String,
    /// The provider's side.
    pub provider: String,
}

/// What the host itself says of a document, not what was sent: a mistake on the way shows.
#[derive(Clone, Copy, Debug)]
pub struct HostSide<'a> {
    /// What it comes to.
    pub total: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// The payments that were made in the host; `None` when it does not tell.
    pub payments: Option<&'a [HostPayment]>,
}

/// Compares a document with what the provider holds now; `None` when it holds nothing.
#[must_use]
pub fn compare(binding: &Binding, host: HostSide<'_>, snapshot: Option<&Snapshot>) -> Comparison {
    let told = binding.told.settlement.as_ref();
    let live = snapshot.filter(|snapshot| snapshot.status.is_live());
    Comparison {
        document: binding.key.document.clone(),
        number: binding.number.clone(),
        currency: host.currency,
        host_total: host.total,
        provider_total: live.map(|snapshot| snapshot.totals.gross),
        host_settled: told
            .map(|told| told.amount_paid + told.amount_credited)
            .unwrap_or_default(),
        provider_settled: live.map(|snapshot| snapshot.amount_paid + snapshot.amount_credited),
        verdict: verdict(binding, host, live),
    }
}

fn verdict(binding: &Binding, host: HostSide<'_>, live: Option<&Snapshot>) -> Verdict {
    let findings = || binding.findings().cloned().collect::<Vec<_>>();
    let differs = |differences| Verdict::Differs {
        differences,
        findings: findings(),
    };
    match (live, binding.wanted) {
        (None, Wanted::Gone) => nothing("the host let it go, and the provider does not hold it"),
        (None, Wanted::Draft) => nothing("it is a draft in the host"),
        (None, Wanted::Live | Wanted::Unknown) => match &binding.state {
            State::Skipped { .. } => nothing("it is deliberately not sent"),
            State::Detached => nothing("an operator took it out of the synchronisation"),
            State::Waiting { .. }
            | State::Held { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. } => differs(vec![difference(
                "document",
                &host.total,
                &"none",
                binding.state.name(),
            )]),
        },
        (Some(snapshot), Wanted::Gone) => differs(vec![difference(
            "document",
            &"none",
            &snapshot.totals.gross,
            snapshot.status.as_str(),
        )]),
        (Some(snapshot), Wanted::Live | Wanted::Draft | Wanted::Unknown) => {
            let differences = differences(binding, host, snapshot);
            if differences.is_empty() && findings().is_empty() {
                Verdict::Agrees
            } else {
                differs(differences)
            }
        }
    }
}

fn nothing(why: &str) -> Verdict {
    Verdict::NothingToCompare {
        why: why.to_owned(),
    }
}

fn differences(binding: &Binding, host: HostSide<'_>, snapshot: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    if host.currency != snapshot.currency {
        let (host, provider) = (&host.currency, &snapshot.currency);
        found.push(difference("currency", host, provider, ""));
    }
    if host.total != snapshot.totals.gross {
        let (host, provider) = (&host.total, &snapshot.totals.gross);
        found.push(difference("total", host, provider, ""));
    }
    found.extend(of_host(
        binding,
        host.payments.unwrap_or_default(),
        snapshot,
    ));
    for payment in &snapshot.payments {
        let told = binding
            .told
            .payments
            .get(&payment.id)
            .filter(|told| !told.removed);
        match told {
            Some(told) if told.payment == *payment => {}
            Some(told) => found.push(difference(
                "payment",
                &paid(&told.payment),
                &paid(payment),
                "",
            )),
            None if is_own(binding, payment) => {
                if host.payments.is_some() && !is_still_in_host(binding, host, payment) {
                    let what = "payment taken back in the host only";
                    found.push(difference(what, &"none", &paid(payment), ""));
                }
            }
            None => found.push(difference("payment", &"none", &paid(payment), "")),
        }
    }
    for (id, told) in binding
        .told
        .payments
        .iter()
        .filter(|(_, told)| !told.removed)
    {
        if snapshot.payments.iter().all(|payment| payment.id != *id) {
            found.push(difference("payment", &paid(&told.payment), &"none", ""));
        }
    }
    if let Some(told) = &binding.told.settlement
        && told.amount_due != snapshot.amount_due
    {
        found.push(difference(
            "amount due",
            &told.amount_due,
            &snapshot.amount_due,
            "",
        ));
    }
    found
}

/// The payments of the host that the provider does not hold.
fn of_host(binding: &Binding, payments: &[HostPayment], snapshot: &Snapshot) -> Vec<Difference> {
    let stands = |payment: &HostPayment| match &payment.ledger_payment_id {
        Some(id) => snapshot.payments.iter().any(|held| held.id == *id),
        None => binding.companions.items.values().any(|item| {
            let is_it = item
                .what
                .payment()
                .is_some_and(|made| made.id == payment.id && made.amount == payment.amount);
            let made_as = item.state.payment_id();
            is_it && made_as.is_some_and(|id| snapshot.payments.iter().any(|held| held.id == *id))
        }),
    };
    let missing = payments.iter().filter(|payment| !stands(payment));
    missing
        .map(|payment| {
            let host = format!("{} on {}", payment.amount, payment.date);
            difference("payment made in the host only", &host, &"none", "")
        })
        .collect()
}

fn is_own(binding: &Binding, payment: &Payment) -> bool {
    match binding.companions.maker_of(&binding.key, payment) {
        Maker::Us => true,
        Maker::PerhapsUs | Maker::Them => false,
    }
}

/// Whether a payment that the host made is one that it still has.
fn is_still_in_host(binding: &Binding, host: HostSide<'_>, payment: &Payment) -> bool {
    let mut items = binding.companions.items.values();
    let item = items.find(|item| item.state.payment_id() == Some(&payment.id));
    let made = item.and_then(|item| item.what.payment());
    made.is_some_and(|made| {
        let mut payments = host.payments.unwrap_or_default().iter();
        payments.any(|payment| payment.id == made.id)
    })
}

fn paid(payment: &Payment) -> String {
    format!("{} on {}", payment.amount, payment.date)
}

fn difference(
    what: &str,
    host: &impl ToString,
    provider: &impl ToString,
    note: &str,
) -> Difference {
    let provider = match note {
        "" => provider.to_string(),
        note => format!("{} ({note})", provider.to_string()),
    };
    Difference {
        what: what.to_owned(),
        host: host.to_string(),
        provider,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample::{self, NOW};
    use crate::engine::{delivered, owed, provider_changed};

    fn total() -> Decimal {
        Decimal::new(11_000, 2)
    }

    fn compare_with(binding: &Binding, snapshot: Option<&Snapshot>) -> Verdict {
        compare_paid(binding, None, snapshot)
    }

    fn compare_paid(
        binding: &Binding,
        payments: Option<&[HostPayment]>,
        snapshot: Option<&Snapshot>,
    ) -> Verdict {
        let host = HostSide {
            total: total(),
            currency: sample::snapshot().currency,
            payments,
        };
        compare(binding, host, snapshot).verdict
    }

    fn told(binding: &Binding) -> Binding {
        let owed = owed(binding, sample::POLICY);
        let results: Vec<_> = owed.into_iter().map(|item| (item, Ok(()))).collect();
        delivered(binding, &results, sample::POLICY, NOW)
            .unwrap()
            .binding
    }

    fn differing(verdict: Verdict) -> Vec<String> {
        match verdict {
            Verdict::Differs { differences, .. } => differences
                .into_iter()
                .map(|one| format!("{}: {} / {}", one.what, one.host, one.provider))
                .collect(),
            Verdict::Agrees | Verdict::NothingToCompare { .. } => Vec::new(),
        }
    }

    #[test]
    fn a_paid_document_agrees_once_the_host_knows_of_the_payment() {
        let paid = sample::paid_snapshot("p1", 4000);
        let seen = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(
            differing(compare_with(&seen, Some(&paid))),
            ["payment: none / 40.00 on 1970-01-01"]
        );
        assert_eq!(compare_with(&told(&seen), Some(&paid)), Verdict::Agrees);
    }

    #[test]
    fn a_payment_that_vanished_differs_until_the_host_knows() {
        let paid = sample::paid_snapshot("p1", 4000);
        let seen = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let differences = differing(compare_with(&told(&seen), Some(&sample::snapshot())));
        assert_eq!(
            differences,
            [
                "payment: 40.00 on 1970-01-01 / none",
                "amount due: 70.00 / 110.00"
            ]
        );
    }

    #[test]
    fn a_payment_that_only_the_host_has_is_a_difference() {
        let payment = HostPayment {
            id: crate::document::HostPaymentId::new("a").unwrap(),
            date: sample::snapshot().date,
            amount: Decimal::new(4_000, 2),
            account_code: None,
            method: None,
            reference: None,
            ledger_payment_id: None,
        };
        let binding = told(&sample::posted());
        let verdict = compare_paid(&binding, Some(&[payment]), Some(&sample::snapshot()));
        assert_eq!(
            differing(verdict),
            ["payment made in the host only: 40.00 on 1970-01-01 / none"]
        );
    }

    #[test]
    fn one_cent_is_a_difference() {
        let mut snapshot = sample::snapshot();
        snapshot.totals.gross += Decimal::new(1, 2);
        let differences = differing(compare_with(&told(&sample::posted()), Some(&snapshot)));
        assert_eq!(differences, ["total: 110.00 / 110.01"]);
    }

    #[test]
    fn a_document_that_was_never_sent_differs_with_its_state() {
        assert_eq!(
            differing(compare_with(&sample::waiting(), None)),
            ["document: 110.00 / none (waiting)"]
        );
    }

    #[test]
    fn what_both_sides_let_go_is_nothing_to_compare_and_what_one_side_keeps_differs() {
        let mut gone = told(&sample::posted());
        gone.wanted = Wanted::Gone;
        let voided = sample::voided_snapshot();
        assert!(matches!(
            compare_with(&gone, Some(&voided)),
            Verdict::NothingToCompare { .. }
        ));
        let differences = differing(compare_with(&gone, Some(&sample::snapshot())));
        assert_eq!(differences, ["document: none / 110.00 (authorised)"]);
    }
}
