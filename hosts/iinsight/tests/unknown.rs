//! Promises about invoices that name a case, a company or a person whom nobody knows: they wait, alone, and are not guessed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::json;
use support::{Scene, empty, invoice, look, row, told, try_look};
use tieout_core::host::{HostErrorKind, Record};
use tieout_sandbox_hosts::iinsight::{Fault, Kind};

fn of_person(id: u32, contact: &str) -> serde_json::Value {
    let mut row = row(id);
    row["contact_id"] = json!(contact);
    row
}

fn person(id: &str) -> serde_json::Value {
    json!({"contact_id": id, "first_name": "Ines", "last_name": "Moreau", "biller_id": "Plan Managed"})
}

#[tokio::test]
async fn an_invoice_of_a_new_person_comes_with_its_funding_at_once() {
    let scene = Scene::of(support::empty()).await;
    scene.account.put_invoice(row(1));
    let host = scene.host(&json!({}));
    let mut position = None;
    look(&host, &mut position).await;
    // Long before the directories are looked at again.
    scene.pass(2);
    scene.account.put_party("case_contacts", person("77"), None);
    for id in 2..=9 {
        scene.account.put_invoice(of_person(id, "77"));
    }
    drop(scene.account.asked());
    let records = look(&host, &mut position).await;
    let funding = invoice(&records, "N2").lines[0].funding.clone().unwrap();
    assert_eq!(funding.management.as_deref(), Some("plan"));
    let asked = scene.account.asked();
    let looks = asked.iter().filter(|it| it.contains("/case_contacts"));
    assert!(looks.count() <= 2, "{asked:?}");
}

#[tokio::test]
async fn an_invoice_of_somebody_unknown_waits_and_asks_once_for_all() {
    let scene = Scene::of(support::empty()).await;
    scene.account.put_invoice(row(1));
    let host = scene.host(&json!({}));
    let mut position = None;
    look(&host, &mut position).await;
    scene.pass(20);
    for id in 2..=9 {
        scene.account.put_invoice(of_person(id, "77"));
    }
    drop(scene.account.asked());
    let records = look(&host, &mut position).await;
    assert_eq!(told(&records).len(), 8);
    let Some(Record::Unreadable { field, message, .. }) = records.first() else {
        panic!("a guess");
    };
    assert!(field == "contact_id" && message.contains("77 is in no directory"));
    let asked = scene.account.asked();
    let looks = asked.iter().filter(|it| it.contains("/case_contacts"));
    assert!(looks.count() <= 2, "{asked:?}");
    // Hours later, far behind what the overlap repeats, the person is there: all come, once.
    for _ in 0..10 {
        scene.pass(30);
        assert_eq!(told(&look(&host, &mut position).await).len(), 8);
    }
    scene.account.put_party("case_contacts", person("77"), None);
    scene.pass(30);
    let records = look(&host, &mut position).await;
    assert_eq!(records.len(), 8);
    assert!(invoice(&records, "N9").lines[0].funding.is_some());
    scene.pass(30);
    assert!(look(&host, &mut position).await.is_empty());
}

#[tokio::test]
async fn an_invoice_of_an_unknown_company_or_case_is_not_told_without_them() {
    let account = support::empty();
    let mut of_company = row(1);
    of_company["company_id"] = json!("999");
    let mut of_case = row(2);
    of_case["case_number"] = json!("NSW170, VIC9");
    account.put_invoice(of_company);
    account.put_invoice(of_case);
    account.put_invoice(row(3));
    let scene = Scene::of(account).await;
    let host = scene.host(&json!({"reconcile_hours": 0}));
    let records = look(&host, &mut None).await;
    assert_eq!(
        told(&records),
        ["?1 company_id", "?2 case_number", "N3 final"]
    );
    let says = |record: &Record| match record {
        Record::Unreadable { message, .. } => message.clone(),
        Record::Document(_) | Record::Removed { .. } => String::new(),
    };
    let words: Vec<String> = records.iter().map(says).collect();
    assert!(words.iter().any(|it| it.contains("999")), "{words:?}");
    assert!(words.iter().any(|it| it.contains("case VIC9")), "{words:?}");
    // That one counts no more is told all the same.
    assert!(scene.account.void("N1"));
    let records = look(&scene.host(&json!({"reconcile_hours": 0})), &mut None).await;
    assert!(told(&records).contains(&"N1 voided".to_owned()));
}

