//! Whether host, provider and store agree: the invariants that hold after every run.

use std::collections::{BTreeMap, BTreeSet};

use tieout_core::document::{
    DocumentId, DocumentKind, Invoice, Payment, ProviderDocumentId, ProviderPaymentId,
};
use tieout_core::engine::{Binding, ReversalState, State};
use tieout_core::provider::Snapshot;
use tieout_core::store::Store;

use super::host::{HeldPayment, is_wanted};
use super::scene::Scene;

/// Asserts everything that must hold once nothing is left to do.
pub(crate) async fn assert_tied_out(scene: &Scene) {
    let found = discrepancies(scene).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whatever does not agree, in words.
pub(crate) async fn discrepancies(scene: &Scene) -> Vec<String> {
    let mut found = Vec::new();
    for host in scene.hosts.values() {
        found.extend(host.violations());
    }
    let bindings = scene.bindings().await;
    for (connection, (provider, _)) in &scene.connections {
        found.extend(provider.violations());
        for flight in scene
            .store
            .flights(connection)
            .await
            .expect("the store works")
        {
            found.push(format!("flight {} is open", flight.id));
        }
        let on = bindings
            .iter()
            .filter(|binding| binding.key.connection == *connection);
        found.extend(claimed_wrongly(
            on,
            &provider.live_documents(),
            &provider.strangers(),
        ));
    }
    found.extend(bindings.iter().filter_map(unsettled));
    for binding in &bindings {
        found.extend(payments_made(scene, binding));
    }
    for binding in &bindings {
        found.extend(unexplained(scene, binding).await);
    }
    for host in scene.hosts.values() {
        for (id, invoice) in host.current() {
            found.extend(document(
                scene,
                &bindings,
                &id,
                invoice.as_ref(),
                &host.payments(&id),
            ));
        }
    }
    found
}

/// Payments of the host that do not stand once at the provider, and have no finding; and those that the host does
/// not have.
fn payments_made(scene: &Scene, binding: &Binding) -> Vec<String> {
    let mut found = Vec::new();
    let connection = scene.connections.get(&binding.key.connection);
    let host = scene.hosts.get(&binding.key.document.host);
    let (Some((provider, settings)), Some(host), Some(posted)) =
        (connection, host, &binding.posted)
    else {
        return found;
    };
    let invoice = host.current().remove(&binding.key.document.id).flatten();
    let payments = invoice
        .as_ref()
        .and_then(|invoice| invoice.payments.clone());
    let (Some(payments), true) = (payments, settings.host_payments.is_some()) else {
        return found;
    };
    let standing: Vec<_> = provider
        .books(|books| books.standing())
        .into_iter()
        .filter(|made| made.document.as_ref() == Some(&posted.id))
        .collect();
    let explained =
        !binding.state.findings().is_empty() || binding.companions.findings().next().is_some();
    let is_posted = binding.state == State::Posted;
    let times = |payment: &tieout_core::document::HostPayment| {
        let alike = |made: &&tieout_core::provider::MadePayment| {
            (made.amount, made.date) == (payment.amount, payment.date)
        };
        standing.iter().filter(alike).count()
    };
    for payment in &payments {
        let wanted = payments
            .iter()
            .filter(|other| (other.amount, other.date) == (payment.amount, payment.date))
            .count();
        if times(payment) > wanted {
            found.push(format!("{}: {} is made twice", binding.key, payment.id));
        }
        if is_posted && times(payment) < wanted && !explained {
            found.push(format!("{}: {} is not made", binding.key, payment.id));
        }
    }
    for made in &standing {
        let known = payments
            .iter()
            .any(|payment| (made.amount, made.date) == (payment.amount, payment.date));
        if !known && !explained {
            found.push(format!("{}: {} stands too many", binding.key, made.marker));
        }
    }
    let open = binding
        .companions
        .items
        .values()
        .filter(|item| binding.lets_go(item) || binding.companions_to_compare().is_some());
    found.extend(open.map(|item| format!("{}: {} is open", binding.key, item.what)));
    found
}

/// Work that nobody did, or that nobody will do.
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
    (open || untold).then(|| {
        format!(
            "{} is {}, untold: {untold}",
            binding.key,
            binding.state.name()
        )
    })
}

/// A state that the journal does not explain.
async fn unexplained(scene: &Scene, binding: &Binding) -> Option<String> {
    let pages = scene
        .store
        .journal(&binding.story)
        .await
        .expect("the store works");
    let about = |entry: &&tieout_core::engine::Entry| entry.binding.as_ref() == Some(&binding.key);
    let last = pages.iter().flat_map(|page| &page.entries).rfind(about);
    let told = last.and_then(|entry| entry.state.as_deref());
    (told != Some(binding.state.name())).then(|| {
        format!(
            "{} is {}, the journal says {told:?}",
            binding.key,
            binding.state.name()
        )
    })
}

