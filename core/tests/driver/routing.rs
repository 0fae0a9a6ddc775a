//! Promises about which connection a document goes to: one at a time, whatever happens to routes and documents.

use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{Invoice, InvoiceStatus};
use tieout_core::engine::{State, retry, skip};
use tieout_core::host::PostingState;
use tieout_core::provider::SnapshotStatus;
use tieout_core::settings::Route;

use crate::support::documents::{
    cents, division_route, document_id, invoice, revised, route, voided,
};
use crate::support::provider::Fault;
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::assert_tied_out;

fn of_division(invoice: &Invoice, division: &str) -> Invoice {
    revised(invoice, |invoice| {
        invoice.business_division = Some(division.to_owned());
    })
}

fn two_divisions() -> Vec<Route> {
    vec![
        division_route("north", "North"),
        division_route(ACME, "South"),
    ]
}

/// Connections for two divisions, and no route for anything else.
fn divided() -> Scene {
    let mut scene = Scene::new().with_connection("north", Vec::new());
    scene.routes = two_divisions();
    scene
}

#[tokio::test(start_paused = true)]
async fn a_document_that_no_route_claims_is_held_and_sent_once_a_route_exists() {
    let mut scene = divided();
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync().await;
    let held = scene.binding_on("1", "unrouted").await.unwrap();
    assert_eq!(held.state.findings()[0].rule, Rule::Unrouted);
    assert_eq!(scene.host().postings(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
    scene.routes.push(route(ACME));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_is_told_nothing_of_what_comes_before_anything_is_connected() {
    let mut scene = divided();
    let routes = std::mem::take(&mut scene.routes);
    let connections = std::mem::take(&mut scene.connections);
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .host()
        .put(&of_division(&invoice("2", &[1_000]), "South"));
    scene.sync().await;
    let told = |id: &str| scene.host().postings(&document_id(id));
    assert!(told("1").is_empty() && told("2").is_empty());
    let held = scene.binding_on("2", "unrouted").await.unwrap();
    assert_eq!(
        held.state.findings()[0].message,
        "no organisation is connected yet"
    );
    (scene.routes, scene.connections) = (routes, connections);
    scene.sync().await;
    assert_eq!(scene.state("2").await, State::Posted);
    let told = |id: &str| -> Vec<_> {
        let postings = scene.host().postings(&document_id(id));
        postings.into_iter().map(|it| it.state).collect()
    };
    assert_eq!(told("2"), [PostingState::Posted]);
    // Now it is a matter of the document, or of the routes.
    assert_eq!(told("1"), [PostingState::Rejected]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_no_route_claims_is_sent_once_the_host_gives_it_a_division() {
    let scene = divided();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert!(
        scene
            .binding_on("1", "unrouted")
            .await
            .unwrap()
            .state
            .findings()
            .is_empty()
    );
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_changes_its_division_before_it_is_sent_reaches_one_connection_alone() {
    let scene = divided();
    let first = of_division(&invoice("1", &[1_000]), "North");
    scene
        .provider_of("north")
        .fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    scene.host().put(&first);
    scene.sync_troubled().await;
    let second = of_division(&first, "South");
    scene.host().put(&second);
    scene.sync_troubled().await;
    scene.wait(Duration::from_secs(3_600)).await;
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 0);
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_goes_back_to_its_first_division_is_sent_there() {
    let scene = divided();
    let mut invoice = of_division(&invoice("1", &[1_000]), "North");
    for provider in ["north", ACME] {
        scene
            .provider_of(provider)
            .fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    }
    for division in ["North", "South", "Nowhere", "North"] {
        invoice = of_division(&invoice, division);
        scene.host().put(&invoice);
        scene.sync_troubled().await;
    }
    scene.wait(Duration::from_secs(3_600)).await;
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_repeat_does_not_take_a_document_back_to_where_it_was() {
    let scene = divided();
    let first = of_division(&invoice("1", &[1_000]), "North");
    scene
        .provider_of(ACME)
        .fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    scene.host().put(&of_division(&first, "South"));
    scene.host().tell_late(&first);
    scene.sync_troubled().await;
    scene.wait(Duration::from_secs(3_600)).await;
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 0);
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_no_route_claims_and_the_host_lets_go_is_nobodys_business() {
    for removal in [false, true] {
        let scene = divided();
        let first = invoice("1", &[1_000]);
        scene.host().put(&first);
        scene.sync().await;
        if removal {
            scene.host().remove(&first);
        } else {
            scene.host().put(&voided(&first));
        }
        scene.sync().await;
        assert_eq!(
            scene.binding_on("1", "unrouted").await.unwrap().state,
            State::Voided
        );
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_posted_document_stays_with_its_connection() {
    let scene = divided();
    let first = of_division(&invoice("1", &[1_000]), "North");
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_held_document_follows_corrected_routes() {
    let mut scene = divided();
    scene.settings().accounts.sales = None;
    scene.routes = vec![route(ACME)];
    scene
        .host()
        .put(&of_division(&invoice("1", &[1_000]), "North"));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::AccountMissing]);
    scene.routes = two_divisions();
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    scene.settings().accounts.sales = Some("200".to_owned());
    scene.sync().await;
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_skipped_document_that_moved_meanwhile_is_sent_by_a_retry_where_the_routes_now_send_it() {
    let scene = divided();
    let first = of_division(&invoice("1", &[1_000]), "North");
    scene
        .provider_of("north")
        .fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    scene.host().put(&first);
    scene.sync_troubled().await;
    scene.wait(Duration::from_secs(3_600)).await;
    let binding = scene.binding_on("1", "north").await.expect("a binding");
    scene
        .act(skip(&binding, "ana", None, scene.now()).expect("a step"))
        .await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    let binding = scene.binding_on("1", "north").await.expect("a binding");
    if let Ok(step) = retry(&binding, "ana", scene.now()) {
        scene.act(step).await;
    }
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 0);
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_deleted_is_not_made_elsewhere_when_the_settings_change() {
    deleted_in_the_north_and_routed_to_the_south(false).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_deleted_is_not_made_where_it_was_known_before() {
    deleted_in_the_north_and_routed_to_the_south(true).await;
}

async fn deleted_in_the_north_and_routed_to_the_south(was_known_there: bool) {
    let mut scene = divided();
    let mut first = invoice("1", &[1_000]);
    if was_known_there {
        first = revised(&of_division(&first, "South"), |it| {
            it.status = InvoiceStatus::Draft;
        });
        scene.host().put(&first);
        scene.sync().await;
        first.status = InvoiceStatus::Final;
    }
    let first = of_division(&first, "North");
    scene.host().put(&first);
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    scene
        .provider_of("north")
        .edit("INV-1", |held| held.status = SnapshotStatus::Voided);
    let second = of_division(&first, "South");
    scene.host().put(&second);
    scene.sync().await;
    scene.host().remove(&second);
    scene.sync().await;
    scene.settings().number_prefix = "S-".to_owned();
    scene.sync().await;
    for connection in ["north", ACME] {
        let live = scene.provider_of(connection).live_documents();
        assert_eq!(live.len(), 0, "{connection}: {live:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_settlement_that_was_told_of_one_place_is_told_anew_of_the_next() {
    let scene = divided();
    let first = of_division(&invoice("1", &[1_000]), "North");
    scene.host().put(&first);
    scene.sync().await;
    scene.provider_of("north").pay("INV-1", cents(100));
    scene.sync().await;
    scene
        .provider_of("north")
        .edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    let gone = voided(&first);
    scene.host().put(&gone);
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 0);
    let moved = revised(&of_division(&gone, "South"), |invoice| {
        invoice.status = InvoiceStatus::Final;
    });
    scene.host().put(&moved);
    scene.sync().await;
    let told = scene.host().settlements(&document_id("1"));
    assert_eq!(told.last().map(|told| told.amount_due), Some(cents(1_100)));
}
