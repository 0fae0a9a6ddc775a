//! Promises about documents on their way out: each reaches the provider once, and nothing else does.

use tieout_core::document::InvoiceStatus;
use tieout_core::engine::{Binding, Event, SkipReason, State};
use tieout_core::host::PostingState;
use tieout_core::provider::{Order, SnapshotStatus};
use tieout_core::settings::CreateStatus;

use crate::support::documents::{capability, document_id, invoice, line, revised, start, voided};
use crate::support::host::TestHost;
use crate::support::provider::Fault;
use crate::support::scene::{HOST, Scene};
use crate::support::tie_out::assert_tied_out;

#[tokio::test(start_paused = true)]
async fn every_document_of_every_page_reaches_the_provider_once() {
    let scene = Scene::new();
    for number in 1..=10 {
        scene
            .host()
            .put(&invoice(&number.to_string(), &[10_000, 2_550]));
    }
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 10);
    assert_eq!(scene.host().acknowledged(), ["3", "6", "9", "10"]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_backlog_travels_in_full_batches_within_the_limits() {
    let scene = Scene::of(TestHost::with_pages(500), capability());
    for number in 1..=230 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.sync().await;
    let sizes: Vec<usize> = scene
        .provider()
        .arrivals()
        .iter()
        .map(|arrival| arrival.request.orders.len())
        .collect();
    assert_eq!(sizes, [50, 50, 50, 50, 30]);
    assert!(scene.provider().in_the_air_most() <= 4);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_stays_within_the_bytes_of_a_request() {
    let limit = tieout_core::provider::Capability {
        batch_bytes_max: 4_000,
        ..capability()
    };
    let scene = Scene::of(TestHost::with_pages(500), limit);
    for number in 1..=20 {
        scene
            .host()
            .put(&invoice(&number.to_string(), &[1_000, 2_000]));
    }
    scene.sync().await;
    assert!(
        scene
            .provider()
            .arrivals()
            .iter()
            .all(|arrival| (1..=5).contains(&arrival.request.orders.len()))
    );
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn repeats_and_reorders_of_host_pages_change_nothing_but_a_note() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    let gone = invoice("3", &[30_000]);
    scene.host().put(&first);
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines[0] = line("1", 12_000);
    }));
    scene.host().put(&invoice("2", &[20_000]));
    scene.host().put(&gone);
    scene.host().remove(&gone);
    scene.sync().await;
    let but_for_the_note = |bindings: Vec<Binding>| {
        let plain = bindings.into_iter().map(|binding| Binding {
            again: None,
            version: 0,
            story: Vec::new(),
            changed_at: start(),
            ..binding
        });
        plain.collect::<Vec<_>>()
    };
    let (before, sent) = (scene.bindings().await, scene.provider().arrivals().len());
    scene.host().tell_again([3, 2, 1, 0, 4, 4, 3]);
    scene.sync().await;
    let noted = scene.bindings().await;
    assert_eq!(but_for_the_note(noted.clone()), but_for_the_note(before));
    scene.host().tell_again([3, 2, 1, 0, 4, 4, 3]);
    scene.sync().await;
    assert_eq!(scene.bindings().await, noted, "it is noted once");
    assert_eq!(scene.provider().arrivals().len(), sent);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn edits_become_updates_that_keep_the_identity_of_lines() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000, 5_000]);
    scene.host().put(&first);
    scene.sync().await;
    let before = scene.provider().live("INV-1").unwrap();
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines = vec![line("3", 700), line("2", 6_000)];
    }));
    scene.sync().await;
    let after = scene.provider().live("INV-1").unwrap();
    assert_eq!(after.id, before.id);
    assert_eq!(after.lines.len(), 2);
    assert!(before.lines.iter().all(|line| line.id != after.lines[0].id));
    assert_eq!(after.lines[1].id, before.lines[1].id);
    assert!(matches!(
        scene.provider().arrivals()[1].request.orders[..],
        [Order::Update { .. }]
    ));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_changes_nothing_for_the_provider_is_not_sent() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&revised(&first, |invoice| {
        invoice.notes = Some("for us alone".to_owned());
    }));
    scene.sync().await;
    assert_eq!(scene.provider().arrivals().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_voids_before_it_is_sent_never_reaches_the_provider() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert_eq!(scene.provider().arrivals().len(), 0);
    assert_eq!(scene.state("1").await, State::Voided);
    assert_eq!(scene.host().postings(&first.id), []);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_voids_after_it_was_sent_is_voided_there() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert!(scene.provider().live("INV-1").is_none());
    let told: Vec<PostingState> = scene
        .host()
        .postings(&first.id)
        .iter()
        .map(|notice| notice.state)
        .collect();
    assert_eq!(told, [PostingState::Posted, PostingState::Voided]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_draft_at_the_provider_is_deleted_rather_than_voided() {
    let mut scene = Scene::new();
    scene.settings().invoice_status = CreateStatus::Draft;
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().remove(&first);
    scene.sync().await;
    let statuses = scene.provider().books(|books| {
        books
            .documents
            .iter()
            .map(|held| held.status.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(statuses, [SnapshotStatus::Deleted]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_deletes_while_its_request_is_in_the_air_is_voided_after_it_landed() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene
        .provider()
        .fail_send(1, Fault::SlowReply(std::time::Duration::from_secs(20)));
    let world = scene.world();
    let (summary, ()) = tokio::join!(scene.sync_with(&world), async {
        scene.wait(std::time::Duration::from_secs(5)).await;
        scene.host().remove(&first);
        let site = &world.hosts[&crate::support::documents::host_id(HOST)];
        world.take_page(site).await.unwrap();
    });
    assert_eq!(summary.unwrap().troubles, []);
    assert!(scene.provider().live("INV-1").is_none());
    assert_eq!(scene.state("1").await, State::Voided);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_restores_is_made_anew() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    let gone = voided(&first);
    scene.host().put(&gone);
    scene.sync().await;
    scene.host().put(&revised(&gone, |invoice| {
        invoice.status = InvoiceStatus::Final;
    }));
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn drafts_are_skipped_visibly_and_sent_when_they_are_finished() {
    let scene = Scene::new();
    let draft = revised(&invoice("1", &[10_000]), |invoice| {
        invoice.status = InvoiceStatus::Draft;
    });
    scene.host().put(&draft);
    scene.sync().await;
    assert_eq!(
        scene.state("1").await,
        State::Skipped {
            reason: SkipReason::Draft
        }
    );
    scene.host().put(&revised(&draft, |invoice| {
        invoice.status = InvoiceStatus::Final;
    }));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn unreadable_rows_are_counted_and_journaled_and_hold_up_nothing() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.host().put_unreadable("invoices.csv:3");
    scene.host().put(&invoice("2", &[10_000]));
    let world = scene.sync().await;
    let counts = world.progress.counts();
    assert_eq!(
        (counts.records, counts.unreadable, counts.posted),
        (3, 1, 2)
    );
    let places: Vec<String> = scene
        .journal()
        .await
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::RecordUnreadable { finding } => Some(finding.value),
            _ => None,
        })
        .collect();
    assert_eq!(places, ["invoices.csv:3"]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn the_host_learns_the_providers_identifier_of_each_document() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let held = scene.provider().live("INV-1").unwrap();
    let notices = scene.host().postings(&document_id("1"));
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].ledger_id.as_deref(), Some(held.id.as_str()));
    assert_eq!(notices[0].ledger_number.as_deref(), Some("INV-1"));
}
