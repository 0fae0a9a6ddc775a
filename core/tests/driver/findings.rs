//! Promises about documents that a person must look at: held with a reason, told to the host, and healed by themselves.

use std::time::Duration;

use rust_decimal::Decimal;
use tieout_core::check::Rule;
use tieout_core::engine::{State, retry};
use tieout_core::host::PostingState;
use tieout_core::provider::RejectionKind;
use tieout_core::settings::TaxAmounts;
use tieout_core::store::{ChangeSet, Store};

use crate::support::documents::{cents, document_id, invoice, line, revised, voided};
use crate::support::provider::{Fault, On};
use crate::support::scene::Scene;
use crate::support::tie_out::assert_tied_out;

async fn retry_by_hand(scene: &Scene, id: &str) {
    let step = retry(&scene.binding(id).await, "ann", scene.now()).expect("something to retry");
    let changes = ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.expect("the store works");
}

#[tokio::test(start_paused = true)]
async fn a_document_held_for_an_archived_account_is_sent_once_the_chart_shows_it_restored() {
    let scene = Scene::new();
    let active = |active| {
        scene
            .provider()
            .books(|books| books.chart.accounts[0].active = active);
    };
    active(false);
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::AccountUnusable]);
    active(true);
    scene.wait(Duration::from_secs(2 * 60 * 60)).await;
    scene.host().put(&invoice("2", &[10_000]));
    scene.sync().await;
    assert_eq!(scene.state("2").await, State::Posted);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_held_for_a_missing_account_is_sent_after_the_settings_change() {
    let mut scene = Scene::new();
    scene.settings().accounts.sales = None;
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::AccountMissing]);
    let notices = scene.host().postings(&document_id("1"));
    assert_eq!(notices[0].state, PostingState::Rejected);
    assert_tied_out(&scene).await;
    scene.sync().await;
    assert_eq!(scene.provider().arrivals().len(), 0);
    scene.settings().accounts.sales = Some("200".to_owned());
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_created_at_the_provider_for_a_document_that_is_held() {
    let mut scene = Scene::new();
    scene.settings().accounts.sales = None;
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    assert_eq!(scene.provider().books(|books| books.contacts.len()), 0);
}

