//! Promises about payments that were made in iinsight: they come with their invoice, as they are by now.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Scene, delivery, invoice, look, payment, pays, told};
use tieout_core::host::{Host, Record};
use tieout_sandbox_hosts::iinsight::Iinsight;

/// The payments of an invoice: identifier, amount, and the ledger's identifier if it came from there.
fn payments(records: &[Record], number: &str) -> Vec<String> {
    let payments = invoice(records, number).payments.unwrap();
    let words = |it: &tieout_core::document::HostPayment| {
        let ledger = it.ledger_payment_id.as_ref().map(ToString::to_string);
        format!("{} {} {}", it.id, it.amount, ledger.unwrap_or_default())
    };
    payments.iter().map(words).collect()
}

fn row(id: &str, amount: &str) -> Value {
    json!({
        "payment_id": id, "payment_number": format!("QLD2026121-P{id}"), "transaction_date": "2026-11-18T12:00:00Z",
        "amount": amount, "reference_number": "cheque 7", "invoice_id": "1688", "invoice_number": "QLD2026121",
        "type": "Cash",
    })
}

#[tokio::test]
async fn each_invoice_comes_with_its_payments_above_zero_and_without_those_that_were_voided() {
    let scene = Scene::of(Iinsight::sample()).await;
    let records = look(&scene.host(&json!({"read_payments": true})), &mut None).await;
    // One of them is below zero in the list.
    assert_eq!(
        payments(&records, "QLD2026120"),
        ["1105 200.00 ", "1106 236.48 "]
    );
    // Its only one was voided: there are none, which is not the same as nobody knows.
    assert!(payments(&records, "NSW2026478").is_empty());
    let silent = look(&scene.host(&json!({})), &mut None).await;
    assert_eq!(invoice(&silent, "QLD2026120").payments, None);
}

#[tokio::test]
async fn a_payment_that_is_made_or_voided_tells_its_invoice_anew() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({"read_payments": true}));
    let mut position = None;
    let before = look(&host, &mut position).await;
    scene.pass(20);
    scene.account.put_payment(row("2001", "25.60"));
    let records = look(&host, &mut position).await;
    assert_eq!(told(&records), ["QLD2026121 final"]);
    assert_eq!(payments(&records, "QLD2026121"), ["2001 25.60 "]);
    scene.pass(20);
    assert!(look(&host, &mut position).await.is_empty());
    assert!(scene.account.void_payment("QLD2026121-P2001"));
    let records = look(&host, &mut position).await;
    assert_eq!(
        invoice(&records, "QLD2026121"),
        invoice(&before, "QLD2026121")
    );
}

#[tokio::test]
async fn a_payment_that_came_from_the_ledger_is_known_as_such() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({"read_payments": true, "write_backs": "create_payment"}));
    let mut position = None;
    look(&host, &mut position).await;
    scene.pass(20);
    let one = delivery("d1", &[pays(1, payment("p-1", "425.60"))]);
    host.deliver(&one).await.unwrap().remove(0).unwrap();
    let records = look(&host, &mut position).await;
    assert_eq!(payments(&records, "QLD2026121"), ["1110 425.60 p-1"]);
}

#[tokio::test]
async fn a_payment_that_cannot_be_read_is_shown_and_spoils_no_other() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({"read_payments": true}));
    let mut position = None;
    look(&host, &mut position).await;
    scene.pass(20);
    scene.account.put_payment(row("2001", "25,60"));
    scene.account.put_payment(row("2003", "30.00"));
    let records = look(&host, &mut position).await;
    assert_eq!(told(&records), ["?payment 2001 amount", "QLD2026121 final"]);
    assert_eq!(payments(&records, "QLD2026121"), ["2003 30.00 "]);
    // Mended, it is shown no more.
    scene.pass(20);
    scene.account.put_payment(row("2001", "25.60"));
    let records = look(&host, &mut position).await;
    assert_eq!(told(&records), ["-payment 2001", "QLD2026121 final"]);
}

#[tokio::test]
async fn money_that_was_given_back_is_no_payment() {
    let scene = Scene::of(Iinsight::sample()).await;
    let mut keys = json!({"read_payments": true});
    let mut position = None;
    look(&scene.host(&keys), &mut position).await;
    scene.pass(20);
    scene.account.put_payment(row("2001", "25.60"));
    let mut refund = row("2003", "-25.60");
    refund["type"] = json!("refund");
    scene.account.put_payment(refund);
    let records = look(&scene.host(&keys), &mut position).await;
    assert_eq!(told(&records), ["?payment 2003 type", "QLD2026121 final"]);
    assert_eq!(payments(&records, "QLD2026121"), ["2001 25.60 "]);
    // Voided there, it is shown no more.
    scene.pass(20);
    assert!(scene.account.void_payment("QLD2026121-P2003"));
    let records = look(&scene.host(&keys), &mut position).await;
    assert!(told(&records).contains(&"-payment 2003".to_owned()));
    // A payment that turns out to be one goes off its invoice, and whoever books them by hand sees none.
    scene.pass(20);
    let mut refund = row("2001", "25.60");
    refund["type"] = json!("Refund");
    scene.account.put_payment(refund);
    let records = look(&scene.host(&keys), &mut position).await;
    assert_eq!(told(&records), ["?payment 2001 type", "QLD2026121 final"]);
    assert!(payments(&records, "QLD2026121").is_empty());
    keys["refunds"] = json!("ignored");
    let records = look(&scene.host(&keys), &mut position).await;
    assert!(told(&records).contains(&"-payment 2001".to_owned()));
    assert!(payments(&records, "QLD2026121").is_empty());
}

#[tokio::test]
async fn payments_that_are_read_from_now_on_come_with_invoices_of_before() {
    let scene = Scene::of(Iinsight::sample()).await;
    let mut position = None;
    look(&scene.host(&json!({})), &mut position).await;
    scene.pass(60 * 24 * 90);
    let records = look(&scene.host(&json!({"read_payments": true})), &mut position).await;
    assert_eq!(
        payments(&records, "QLD2026120"),
        ["1105 200.00 ", "1106 236.48 "]
    );
}

#[test]
fn payments_of_ours_cannot_be_of_a_type_that_is_read_as_money_given_back() {
    let config = |keys: Value| {
        let mut config = json!({
            "region": "aus", "client_id": "id", "client_secret": "s", "username": "u", "password": "p",
        });
        for (key, value) in keys.as_object().unwrap() {
            config[key] = value.clone();
        }
        serde_json::from_value::<tieout_host_iinsight::IinsightConfig>(config).unwrap()
    };
    assert!(config(json!({})).problems().is_empty());
    let problems = config(json!({"payment_type": "refund "})).problems();
    assert_eq!(problems[0].key, "payment_type");
}