#[tokio::test]
async fn a_case_that_iinsight_refuses_keeps_no_other_invoice() {
    for kind in [
        Kind::BadRequest,
        Kind::Forbidden,
        Kind::Missing,
        Kind::Refused,
        Kind::Cut,
    ] {
        let account = support::empty();
        let mut odd = row(1);
        odd["case_number"] = json!("ODD1");
        account.put_invoice(odd);
        account.put_invoice(row(2));
        let scene = Scene::of(account).await;
        scene
            .account
            .put_case(json!({"case_n": "ODD1", "business_division": "NSW Rehab"}));
        scene.account.fail(Fault::of(kind, "ODD1"));
        let host = scene.host(&json!({}));
        let mut position = None;
        let mut first = told(&look(&host, &mut position).await);
        first.dedup();
        assert_eq!(first, ["?1 case_number", "N2 final"], "{kind:?}");
        scene.account.heal();
        scene.pass(24 * 60 + 1);
        assert_eq!(told(&look(&host, &mut position).await), ["N1 final"]);
    }
}

#[tokio::test]
async fn a_case_among_too_many_like_it_keeps_no_other_invoice() {
    let account = support::empty();
    for like in 0..2_001 {
        account.put_case(json!({"case_n": format!("9{like}"), "business_division": "NSW Rehab"}));
    }
    let mut odd = row(1);
    odd["case_number"] = json!("9");
    account.put_invoice(odd);
    account.put_invoice(row(2));
    let scene = Scene::of(account).await;
    let records = look(&scene.host(&json!({"reconcile_hours": 0})), &mut None).await;
    assert_eq!(told(&records), ["?1 case_number", "N2 final"]);
}

#[tokio::test]
async fn a_product_that_is_down_or_lets_nobody_in_is_no_odd_case() {
    let cases = [
        (Kind::Down, HostErrorKind::Unavailable),
        (Kind::Throttled, HostErrorKind::Unavailable),
        (Kind::Unauthorised, HostErrorKind::Unauthorised),
    ];
    for (kind, wanted) in cases {
        let account = support::empty();
        account.put_invoice(row(1));
        let scene = Scene::of(account).await;
        scene.account.fail(Fault::of(kind, "/cases"));
        let error = try_look(&scene.host(&json!({})), &mut None, 500).await;
        assert_eq!(error.unwrap_err().kind, wanted);
    }
}

#[tokio::test]
async fn an_invoice_that_waits_in_the_first_look_is_tried_by_the_next() {
    let scene = Scene::of(support::empty()).await;
    scene.account.put_invoice(of_person(1, "77"));
    scene.account.put_invoice(row(2));
    let host = scene.host(&json!({"reconcile_hours": 0}));
    let mut position = None;
    assert_eq!(
        told(&look(&host, &mut position).await),
        ["?1 contact_id", "N2 final"]
    );
    scene.account.put_party("case_contacts", person("77"), None);
    scene.pass(60);
    assert_eq!(told(&look(&host, &mut position).await), ["N1 final"]);
}

#[tokio::test]
async fn another_account_has_people_of_its_own_under_the_same_identifiers() {
    let (first, second) = (empty(), empty());
    let company = json!({"company_id": "283", "company_name": "Other Pty Ltd", "abn": "99"});
    second.put_party("companies", company, None);
    for account in [&first, &second] {
        let mut one = row(500);
        one["to"] = json!("");
        account.put_invoice(one);
    }
    let scene = Scene::of(first).await;
    let other = Scene::of(second).await;
    let mut position = None;
    let records = look(&scene.host(&json!({})), &mut position).await;
    assert_eq!(invoice(&records, "N500").bill_to.name, "Banksia Pty Ltd");
    // The same notes, another account behind the same name of a host: nobody is mistaken for somebody else.
    let elsewhere = json!({"url": other.running.url()});
    let records = look(&scene.host(&elsewhere), &mut position).await;
    assert_eq!(invoice(&records, "N500").bill_to.name, "Other Pty Ltd");
    // And back again, those of the first one are still known.
    let _before = scene.account.asked();
    let records = look(&scene.host(&json!({})), &mut position).await;
    assert_eq!(invoice(&records, "N500").bill_to.name, "Banksia Pty Ltd");
    let asked = scene.account.asked();
    let whole = asked
        .iter()
        .any(|it| it.contains("companies") && it.contains("1900-01-01"));
    assert!(!whole, "{asked:?}");
}