#[tokio::test(start_paused = true)]
async fn a_void_with_payments_is_held_and_done_once_the_payments_are_gone() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::VoidRefused]);
    let last = scene.host().postings(&first.id).pop().unwrap();
    assert_eq!(last.state, PostingState::DeleteFailed);
    assert_tied_out(&scene).await;
    scene.provider().edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert_eq!(
        scene.host().postings(&first.id).pop().unwrap().state,
        PostingState::Voided
    );
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_void_that_an_unseen_payment_prevents_heals_too() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::VoidRefused]);
    assert_eq!(
        scene.host().postings(&first.id).pop().unwrap().state,
        PostingState::DeleteFailed
    );
    assert_tied_out(&scene).await;
    scene.provider().edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_at_the_provider_is_a_finding_until_it_is_undone() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    scene
        .provider()
        .edit("INV-1", |held| held.lines[0].amount += Decimal::ONE);
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider]);
    scene
        .provider()
        .edit("INV-1", |held| held.lines[0].amount -= Decimal::ONE);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_but_an_undone_edit_ends_the_finding_about_it() {
    let mut scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[10_000]));
    scene.sync().await;
    scene
        .provider()
        .edit("INV-1", |held| held.lines[0].amount += Decimal::ONE);
    scene
        .provider()
        .edit("INV-2", |held| held.number = "INV-2b".to_owned());
    scene.sync().await;
    for inventory in [Some("210"), None] {
        assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider]);
        assert_eq!(scene.rules("2").await, [Rule::EditedAtProvider]);
        scene.provider().pay("INV-1", cents(500));
        scene.provider().pay("INV-2b", cents(500));
        scene.settings().accounts.inventory = inventory.map(str::to_owned);
        scene.sync().await;
        retry_by_hand(&scene, "1").await;
        retry_by_hand(&scene, "2").await;
        scene.sync().await;
    }
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines = vec![line("1", 10_001)];
    }));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_held_update_stays_held_when_a_payment_comes() {
    let mut scene = Scene::new();
    scene.settings().tax_amounts = TaxAmounts::Provider;
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    // Ten per cent are not what the host says they are.
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines[0].tax_amount = cents(990);
    }));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::TotalsWouldDiffer]);
    scene.provider().pay("INV-1", cents(500));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::TotalsWouldDiffer]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_removed_at_the_provider_is_asked_about_and_sent_anew_only_by_hand() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.provider().edit("INV-1", |held| {
        held.status = tieout_core::provider::SnapshotStatus::Voided;
    });
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::RemovedAtProvider]);
    scene.host().put(&revised(&first, |invoice| {
        invoice.notes = Some("still wanted".to_owned());
    }));
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 0);
    retry_by_hand(&scene, "1").await;
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_removed_while_an_edit_was_on_its_way_is_asked_about_too() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.provider().edit("INV-1", |held| {
        held.status = tieout_core::provider::SnapshotStatus::Voided;
    });
    scene.provider().fail(
        crate::support::provider::On::Send,
        vec![Fault::NotProcessed; 12],
    );
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines = vec![line("1", 11_000)];
    }));
    scene.sync_troubled().await;
    scene.provider().mend();
    scene.wait(std::time::Duration::from_secs(3_600)).await;
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::RemovedAtProvider]);
    assert_eq!(scene.provider().live_documents().len(), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_held_is_sent_once_the_chart_has_what_it_lacks_and_nobody_asks() {
    let mut scene = Scene::new();
    scene.settings().accounts.sales = Some("999".to_owned());
    scene.host().put(&invoice("1", &[1_000]));
    let world = scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::AccountUnusable]);
    let read = scene.provider().calls(On::Chart);
    // Within a quarter of an hour nobody looks again, however often changes are read.
    scene.wait(Duration::from_secs(60)).await;
    scene.sync_with(&world).await.unwrap();
    assert_eq!(scene.provider().calls(On::Chart), read);
    scene.provider().books(|books| {
        let mut account = books.chart.accounts[0].clone();
        account.code = Some("999".to_owned());
        books.chart.accounts.push(account);
    });
    scene.wait(Duration::from_secs(15 * 60)).await;
    scene.sync_with(&world).await.unwrap();
    assert_eq!(scene.provider().calls(On::Chart), read + 1);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_chart_that_nothing_waits_for_is_not_looked_at_and_one_in_vain_ever_less_often() {
    let mut scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let world = scene.sync().await;
    let read = scene.provider().calls(On::Chart);
    scene.wait(Duration::from_secs(50 * 60)).await;
    scene.sync_with(&world).await.unwrap();
    assert_eq!(scene.provider().calls(On::Chart), read);
    scene.settings().accounts.sales = Some("999".to_owned());
    scene.host().put(&invoice("2", &[1_000]));
    let world = scene.sync().await;
    let read = scene.provider().calls(On::Chart);
    for _ in 0..24 * 12 {
        scene.wait(Duration::from_secs(5 * 60)).await;
        scene.sync_with(&world).await.unwrap();
    }
    let looks = scene.provider().calls(On::Chart) - read;
    assert!((12..=16).contains(&looks), "{looks} looks in a day");
    assert_eq!(scene.rules("2").await, [Rule::AccountUnusable]);
}

#[tokio::test(start_paused = true)]
async fn two_failures_of_the_network_do_not_count_against_reference_data() {
    let scene = Scene::new();
    scene.sync().await;
    scene.provider().fail(
        On::Send,
        [
            Fault::NotProcessed,
            Fault::NotProcessed,
            Fault::Reject(RejectionKind::AccountInvalid),
            Fault::Reject(RejectionKind::AccountInvalid),
        ],
    );
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_the_provider_does_not_keep_is_held_with_the_setting() {
    let mut scene = Scene::new();
    scene.settings().credit_notes = true;
    let credit = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.kind = tieout_core::document::InvoiceKind::SalesCredit;
    });
    scene.host().put(&credit);
    scene.sync().await;
    let binding = scene.bindings().await.remove(0);
    let finding = &binding.state.findings()[0];
    assert_eq!(finding.rule, Rule::KindNotKept);
    assert_eq!(finding.field, "credit_notes");
    assert_eq!(scene.provider().arrivals().len(), 0);
}
