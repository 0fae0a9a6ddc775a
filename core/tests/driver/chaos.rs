//! Whatever happens in whatever order, both sides agree in the end: random days, each replayed by its seed.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{Invoice, InvoiceStatus};
use tieout_core::driver::serve;
use tieout_core::host::HostErrorKind;
use tieout_core::provider::{Capability, SnapshotStatus};
use tokio_util::sync::CancellationToken;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{capability, cents, host_payment, invoice, line, paying, revised};
use crate::support::host::{Loss, TestHost};
use crate::support::provider::{Fault, On};
use crate::support::random::Random;
use crate::support::scene::Scene;
use crate::support::tie_out::discrepancies;

/// Seeds that are lived through each time.
const SEEDS: u64 = 100;
/// Documents of a life.
const DOCUMENTS: u64 = 7;
/// Days of a life.
const DAYS: u64 = 9;

/// How often the interesting things came up.
#[derive(Debug, Default)]
struct Coverage {
    crashes: usize,
    requests: usize,
    repeated_requests: usize,
    looked_up: usize,
    read_again: usize,
    findings: usize,
    payments: usize,
    removals: usize,
    paid_by_hosts: usize,
    taken_back: usize,
    payments_in_doubt: usize,
}

#[tokio::test(start_paused = true)]
async fn random_days_end_with_both_sides_in_agreement() {
    let mut coverage = Coverage::default();
    for seed in 0..SEEDS {
        live(seed, &mut coverage).await;
    }
    println!("{SEEDS} lives: {coverage:?}");
    assert!(
        coverage.paid_by_hosts > 50 && coverage.taken_back > 20 && coverage.payments_in_doubt > 20,
        "{coverage:?}"
    );
    assert!(
        coverage.crashes > 100 && coverage.repeated_requests > 100 && coverage.looked_up > 50,
        "{coverage:?}"
    );
    assert!(
        coverage.read_again > 0 && coverage.payments > 200 && coverage.removals > 20,
        "{coverage:?}"
    );
}

async fn live(seed: u64, coverage: &mut Coverage) {
    let mut random = Random::new(seed);
    let mut scene = Scene::of(
        TestHost::with_pages(1 + random.below_usize(5)),
        limits(&mut random),
    );
    scene.limits.provider_poll = Duration::from_secs(10 + random.below(60));
    // Numbers that may stand twice leave it to us alone that nothing is made twice.
    scene
        .provider()
        .books(|books| books.numbers_are_unique = random.one_in(2));
    let meddling = random.one_in(2);
    // A source of their own, so that the lives of earlier seeds stay what they were.
    let mut cashier = Random::new(!seed);
    if !cashier.one_in(3) {
        scene.settings().host_payments = paying();
    }
    let silent = cashier.one_in(2);
    scene.provider().books(|books| books.beside.silent = silent);
    let mut invoices: Vec<Invoice> = Vec::new();
    for _ in 0..DAYS {
        for _ in 0..random.below(4) {
            host_acts(&scene, &mut invoices, &mut random);
        }
        for _ in 0..cashier.below(3) {
            host_pays(&scene, &mut invoices, &mut cashier);
        }
        for _ in 0..random.below(3) {
            provider_acts(&scene, meddling, &mut random);
        }
        if random.one_in(2) {
            something_breaks(&scene, &mut random);
        }
        coverage.crashes += usize::from(run(&scene, meddling, &mut random).await);
        scene.wait(Duration::from_secs(random.below(900))).await;
    }
    scene.provider().mend();
    scene.host().mend();
    for _ in 0..4 {
        scene.wait(Duration::from_secs(1_000)).await;
        scene.sync().await;
    }
    let found = discrepancies(&scene).await;
    if !found.is_empty() {
        for entry in scene.journal().await {
            let about = entry
                .binding
                .map(|key| key.document.id.to_string())
                .unwrap_or_default();
            println!(
                "{} {about}: {:?} -> {}",
                entry.at.format("%H:%M:%S%.3f"),
                entry.event,
                entry.state.unwrap_or_default()
            );
        }
    }
    assert!(found.is_empty(), "seed {seed}:\n{}", found.join("\n"));
    for binding in scene.bindings().await {
        for finding in binding.state.findings() {
            let expected = matches!(finding.rule, Rule::VoidRefused | Rule::Refused);
            assert!(
                meddling || expected,
                "seed {seed}: {}: {finding}",
                binding.key
            );
        }
    }
    note(&scene, coverage).await;
}

