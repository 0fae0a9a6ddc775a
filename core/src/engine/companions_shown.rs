//! What the provider's document shows of payments that the store does not know, or that may be the host's own.

use super::{Binding, Companion, CompanionState, Companions, Event, Maker, PaymentToMake, Posted};
use crate::check::{Finding, Rule, show};

/// Takes a payment that the provider shows under a marker of ours for made, though the store does not know of it, as
/// after it was restored from an older copy: it is never made a second time.
pub(super) fn see_marked(posted: &Posted, companions: &mut Companions, news: &mut Vec<Event>) {
    for item in companions.items.values_mut() {
        let is_open = match &item.state {
            CompanionState::Wanted { .. }
            | CompanionState::Missing { .. }
            | CompanionState::Refused { .. } => true,
            CompanionState::Sent(_)
            | CompanionState::Unsure(_)
            | CompanionState::Done { .. }
            | CompanionState::Missed { .. }
            | CompanionState::TakingBack { .. }
            | CompanionState::Kept { .. }
            | CompanionState::TakenBack { .. }
            | CompanionState::Removed { .. } => false,
        };
        let Some(ours) = item.what.payment().filter(|_| is_open) else {
            continue;
        };
        let shown = posted.payments.iter().find(|payment| {
            let reference = payment.reference.as_deref();
            reference.is_some_and(|reference| reference.trim() == ours.marker.trim())
        });
        let Some(shown) = shown else { continue };
        news.push(Event::Companion {
            what: item.what.to_string(),
            happened: "the provider shows it under our marker already".to_owned(),
            finding: None,
        });
        item.state = CompanionState::Done {
            id: Some(shown.id.clone()),
            seen: true,
            since: None,
        };
    }
}

/// A payment that the provider shows now may be the late work of a request that a look-up did not find: it is looked for once
/// more, whatever keeps it from being sent again.
pub(super) fn see_alike(posted: &Posted, companions: &mut Companions) {
    let is_open = |item: &Companion| {
        let state = &item.state;
        matches!(state, CompanionState::Wanted { before: Some(_) })
            && companions.alike(item, posted).next().is_some()
    };
    let items = companions.items.iter().filter(|(_, item)| is_open(item));
    let seen: Vec<String> = items.map(|(key, _)| key.clone()).collect();
    for key in seen {
        if let Some(item) = companions.items.get_mut(&key)
            && let CompanionState::Wanted {
                before: Some(request),
            } = &item.state
        {
            item.state = CompanionState::Unsure(request.clone());
        }
    }
}

/// A payment of the same amount that nobody here made may be this one, entered at the provider by hand or by an earlier
/// connector: a person decides.
pub(super) fn perhaps_made(
    binding: &Binding,
    companions: &Companions,
    wanted: &PaymentToMake,
) -> Option<Finding> {
    let posted = binding.posted.as_ref()?;
    let there = posted.payments.iter().find(|payment| {
        let maker = companions.maker_of(&binding.key, payment);
        payment.amount == wanted.amount && matches!(maker, Maker::Them)
    })?;
    let finding = Finding::new(
        Rule::PaymentNotMade,
        format!(
            "the accounting system holds a payment of {} of {} already, which nobody here made",
            show::money(there.amount, there.currency),
            there.date
        ),
        "If it is this one, let the host name it by its `ledger_payment_id`; if not, `tieout retry` makes it.",
    );
    Some(finding.at(format!("payments.{}", wanted.id), there.id.as_str()))
}
