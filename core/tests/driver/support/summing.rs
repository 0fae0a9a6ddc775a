//! Whether host, provider and store agree where documents travel inside summaries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rust_decimal::Decimal;
use tieout_core::document::{DocumentId, Invoice};
use tieout_core::engine::{Binding, State};
use tieout_core::settings::{SummaryPeriod, SummaryPolicy};
use tieout_core::store::Store;

use super::host::is_wanted;
use super::scene::Scene;

/// From the first moment of a test to the close of the week in which its invoices are dated.
pub(crate) const TO_THE_CLOSE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

pub(crate) fn weekly() -> SummaryPolicy {
    SummaryPolicy {
        period: SummaryPeriod::Week,
        hosts: Vec::new(),
        divisions: Vec::new(),
        closes_after_hours: 24,
    }
}

/// A scene whose connection gathers by week.
pub(crate) fn gathering() -> Scene {
    gather(Scene::new())
}

pub(crate) fn gather(mut scene: Scene) -> Scene {
    scene.settings().summary = Some(weekly());
    scene
}

/// The bindings of the summaries, in the order of their numbers.
pub(crate) async fn summaries(scene: &Scene) -> Vec<Binding> {
    let mut all = scene.bindings().await;
    all.retain(|binding| binding.roster.is_some());
    all.sort_by(|one, other| one.number.cmp(&other.number));
    all
}

/// The only summary.
pub(crate) async fn summary(scene: &Scene) -> Binding {
    let mut all = summaries(scene).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub(crate) async fn assert_summed(scene: &Scene) {
    let found = discrepancies(scene).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whatever does not agree, in words: every document that a host wants stands once at the provider, alone or inside one
/// summary, to the cent, and what was paid reached the hosts once.
pub(crate) async fn discrepancies(scene: &Scene) -> Vec<String> {
    let mut found = scene.host().violations();
    found.extend(scene.provider().violations());
    for connection in scene.connections.keys() {
        let flights = scene.store.flights(connection).await.expect("it works");
        found.extend(flights.iter().map(|it| format!("{} is open", it.id)));
    }
    let bindings = scene.bindings().await;
    found.extend(bindings.iter().filter_map(unsettled));
    let by_id: BTreeMap<&DocumentId, &Binding> = bindings
        .iter()
        .map(|binding| (&binding.key.document.id, binding))
        .collect();
    let mut owned = BTreeSet::new();
    for held in scene.provider().live_documents() {
        let owner = |it: &&Binding| it.posted.as_ref().is_some_and(|at| at.id == held.id);
        let owners: Vec<&Binding> = bindings.iter().filter(owner).collect();
        match owners.as_slice() {
            [_] => drop(owned.insert(held.id.clone())),
            owners => found.push(format!("{} has {} owners", held.number, owners.len())),
        }
    }
    let mut carried: BTreeMap<DocumentId, usize> = BTreeMap::new();
    for summary in bindings.iter().filter(|it| it.roster.is_some()) {
        found.extend(of_summary(scene, summary, &by_id));
        let is_there = summary
            .posted
            .as_ref()
            .is_some_and(|it| it.status.is_live());
        for member in summary.member_keys().into_iter().filter(|_| is_there) {
            *carried.entry(member.document.id).or_default() += 1;
        }
    }
    for (id, invoice) in scene.host().current() {
        let binding = by_id.get(&id);
        let alone = binding
            .and_then(|it| it.posted.as_ref())
            .is_some_and(|it| it.status.is_live());
        let times = usize::from(alone) + carried.get(&id).copied().unwrap_or_default();
        let excused = binding.is_some_and(|it| !it.state.findings().is_empty());
        match is_wanted(invoice.as_ref()) {
            Some(true) if times != 1 && !excused => {
                found.push(format!("{id} stands {times} times"));
            }
            Some(false) if times != 0 && !excused => found.push(format!("{id} still stands")),
            _ => {}
        }
    }
    found
}

fn of_summary(
    scene: &Scene,
    summary: &Binding,
    by_id: &BTreeMap<&DocumentId, &Binding>,
) -> Vec<String> {
    let mut found = Vec::new();
    let number = &summary.number;
    let members: Vec<&Binding> = summary
        .member_keys()
        .iter()
        .filter_map(|key| by_id.get(&key.document.id).copied())
        .collect();
    let current = scene.host().current();
    let wanted = |member: &&Binding| -> Option<Invoice> {
        current.get(&member.key.document.id).cloned().flatten()
    };
    for member in &members {
        let membership = member.summary.as_ref().map(|it| &it.summary);
        if membership != Some(&summary.key.document.id) {
            found.push(format!("{} does not know {number}", member.number));
        }
    }
    let Some(posted) = summary.posted.as_ref().filter(|it| it.status.is_live()) else {
        return found;
    };
    let Some(held) = scene.provider().live(&posted.number) else {
        return vec![format!("{number} is not there")];
    };
    let has_finding = |it: &&Binding| !it.state.findings().is_empty();
    let excused = members.iter().any(has_finding) || has_finding(&summary);
    let sum: Decimal = members
        .iter()
        .filter_map(wanted)
        .map(|it| it.totals.gross)
        .sum();
    if !excused && sum != held.totals.gross {
        found.push(format!(
            "{number} is {}, its members {sum}",
            held.totals.gross
        ));
    }
    let paid: Decimal = held.payments.iter().map(|it| it.amount).sum();
    let told: Decimal = members
        .iter()
        .flat_map(|member| scene.host().payments(&member.key.document.id))
        .filter(|it| !it.removed)
        .map(|it| it.payment.amount)
        .sum();
    if paid != told {
        found.push(format!("{paid} is paid on {number}, the host knows {told}"));
    }
    found
}

fn unsettled(binding: &Binding) -> Option<String> {
    let open = match &binding.state {
        State::Waiting { .. } | State::Ready { .. } | State::InFlight(_) | State::Unsure { .. } => {
            true
        }
        State::Held { .. }
        | State::Skipped { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => false,
    };
    let untold = binding.deliver_at.is_some();
    (open || untold).then(|| format!("{} is {}", binding.number, binding.state.name()))
}
