//! Promises about documents that go to another connection after they were posted: never in two, never lost.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{Attachment, Invoice, SettlementStatus};
use tieout_core::engine::{Op, State, retry};
use tieout_core::host::PostingState;
use tieout_core::provider::{Order, RejectionKind};
use tieout_core::settings::{AttachmentPolicy, Moves};
use tieout_core::store::{ChangeSet, Store};

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{
    cents, connection_id, division_route, document_id, invoice, revised, voided,
};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::{assert_tied_out, discrepancies};

const NORTH: &str = "north";
const HOUR: Duration = Duration::from_secs(3_600);

fn of_division(invoice: &Invoice, division: &str) -> Invoice {
    revised(invoice, |invoice| {
        invoice.business_division = Some(division.to_owned());
    })
}

/// Two connections for two divisions, each of which lets its documents go like this.
fn divided(moves: Moves) -> Scene {
    let mut scene = Scene::new().with_connection(NORTH, Vec::new());
    scene.routes = vec![
        division_route(NORTH, "North"),
        division_route(ACME, "South"),
    ];
    // No two organisations use one identifier.
    scene.provider_of(NORTH).books(|books| books.last_id = 100);
    for (_, settings) in scene.connections.values_mut() {
        settings.moves = moves;
    }
    scene
}

/// The same with an invoice that is posted in the north.
async fn posted_in_the_north(moves: Moves) -> (Scene, Invoice) {
    let scene = divided(moves);
    let first = of_division(&invoice("1", &[1_000]), "North");
    scene.host().put(&first);
    scene.sync().await;
    (scene, first)
}

fn live(scene: &Scene) -> (usize, usize) {
    let live = |name| scene.provider_of(name).live_documents().len();
    (live(NORTH), live(ACME))
}

async fn findings_in_the_north(scene: &Scene) -> Vec<Rule> {
    let binding = scene.binding_on("1", NORTH).await.expect("a binding");
    let findings = binding.state.findings().iter();
    findings.map(|finding| finding.rule.clone()).collect()
}

async fn why_it_stays(scene: &Scene) -> String {
    let binding = scene.binding_on("1", NORTH).await.expect("a binding");
    binding.state.findings()[0].detail[0].clone()
}

/// A person retries the document in the north.
async fn retry_in_the_north(scene: &Scene) {
    let binding = scene.binding_on("1", NORTH).await.expect("a binding");
    let step = retry(&binding, "ann", scene.now()).expect("nothing is in the air");
    let changes = ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.expect("the store works");
}

