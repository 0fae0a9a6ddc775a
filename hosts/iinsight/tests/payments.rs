//! Promises about payments: each is created once, whatever is lost on the way, and what cannot be written is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use support::{Scene, delivery, of, payment, pays};
use tieout_core::document::PaymentKind;
use tieout_core::host::{Host, HostErrorKind, WriteBack};
use tieout_host_iinsight::IinsightHost;
use tieout_sandbox_hosts::iinsight::{Fault, Iinsight, Kind};

const CREATE: &str = "/api1/payments/create";

async fn scene() -> (Scene, IinsightHost) {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({"write_backs": "create_payment"}));
    (scene, host)
}

/// The payments of the invoice that these tests pay.
fn stand(scene: &Scene) -> Vec<Value> {
    let all = scene.account.payments().into_iter();
    all.filter(|it| it["invoice_number"] == "QLD2026121")
        .collect()
}

#[tokio::test]
async fn a_payment_is_created_once_however_often_it_is_told() {
    let (scene, host) = scene().await;
    assert!(host.capability().takes_payments && !host.capability().takes_settlements);
    let one = delivery("d1", &[pays(1, payment("p-1", "425.60"))]);
    assert_eq!(host.deliver(&one).await.unwrap(), [Ok(())]);
    assert_eq!(host.deliver(&one).await.unwrap(), [Ok(())]);
    let again = scene.host(&json!({"write_backs": "create_payment"}));
    assert_eq!(again.deliver(&one).await.unwrap(), [Ok(())]);
    let stand = stand(&scene);
    assert_eq!(stand.len(), 1);
    let fields = [
        "amount",
        "transaction_date",
        "reference_number",
        "type",
        "notes",
    ];
    assert_eq!(
        fields.map(|field| stand[0][field].as_str().unwrap()),
        [
            "425.60",
            "2026-11-18T12:00:00Z",
            "p-1",
            "EFT",
            "Imported from the ledger: BWU 99120"
        ]
    );
}

#[tokio::test]
async fn a_payment_whose_reply_was_lost_is_looked_for_and_not_created_twice() {
    for is_cut_by_product in [true, false] {
        let (scene, host) = scene().await;
        match is_cut_by_product {
            true => scene
                .account
                .fail(Fault::of(Kind::ReplyLost, CREATE).times(1)),
            false => scene.lose_reply(CREATE),
        }
        let one = delivery("d1", &[pays(1, payment("p-1", "425.60"))]);
        let error = host.deliver(&one).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Unavailable);
        // By another process, from a list that may show the amount below zero.
        let again = scene.host(&json!({"write_backs": "create_payment"}));
        assert_eq!(again.deliver(&one).await.unwrap(), [Ok(())]);
        assert_eq!(stand(&scene).len(), 1);
    }
}

#[tokio::test]
async fn a_payment_that_never_arrived_is_created_after_it_was_looked_for() {
    let (scene, host) = scene().await;
    scene
        .account
        .fail(Fault::of(Kind::Failure, CREATE).times(1));
    let one = delivery("d1", &[pays(1, payment("p-1", "425.60"))]);
    host.deliver(&one).await.unwrap_err();
    // It may only not be visible yet.
    let error = host.deliver(&one).await.unwrap_err();
    assert!(error.to_string().contains("looked for again"), "{error}");
    scene.pass(3);
    assert_eq!(host.deliver(&one).await.unwrap(), [Ok(())]);
    assert_eq!(stand(&scene).len(), 1);
}

#[tokio::test]
async fn a_payment_that_always_fails_is_refused_in_the_end_and_the_others_are_not_kept_waiting() {
    let (scene, host) = scene().await;
    scene
        .account
        .fail(Fault::of(Kind::Failure, CREATE).times(1));
    let items = [
        pays(1, payment("p-1", "100.00")),
        pays(1, payment("p-2", "25.60")),
    ];
    let both = delivery("d1", &items);
    host.deliver(&both).await.unwrap_err();
    assert_eq!(stand(&scene).len(), 1);
    scene.account.fail(Fault::of(Kind::Failure, CREATE));
    let mut refused = None;
    for _ in 0..6 {
        scene.pass(3);
        if let Ok(outcomes) = host.deliver(&both).await {
            refused = Some(outcomes);
            break;
        }
    }
    let outcomes = refused.unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap_err().code, "always_fails");
    assert!(outcomes[1].is_ok());
}

