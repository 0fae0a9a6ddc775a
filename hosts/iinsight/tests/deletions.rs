//! Promises about deletions, of which iinsight leaves no trace: they are found, and nothing else is taken for one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Scene, look, row, told, try_look};
use tieout_host_iinsight::IinsightHost;
use tieout_sandbox_hosts::iinsight::{Fault, Kind};

const DAY: i64 = 24 * 60 + 1;

/// An account of so many invoices that was read and compared once.
async fn compared(count: u32, more: &Value) -> (Scene, IinsightHost, Option<String>) {
    let account = support::empty();
    (1..=count).for_each(|id| account.put_invoice(row(id)));
    let scene = Scene::of(account).await;
    let host = scene.host(more);
    let mut position = None;
    let records = look(&host, &mut position).await;
    assert_eq!(records.len(), count as usize);
    (scene, host, position)
}

#[tokio::test]
async fn a_deletion_is_told_once_by_the_comparison_after_it() {
    let (scene, host, mut position) = compared(250, &json!({})).await;
    scene.account.delete("N7");
    scene.pass(10);
    assert!(look(&host, &mut position).await.is_empty());
    scene.pass(DAY);
    assert_eq!(told(&look(&host, &mut position).await), ["-7"]);
    scene.pass(DAY);
    assert!(look(&host, &mut position).await.is_empty());
    // What came since the last comparison is known too.
    scene.account.put_invoice(row(900));
    assert_eq!(told(&look(&host, &mut position).await), ["N900 final"]);
    scene.account.delete("N900");
    scene.pass(DAY);
    assert_eq!(told(&look(&host, &mut position).await), ["-900"]);
    // It is there again: a wrong conclusion heals.
    scene.account.put_invoice(row(7));
    scene.pass(1);
    assert_eq!(told(&look(&host, &mut position).await), ["N7 final"]);
}

#[tokio::test]
async fn a_list_that_was_not_read_to_its_end_deletes_nothing() {
    let (scene, host, mut position) = compared(250, &json!({})).await;
    scene.account.delete("N7");
    scene.pass(DAY);
    for kind in [Kind::Down, Kind::Cut, Kind::Failure] {
        let fault = Fault::of(kind, "modified_since=1970-01-01T00%3A00%3A00Z&page=3");
        scene.account.fail(fault);
        assert!(try_look(&host, &mut position, 500).await.is_err());
        scene.account.heal();
    }
    // It goes on where it was, also after a restart.
    let again = scene.host(&json!({}));
    assert_eq!(told(&look(&again, &mut position).await), ["-7"]);
}

#[tokio::test]
async fn a_page_that_is_empty_once_by_mistake_deletes_nothing() {
    let (scene, host, mut position) = compared(250, &json!({"removals_max": 500})).await;
    scene.pass(DAY);
    let fault = Fault::of(
        Kind::Empty,
        "modified_since=1970-01-01T00%3A00%3A00Z&page=2",
    );
    scene.account.fail(fault.times(1));
    assert!(look(&host, &mut position).await.is_empty());
    // Those that the second reading met are known as before: none is told again, and what is deleted is missed.
    assert!(scene.account.delete("N200"));
    scene.pass(DAY);
    assert_eq!(told(&look(&host, &mut position).await), ["-200"]);
}

#[tokio::test]
async fn many_deletions_at_once_are_shown_and_not_believed() {
    let (scene, host, mut position) = compared(60, &json!({})).await;
    scene.account.fail(Fault::of(Kind::Empty, "status=active"));
    scene.pass(DAY);
    assert_eq!(told(&look(&host, &mut position).await), ["?deletions "]);
    // The user may see everything again: the notice goes, and nothing was deleted.
    scene.account.heal();
    scene.pass(61);
    assert_eq!(told(&look(&host, &mut position).await), ["-deletions"]);
    // They were deleted indeed, and an operator says so.
    (1..=30).for_each(|id| assert!(scene.account.delete(&format!("N{id}"))));
    scene.pass(DAY);
    assert_eq!(told(&look(&host, &mut position).await), ["?deletions "]);
    let trusting = scene.host(&json!({"removals_max": 100}));
    scene.pass(61);
    assert_eq!(look(&trusting, &mut position).await.len(), 31);
}

#[tokio::test]
async fn an_invoice_that_moves_between_the_lists_is_not_deleted() {
    let (scene, host, mut position) = compared(150, &json!({})).await;
    scene.pass(DAY);
    scene.account.void("N5");
    scene.account.reverse("N6");
    assert_eq!(
        told(&look(&host, &mut position).await),
        ["N5 voided", "N6 reversed"]
    );
    scene.pass(DAY);
    assert!(look(&host, &mut position).await.is_empty());
}

