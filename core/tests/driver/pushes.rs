//! Promises about what a product sends by itself: stored before it is answered, once however often it comes, and no
//! replacement for reading.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use tieout_core::document::{Document, Invoice};
use tieout_core::driver::{HostCursor, NotPushed, Taken, World};
use tieout_core::engine::State;
use tieout_core::host::{Push, PushRefusal};

use crate::support::documents::{cents, invoice, line, revised};
use crate::support::scene::Scene;
use crate::support::serving::Serving;
use crate::support::tie_out::assert_tied_out;

fn signed(scene: &Scene, body: Vec<u8>) -> Push {
    let mut headers = HeaderMap::new();
    headers.insert("x-signature", HeaderValue::from_static("right"));
    Push {
        method: Method::POST,
        path: String::new(),
        query: None,
        headers,
        body: Bytes::from(body),
        at: scene.now(),
    }
}

async fn push(scene: &Scene, push: &Push) -> Result<Taken, NotPushed> {
    push_to(&scene.world(), push).await
}

async fn push_to(world: &World, push: &Push) -> Result<Taken, NotPushed> {
    let site = world.hosts.values().next().expect("a scene has a host");
    world.take_push(site, push).await
}

fn body(invoice: &Invoice) -> Vec<u8> {
    serde_json::to_vec(&Document::Invoice(invoice.clone())).expect("a document is JSON")
}

#[tokio::test(start_paused = true)]
async fn a_pushed_document_is_stored_once_and_leaves_the_position_alone() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let world = scene.world();
    let host = world.hosts.keys().next().unwrap().clone();
    let before = HostCursor::read(world.store.as_ref(), &host).await.unwrap();
    let second = invoice("2", &[20_000]);
    for _ in 0..2 {
        let pushed = signed(&scene, body(&second));
        assert_eq!(push(&scene, &pushed).await.unwrap().records, 1);
    }
    let after = HostCursor::read(world.store.as_ref(), &host).await.unwrap();
    assert_eq!(after, before);
    scene.sync().await;
    assert_eq!(scene.state("2").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_revision_that_is_pushed_late_changes_nothing() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    let newer = revised(&first, |invoice| invoice.lines = vec![line("1", 11_000)]);
    for invoice in [&newer, &first] {
        push(&scene, &signed(&scene, body(invoice))).await.unwrap();
    }
    scene.sync().await;
    let live = scene.provider().live("INV-1").unwrap();
    assert_eq!(live.totals.net, cents(11_000));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_signed_is_turned_away_and_changes_nothing() {
    let scene = Scene::new();
    let mut forged = signed(&scene, body(&invoice("1", &[10_000])));
    forged.headers.clear();
    let refusal = push(&scene, &forged).await.unwrap_err();
    assert!(
        matches!(refusal, NotPushed::Refused(PushRefusal::NotSigned(_))),
        "{refusal}"
    );
    scene.sync().await;
    assert!(scene.provider().live("INV-1").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_hint_has_the_host_looked_at_before_its_time() {
    let scene = Scene::new();
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(5)).await;
    scene.host().put(&invoice("1", &[10_000]));
    let hint = signed(&scene, Vec::new());
    push_to(&serving.world, &hint).await.unwrap();
    scene.wait(Duration::from_secs(5)).await;
    assert!(scene.provider().live("INV-1").is_some());
    serving.stop().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_no_younger_than_its_deletion_is_late_even_where_it_was_never_seen() {
    let scene = Scene::new();
    let known = invoice("1", &[10_000]);
    scene.host().put(&known);
    scene.sync().await;
    let unseen = revised(&invoice("2", &[20_000]), |_| {});
    scene.host().remove_as(&known, known.revision + 1);
    scene.host().remove_as(&unseen, unseen.revision);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    let last = revised(&known, |invoice| invoice.lines = vec![line("1", 11_000)]);
    assert_eq!(last.revision, known.revision + 1);
    for late in [&known, &last, &unseen] {
        scene.host().tell_late(late);
    }
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert!(scene.provider().live("INV-1").is_none());
    assert!(scene.provider().live("INV-2").is_none());
    assert_tied_out(&scene).await;
    // A higher revision is the document made anew, and once it is there nothing is remembered of its deletion.
    let anew = revised(&unseen, |invoice| invoice.lines = vec![line("1", 21_000)]);
    scene.host().put(&anew);
    scene.sync().await;
    assert!(scene.provider().live("INV-2").is_some());
    let store = scene.world().store.clone();
    assert_eq!(store.records("removed/", 9).await.unwrap().len(), 1);
    assert_tied_out(&scene).await;
}
