//! Promises about what the provider refuses: one bad document, stale reference data, a number in use.

use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::Invoice;
use tieout_core::driver::plan_freed_by_hand;
use tieout_core::engine::{State, skip};
use tieout_core::host::PostingState;
use tieout_core::provider::{Capability, RejectionKind};
use tieout_core::store::{ChangeSet, Store};

use crate::support::documents::{capability, cents, document_id, invoice, revised, voided};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On};
use crate::support::scene::Scene;
use crate::support::tie_out::assert_tied_out;

fn with_text(id: &str, text: &str) -> Invoice {
    revised(&invoice(id, &[1_000]), |invoice| {
        invoice.lines[0].description = text.to_owned();
    })
}

#[tokio::test(start_paused = true)]
async fn a_refused_document_of_a_batch_leaves_the_others_alone() {
    let scene = Scene::of(TestHost::with_pages(50), capability());
    for number in 1..=9 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.host().put(&with_text("10", "an unwelcome guest"));
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 9);
    assert_eq!(scene.rules("10").await, [Rule::Refused]);
    assert_eq!(
        scene.host().postings(&document_id("10"))[0].state,
        PostingState::Rejected
    );
    assert_eq!(scene.provider().arrivals().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_spoils_its_whole_request_is_found_and_the_others_are_posted() {
    let scene = Scene::of(TestHost::with_pages(50), capability());
    for number in 1..=49 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.host().put(&with_text("50", "poison"));
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 49);
    assert_eq!(scene.rules("50").await, [Rule::Refused]);
    assert_eq!(scene.provider().arrivals().len(), 51);
    assert_tied_out(&scene).await;
    // Once told apart, the next batch is a batch again.
    scene.host().put(&invoice("51", &[1_000]));
    scene.host().put(&invoice("52", &[1_000]));
    scene.sync().await;
    assert_eq!(scene.provider().arrivals().len(), 52);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_breaks_the_provider_each_time_does_not_hold_up_its_batch_for_ever() {
    let scene = Scene::of(TestHost::with_pages(50), capability());
    for number in 1..=9 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.host().put(&with_text("10", "storm"));
    for _ in 0..6 {
        scene.sync_troubled().await;
        scene.wait(Duration::from_secs(600)).await;
    }
    assert_eq!(scene.provider().live_documents().len(), 9);
    assert!(matches!(
        scene.state("10").await,
        State::Unsure { .. } | State::Ready { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn stale_reference_data_is_read_anew_and_the_document_is_sent() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail_send(1, Fault::Reject(RejectionKind::AccountInvalid));
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Chart), 2);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_reference_data_explains_becomes_a_finding_about_the_setting() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let world = scene.sync().await;
    scene
        .provider()
        .books(|books| books.chart.accounts[0].active = false);
    scene.host().put(&invoice("2", &[1_000]));
    scene.sync_with(&world).await.unwrap();
    assert_eq!(scene.rules("2").await, [Rule::AccountUnusable]);
    assert_eq!(scene.provider().arrivals().len(), 2);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_was_archived_meanwhile_is_asked_for_again() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync().await;
    scene
        .provider()
        .books(|books| books.contacts[0].archived = true);
    scene.host().put(&invoice("2", &[1_000]));
    scene.sync().await;
    assert_eq!(scene.rules("2").await, [Rule::ContactArchived]);
    assert_eq!(scene.provider().calls(On::Contacts), 2);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_a_stranger_holds_is_a_finding_and_nothing_is_overwritten() {
    let scene = Scene::new();
    let now = scene.now();
    let stranger = scene
        .provider()
        .books(|books| books.stranger("inv-1", cents(1_000), now));
    scene.host().put(&invoice("1", &[1_000]));
    scene.host().put(&invoice("2", &[1_000]));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::NumberTaken]);
    assert_eq!(scene.provider().live("INV-1"), Some(stranger));
    assert_eq!(scene.state("2").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_our_own_earlier_create_holds_is_adopted() {
    let mut scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.host().put(&invoice("2", &[2_000, 3_000]));
    scene.sync().await;
    let before = scene.provider().live_documents();
    scene.provider().pay("INV-2", cents(500));
    // Everything that was remembered is lost.
    scene.store = std::sync::Arc::default();
    let fresh = std::sync::Arc::new(TestHost::new());
    fresh.put(&invoice("1", &[1_000]));
    fresh.put(&invoice("2", &[2_000, 3_000]));
    scene
        .hosts
        .values_mut()
        .for_each(|host| *host = std::sync::Arc::clone(&fresh));
    scene.wait(Duration::from_secs(86_400)).await;
    scene.sync().await;
    let ids = |held: &[tieout_core::provider::Snapshot]| {
        held.iter().map(|held| held.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&scene.provider().live_documents()), ids(&before));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn two_documents_of_one_number_never_share_a_provider_document() {
    for lost in [false, true] {
        let scene = Scene::new();
        scene.host().put(&invoice("0", &[1_000]));
        scene.sync().await;
        let first = invoice("1", &[1_000]);
        scene.host().put(&first);
        scene
            .host()
            .put(&revised(&invoice("2", &[1_000]), |invoice| {
                invoice.number.clone_from(&first.number);
            }));
        if lost {
            scene.provider().fail_send(2, Fault::UnsureAfter);
            scene
                .provider()
                .fail_for(Duration::from_secs(500), Fault::NotProcessed);
            scene.sync_troubled().await;
            scene.wait(Duration::from_secs(900)).await;
        }
        scene.sync().await;
        assert_eq!(scene.provider().live_documents().len(), 2);
        let states = [scene.state("1").await, scene.state("2").await];
        assert_eq!(
            states
                .iter()
                .filter(|state| **state == State::Posted)
                .count(),
            1,
            "{states:?}"
        );
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_given_up_while_another_document_asks_for_it_is_not_waited_for() {
    for was_put_back in [false, true] {
        let scene = Scene::new();
        let first = invoice("1", &[1_000]);
        scene.host().put(&first);
        scene.sync().await;
        scene.host().put(&numbered(&invoice("2", &[2_000]), &first));
        if was_put_back {
            scene.provider().fail_send(2, Fault::NotProcessed);
        }
        scene
            .provider()
            .fail(On::LookUp, vec![Fault::NotProcessed; 500]);
        scene.sync_troubled().await;
        scene.wait(Duration::from_secs(900)).await;
        scene.sync_troubled().await;
        assert!(matches!(scene.state("2").await, State::Unsure { .. }));
        // Whoever has the number is looked for only after that one has let go of it.
        scene.host().put(&voided(&first));
        scene.sync_troubled().await;
        assert_eq!(scene.state("1").await, State::Voided);
        assert!(matches!(scene.state("2").await, State::Unsure { .. }));
        scene.provider().mend();
        scene.wait(Duration::from_secs(900)).await;
        scene.sync().await;
        assert_eq!(scene.state("2").await, State::Posted);
        assert_tied_out(&scene).await;
    }
}

/// The same document with the number of another one.
fn numbered(invoice: &Invoice, other: &Invoice) -> Invoice {
    revised(invoice, |invoice| invoice.number.clone_from(&other.number))
}

fn where_numbers_may_stand_twice() -> Scene {
    let limits = Capability {
        numbers_unique: &[],
        ..capability()
    };
    let scene = Scene::of(TestHost::with_pages(50), limits);
    scene
        .provider()
        .books(|books| books.numbers_are_unique = false);
    scene
}

#[tokio::test(start_paused = true)]
async fn a_document_that_never_left_frees_its_number_when_the_host_lets_it_go_or_renumbers_it() {
    let first = invoice("1", &[1_000]);
    let renumbered = revised(&first, |it| it.number = "OTHER".to_owned());
    for changed in [voided(&first), renumbered] {
        let scene = where_numbers_may_stand_twice();
        scene.host().put(&first);
        scene.host().put(&numbered(&invoice("2", &[2_000]), &first));
        scene
            .provider()
            .fail(On::Send, vec![Fault::NotProcessed; 500]);
        scene.sync_troubled().await;
        assert_eq!(scene.rules("2").await, [Rule::NumberTaken]);
        scene.host().put(&changed);
        scene.provider().mend();
        scene.wait(Duration::from_secs(900)).await;
        scene.sync().await;
        assert_eq!(scene.state("2").await, State::Posted);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_who_skips_a_document_frees_its_number() {
    let scene = where_numbers_may_stand_twice();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.host().put(&numbered(&invoice("2", &[2_000]), &first));
    scene
        .provider()
        .fail(On::Send, vec![Fault::NotProcessed; 500]);
    scene.sync_troubled().await;
    assert_eq!(scene.rules("2").await, [Rule::NumberTaken]);
    let step = skip(&scene.binding("1").await, "ann", None, scene.now()).unwrap();
    let mut changes = ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        ..ChangeSet::default()
    };
    let store = scene.store.as_ref();
    plan_freed_by_hand(store, &mut changes, scene.now())
        .await
        .unwrap();
    store.commit(changes).await.unwrap();
    scene.provider().mend();
    scene.wait(Duration::from_secs(900)).await;
    scene.sync().await;
    assert_eq!(scene.state("2").await, State::Posted);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_refused_frees_its_number_for_the_one_that_waits_for_it() {
    let scene = where_numbers_may_stand_twice();
    let first = with_text("1", "an unwelcome guest");
    scene.host().put(&first);
    scene.host().put(&numbered(&invoice("2", &[2_000]), &first));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::Refused]);
    assert_eq!(scene.state("2").await, State::Posted);
    assert_tied_out(&scene).await;
}
