//! What is known of an order after news of it, whatever came late, twice or out of order: pure, the time is handed in.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Order;
use super::note::Quantity;
use crate::wire::{News, Problem, SHIPPING_PRICE, STATUS, Standing, Status, number, word};

/// Callbacks whose fingerprints are kept: far more than an order gets.
const COUNTED_MAX: usize = 64;
/// Faults that are kept of an order: one is enough to keep it back.
const FAULTS_MAX: usize = 16;

/// By which way news came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inlet {
    /// The push of a new order: sent once when it is made, and perhaps again.
    Push,
    /// A callback about its status.
    Callback,
    /// The export, which tells how it is now.
    Export,
}

/// News with the way by which they came.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// What is told.
    pub(crate) news: News,
    /// By which way.
    pub(crate) inlet: Inlet,
    /// Tells a repeat of a callback from another one: a callback has neither number nor time.
    pub(crate) fingerprint: String,
}

/// What is known after news; the same as before when they tell nothing new.
pub(crate) fn learn(known: Option<&Order>, told: &Told, at: DateTime<Utc>) -> Order {
    let Told {
        news,
        inlet,
        fingerprint,
    } = told;
    let inlet = *inlet;
    let before = known
        .cloned()
        .unwrap_or_else(|| Order::unknown(&news.id, at));
    let mut after = before.clone();
    let told = news.status.unwrap_or_default();
    let is_old_form = news.order.is_some() && !takes_form(&before, told, inlet);
    if let Some(form) = news.order.as_ref().filter(|_| !is_old_form) {
        forget_what_shrank(&mut after, form);
        after.form = Some(form.clone());
        after.form_by = Some(inlet);
        after.shipping_price = None;
        after.group = before.group.clone().or_else(|| after.group_name());
        // It tells everything anew.
        after.faults.clear();
    }
    if !is_old_form {
        faults(&mut after, news);
    }
    if news.status.is_some() {
        status(&mut after, told, inlet);
    }
    let is_owed = after.status.is_final() || !after.faults.is_empty();
    after.came_late = before.came_late || (after.form.is_none() && is_owed);
    after.shipped_on = before.shipped_on.max(news.shipped_on);
    if after.dispatched_on.is_none() && after.status.standing() == Standing::Dispatched {
        after.dispatched_on = Some(at.date_naive());
    }
    // A callback that comes late tells an old price.
    let is_late = !told.is_final() && (before.status.is_final() || told.reached() < before.reached);
    if news.order.is_none() && !is_late {
        after.shipping_price = news.shipping_price.or(after.shipping_price);
    }
    if !news.cancelled.is_empty() && !before.counted.iter().any(|it| it == fingerprint) {
        after.counted.push(fingerprint.to_owned());
        let beyond = after.counted.len().saturating_sub(COUNTED_MAX);
        after.counted.drain(..beyond);
        for (item, quantity) in &news.cancelled {
            let sum = after
                .cancelled
                .entry(item.clone())
                .or_insert(Quantity(Decimal::ZERO));
            sum.0 = sum.0.checked_add(*quantity).unwrap_or(Decimal::MAX);
        }
    }
    // By which way the same form came is no news.
    let is_same = Order {
        form_by: before.form_by,
        ..after.clone()
    } == before;
    if !is_same || known.is_none() {
        after.revision = before.revision + 1;
        after.changed_at = at;
    }
    after
}

/// Whether a whole form takes the place of the known one: not if it is older.
fn takes_form(known: &Order, told: Status, inlet: Inlet) -> bool {
    if known.form.is_none() {
        return true;
    }
    let is_behind = known.status.is_final() && !told.is_final();
    match inlet {
        Inlet::Export | Inlet::Callback => !is_behind,
        // The form of the day it was made says nothing against one that was asked for later.
        Inlet::Push => {
            known.form_by == Some(Inlet::Push) && told.reached() >= known.reached && !is_behind
        }
    }
}

/// Adds what cannot be read of news, and leaves out what they tell by now.
///
/// A cancellation that was not understood stays until the whole order comes: no other callback tells it again.
fn faults(order: &mut Order, news: &News) {
    order.faults.retain(|fault| match fault.field.as_str() {
        STATUS => news.status.is_none(),
        SHIPPING_PRICE => news.shipping_price.is_none(),
        _ => !fault.is_of_the_dispatch() || news.shipped_on.is_none(),
    });
    let new: Vec<Problem> = news
        .faults
        .iter()
        .filter(|fault| !order.faults.contains(fault))
        .cloned()
        .collect();
    order.faults.extend(new);
    order.faults.truncate(FAULTS_MAX);
}

fn status(order: &mut Order, told: Status, inlet: Inlet) {
    let known = order.status;
    match (known.is_final(), told.is_final()) {
        // Nothing follows an end: what says otherwise is late, or another end that nobody can believe unasked.
        (true, true) => {
            order.contradicted = (known.standing() != told.standing()).then_some(told);
        }
        (true, false) => {}
        (false, true) => order.status = told,
        (false, false) => {
            let is_late = match inlet {
                Inlet::Export => false,
                // Only its body is signed: it may be an old one that somebody sends again.
                Inlet::Callback => {
                    told.standing() == Standing::Underway && told.reached() < order.reached
                }
                // Made before whatever was told since; it says nothing about an order that rests.
                Inlet::Push => {
                    known.standing() == Standing::OnHold || told.reached() < order.reached
                }
            };
            if !is_late {
                order.status = told;
            }
        }
    }
    order.reached = match order.status.standing() {
        Standing::Underway | Standing::Dispatched => order.reached.max(order.status.reached()),
        Standing::OnHold | Standing::Cancelled => order.reached,
    };
}

/// Where a later form shows fewer pieces than the one before, what was cancelled is left out of it already.
fn forget_what_shrank(order: &mut Order, form: &Value) {
    let Some(old) = &order.form else {
        return;
    };
    for item in items(form) {
        let names = names(item);
        let before =
            items(old).find(|old| self::names(old).iter().any(|name| names.contains(name)));
        let pieces = |item: &Value| number(item.get("quantity")).ok().flatten();
        let (Some(before), Some(now)) = (before.and_then(pieces), pieces(item)) else {
            continue;
        };
        if now >= before {
            continue;
        }
        for name in names {
            if let Some(cancelled) = order.cancelled.get_mut(&name) {
                let left_out = before.checked_sub(now).unwrap_or(Decimal::MAX);
                let more = cancelled.0.checked_sub(left_out);
                cancelled.0 = more.unwrap_or_default().max(Decimal::ZERO);
            }
        }
    }
    order.cancelled.retain(|_, quantity| !quantity.0.is_zero());
}

fn items(form: &Value) -> impl Iterator<Item = &Value> {
    form.get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// What a cancellation may call an item.
fn names(item: &Value) -> Vec<String> {
    ["ref", "id", "external_ref"]
        .iter()
        .filter_map(|key| word(item.get(*key)))
        .collect()
}