#[tokio::test]
async fn without_comparisons_nothing_is_compared() {
    let (scene, host, mut position) = compared(5, &json!({"reconcile_hours": 0})).await;
    scene.account.delete("N1");
    drop(scene.account.asked());
    scene.pass(DAY * 30);
    assert!(look(&host, &mut position).await.is_empty());
    let asked = scene.account.asked();
    assert!(asked.iter().all(|it| !it.contains("modified_since=1970")));
}

#[tokio::test]
async fn a_page_told_again_after_a_crash_changes_nothing_about_what_is_known() {
    let (scene, host, mut position) = compared(250, &json!({})).await;
    scene.account.delete("N200");
    scene.pass(DAY);
    // Each page is asked for twice, as if the first had not been stored.
    let mut records = Vec::new();
    loop {
        use tieout_core::host::Host as _;
        let lost = host.changes(position.as_deref(), 500).await.unwrap();
        let page = host.changes(position.as_deref(), 500).await.unwrap();
        assert_eq!(lost, page);
        records.extend(page.records);
        position = page.position;
        if !page.more {
            break;
        }
    }
    assert_eq!(told(&records), ["-200"]);
}

#[tokio::test]
async fn what_another_first_day_hides_is_not_deleted() {
    let (scene, host, mut position) = compared(10, &json!({})).await;
    drop(host);
    scene.pass(DAY);
    scene.account.put_invoice(row(11));
    let later = scene.host(&json!({"read_from": "2026-11-21"}));
    for _ in 0..3 {
        // The first comparison of what is seen now tells it once more.
        let told = told(&look(&later, &mut position).await);
        assert!(told.iter().all(|it| it == "N11 final"), "{told:?}");
        scene.pass(DAY);
    }
    // From then on deletions are found again.
    assert!(scene.account.delete("N11"));
    assert_eq!(told(&look(&later, &mut position).await), ["-11"]);
}

#[tokio::test]
async fn what_could_not_be_read_is_tried_again_and_falls_away_once_it_is_deleted() {
    let account = support::empty();
    let mut unreadable = row(1);
    unreadable["total_amount_payable"] = json!("lots");
    account.put_invoice(unreadable);
    let scene = Scene::of(account).await;
    let host = scene.host(&json!({}));
    let mut position = None;
    let first = told(&look(&host, &mut position).await);
    assert!(
        first.iter().all(|it| it == "?1 total_amount_payable"),
        "{first:?}"
    );
    scene.pass(DAY);
    assert_eq!(
        told(&look(&host, &mut position).await),
        ["?1 total_amount_payable"]
    );
    assert!(scene.account.delete("N1"));
    scene.pass(DAY);
    assert_eq!(told(&look(&host, &mut position).await), ["-1"]);
}

#[tokio::test]
async fn a_case_that_is_found_later_gives_its_invoices_their_division() {
    let account = support::empty();
    let mut other = row(1);
    other["case_number"] = json!("VIC1");
    account.put_invoice(other);
    let scene = Scene::of(account).await;
    let host = scene.host(&json!({}));
    let mut position = None;
    let first = told(&look(&host, &mut position).await);
    assert!(first.iter().all(|it| it == "?1 case_number"), "{first:?}");
    scene
        .account
        .put_case(json!({"case_n": "VIC1", "business_division": "VIC NDIS"}));
    scene.pass(DAY);
    let records = look(&host, &mut position).await;
    let division = support::invoice(&records, "N1").business_division;
    assert_eq!(division.as_deref(), Some("VIC NDIS"));
}

#[tokio::test]
async fn news_of_a_comparison_that_is_not_believed_are_known_all_the_same() {
    let (scene, host, mut position) = compared(60, &json!({})).await;
    // No list of changes shows this one.
    scene.pass(10);
    scene.account.put_invoice(row(900));
    scene
        .account
        .fail(Fault::of(Kind::Empty, "modified_since=2026"));
    assert!(look(&host, &mut position).await.is_empty());
    scene.account.heal();
    (1..=30).for_each(|id| assert!(scene.account.delete(&format!("N{id}"))));
    scene.pass(DAY);
    assert_eq!(
        told(&look(&host, &mut position).await),
        ["?deletions ", "N900 final"]
    );
    (1..=30).for_each(|id| scene.account.put_invoice(row(id)));
    assert!(scene.account.delete("N900"));
    scene.pass(61);
    assert_eq!(
        told(&look(&host, &mut position).await),
        ["-900", "-deletions"]
    );
}

#[tokio::test]
async fn what_another_account_does_not_hold_is_not_deleted() {
    let (mut scene, host, mut position) = compared(10, &json!({})).await;
    drop(host);
    let other = support::empty();
    other.put_case(json!({"case_n": "NSW170", "business_division": "NSW Rehab"}));
    other.put_invoice(row(11));
    scene.running = other.serve(0).await.unwrap();
    scene.account = other;
    let host = scene.host(&json!({}));
    for _ in 0..3 {
        scene.pass(DAY);
        let told = told(&look(&host, &mut position).await);
        assert!(told.iter().all(|it| it == "N11 final"), "{told:?}");
    }
}
