//! Promises about payments of summaries: each is for what the provider held when it was made, whatever the host said since.

use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{InvoiceStatus, SettlementStatus};
use tieout_core::engine::State;
use tieout_core::host::PostingState;
use tieout_core::provider::RejectionKind;

use crate::support::documents::{
    capability, cents, division_route, document_id, invoice, line, revised, voided,
};
use crate::support::host::{Loss, TestHost};
use crate::support::provider::Fault;
use crate::support::scene::Scene;
use crate::support::summing::{TO_THE_CLOSE, assert_summed, gather, gathering, summary};

/// A weekly summary of two invoices, of 110.00 and 55.00, in the books.
async fn sent() -> (Scene, String) {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    scene.host().put(&invoice("2", &[3_000, 2_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let number = summary(&scene).await.number;
    (scene, number)
}

/// What the host knows to be paid of an invoice by now, and still due.
fn known(scene: &Scene, id: &str) -> (String, String) {
    let paid = scene.host().payments(&document_id(id)).into_iter();
    let paid: rust_decimal::Decimal = paid
        .filter(|it| !it.removed)
        .map(|it| it.payment.amount)
        .sum();
    let due = scene.host().settlements(&document_id(id)).pop();
    let due = due.map(|it| it.amount_due.to_string());
    (paid.to_string(), due.unwrap_or_default())
}

fn of(paid: &str, due: &str) -> (String, String) {
    (paid.to_owned(), due.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_for_what_the_provider_held_and_not_for_a_change_that_came_too_late() {
    let (scene, number) = sent().await;
    scene.provider().pay(&number, cents(15_000));
    let first = invoice("1", &[10_000]);
    let cheaper = revised(&first, |it| it.lines = vec![line("1", 8_000)]);
    scene.host().put(&cheaper);
    scene.sync().await;
    scene.sync().await;
    assert_eq!(
        scene.provider().live(&number).unwrap().totals.gross,
        cents(16_500)
    );
    assert_eq!(known(&scene, "1"), of("110.00", "0.00"));
    assert_eq!(known(&scene, "2"), of("40.00", "15.00"));
    // The host gives the invoice back what it was: nothing of it is told again.
    let told = scene.host().payments(&document_id("1")).len();
    scene
        .host()
        .put(&revised(&cheaper, |it| it.lines = vec![line("1", 10_000)]));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(summary(&scene).await.state, State::Posted);
    assert_eq!(scene.host().payments(&document_id("1")).len(), told);
    assert_eq!(scene.rules("1").await, []);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_let_go_too_late_has_its_part_of_the_payment() {
    let (scene, number) = sent().await;
    scene.provider().pay(&number, cents(12_000));
    let first = invoice("1", &[10_000]);
    let gone = voided(&first);
    scene.host().put(&gone);
    scene.sync().await;
    scene.sync().await;
    assert_eq!(known(&scene, "1"), of("110.00", "0.00"));
    assert_eq!(known(&scene, "2"), of("10.00", "45.00"));
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::DeleteFailed);
    // The payment is taken back, and the summary lets it go.
    scene.provider().edit(&number, |held| held.payments.clear());
    scene.sync().await;
    scene.sync().await;
    assert_eq!(known(&scene, "1").0, "0");
    assert_eq!(known(&scene, "2"), of("0", "55.00"));
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Voided);
    assert_eq!(scene.state("1").await, State::Voided);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_let_go_too_late_may_come_back() {
    let (scene, number) = sent().await;
    scene.provider().pay(&number, cents(12_000));
    let first = invoice("1", &[10_000]);
    let gone = voided(&first);
    scene.host().put(&gone);
    scene.sync().await;
    scene.host().put(&revised(&gone, |it| {
        it.status = tieout_core::document::InvoiceStatus::Final;
    }));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(summary(&scene).await.state, State::Posted);
    assert_eq!(known(&scene, "1"), of("110.00", "0.00"));
    assert_eq!(known(&scene, "2"), of("10.00", "45.00"));
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_reply_was_lost_is_what_a_payment_is_for_once_the_sums_say_so() {
    let (scene, number) = sent().await;
    scene.provider().fail_send(2, Fault::UnsureAfter);
    scene.provider().away_after(2, Duration::from_secs(900));
    scene.host().put(&revised(&invoice("1", &[10_000]), |it| {
        it.lines = vec![line("1", 8_000)];
    }));
    scene.sync_troubled().await;
    scene.provider().pay(&number, cents(12_000));
    scene.wait(Duration::from_secs(1_200)).await;
    scene.sync().await;
    scene.sync().await;
    assert_eq!(
        scene.provider().live(&number).unwrap().totals.gross,
        cents(14_300)
    );
    assert_eq!(known(&scene, "1"), of("88.00", "0.00"));
    assert_eq!(known(&scene, "2"), of("32.00", "23.00"));
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_reply_was_lost_is_what_a_payment_is_for_although_somebody_edited_it_since()
{
    let (scene, number) = sent().await;
    scene.provider().fail_send(2, Fault::UnsureAfter);
    for later in [3, 4] {
        let paid = Fault::Reject(RejectionKind::NotEditable);
        scene.provider().fail_send(later, paid);
    }
    scene.provider().away_after(2, Duration::from_secs(900));
    scene.host().put(&voided(&invoice("1", &[10_000])));
    scene.sync_troubled().await;
    scene
        .provider()
        .edit(&number, |held| held.lines[0].amount += cents(250));
    scene.provider().pay(&number, cents(2_000));
    scene.wait(Duration::from_secs(1_200)).await;
    scene.sync().await;
    scene.sync().await;
    assert_eq!(known(&scene, "1").0, "0");
    assert_eq!(known(&scene, "2").0, "20.00");
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_dealt_in_the_order_in_which_the_summary_is_written_by_now() {
    let (scene, number) = sent().await;
    scene.provider().fail_send(2, Fault::UnsureAfter);
    for later in [3, 4] {
        let paid = Fault::Reject(RejectionKind::NotEditable);
        scene.provider().fail_send(later, paid);
    }
    scene.provider().away_after(2, Duration::from_secs(900));
    // It comes after the other now.
    scene.host().put(&revised(&invoice("1", &[10_000]), |it| {
        it.issue_date = it.issue_date.succ_opt().unwrap();
        it.lines = vec![line("1", 8_000)];
    }));
    scene.sync_troubled().await;
    scene
        .provider()
        .edit(&number, |held| held.lines[0].amount += cents(250));
    scene.provider().pay(&number, cents(2_000));
    scene.wait(Duration::from_secs(1_200)).await;
    scene.sync().await;
    scene.sync().await;
    assert_eq!(known(&scene, "1").0, "0");
    assert_eq!(known(&scene, "2").0, "20.00");
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_of_a_summary_is_taken_back_by_where_its_document_went() {
    let silent = Scene::of(TestHost::new().without_postings(), capability());
    let scene = gather(silent).with_connection("north", vec![division_route("north", "North")]);
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[3_000, 2_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let number = summary(&scene).await.number;
    scene.provider().pay(&number, cents(1_000));
    // The host takes it, and its answer is lost.
    scene.host().fail_deliveries([Loss::After]);
    scene.sync_troubled().await;
    scene.provider().edit(&number, |held| held.payments.clear());
    scene.host().fail_deliveries([Loss::Before; 9]);
    scene.host().put(&revised(&first, |it| {
        it.business_division = Some("North".to_owned());
    }));
    scene.sync_troubled().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    scene.host().mend();
    scene.wait(Duration::from_secs(7_200)).await;
    scene.sync().await;
    scene.sync().await;
    assert_eq!(known(&scene, "1"), of("0", "110.00"));
}

#[tokio::test(start_paused = true)]
async fn what_was_told_of_a_summary_is_taken_back_by_where_its_document_was_let_go_before() {
    let scene =
        gather(Scene::new()).with_connection("north", vec![division_route("north", "North")]);
    let drafted = revised(&invoice("1", &[10_000]), |it| {
        it.business_division = Some("North".to_owned());
        it.status = InvoiceStatus::Draft;
    });
    let let_go = voided(&drafted);
    for each in [&drafted, &let_go] {
        scene.host().put(each);
        scene.sync().await;
    }
    let first = revised(&let_go, |it| {
        it.business_division = None;
        it.status = InvoiceStatus::Final;
    });
    scene.host().put(&first);
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let number = summary(&scene).await.number;
    scene.provider().pay(&number, cents(1_000));
    scene.sync().await;
    assert_eq!(known(&scene, "1"), of("10.00", "100.00"));
    scene.provider().edit(&number, |held| held.payments.clear());
    scene.host().put(&revised(&first, |it| {
        it.business_division = Some("North".to_owned());
    }));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    assert_eq!(known(&scene, "1"), of("0", "110.00"));
}

#[tokio::test(start_paused = true)]
async fn what_is_due_of_a_changed_member_is_told_when_the_summary_has_it_so() {
    let (scene, number) = sent().await;
    scene.provider().pay(&number, cents(1_000));
    scene.sync().await;
    scene.provider().edit(&number, |held| held.payments.clear());
    scene.sync().await;
    let last = |id: &str| scene.host().settlements(&document_id(id)).pop().unwrap();
    assert_eq!(last("1").amount_due, cents(11_000));
    // Both change, and the summary comes to the same.
    scene.host().put(&revised(&invoice("1", &[10_000]), |it| {
        it.lines = vec![line("1", 8_000)];
    }));
    scene
        .host()
        .put(&revised(&invoice("2", &[3_000, 2_000]), |it| {
            it.lines = vec![line("1", 7_000)];
        }));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(last("1").amount_due, cents(8_800));
    assert_eq!(last("1").status, SettlementStatus::Unpaid);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_on_the_way_is_no_finding_of_the_member_and_none_is_left_when_it_lands() {
    let (scene, number) = sent().await;
    scene.provider().pay(&number, cents(100));
    scene.sync().await;
    scene.host().put(&revised(&invoice("1", &[10_000]), |it| {
        it.lines = vec![line("1", 8_000)];
    }));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::SummarySettled]);
    let binding = scene.binding("1").await;
    let detail = &binding.state.findings()[0].detail;
    assert!(detail.iter().any(|it| it.contains("110.00")), "{detail:?}");
}

#[tokio::test(start_paused = true)]
async fn what_leaves_goes_when_somebody_voids_the_summary_meanwhile() {
    let (scene, number) = sent().await;
    scene.provider().fail_send(2, Fault::NotProcessed);
    scene.provider().away_after(2, Duration::from_secs(900));
    scene.host().put(&voided(&invoice("1", &[10_000])));
    scene.sync_troubled().await;
    scene.wait(Duration::from_secs(1_200)).await;
    scene.provider().edit(&number, |held| {
        held.status = tieout_core::provider::SnapshotStatus::Voided;
    });
    scene.sync().await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    let summary = summary(&scene).await;
    assert!(matches!(summary.state, State::Removed { .. }));
}
