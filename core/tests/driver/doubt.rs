//! Promises about lost replies: whatever happened to a request, the provider ends with one document.

use std::time::Duration;

use tieout_core::document::Invoice;
use tieout_core::engine::State;
use tieout_core::provider::{Capability, RejectionKind, Snapshot};
use tieout_core::store::Store as _;

use crate::support::documents::{capability, cents, connection_id, invoice, line, revised, voided};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::assert_tied_out;

/// Longer than the provider remembers an idempotency key.
const BEYOND_THE_WINDOW: Duration = Duration::from_secs(900);

async fn only_document(scene: &Scene) -> Snapshot {
    let live = only_live(scene);
    assert_tied_out(scene).await;
    live
}

#[tokio::test(start_paused = true)]
async fn inside_the_window_the_identical_request_is_repeated_and_one_document_is_there() {
    let faults = [
        Fault::UnsureBefore,
        Fault::UnsureAfter,
        Fault::BadReply,
        Fault::ShortReply,
    ];
    for fault in faults {
        let scene = Scene::new();
        scene.host().put(&invoice("1", &[10_000]));
        scene.provider().fail_send(1, fault.clone());
        scene.sync().await;
        let arrivals = scene.provider().arrivals();
        assert_eq!(arrivals.len(), 2, "{fault:?}");
        assert_eq!(arrivals[0].request, arrivals[1].request, "{fault:?}");
        assert_eq!(scene.provider().calls(On::LookUp), 0);
        only_document(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_still_at_work_is_left_alone_before_it_is_repeated() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene
        .provider()
        .fail_send(1, Fault::UnsureLate(Duration::from_millis(1_900)));
    scene.sync().await;
    let arrivals = scene.provider().arrivals();
    assert!(arrivals[1].at - arrivals[0].at >= chrono::Duration::seconds(2));
    only_document(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn outside_the_window_what_landed_is_found_and_adopted() {
    let (scene, _) = known_then_lost(Fault::UnsureAfter).await;
    let before = scene.provider().live("INV-1").expect("it landed");
    scene.wait(BEYOND_THE_WINDOW).await;
    scene.sync().await;
    assert!(scene.provider().calls(On::LookUp) >= 1);
    assert_eq!(
        scene.provider().live("INV-1").map(|held| held.id),
        Some(before.id)
    );
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn outside_the_window_what_did_not_land_is_looked_up_and_sent_again() {
    let (scene, _) = known_then_lost(Fault::UnsureBefore).await;
    scene.wait(BEYOND_THE_WINDOW).await;
    let sent_before = scene.provider().arrivals();
    scene.sync().await;
    let sent = scene.provider().arrivals();
    assert_eq!(sent.len(), sent_before.len() + 1);
    let last = &sent[sent.len() - 1].request;
    assert!(
        sent_before
            .iter()
            .all(|arrival| arrival.request.idempotency_key != last.idempotency_key)
    );
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

/// A scene whose chart and contacts are known, and whose next request is lost for longer than the window.
async fn known_then_lost(fault: Fault) -> (Scene, Invoice) {
    let scene = Scene::new();
    scene.host().put(&invoice("0", &[100]));
    scene.sync().await;
    let first = invoice("1", &[10_000, 5_000]);
    scene.host().put(&first);
    scene.provider().fail_send(2, fault);
    scene
        .provider()
        .fail_for(Duration::from_secs(600), Fault::NotProcessed);
    scene.sync_troubled().await;
    assert!(matches!(scene.state("1").await, State::Unsure { .. }));
    (scene, first)
}

#[tokio::test(start_paused = true)]
async fn an_edit_while_the_reply_is_lost_is_an_update_of_what_was_adopted() {
    for (wait, fault) in [
        (Duration::ZERO, Fault::UnsureAfter),
        (BEYOND_THE_WINDOW, Fault::UnsureAfter),
        (Duration::ZERO, Fault::UnsureBefore),
        (BEYOND_THE_WINDOW, Fault::UnsureBefore),
    ] {
        let (scene, first) = known_then_lost(fault).await;
        let landed = scene.provider().live("INV-1");
        scene.host().put(&revised(&first, |invoice| {
            invoice.lines[1] = line("2", 7_000);
        }));
        if wait.is_zero() {
            scene.provider().mend();
        }
        scene.wait(wait.max(Duration::from_secs(60))).await;
        scene.sync().await;
        let held = scene.provider().live("INV-1").expect("it is there");
        if let Some(landed) = landed {
            assert_eq!(held.id, landed.id);
            assert_eq!(held.lines[1].id, landed.lines[1].id);
        }
        assert_eq!(scene.state("1").await, State::Posted);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_host_lets_go_while_the_reply_is_lost_does_not_stay_at_the_provider() {
    for removal in [false, true] {
        for fault in [Fault::UnsureAfter, Fault::UnsureBefore] {
            let (scene, first) = known_then_lost(fault).await;
            if removal {
                scene.host().remove(&first);
            } else {
                scene.host().put(&voided(&first));
            }
            scene.wait(BEYOND_THE_WINDOW).await;
            scene.sync().await;
            assert!(scene.provider().live("INV-1").is_none());
            assert_eq!(scene.state("1").await, State::Voided);
            assert_tied_out(&scene).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lost_updates_and_voids_are_done_once_they_can_be() {
    for fault in [Fault::UnsureBefore, Fault::UnsureAfter] {
        for void in [false, true] {
            for beyond in [false, true] {
                let scene = Scene::new();
                let first = invoice("1", &[10_000]);
                scene.host().put(&first);
                scene.sync().await;
                let next = revised(&first, |invoice| {
                    invoice.lines = vec![line("1", 9_000), line("2", 500)];
                });
                scene.host().put(&if void { voided(&first) } else { next });
                scene.provider().fail_send(2, fault.clone());
                if beyond {
                    scene
                        .provider()
                        .fail_for(Duration::from_secs(600), Fault::NotProcessed);
                    scene.sync_troubled().await;
                    scene.wait(BEYOND_THE_WINDOW).await;
                }
                scene.sync().await;
                let state = if void { State::Voided } else { State::Posted };
                assert_eq!(scene.state("1").await, state, "{fault:?} {void} {beyond}");
                assert_tied_out(&scene).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_batch_is_settled_document_by_document_and_its_flight_ends() {
    let limits = Capability {
        batch_documents_max: 20,
        ..capability()
    };
    let mut scene = Scene::of(TestHost::with_pages(100), limits);
    scene.limits.resolve_documents_max = 7;
    scene.host().put(&invoice("0", &[100]));
    scene.sync().await;
    for number in 1..=40 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.provider().fail_send(2, Fault::UnsureAfter);
    scene.provider().fail_send(3, Fault::UnsureBefore);
    scene
        .provider()
        .fail_for(Duration::from_secs(600), Fault::NotProcessed);
    scene.sync_troubled().await;
    scene.host().put(&voided(&invoice("5", &[1_000])));
    scene.wait(BEYOND_THE_WINDOW).await;
    let world = scene.world();
    scene.sync_with(&world).await.expect("the store works");
    assert_eq!(scene.provider().live_documents().len(), 40);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_without_an_idempotency_window_is_looked_at_instead() {
    for fault in [Fault::UnsureBefore, Fault::UnsureAfter] {
        let forgetful = Capability {
            idempotency_window_s: 0,
            ..capability()
        };
        let scene = Scene::of(TestHost::new(), forgetful);
        scene.host().put(&invoice("1", &[10_000]));
        scene.provider().fail_send(1, fault);
        scene.sync().await;
        assert_eq!(scene.provider().calls(On::LookUp), 1);
        only_document(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_numbers_are_not_unique_another_partys_document_proves_nothing() {
    for (unique, looked_up_and_sent_again) in [(true, false), (false, true)] {
        let forgetful = Capability {
            idempotency_window_s: 0,
            numbers_unique: if unique {
                capability().numbers_unique
            } else {
                &[]
            },
            ..capability()
        };
        let scene = Scene::of(TestHost::new(), forgetful);
        let now = scene.now();
        scene
            .provider()
            .books(|books| books.stranger("INV-1", cents(1_000), now));
        scene.host().put(&invoice("1", &[1_000]));
        scene.provider().fail_send(1, Fault::UnsureBefore);
        scene.sync().await;
        let sent_again = scene.provider().calls(On::Send) > 1;
        assert_eq!(sent_again, looked_up_and_sent_again);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_forgets_keys_early_makes_nothing_twice() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.provider().fail_send(1, Fault::UnsureAfter);
    scene.provider().forget_keys_at(2);
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::LookUp), 1);
    only_document(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_whose_reply_was_lost_is_learned_once_a_look_shows_that_nothing_came_of_it() {
    let scene = Scene::new();
    scene
        .host()
        .put(&revised(&invoice("1", &[1_000]), |invoice| {
            invoice.lines[0].description = "an unwelcome guest".to_owned();
        }));
    scene.provider().fail_send(1, Fault::UnsureAfter);
    scene.sync().await;
    assert!(matches!(scene.state("1").await, State::Rejected { .. }));
    assert_eq!(scene.provider().calls(On::LookUp), 1);
    assert_eq!(scene.provider().arrivals().len(), 3);
    assert_tied_out(&scene).await;
}

/// A create that was done, whose reply was lost and whose key is forgotten, so that its repeat is refused.
fn done_and_forgotten() -> (Scene, Invoice) {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.provider().fail_send(1, Fault::UnsureAfter);
    scene.provider().forget_keys_at(2);
    (scene, first)
}

#[tokio::test(start_paused = true)]
async fn what_the_first_made_is_found_whatever_its_repeat_is_refused_for() {
    for kind in [RejectionKind::ContactArchived, RejectionKind::Validation] {
        let scene = Scene::new();
        scene.host().put(&invoice("1", &[10_000]));
        scene.provider().fail_send(1, Fault::UnsureAfter);
        scene.provider().fail_send(2, Fault::Reject(kind));
        scene.sync().await;
        assert_eq!(scene.state("1").await, State::Posted);
        assert_eq!(scene.provider().arrivals().len(), 2);
        only_document(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_repeat_finds_what_the_first_made_whatever_the_host_wants_by_now() {
    let (scene, first) = done_and_forgotten();
    let slow = Fault::SlowReply(Duration::from_secs(300));
    scene.provider().fail_send(2, slow);
    let stop = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(tieout_core::driver::serve(scene.world(), stop.clone()));
    scene.wait(Duration::from_secs(10)).await;
    assert_eq!(scene.provider().arrivals().len(), 2);
    let made = only_live(&scene);
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines[0] = line("1", 7_000);
    }));
    scene.wait(Duration::from_secs(1_200)).await;
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(only_document(&scene).await.id, made.id);
}

#[tokio::test(start_paused = true)]
async fn a_number_in_use_is_looked_up_as_it_was_sent_even_when_the_settings_spell_it_otherwise_by_now()
 {
    let (mut scene, first) = done_and_forgotten();
    scene
        .provider()
        .fail(On::LookUp, vec![Fault::NotProcessed; 500]);
    scene.sync_troubled().await;
    assert!(matches!(scene.state("1").await, State::Unsure { .. }));
    scene.settings().number_prefix = "S-".to_owned();
    scene.host().put(&voided(&first));
    scene.provider().mend();
    scene.wait(BEYOND_THE_WINDOW).await;
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 0);
    assert_eq!(scene.state("1").await, State::Voided);
    assert_tied_out(&scene).await;
    assert!(
        scene
            .store
            .flights(&connection_id(ACME))
            .await
            .unwrap()
            .is_empty()
    );
}

fn only_live(scene: &Scene) -> Snapshot {
    let live = scene.provider().live_documents();
    assert_eq!(live.len(), 1);
    live.into_iter().next().expect("one")
}
