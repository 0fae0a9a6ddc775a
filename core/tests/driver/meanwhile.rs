//! Promises about what happens while a plan or a look-up waits for the provider: nothing that was decided before it counts.

use std::time::Duration;

use tieout_core::document::{DocumentKind, Invoice, InvoiceKind, InvoiceStatus};
use tieout_core::engine::State;
use tieout_core::provider::{Capability, SnapshotStatus};
use tieout_core::settings::Moves;
use tieout_core::tieout::Depth;
use tokio_util::sync::CancellationToken;

use crate::support::documents::{
    capability, cents, division_route, host_id, invoice, revised, route,
};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, HOST, Scene};
use crate::support::tie_out::assert_tied_out;

/// The chart is read anew after this time.
const CHART_IS_OLD: Duration = Duration::from_secs(7_200);

const HOUR: Duration = Duration::from_secs(3_600);

const SLOW: Fault = Fault::SlowReply(Duration::from_secs(5));

/// A host that tells one record a page, so that the next one comes while the first is planned.
fn page_by_page() -> Scene {
    Scene::of(TestHost::with_pages(1), capability())
}

#[tokio::test(start_paused = true)]
async fn a_document_that_moves_while_it_is_planned_reaches_one_connection_alone() {
    let mut scene = page_by_page().with_connection("north", Vec::new());
    scene.routes = vec![division_route("north", "North"), route(ACME)];
    scene.provider_of("north").fail(On::Contacts, vec![SLOW]);
    let north = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.business_division = Some("North".to_owned());
    });
    scene.host().put(&north);
    scene.host().put(&revised(&north, |invoice| {
        invoice.business_division = Some("South".to_owned());
    }));
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 0);
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_the_host_deletes_while_it_is_planned_is_voided() {
    let scene = page_by_page();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.wait(CHART_IS_OLD).await;
    scene.provider().fail(On::Chart, vec![SLOW]);
    // Nothing of the posting changes, so that the plan of this revision says that all is well.
    let second = revised(&first, |invoice| {
        invoice.notes = Some("paid soon".to_owned());
    });
    scene.host().put(&second);
    scene.host().remove(&second);
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 0);
    assert_eq!(scene.state("1").await, State::Voided);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_host_that_numbers_no_changes_tells_after_a_deletion_is_there_again() {
    let scene = Scene::of(TestHost::new().without_numbers(), capability());
    let known = invoice("1", &[1_000]);
    for round in 1..=2 {
        scene.host().put(&known);
        scene.sync().await;
        let live = scene.provider().live_documents().len();
        assert_eq!(live, 1, "told for time {round}");
        scene.host().remove_as(&known, known.revision);
        scene.sync().await;
        assert_eq!(scene.provider().live_documents().len(), 0);
    }
    // Also one that was never known here when it was deleted.
    let unknown = invoice("2", &[2_000]);
    scene.host().remove_as(&unknown, unknown.revision);
    scene.host().put(&unknown);
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_the_host_deletes_while_it_is_to_move_is_not_made_where_it_was_known_before()
 {
    let mut scene = page_by_page().with_connection("north", Vec::new());
    scene.routes = vec![division_route("north", "North"), route(ACME)];
    for (_, settings) in scene.connections.values_mut() {
        settings.moves = Moves::VoidAndCreate;
    }
    let to = |before: &Invoice, division: &str, status: InvoiceStatus| {
        revised(before, |invoice| {
            invoice.business_division = Some(division.to_owned());
            invoice.status = status;
        })
    };
    let drafted = to(&invoice("1", &[1_000]), "North", InvoiceStatus::Draft);
    scene.host().put(&drafted);
    scene.sync().await;
    let posted = to(&drafted, "South", InvoiceStatus::Final);
    scene.host().put(&posted);
    scene.sync().await;
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 1);

    // It is out of the books, and where it goes cannot be asked yet.
    scene.wait(CHART_IS_OLD).await;
    let away = Fault::NotProcessed;
    scene.provider_of("north").fail_for(HOUR, away);
    scene
        .provider_of(ACME)
        .edit("INV-1", |held| held.status = SnapshotStatus::Voided);
    let moved = to(&posted, "North", InvoiceStatus::Final);
    scene.host().put(&moved);
    scene.sync_troubled().await;
    scene.wait(CHART_IS_OLD).await;
    scene.provider_of(ACME).fail(On::Chart, vec![SLOW]);
    scene.host().remove(&moved);
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_the_first_look_is_looked_at_though_the_settings_leave_its_kind_out() {
    let both = Capability {
        documents: &[DocumentKind::Invoice, DocumentKind::CreditNote],
        ..capability()
    };
    let mut scene = Scene::of(TestHost::new(), both);
    scene.settings().credit_notes = true;
    scene
        .host()
        .put(&revised(&invoice("1", &[1_000]), |invoice| {
            invoice.kind = InvoiceKind::SalesCredit;
        }));
    scene
        .provider()
        .fail(On::Changes, vec![Fault::NotProcessed]);
    scene.sync_troubled().await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    scene.settings().credit_notes = false;
    scene
        .provider()
        .edit("INV-1", |held| held.status = SnapshotStatus::Voided);
    scene.sync().await;
    let state = scene.bindings().await.remove(0).state;
    assert!(matches!(state, State::Removed { .. }), "{state:?}");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_removed_at_the_provider_while_it_is_planned_is_not_called_posted() {
    let scene = Scene::new();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.wait(CHART_IS_OLD).await;
    scene
        .provider()
        .edit("INV-1", |held| held.status = SnapshotStatus::Voided);
    scene.provider().fail(On::Chart, vec![SLOW]);
    let world = scene.world();
    let stop = tokio_util::sync::CancellationToken::new();
    scene.host().put(&revised(&first, |invoice| {
        invoice.status = InvoiceStatus::Draft;
    }));
    let serving = tokio::spawn(tieout_core::driver::serve(world, stop.clone()));
    scene.wait(Duration::from_secs(60)).await;
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
    assert!(matches!(scene.state("1").await, State::Removed { .. }));
}

#[tokio::test(start_paused = true)]
async fn where_numbers_may_stand_twice_what_a_forgotten_create_left_behind_is_found_before_it_is_repeated()
 {
    let no_number_is_unique = Capability {
        numbers_unique: &[],
        ..capability()
    };
    let scene = Scene::of(TestHost::new(), no_number_is_unique);
    scene
        .provider()
        .books(|books| books.numbers_are_unique = false);
    scene.host().put(&invoice("1", &[10_000]));
    scene.provider().fail_send(1, Fault::UnsureAfter);
    scene.provider().forget_keys_at(2);
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    assert_eq!(scene.provider().arrivals().len(), 1);
    assert_eq!(
        scene.provider().live_documents()[0].totals.gross,
        cents(11_000)
    );
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn two_who_read_one_host_take_each_page_once() {
    let scene = page_by_page();
    for id in 1..=5 {
        scene.host().put(&invoice(&id.to_string(), &[1_000]));
    }
    let world = scene.world();
    let site = &world.hosts[&host_id(HOST)];
    let read = || async { while world.take_page(site).await.expect("a page").more {} };
    tokio::join!(read(), read());
    assert_eq!(scene.host().acknowledged(), ["1", "2", "3", "4", "5"]);
}

#[tokio::test(start_paused = true)]
async fn a_report_beside_the_loops_reads_changes_after_them_and_not_with_them() {
    let scene = Scene::new();
    for id in 1..=12 {
        scene.host().put(&invoice(&id.to_string(), &[1_000]));
    }
    scene.sync().await;
    for id in 1..=12 {
        scene.provider().pay(&format!("INV-{id}"), cents(100));
    }
    let world = scene.world();
    let before = scene.provider().calls(On::Changes);
    let report = || async {
        let stop = CancellationToken::new();
        let mut nobody = |_: &_, _| {};
        let told = world.tie_out(Depth::Remembered, &stop, &mut nobody);
        told.await.expect("the store works")
    };
    let alone = report().await;
    assert_eq!(alone.counts.agree + alone.counts.differ, 12);
    let pages = scene.provider().calls(On::Changes) - before;
    for id in 1..=12 {
        scene.provider().pay(&format!("INV-{id}"), cents(100));
    }
    let before = scene.provider().calls(On::Changes);
    tokio::join!(report(), report());
    // The second finds nothing left but the end.
    assert_eq!(scene.provider().calls(On::Changes) - before, pages + 1);
    scene.sync().await;
    assert_tied_out(&scene).await;
}