#[tokio::test]
async fn what_iinsight_refuses_is_told_in_its_words_and_may_be_tried_again() {
    let (scene, host) = scene().await;
    scene
        .account
        .fail(Fault::of(Kind::Refused, CREATE).times(1));
    let one = delivery("d1", &[pays(1, payment("p-1", "425.60"))]);
    let outcome = host.deliver(&one).await.unwrap();
    let refusal = outcome[0].as_ref().unwrap_err();
    assert!(refusal.message.contains("period is locked"), "{refusal:?}");
    assert_eq!(host.deliver(&one).await.unwrap(), [Ok(())]);
}

#[tokio::test]
async fn what_the_api_cannot_do_is_refused_with_what_to_do_by_hand() {
    let (scene, host) = scene().await;
    let told = payment("p-1", "425.60");
    host.deliver(&delivery("d1", &[pays(1, told.clone())]))
        .await
        .unwrap();
    let mut credit = payment("c-1", "10.00");
    credit.kind = PaymentKind::CreditAllocation;
    let gone = WriteBack::PaymentRemoved {
        document: of("1688", "QLD2026121"),
        revision: 3,
        payment: told.clone(),
    };
    let items = [
        pays(2, payment("p-1", "400.00")),
        pays(1, credit),
        gone.clone(),
    ];
    let outcomes = host.deliver(&delivery("d2", &items)).await.unwrap();
    let words: Vec<String> = outcomes
        .into_iter()
        .map(|it| it.unwrap_err().message)
        .collect();
    assert!(
        words[0].contains("correct QLD2026121-P1 of invoice QLD2026121 by hand"),
        "{}",
        words[0]
    );
    assert!(words[1].contains("enter one of 10.00 AUD"), "{}", words[1]);
    assert!(words[2].contains("void QLD2026121-P1"), "{}", words[2]);
    // A person did so: nothing is left to do, and it is not created again.
    assert!(scene.account.void_payment("QLD2026121-P1"));
    let outcome = host.deliver(&delivery("d3", &[gone])).await.unwrap();
    assert_eq!(outcome, [Ok(())]);
    assert!(stand(&scene).is_empty());
}

#[tokio::test]
async fn a_payment_taken_back_while_its_creation_is_in_doubt_is_looked_for_first() {
    let (scene, host) = scene().await;
    scene
        .account
        .fail(Fault::of(Kind::ReplyLost, CREATE).times(1));
    let told = payment("p-1", "425.60");
    host.deliver(&delivery("d1", &[pays(1, told.clone())]))
        .await
        .unwrap_err();
    let gone = WriteBack::PaymentRemoved {
        document: of("1688", "QLD2026121"),
        revision: 2,
        payment: told,
    };
    let outcome = host.deliver(&delivery("d2", &[gone])).await.unwrap();
    assert!(
        outcome[0]
            .as_ref()
            .unwrap_err()
            .message
            .contains("void QLD2026121-P1")
    );
}

#[tokio::test]
async fn amounts_below_zero_in_the_list_are_the_same_payment() {
    let (scene, host) = scene().await;
    // The stand-in shows payments with an even identifier below zero: one of two in a row is.
    for (id, amount) in [("p-1", "400.00"), ("p-2", "25.60")] {
        scene.lose_reply(CREATE);
        let one = delivery(id, &[pays(1, payment(id, amount))]);
        host.deliver(&one).await.unwrap_err();
        assert_eq!(host.deliver(&one).await.unwrap(), [Ok(())], "{id}");
    }
    let sum: Decimal = stand(&scene)
        .iter()
        .map(|it| it["amount"].as_str().unwrap().parse::<Decimal>().unwrap())
        .sum();
    assert_eq!(sum.to_string(), "425.60");
}

#[tokio::test]
async fn nothing_is_written_unless_it_is_switched_on() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let takes = host.capability();
    assert!(!takes.takes_payments && !takes.takes_settlements && !takes.takes_postings);
}