/// Provider documents of several bindings, or of none.
fn claimed_wrongly<'a>(
    bindings: impl Iterator<Item = &'a Binding>,
    live: &[Snapshot],
    strangers: &[ProviderDocumentId],
) -> Vec<String> {
    let bindings: Vec<&Binding> = bindings.collect();
    let owners = |held: &Snapshot| {
        let owns = |binding: &&&Binding| {
            binding
                .posted
                .as_ref()
                .is_some_and(|posted| posted.id == held.id)
        };
        bindings.iter().filter(owns).count()
    };
    // What an undo wrote belongs to the document that it reverses, or that a person is asked about.
    let is_note = |held: &Snapshot| {
        let owners = bindings.iter().filter(|binding| {
            let reversal = binding.reversal.as_ref();
            reversal.is_some_and(|reversal| match &reversal.state {
                ReversalState::Done { id } => *id == held.id && held.amount_due.is_zero(),
                ReversalState::Kept { id, .. } => *id == held.id,
                _ => false,
            })
        });
        held.kind == DocumentKind::CreditNote && owners.count() == 1
    };
    let wrong = live
        .iter()
        .filter(|held| !is_note(held))
        .filter(|held| owners(held) > 1 || (owners(held) == 0 && !strangers.contains(&held.id)));
    wrong
        .map(|held| format!("{} has {} owners", held.number, owners(held)))
        .collect()
}

/// The payments that hosts made, and the notes that undos wrote: they are told to nobody.
fn own_payments(scene: &Scene) -> BTreeSet<ProviderPaymentId> {
    let notes: Vec<Snapshot> = scene
        .connections
        .values()
        .flat_map(|(provider, _)| provider.live_documents())
        .filter(|held| held.kind == DocumentKind::CreditNote && held.number.contains("-undo-"))
        .collect();
    scene
        .connections
        .values()
        .flat_map(|(provider, _)| provider.books(|books| books.beside.made.clone()))
        .map(|made| made.id)
        .chain(
            notes
                .into_iter()
                .map(|note| ProviderPaymentId::new(note.id.as_str()).expect("an identifier")),
        )
        .collect()
}

fn document(
    scene: &Scene,
    bindings: &[Binding],
    id: &DocumentId,
    invoice: Option<&Invoice>,
    told: &[HeldPayment],
) -> Vec<String> {
    let ours: Vec<&Binding> = bindings
        .iter()
        .filter(|binding| binding.key.document.id == *id)
        .collect();
    let mut held: Vec<Snapshot> = Vec::new();
    for (connection, (provider, _)) in &scene.connections {
        let on = ours
            .iter()
            .filter(|binding| binding.key.connection == *connection);
        let ids: BTreeSet<&ProviderDocumentId> = on
            .filter_map(|binding| binding.posted.as_ref())
            .map(|posted| &posted.id)
            .collect();
        held.extend(
            provider
                .live_documents()
                .into_iter()
                .filter(|held| ids.contains(&held.id)),
        );
    }
    let finding = ours
        .iter()
        .any(|binding| !binding.state.findings().is_empty());
    let undone = ours.iter().any(|binding| binding.undone().is_some());
    let mut found = Vec::new();
    match held.as_slice() {
        [] if is_wanted(invoice) == Some(true) && !finding && !undone => {
            found.push(format!("{id} is not at the provider"));
        }
        [held] if is_wanted(invoice) == Some(false) && !finding => {
            found.push(format!("{id} is still there as {}", held.number));
        }
        [held] if !finding && invoice.is_some_and(|invoice| invoice.totals != held.totals) => {
            found.push(format!(
                "{id} comes to {} at the provider",
                held.totals.gross
            ));
        }
        [] | [_] => {}
        several => found.push(format!("{id} is there {} times", several.len())),
    }
    let paid: BTreeMap<&ProviderPaymentId, &Payment> = held
        .iter()
        .flat_map(|held| &held.payments)
        .map(|payment| (&payment.id, payment))
        .collect();
    let ours = own_payments(scene);
    let paid: BTreeMap<&ProviderPaymentId, &Payment> = paid
        .into_iter()
        .filter(|(id, _)| !ours.contains(*id))
        .collect();
    let known: BTreeMap<&ProviderPaymentId, &Payment> = told
        .iter()
        .filter(|held| !held.removed)
        .map(|held| (&held.payment.id, &held.payment))
        .collect();
    if paid != known {
        found.push(format!("{id} is paid {paid:?}, the host knows {known:?}"));
    }
    found
}