fn limits(random: &mut Random) -> Capability {
    Capability {
        batch_documents_max: 1 + random.below_usize(4),
        look_up_max: 1 + random.below_usize(3),
        concurrent_max: 1 + random.below_usize(4),
        ..capability()
    }
}

fn host_acts(scene: &Scene, invoices: &mut Vec<Invoice>, random: &mut Random) {
    let at = random.below(DOCUMENTS);
    let Some(position) = invoices
        .iter()
        .position(|known| known.id.as_str() == at.to_string())
    else {
        let made = invoice(&at.to_string(), &[1_000 + 10 * random.amount(), 500]);
        scene.host().put(&made);
        return invoices.push(made);
    };
    let before = &invoices[position];
    let change = random.below(10);
    if change == 0 {
        return scene.host().remove(before);
    }
    if change == 1 {
        return scene.host().tell_late(before);
    }
    let price = 100 + 10 * random.amount();
    let status = match change {
        2 => InvoiceStatus::Voided,
        3 => InvoiceStatus::Draft,
        _ => InvoiceStatus::Final,
    };
    // A removal is a revision of its own.
    let removed = scene.host().current()[&before.id].is_none();
    let before = if removed {
        revised(before, |_| {})
    } else {
        before.clone()
    };
    let after = revised(&before, |invoice| {
        invoice.status = status;
        invoice.lines = vec![line("2", price), line(&(3 + change).to_string(), 450)];
    });
    scene.host().put(&after);
    invoices[position] = after;
}

/// The host takes payments and gives them back.
fn host_pays(scene: &Scene, invoices: &mut [Invoice], random: &mut Random) {
    if invoices.is_empty() {
        return;
    }
    let invoice = &mut invoices[random.below_usize(invoices.len())];
    if scene.host().current()[&invoice.id].is_none() {
        return;
    }
    let after = revised(invoice, |invoice| {
        let payments = invoice.payments.get_or_insert_default();
        let amount = cents(20 + random.amount());
        match random.below(5) {
            0 => drop(payments.pop()),
            1 if !payments.is_empty() => payments[0].amount = amount,
            _ => {
                let id = format!("p{}", random.below(1_000_000));
                payments.push(host_payment(&id, amount));
            }
        }
    });
    scene.host().put(&after);
    *invoice = after;
    if random.one_in(3) {
        let faults = [
            Fault::NotProcessed,
            Fault::UnsureBefore,
            Fault::UnsureAfter,
            Fault::UnsureLate(Duration::from_millis(100 + random.below(1_800))),
            Fault::SlowReply(Duration::from_secs(random.below(60))),
        ];
        let on = [On::Pay, On::Pay, On::Marked, On::TakeBack][random.below_usize(4)];
        scene
            .provider()
            .fail(on, [faults[random.below_usize(5)].clone()]);
    }
}

fn provider_acts(scene: &Scene, meddling: bool, random: &mut Random) {
    let live = scene.provider().live_documents();
    if live.is_empty() {
        return;
    }
    let held = &live[random.below_usize(live.len())];
    match random.below(if meddling { 12 } else { 10 }) {
        0..=5 => {
            scene
                .provider()
                .pay(&held.number, cents(10 + random.amount()));
        }
        6 | 7 => scene
            .provider()
            .edit(&held.number, |held| held.payments.clear()),
        8 | 9 => scene.provider().edit(&held.number, |held| {
            if let Some(payment) = held.payments.first_mut() {
                payment.amount += cents(1);
            }
        }),
        10 => scene
            .provider()
            .edit(&held.number, |held| held.lines[0].amount += cents(100)),
        _ => scene.provider().edit(&held.number, |held| {
            held.payments.clear();
            held.status = SnapshotStatus::Voided;
        }),
    }
}

