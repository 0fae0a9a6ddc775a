//! Promises about payments on their way back: each reaches the host once, with its current amount.

use std::time::Duration;

use rust_decimal::Decimal;
use tieout_core::check::Rule;
use tieout_core::document::{Settlement, SettlementStatus};
use tieout_core::engine::{Event, State};
use tieout_core::host::WriteBack;

use crate::support::documents::{capability, cents, document_id, invoice, line, revised};
use crate::support::provider::{Fault, On};
use crate::support::scene::Scene;
use crate::support::serving::Serving;
use crate::support::tie_out::assert_tied_out;

async fn posted(net_cents: i64) -> Scene {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[net_cents]));
    scene.sync().await;
    scene
}

fn last_settlement(scene: &Scene) -> Settlement {
    scene
        .host()
        .settlements(&document_id("1"))
        .pop()
        .expect("a settlement")
}

#[tokio::test(start_paused = true)]
async fn part_payments_and_the_rest_are_told_once_each_with_the_settlement() {
    let scene = posted(10_000).await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    assert_eq!(last_settlement(&scene).status, SettlementStatus::PartlyPaid);
    assert_eq!(last_settlement(&scene).amount_due, cents(7_000));
    scene.provider().pay("INV-1", cents(7_000));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(last_settlement(&scene).status, SettlementStatus::Paid);
    let payments = scene.host().payments(&document_id("1"));
    assert_eq!(
        payments
            .iter()
            .map(|held| held.revision)
            .collect::<Vec<_>>(),
        [1, 1]
    );
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_nobody_paid_yet_is_told_as_posted_and_nothing_else() {
    let scene = posted(10_000).await;
    scene.sync().await;
    assert!(matches!(
        scene.host().told()[..],
        [WriteBack::Posting { .. }]
    ));
}

#[tokio::test(start_paused = true)]
async fn a_payment_comes_before_the_settlement_that_it_makes() {
    let scene = posted(10_000).await;
    let before = scene.host().told().len();
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    let told = scene.host().told();
    assert!(matches!(
        told[before..],
        [WriteBack::Payment { .. }, WriteBack::Settlement { .. }]
    ));
}

#[tokio::test(start_paused = true)]
async fn changed_and_deleted_payments_are_told_with_growing_revisions() {
    let scene = posted(10_000).await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    scene
        .provider()
        .edit("INV-1", |held| held.payments[0].amount = cents(4_500));
    scene.sync().await;
    let kept = scene.host().payments(&document_id("1"));
    assert_eq!(
        (kept[0].revision, kept[0].payment.amount, kept[0].removed),
        (2, cents(4_500), false)
    );
    scene.provider().edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    let kept = scene.host().payments(&document_id("1"));
    assert_eq!((kept[0].revision, kept[0].removed), (3, true));
    assert_eq!(last_settlement(&scene).status, SettlementStatus::Unpaid);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_came_and_went_between_two_looks_is_no_news() {
    let scene = posted(10_000).await;
    let told = scene.host().told().len();
    scene.provider().pay("INV-1", cents(4_000));
    scene.provider().edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    assert_eq!(scene.host().told().len(), told);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn payments_of_documents_that_are_not_ours_are_nobodys_news() {
    let scene = posted(10_000).await;
    let (told, now) = (scene.host().told().len(), scene.now());
    scene
        .provider()
        .books(|books| books.stranger("X-1", cents(500), now));
    scene.provider().pay("X-1", cents(500));
    scene.sync().await;
    assert_eq!(scene.host().told().len(), told);
}

#[tokio::test(start_paused = true)]
async fn payments_stay_with_the_provider_where_the_settings_say_so() {
    let mut scene = Scene::new();
    scene.settings().payments = false;
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    assert!(
        scene
            .host()
            .told()
            .iter()
            .all(|item| matches!(item, WriteBack::Posting { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_payment_made_while_the_reply_to_the_create_is_on_its_way_is_told() {
    let mut scene = Scene::new();
    scene.limits.provider_poll = Duration::from_secs(5);
    scene.host().put(&invoice("1", &[10_000]));
    scene
        .provider()
        .fail_send(1, Fault::SlowReply(Duration::from_secs(40)));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(12)).await;
    scene.provider().pay("INV-1", cents(4_000));
    something_else_happens(&scene);
    scene.wait(Duration::from_secs(120)).await;
    serving.stop().await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
}

/// Later changes, so that nothing earlier is told again at the end of a page.
fn something_else_happens(scene: &Scene) {
    let now = scene.now();
    scene
        .provider()
        .books(|books| books.stranger("X-1", cents(500), now));
    scene.provider().pay("X-1", cents(100));
}

#[tokio::test(start_paused = true)]
async fn a_payment_made_while_the_create_is_in_doubt_is_told() {
    let mut scene = Scene::new();
    scene.limits.provider_poll = Duration::from_secs(5);
    scene.host().put(&invoice("1", &[10_000]));
    scene.provider().fail(
        On::Send,
        [
            Fault::UnsureAfter,
            Fault::NotProcessed,
            Fault::NotProcessed,
            Fault::NotProcessed,
        ],
    );
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(3)).await;
    scene.provider().pay("INV-1", cents(4_000));
    something_else_happens(&scene);
    scene.wait(Duration::from_secs(120)).await;
    serving.stop().await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_to_an_update_does_not_undo_a_payment_that_was_seen_before_it() {
    let mut scene = Scene::new();
    scene.limits.provider_poll = Duration::from_secs(5);
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines = vec![line("1", 12_000)];
    }));
    scene
        .provider()
        .fail_send(2, Fault::SlowReply(Duration::from_secs(60)));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(12)).await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.wait(Duration::from_secs(180)).await;
    serving.stop().await;
    let kept = scene.host().payments(&document_id("1"));
    assert_eq!(
        (kept.len(), kept[0].revision, kept[0].removed),
        (1, 1, false)
    );
    assert_eq!(last_settlement(&scene).amount_due, cents(13_200 - 4_000));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_made_during_a_long_first_run_is_told() {
    let slow = tieout_core::provider::Capability {
        batch_documents_max: 1,
        concurrent_max: 1,
        ..capability()
    };
    let scene = Scene::of(crate::support::host::TestHost::new(), slow);
    scene.host().put(&invoice("1", &[10_000]));
    scene.host().put(&invoice("2", &[10_000]));
    scene
        .provider()
        .fail_send(2, Fault::SlowReply(Duration::from_secs(3_600)));
    tokio::join!(scene.sync(), async {
        scene.wait(Duration::from_secs(60)).await;
        scene.provider().pay("INV-1", cents(4_000));
    });
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_after_a_payment_tells_the_new_settlement_and_no_payment_twice() {
    let scene = posted(10_000).await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    scene
        .host()
        .put(&revised(&invoice("1", &[10_000]), |invoice| {
            invoice.lines = vec![line("1", 4_000)];
        }));
    scene.sync().await;
    assert_eq!(last_settlement(&scene).amount_due, cents(400));
    scene.provider().pay("INV-1", Decimal::new(400, 2));
    scene.sync().await;
    assert_eq!(last_settlement(&scene).status, SettlementStatus::Paid);
    assert_eq!(scene.host().payments(&document_id("1")).len(), 2);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_of_somebody_else_that_cannot_be_read_is_told_of_once_and_stops_nobody() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync().await;
    let provider = scene.provider();
    let now = scene.now();
    let id = provider.books(|books| books.stranger("S-1", cents(500), now).id);
    provider.books(|books| books.garbled.push(id.clone()));
    provider.pay("INV-1", cents(400));
    scene.sync().await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    scene.wait(Duration::from_secs(60)).await;
    let now = scene.now();
    provider.books(|books| books.changes.push((now, id)));
    scene.sync().await;
    let journal = scene.journal().await;
    let told = journal.iter().filter(|entry| {
        matches!(&entry.event, Event::RecordUnreadable { finding }
            if finding.rule == Rule::UnreadableAtProvider && finding.message.contains("S-1"))
    });
    assert_eq!(told.count(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn one_of_ours_that_cannot_be_read_is_a_finding_until_it_can_and_the_others_go_on() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.host().put(&invoice("2", &[1_000]));
    scene.sync().await;
    let provider = scene.provider();
    let garbled = provider.live("INV-1").unwrap().id;
    provider.books(|books| books.garbled.push(garbled));
    provider.pay("INV-1", cents(400));
    provider.pay("INV-2", cents(400));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::UnreadableAtProvider]);
    assert_eq!(scene.host().payments(&document_id("1")).len(), 0);
    assert_eq!(scene.host().payments(&document_id("2")).len(), 1);
    provider.books(|books| books.garbled.clear());
    provider.pay("INV-1", cents(100));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.host().payments(&document_id("1")).len(), 2);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_dated_far_ahead_is_held_without_its_money_until_its_day_or_another_bound() {
    let mut scene = posted(10_000).await;
    scene.settings().payments_ahead_days_max = Some(30);
    scene.provider().pay("INV-1", cents(4_000));
    scene.provider().pay("INV-1", cents(7_000));
    let far = (scene.now() + Duration::from_secs(40 * 86_400)).date_naive();
    scene
        .provider()
        .edit("INV-1", |held| held.payments[1].date = far);
    scene.sync().await;
    let told = |scene: &Scene| scene.host().payments(&document_id("1")).len();
    assert_eq!(told(&scene), 1);
    let settlement = last_settlement(&scene);
    assert_eq!(settlement.status, SettlementStatus::PartlyPaid);
    assert_eq!(
        (settlement.amount_paid, settlement.amount_due),
        (cents(4_000), cents(7_000))
    );
    let binding = scene.binding("1").await;
    let rules: Vec<_> = binding.findings().map(|it| it.rule.clone()).collect();
    assert_eq!(rules, [Rule::PaymentDatedAhead]);
    let is_held = |entry: &tieout_core::engine::Entry| matches!(entry.event, Event::Held { .. });
    assert_eq!(
        scene
            .journal()
            .await
            .iter()
            .filter(|it| is_held(it))
            .count(),
        1
    );
    // Nothing was handed over again, and nothing happens twice.
    scene.sync().await;
    assert_eq!(
        scene
            .journal()
            .await
            .iter()
            .filter(|it| is_held(it))
            .count(),
        1
    );
    scene.settings().payments_ahead_days_max = None;
    scene.sync().await;
    assert_eq!(told(&scene), 2);
    assert_eq!(last_settlement(&scene).status, SettlementStatus::Paid);
    assert_eq!(scene.binding("1").await.findings().count(), 0);
    assert_tied_out(&scene).await;
}