#[tokio::test(start_paused = true)]
async fn a_posted_document_stays_and_says_so_until_it_is_routed_back() {
    let (scene, first) = posted_in_the_north(Moves::Stay).await;
    let moved = of_division(&first, "South");
    scene.host().put(&moved);
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Posted);
    assert_eq!(
        told.message.as_deref(),
        Some("routed to `acme` by now, still held by `north`")
    );
    assert_tied_out(&scene).await;
    scene.host().put(&of_division(&moved, "North"));
    scene.sync().await;
    let binding = scene.binding_on("1", NORTH).await.unwrap();
    assert_eq!(binding.state, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_stays_is_kept_equal_to_the_hosts_where_it_is() {
    let (scene, first) = posted_in_the_north(Moves::Stay).await;
    let moved = revised(&of_division(&first, "South"), |invoice| {
        invoice.lines = invoice_lines(&[1_000, 500]);
    });
    scene.host().put(&moved);
    scene.sync().await;
    let held = scene.provider_of(NORTH).live("INV-1").unwrap();
    assert_eq!(held.totals, moved.totals);
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_let_go_where_it_was_begins_nowhere_anew_when_it_is_told_again() {
    let (scene, first) = posted_in_the_north(Moves::Stay).await;
    let let_go = voided(&of_division(&first, "South"));
    scene.host().put(&let_go);
    scene.sync().await;
    let there = scene.binding_on("1", NORTH).await.unwrap();
    assert_eq!(there.state, State::Voided);
    scene.host().tell_late(&let_go);
    scene.sync().await;
    assert_eq!(scene.binding_on("1", ACME).await, None);
    assert_eq!(scene.binding_on("1", NORTH).await.unwrap(), there);
    // Anew it goes where it belongs by now.
    scene.host().put(&revised(&let_go, |invoice| {
        invoice.status = first.status.clone();
    }));
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_removed_where_it_was_is_sent_nowhere_because_it_is_told_again() {
    let (scene, first) = posted_in_the_north(Moves::Stay).await;
    let moved = of_division(&first, "South");
    scene.host().put(&moved);
    scene.sync().await;
    scene.provider_of(NORTH).edit("INV-1", |held| {
        held.status = tieout_core::provider::SnapshotStatus::Voided;
    });
    scene.sync().await;
    let there = scene.binding_on("1", NORTH).await.unwrap();
    assert!(matches!(there.state, State::Removed { .. }));
    scene.host().tell_late(&moved);
    scene.sync().await;
    assert_eq!(live(&scene), (0, 0));
    assert_eq!(scene.binding_on("1", NORTH).await.unwrap(), there);
    // A person decides, or the host by a change.
    retry_in_the_north(&scene).await;
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    assert_tied_out(&scene).await;
}

fn invoice_lines(net_cents: &[i64]) -> Vec<tieout_core::document::Line> {
    invoice("x", net_cents).lines
}

#[tokio::test(start_paused = true)]
async fn a_document_is_voided_where_it_was_and_only_then_created_where_it_goes() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    let void = scene.provider_of(NORTH).arrivals().pop().unwrap();
    let create = scene.provider_of(ACME).arrivals().pop().unwrap();
    assert!(matches!(void.request.orders[..], [Order::Void { .. }]));
    assert!(matches!(create.request.orders[..], [Order::Create(_)]));
    assert!(void.at < create.at);
    let told = scene.host().postings(&document_id("1"));
    let states: Vec<_> = told.iter().map(|notice| notice.state).collect();
    assert_eq!(states, [PostingState::Posted, PostingState::Posted]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn payments_stand_in_the_way_and_it_moves_once_they_are_gone() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    let north = scene.provider_of(NORTH);
    north.pay("INV-1", cents(400));
    scene.sync().await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    assert_tied_out(&scene).await;
    north.edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    let id = document_id("1");
    assert!(scene.host().payments(&id).iter().all(|held| held.removed));
    let settled = |scene: &Scene| scene.host().settlements(&id).pop().unwrap().status;
    assert_eq!(settled(&scene), SettlementStatus::Unpaid);
    scene.provider_of(ACME).pay("INV-1", cents(1_100));
    scene.sync().await;
    assert_eq!(settled(&scene), SettlementStatus::Paid);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_nobody_knew_of_refuses_the_void_and_it_stays() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.provider_of(NORTH).pay("INV-1", cents(400));
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_void_is_a_finding_and_a_retry_moves_it() {
    for kind in [RejectionKind::NotEditable, RejectionKind::Permission] {
        let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
        scene
            .provider_of(NORTH)
            .fail(On::Send, [Fault::Reject(kind)]);
        scene.host().put(&of_division(&first, "South"));
        scene.sync().await;
        assert_eq!(live(&scene), (1, 0));
        assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
        assert_tied_out(&scene).await;
        retry_in_the_north(&scene).await;
        scene.sync().await;
        assert_eq!(live(&scene), (0, 1));
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_the_void_or_to_the_create_leaves_one_document() {
    let faults = [
        Fault::NotProcessed,
        Fault::UnsureBefore,
        Fault::UnsureAfter,
        Fault::UnsureLate(Duration::from_secs(30)),
        Fault::BadReply,
        Fault::ShortReply,
    ];
    for at in [NORTH, ACME] {
        for fault in &faults {
            for forgets in [false, true] {
                let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
                let provider = scene.provider_of(at);
                provider.fail(On::Send, [fault.clone()]);
                if forgets {
                    provider.forget_keys_at(provider.arrivals().len() + 2);
                }
                scene.host().put(&of_division(&first, "South"));
                scene.sync().await;
                assert_eq!(live(&scene), (0, 1), "{fault:?} at {at}, {forgets}");
                assert_tied_out(&scene).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_leaves_one_document_or_a_finding() {
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
            scene.host().put(&of_division(&first, "South"));
            let inner = Arc::clone(&scene.store) as Arc<dyn Store>;
            let store = Arc::new(CrashStore::new(inner, at, side));
            let died = scene
                .sync_with(&scene.world_on(Arc::clone(&store) as _))
                .await;
            let (north, acme) = live(&scene);
            assert!(north + acme < 2, "at {at} {side:?}");
            scene.wait(Duration::from_secs(5)).await;
            scene.sync().await;
            assert_eq!(live(&scene), (0, 1), "at {at} {side:?}");
            assert_tied_out(&scene).await;
            if !store.is_dead() {
                died.unwrap();
                assert!(at > 6, "the move takes more commits than that");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_that_goes_back_while_its_void_is_in_doubt_ends_where_it_belongs() {
    for fault in [Fault::UnsureBefore, Fault::UnsureAfter] {
        let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
        let north = scene.provider_of(NORTH);
        let moved = of_division(&first, "South");
        north.fail(On::Send, [fault.clone()]);
        north.away_after(north.arrivals().len() + 1, HOUR);
        scene.host().put(&moved);
        scene.sync_troubled().await;
        let binding = scene.binding_on("1", NORTH).await.unwrap();
        assert_eq!(binding.departure().map(|it| it.op), Some(Op::Void));
        scene.host().put(&of_division(&moved, "North"));
        scene.wait(HOUR).await;
        scene.sync().await;
        scene.wait(HOUR).await;
        scene.sync().await;
        assert_eq!(live(&scene), (1, 0), "{fault:?}");
        let binding = scene.binding_on("1", NORTH).await.unwrap();
        assert_eq!(binding.state, State::Posted);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_that_changes_its_mind_while_its_void_is_in_doubt_goes_to_the_last_place() {
    let (mut scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    let east = division_route("east", "East");
    scene = scene.with_connection("east", vec![east]);
    let north = scene.provider_of(NORTH).clone();
    let moved = of_division(&first, "South");
    north.fail(On::Send, [Fault::UnsureAfter]);
    north.away_after(north.arrivals().len() + 1, HOUR);
    scene.host().put(&moved);
    scene.sync_troubled().await;
    scene.host().put(&of_division(&moved, "East"));
    scene.wait(HOUR).await;
    scene.sync().await;
    assert_eq!(live(&scene), (0, 0));
    assert_eq!(scene.provider_of("east").live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn there_and_back_again_is_one_document() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    let mut invoice = first;
    for (division, there) in [("South", (0, 1)), ("North", (1, 0)), ("South", (0, 1))] {
        invoice = of_division(&invoice, division);
        scene.host().put(&invoice);
        scene.sync().await;
        assert_eq!(live(&scene), there);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_voided_for_a_connection_that_would_not_take_it() {
    let (mut scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.settings().accounts.sales = None;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    let binding = scene.binding_on("1", NORTH).await.unwrap();
    let finding = &binding.state.findings()[0];
    assert_eq!(finding.rule, Rule::RoutedElsewhere);
    assert!(
        finding.detail[0].starts_with("account_missing"),
        "{finding:?}"
    );
    assert_tied_out(&scene).await;
    scene.settings().accounts.sales = Some("200".to_owned());
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_voided_for_a_connection_without_the_contact_or_with_the_number() {
    let (mut scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.settings().contacts.create_missing = false;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    let detail = why_it_stays(&scene).await;
    assert!(detail.starts_with("contact_missing"), "{detail}");
    scene.settings().contacts.create_missing = true;
    let now = scene.now();
    scene
        .provider_of(ACME)
        .books(|books| books.stranger("INV-1", cents(700), now));
    scene.sync().await;
    assert_eq!(live(&scene), (1, 1), "one of ours, one of somebody else");
    let detail = why_it_stays(&scene).await;
    assert!(detail.starts_with("number_taken"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_be_asked_keeps_the_document_waiting_and_no_other() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.provider_of(ACME).fail_for(HOUR, Fault::NotProcessed);
    scene.host().put(&of_division(&first, "South"));
    scene
        .host()
        .put(&of_division(&invoice("2", &[2_000]), "North"));
    scene.sync_troubled().await;
    assert_eq!(live(&scene), (2, 0));
    scene.wait(HOUR).await;
    scene.sync().await;
    assert_eq!(live(&scene), (1, 1));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn corrected_routes_move_what_was_posted_and_a_policy_decides_how() {
    let (mut scene, _) = posted_in_the_north(Moves::Stay).await;
    scene.routes = vec![division_route(ACME, "North")];
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    let north = scene.connections.get_mut(&connection_id(NORTH)).unwrap();
    north.1.moves = Moves::VoidAndCreate;
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_no_route_claims_any_more_is_shown_and_never_voided() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.host().put(&of_division(&first, "Nowhere"));
    scene.sync().await;
    assert_eq!(live(&scene), (1, 0));
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_voids_on_the_way_is_gone_everywhere() {
    for removal in [false, true] {
        let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
        let moved = of_division(&first, "South");
        let north = scene.provider_of(NORTH);
        north.fail(On::Send, [Fault::UnsureAfter]);
        north.away_after(north.arrivals().len() + 1, HOUR);
        scene.host().put(&moved);
        scene.sync_troubled().await;
        if removal {
            scene.host().remove(&moved);
        } else {
            scene.host().put(&voided(&moved));
        }
        scene.wait(HOUR).await;
        scene.sync().await;
        assert_eq!(live(&scene), (0, 0));
        let told = scene.host().postings(&document_id("1")).pop().unwrap();
        assert_eq!(told.state, PostingState::Voided);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_voids_by_hand_moves_by_the_policy_or_when_a_person_retries() {
    for (moves, there) in [(Moves::VoidAndCreate, (0, 1)), (Moves::Stay, (0, 0))] {
        let (scene, first) = posted_in_the_north(moves).await;
        scene.provider_of(NORTH).pay("INV-1", cents(400));
        scene.sync().await;
        scene.host().put(&of_division(&first, "South"));
        scene.sync().await;
        assert_eq!(live(&scene), (1, 0));
        scene.provider_of(NORTH).edit("INV-1", |held| {
            held.payments.clear();
            held.status = tieout_core::provider::SnapshotStatus::Voided;
        });
        scene.sync().await;
        assert_eq!(live(&scene), there);
        if moves == Moves::Stay {
            assert_eq!(
                findings_in_the_north(&scene).await,
                [Rule::RemovedAtProvider]
            );
            retry_in_the_north(&scene).await;
            scene.sync().await;
            assert_eq!(live(&scene), (0, 1));
        }
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_that_left_and_is_live_again_is_found_out_about() {
    let (scene, first) = posted_in_the_north(Moves::VoidAndCreate).await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    let now = scene.now();
    scene.provider_of(NORTH).books(|books| {
        let id = books.documents[0].id.clone();
        books.documents[0].status = tieout_core::provider::SnapshotStatus::Authorised;
        books.documents[0].updated_at = now;
        books.changes.push((now, id));
    });
    scene.sync().await;
    assert_eq!(findings_in_the_north(&scene).await, [Rule::RoutedElsewhere]);
    assert!(
        discrepancies(&scene)
            .await
            .iter()
            .any(|it| it.contains("2 times"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_could_not_be_attached_is_no_matter_of_the_connection_that_was_left() {
    let mut scene = divided(Moves::VoidAndCreate);
    for (_, settings) in scene.connections.values_mut() {
        settings.attachments = AttachmentPolicy::Books;
    }
    let first = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.business_division = Some("North".to_owned());
        invoice.attachments = vec![Attachment {
            name: "1.pdf".to_owned(),
            url: "files/1.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            sha256: None,
        }];
    });
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&of_division(&first, "South"));
    scene.sync().await;
    assert_eq!(live(&scene), (0, 1));
    let rules = async |connection| {
        let binding = scene.binding_on("1", connection).await.expect("a binding");
        binding
            .findings()
            .map(|finding| finding.rule.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(NORTH).await, []);
    assert_eq!(rules(ACME).await, [Rule::AttachmentNotSent]);
}