fn something_breaks(scene: &Scene, random: &mut Random) {
    let time = Duration::from_secs(1 + random.below(900));
    let fault = match random.below(9) {
        0 => Fault::NotProcessed,
        1 => Fault::UnsureBefore,
        2 => Fault::UnsureAfter,
        3 => Fault::UnsureLate(Duration::from_millis(100 + random.below(1_800))),
        4 => Fault::Throttled(time),
        5 => Fault::BadReply,
        6 => Fault::ShortReply,
        7 => Fault::SlowReply(Duration::from_secs(random.below(60))),
        _ => Fault::Unauthorised,
    };
    let some = 1 + random.below_usize(3);
    match random.below(10) {
        0..=4 => scene.provider().fail(On::Send, vec![fault; some]),
        5 => scene
            .provider()
            .fail(On::LookUp, vec![Fault::NotProcessed; some]),
        6 => scene.provider().fail_for(time, Fault::NotProcessed),
        7 => scene
            .provider()
            .fail(On::Changes, vec![Fault::UnsureBefore; some]),
        8 => scene
            .host()
            .fail_changes(vec![HostErrorKind::Unavailable; some]),
        _ => {
            let losses = [Loss::Before, Loss::After, Loss::Short];
            scene
                .host()
                .fail_deliveries(vec![losses[random.below_usize(3)]; some]);
        }
    }
}

/// A process runs for a while; gives whether it died.
async fn run(scene: &Scene, meddling: bool, random: &mut Random) -> bool {
    let at = if random.one_in(2) {
        1 + random.below_usize(25)
    } else {
        usize::MAX
    };
    let side = if random.one_in(2) {
        Side::Before
    } else {
        Side::After
    };
    let store = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
    let world = scene.world_on(Arc::clone(&store) as _);
    if random.one_in(2) {
        let result = scene.sync_with(&world).await;
        assert_eq!(result.is_err(), store.is_dead(), "only a crash ends a run");
        return store.is_dead();
    }
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(world, stop.clone()));
    for _ in 0..3 {
        scene.wait(Duration::from_secs(random.below(40))).await;
        provider_acts(scene, meddling, random);
    }
    scene.wait(Duration::from_secs(random.below(120))).await;
    stop.cancel();
    let result = serving.await.expect("the driver does not panic");
    assert_eq!(result.is_err(), store.is_dead(), "only a crash ends it");
    store.is_dead()
}

async fn note(scene: &Scene, coverage: &mut Coverage) {
    let arrivals = scene.provider().arrivals();
    let keys: std::collections::BTreeSet<&String> = arrivals
        .iter()
        .map(|arrival| &arrival.request.idempotency_key)
        .collect();
    coverage.requests += arrivals.len();
    coverage.repeated_requests += arrivals.len() - keys.len();
    coverage.looked_up += scene.provider().calls(On::LookUp);
    coverage.read_again += scene.provider().calls(On::Read);
    let standing = scene.provider().books(|books| books.standing().len());
    let made = scene.provider().books(|books| books.beside.made.len());
    coverage.paid_by_hosts += standing;
    coverage.taken_back += made - standing;
    coverage.payments_in_doubt += scene.provider().calls(On::Marked);
    let bindings = scene.bindings().await;
    coverage.findings += bindings
        .iter()
        .filter(|binding| !binding.state.findings().is_empty())
        .count();
    for binding in &bindings {
        let kept = scene.host().payments(&binding.key.document.id);
        coverage.payments += kept.len();
        coverage.removals += kept.iter().filter(|held| held.removed).count();
    }
}
