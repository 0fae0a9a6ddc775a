//! Where the payments of both sides differ: those that the host was told of, and those that it made itself.

use super::compare::{Difference, Part, difference};
use super::sides::{Held, HostSide};
use crate::check::show;
use crate::document::{HostPayment, Payment, ProviderPaymentId};
use crate::engine::{Binding, Maker};

/// Where the payments of both sides differ.
pub(super) fn payments(binding: &Binding, host: &HostSide<'_>, held: &Held<'_>) -> Vec<Difference> {
    let told = &binding.told.payments;
    let there = held.payments.iter().filter_map(|payment| {
        match told.get(&payment.id).filter(|told| !told.removed) {
            Some(told) if told.payment == *payment => None,
            Some(told) => Some(difference(
                Part::Payment,
                &paid(&told.payment),
                &paid(payment),
            )),
            None if is_own(binding, payment) => {
                let taken_back =
                    host.payments.is_some() && !is_still_in_host(binding, host, payment);
                taken_back.then(|| difference(Part::PaymentTakenBack, &"none", &paid(payment)))
            }
            None => Some(difference(Part::Payment, &"none", &paid(payment))),
        }
    });
    let gone = told.iter().filter(|(id, told)| {
        !told.removed && held.payments.iter().all(|payment| payment.id != **id)
    });
    let gone = gone.map(|(_, told)| difference(Part::Payment, &paid(&told.payment), &"none"));
    there.chain(gone).collect()
}

/// The payments of the host that the provider does not hold.
pub(super) fn of_host(binding: &Binding, host: &HostSide<'_>, held: &Held<'_>) -> Vec<Difference> {
    let is_held = |id: &ProviderPaymentId| held.payments.iter().any(|payment| payment.id == *id);
    let stands = |payment: &HostPayment| match &payment.ledger_payment_id {
        Some(id) => is_held(id),
        None => binding.companions.items.values().any(|item| {
            let is_it = item
                .what
                .payment()
                .is_some_and(|made| made.id == payment.id && made.amount == payment.amount);
            is_it && item.state.payment_id().is_some_and(is_held)
        }),
    };
    let payments = host.payments.unwrap_or_default().iter();
    payments
        .filter(|payment| !stands(payment))
        .map(|payment| {
            let amount = show::amount_of(payment.amount, host.currency);
            let made = format!("{amount} on {}", payment.date);
            difference(Part::PaymentOfHost, &made, &"none")
        })
        .collect()
}

fn is_own(binding: &Binding, payment: &Payment) -> bool {
    match binding.maker_of(payment) {
        Maker::Us => true,
        Maker::PerhapsUs | Maker::Them => false,
    }
}

/// Whether a payment that the host made is one that it still has.
fn is_still_in_host(binding: &Binding, host: &HostSide<'_>, payment: &Payment) -> bool {
    let mut items = binding.companions.items.values();
    let item = items.find(|item| item.state.payment_id() == Some(&payment.id));
    let made = item.and_then(|item| item.what.payment());
    made.is_some_and(|made| {
        let mut payments = host.payments.unwrap_or_default().iter();
        payments.any(|payment| payment.id == made.id)
    })
}

fn paid(payment: &Payment) -> String {
    let amount = show::amount_of(payment.amount, payment.currency);
    format!("{amount} on {}", payment.date)
}
