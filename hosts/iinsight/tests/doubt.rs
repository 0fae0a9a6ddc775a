//! Promises about payments in doubt: a refusal, a page for people or a cut reference makes no second payment of one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Scene, delivery, payment, pays};
use tieout_core::host::{Delivery, Host, HostErrorKind};
use tieout_host_iinsight::IinsightHost;
use tieout_sandbox_hosts::iinsight::{Fault, Iinsight, Kind};

const CREATE: &str = "/api1/payments/create";
const LIST: &str = "/api2/payments";

async fn scene() -> (Scene, IinsightHost) {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({"write_backs": "create_payment"}));
    (scene, host)
}

fn one(id: &str) -> Delivery {
    delivery(id, &[pays(1, payment(id, "25.60"))])
}

/// The payments of the invoice that these tests pay.
fn stand(scene: &Scene) -> Vec<Value> {
    let all = scene.account.payments().into_iter();
    all.filter(|it| it["invoice_number"] == "QLD2026121")
        .collect()
}

#[tokio::test]
async fn a_refusal_of_what_an_earlier_attempt_did_is_no_refusal() {
    let (scene, host) = scene().await;
    let fail = |fault: Fault| scene.account.fail(fault);
    fail(Fault::of(Kind::ReplyLost, CREATE).times(1));
    host.deliver(&one("p-1")).await.unwrap_err();
    // It shows in the list only after the second attempt.
    scene.pass(3);
    fail(Fault::of(Kind::Empty, LIST).times(2));
    fail(Fault::of(Kind::Refused, CREATE).times(1));
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}

#[tokio::test]
async fn a_refused_second_attempt_forgets_nothing_of_the_first() {
    let (scene, host) = scene().await;
    let fail = |fault: Fault| scene.account.fail(fault);
    fail(Fault::of(Kind::ReplyLost, CREATE).times(1));
    host.deliver(&one("p-1")).await.unwrap_err();
    scene.pass(3);
    fail(Fault::of(Kind::Empty, LIST).times(4));
    fail(Fault::of(Kind::Refused, CREATE).times(1));
    let outcome = host.deliver(&one("p-1")).await.unwrap();
    assert!(outcome[0].is_err());
    // It shows at last, and is found before anything is sent.
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}

#[tokio::test]
async fn a_payment_given_up_is_still_looked_for_before_it_is_created() {
    let (scene, host) = scene().await;
    scene.account.fail(Fault::of(Kind::Failure, CREATE));
    for _ in 0..5 {
        host.deliver(&one("p-1")).await.unwrap_err();
        scene.pass(3);
    }
    let outcome = host.deliver(&one("p-1")).await.unwrap();
    let refusal = outcome[0].as_ref().unwrap_err();
    assert_eq!(refusal.code, "always_fails");
    assert!(refusal.message.contains("5 attempts"), "{refusal:?}");
    scene.account.heal();
    scene.account.put_payment(json!({
        "payment_id": "3001", "payment_number": "QLD2026121-P9", "transaction_date": "2026-11-18T12:00:00Z",
        "amount": "25.60", "reference_number": "p-1", "invoice_id": "1688", "invoice_number": "QLD2026121",
    }));
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}

#[tokio::test]
async fn a_success_that_names_no_payment_is_believed_when_the_list_shows_it() {
    let (scene, host) = scene().await;
    scene
        .account
        .fail(Fault::of(Kind::Wordless, CREATE).times(1));
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}

#[tokio::test]
async fn a_page_for_people_is_no_payment_and_a_person_decides_about_another_attempt() {
    let (scene, host) = scene().await;
    scene.account.fail(Fault::of(Kind::Page, CREATE).times(1));
    host.deliver(&one("p-1")).await.unwrap_err();
    scene.pass(3);
    let outcome = host.deliver(&one("p-1")).await.unwrap();
    let refusal = outcome[0].as_ref().unwrap_err();
    assert!(refusal.message.contains("Welcome"), "{refusal:?}");
    assert!(stand(&scene).is_empty());
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}

#[tokio::test]
async fn a_payment_whose_reference_was_cut_is_found_by_what_it_is_and_taken_for_no_other() {
    for cut in ["", "ledger-pay"] {
        let (scene, host) = scene().await;
        let lose = || {
            let fault = Fault::of(Kind::ReplyLost, CREATE).times(1);
            scene.account.fail(fault);
        };
        lose();
        host.deliver(&one("ledger-payment-1")).await.unwrap_err();
        let mut row = stand(&scene).remove(0);
        row["reference_number"] = json!(cut);
        scene.account.put_payment(row);
        let outcome = host.deliver(&one("ledger-payment-1")).await.unwrap();
        assert_eq!(outcome, [Ok(())]);
        assert_eq!(stand(&scene).len(), 1);
        // Another one of the same amount on the same day is not that one.
        scene
            .account
            .fail(Fault::of(Kind::Failure, CREATE).times(1));
        host.deliver(&one("ledger-payment-2")).await.unwrap_err();
        scene.pass(3);
        let outcome = host.deliver(&one("ledger-payment-2")).await.unwrap();
        assert_eq!(outcome, [Ok(())]);
        assert_eq!(stand(&scene).len(), 2);
    }
}

#[tokio::test]
async fn too_much_asked_or_a_wrong_path_never_gives_a_payment_up() {
    let cases = [
        (Kind::Throttled, HostErrorKind::Unavailable),
        (Kind::Missing, HostErrorKind::Misconfigured),
    ];
    for (kind, wanted) in cases {
        let (scene, host) = scene().await;
        scene.account.fail(Fault::of(kind, CREATE));
        for _ in 0..8 {
            let error = host.deliver(&one("p-1")).await.unwrap_err();
            assert_eq!(error.kind, wanted, "{error}");
            let names_path = error.to_string().contains("`create_payment_path`");
            assert_eq!(names_path, kind == Kind::Missing, "{error}");
            scene.pass(3);
        }
        scene.account.heal();
        assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
        assert_eq!(stand(&scene).len(), 1);
    }
}

#[tokio::test]
async fn replies_that_are_lost_never_give_a_payment_up() {
    let (scene, host) = scene().await;
    for _ in 0..8 {
        // Nothing arrives, and nobody hears of it.
        scene
            .account
            .fail(Fault::of(Kind::Failure, CREATE).times(1));
        scene.lose_reply(CREATE);
        host.deliver(&one("p-1")).await.unwrap_err();
        scene.pass(3);
    }
    assert_eq!(host.deliver(&one("p-1")).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}
