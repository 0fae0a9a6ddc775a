//! Promises about what the host is told: once each, under one identity, and never again once it is refused.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::engine::Event;
use tieout_core::host::WriteBack;
use tieout_core::provider::Capability;
use tieout_core::store::Store;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{capability, cents, document_id, invoice};
use crate::support::host::{Loss, TestHost};
use crate::support::scene::Scene;
use crate::support::tie_out::assert_tied_out;

#[tokio::test(start_paused = true)]
async fn a_delivery_that_fails_comes_again_under_the_same_identity() {
    for loss in [Loss::Before, Loss::After, Loss::Short] {
        let scene = Scene::new();
        scene.host().put(&invoice("1", &[10_000]));
        scene.sync().await;
        scene.provider().pay("INV-1", cents(4_000));
        scene.host().fail_deliveries([loss]);
        assert_eq!(scene.sync_troubled().await, ["host host"]);
        // What happens meanwhile is told in a delivery of its own.
        scene.provider().pay("INV-1", cents(7_000));
        scene.wait(Duration::from_secs(60)).await;
        scene.sync().await;
        let attempts = scene.host().attempts();
        let repeats = attempts
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .count();
        assert_eq!(
            repeats,
            usize::from(!matches!(loss, Loss::Before)),
            "{loss:?}"
        );
        assert_eq!(scene.host().payments(&document_id("1")).len(), 2);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_run_tells_what_landed_before_all_is_sent() {
    let one_by_one = Capability {
        batch_documents_max: 1,
        concurrent_max: 2,
        ..capability()
    };
    let scene = Scene::of(TestHost::new(), one_by_one);
    let begun = (tokio::time::Instant::now(), scene.now());
    for number in 1..=40 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.sync().await;
    let last_request = scene.provider().arrivals().last().expect("requests").at - begun.1;
    let first_told = scene.host().attempted_at()[0] - begun.0;
    assert!(first_told < last_request.to_std().expect("it came later"));
    assert_eq!(scene.host().told().len(), 40);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_on_either_side_of_the_host_repeats_the_delivery_under_its_identity() {
    let (mut untold, mut told) = (0, 0);
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let scene = Scene::new();
            scene.host().put(&invoice("1", &[10_000]));
            scene.sync().await;
            scene.provider().pay("INV-1", cents(4_000));
            let earlier = scene.host().attempts();
            let store = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
            let died = scene
                .sync_with(&scene.world_on(Arc::clone(&store) as _))
                .await
                .is_err();
            let reached = scene.host().attempts()[earlier.len()..].to_vec();
            let stored = stored_delivery(&scene).await;
            scene.sync().await;
            let later = scene.host().attempts()[earlier.len()..].to_vec();
            if let Some(id) = stored {
                assert!(later.iter().all(|attempt| *attempt == id), "{side:?} {at}");
                untold += usize::from(reached.is_empty());
                told += usize::from(!reached.is_empty());
            }
            assert_tied_out(&scene).await;
            if !died {
                break;
            }
        }
    }
    assert!(untold > 0 && told > 0, "{untold} untold, {told} told");
}

/// The identity of the delivery that the store holds for the host.
async fn stored_delivery(scene: &Scene) -> Option<String> {
    let records = scene
        .store
        .records("delivery/", 10)
        .await
        .expect("the store works");
    let (_, bytes) = records.into_iter().next()?;
    let stored: serde_json::Value = serde_json::from_slice(&bytes).expect("the record is JSON");
    Some(
        stored["delivery"]["id"]
            .as_str()
            .expect("it has an identity")
            .to_owned(),
    )
}

#[tokio::test(start_paused = true)]
async fn everything_about_one_document_travels_together_and_deliveries_stay_small() {
    let scene = Scene::of(TestHost::with_pages(100), capability());
    for number in 1..=20 {
        scene.host().put(&invoice(&number.to_string(), &[10_000]));
    }
    scene.sync().await;
    for _ in 0..9 {
        scene.provider().pay("INV-3", cents(100));
    }
    scene.sync().await;
    assert_eq!(scene.host().payments(&document_id("3")).len(), 9);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_write_back_is_a_finding_and_not_repeated_until_it_changes() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    scene.host().refuse(
        |item| matches!(item, WriteBack::Payment { .. }),
        "period_locked",
    );
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    let refused = scene.binding("1").await.told.refused;
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (refused[0].1.rule.clone(), refused[0].1.value.as_str()),
        (Rule::WriteBackRefused, "period_locked")
    );
    let journaled = scene
        .journal()
        .await
        .iter()
        .any(|entry| matches!(entry.event, Event::DeliveryRefused { .. }));
    assert!(journaled);
    let attempts = scene.host().attempts().len();
    scene.sync().await;
    assert_eq!(scene.host().attempts().len(), attempts);
    scene.host().accept();
    scene.sync().await;
    assert_eq!(scene.host().attempts().len(), attempts);
    scene
        .provider()
        .edit("INV-1", |held| held.payments[0].amount = cents(5_000));
    scene.sync().await;
    assert_eq!(
        scene.host().payments(&document_id("1"))[0].payment.amount,
        cents(5_000)
    );
    assert!(scene.binding("1").await.told.refused.is_empty());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_write_back_does_not_hold_up_the_others_of_its_delivery() {
    let scene = Scene::of(TestHost::with_pages(100), capability());
    for number in 1..=3 {
        scene.host().put(&invoice(&number.to_string(), &[10_000]));
    }
    scene.sync().await;
    scene
        .host()
        .refuse(|item| item.document().id.as_str() == "2", "closed");
    for number in ["INV-1", "INV-2", "INV-3"] {
        scene.provider().pay(number, cents(1_000));
    }
    scene.sync().await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_eq!(scene.host().payments(&document_id("2")).len(), 0);
    assert_eq!(scene.host().payments(&document_id("3")).len(), 1);
    assert_eq!(scene.binding("2").await.told.refused.len(), 2);
}
