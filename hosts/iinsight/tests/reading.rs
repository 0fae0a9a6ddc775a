//! Promises of reading: every invoice with its figures as iinsight has them, once, and none missed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Scene, invoice, look, row, told, try_look};
use tieout_core::host::{Host, HostErrorKind, Record};
use tieout_sandbox_hosts::iinsight::{Fault, Iinsight, Kind};

#[tokio::test]
async fn an_invoice_comes_with_its_figures_and_dates() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let records = look(&host, &mut None).await;
    assert_eq!(
        told(&records),
        [
            "NSW2026477 final",
            "NSW2026478 final",
            "NSWG20260018 final",
            "NZ2026033 final",
            "QLD2026120 final",
            "QLD2026121 final",
            "UK2026140 final",
            "UK2026141 voided",
            "VIC2026061 final",
            "WA2026009 reversed",
        ]
    );
    let one = invoice(&records, "NSW2026477");
    assert_eq!(one.business_division.as_deref(), Some("NSW Rehab"));
    // The date part alone: noon in UTC is the next day in New Zealand.
    assert_eq!(one.issue_date.to_string(), "2026-11-02");
    assert_eq!(one.due_date.unwrap().to_string(), "2026-11-16");
    assert_eq!(one.payment_terms_days, Some(14));
    assert_eq!(one.currency.code(), "AUD");
    let totals = one.totals;
    assert_eq!(
        [totals.net, totals.tax, totals.gross].map(|it| it.to_string()),
        ["1059.38", "105.94", "1165.32"]
    );
    let line = &one.lines[0];
    assert_eq!(
        [
            line.quantity,
            line.unit_price,
            line.net_amount,
            line.tax_amount
        ]
        .map(|it| it.to_string()),
        ["3.50", "225.40", "788.90", "78.89"]
    );
    let texts = [
        &line.charge_code,
        &line.service_contract,
        &line.account_code,
        &line.worker,
        &line.case_number,
    ];
    assert_eq!(
        texts.map(|it| it.as_deref().unwrap_or_default()),
        ["RTWSE", "Banksia WC 2026", "200", "Farrah Quill", "NSW170"]
    );
    assert_eq!(line.service_date.unwrap().to_string(), "2026-10-27");
}

#[tokio::test]
async fn who_is_billed_comes_with_the_address_and_numbers_of_the_company() {
    let scene = Scene::of(Iinsight::sample()).await;
    let records = look(&scene.host(&json!({})), &mut None).await;
    let one = invoice(&records, "NSW2026477");
    let bill_to = &one.bill_to;
    assert_eq!(bill_to.name, "Banksia Workers Underwriting Pty Ltd");
    assert_eq!(bill_to.tax_number.as_deref(), Some("11 000 111 001"));
    let address = bill_to.address.clone().unwrap();
    assert_eq!(
        [
            address.line1,
            address.city,
            address.region,
            address.postal_code
        ]
        .map(Option::unwrap),
        [
            "48 Lonsdale Crescent",
            "Parramatta",
            "New South Wales",
            "2150"
        ]
    );
    assert_eq!(one.references.claim_number.as_deref(), Some("WC24-118822"));
}

#[tokio::test]
async fn plan_managed_lines_carry_their_funding_and_what_the_operator_chose_for_it() {
    let scene = Scene::of(Iinsight::sample()).await;
    let choice = json!({
        "management": "plan", "tracking": [{"category": "Funding", "option": "Plan"}], "tax_code": "NDIS",
        "account_code": "201",
    });
    let host = scene.host(&json!({"funding": {"plan managed": choice}}));
    let records = look(&host, &mut None).await;
    let one = invoice(&records, "QLD2026120");
    let travel = &one.lines[1];
    let funding = travel.funding.clone().unwrap();
    assert_eq!(
        [
            Some(funding.scheme),
            funding.management,
            funding.support_item,
            funding.claim_type
        ]
        .map(Option::unwrap),
        ["NDIS", "plan", "15_617_0128_1_3", "PT"]
    );
    assert_eq!(travel.tracking[0].option, "Plan");
    assert_eq!(travel.tax_code.as_deref(), Some("NDIS"));
    assert_eq!(travel.account_code.as_deref(), Some("201"));
    assert_eq!(
        one.references.participant_number.as_deref(),
        Some("430111222")
    );
    // Nobody chose anything for the others.
    let other = invoice(&records, "NSW2026477");
    assert!(
        other
            .lines
            .iter()
            .all(|line| line.funding.is_none() && line.tracking.is_empty())
    );
}

#[tokio::test]
async fn a_grouped_invoice_names_its_cases_and_belongs_to_their_division() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let records = look(&host, &mut None).await;
    let grouped = invoice(&records, "NSWG20260018");
    assert!(grouped.grouped);
    let sources: Vec<[String; 3]> = grouped
        .group_sources
        .iter()
        .map(|it| {
            [
                it.case_number.clone(),
                it.client_name.clone().unwrap(),
                it.claim_number.clone().unwrap(),
            ]
        })
        .collect();
    assert_eq!(
        sources,
        [
            ["NSW170", "Okafor, Daniel", "WC24-118822"],
            ["NSW171", "Petrovic, Mila", "WC24-118901"]
        ]
    );
    assert_eq!(grouped.business_division.as_deref(), Some("NSW Rehab"));
    // Cases of two divisions belong to neither alone.
    scene
        .account
        .put_case(json!({"case_n": "NSW171", "business_division": "VIC Rehab"}));
    let records = look(&scene.host(&json!({})), &mut None).await;
    let both = invoice(&records, "NSWG20260018").business_division;
    assert_eq!(both.as_deref(), Some("NSW Rehab + VIC Rehab"));
}

#[tokio::test]
async fn a_case_is_the_one_of_that_number_and_is_asked_for_once() {
    let account = support::empty();
    account.put_case(json!({"case_n": "NSW1700", "business_division": "Another"}));
    account.put_case(json!({"case_n": "NSW170", "business_division": "NSW Rehab"}));
    account.put_invoice(row(1));
    account.put_invoice(row(2));
    let scene = Scene::of(account).await;
    let records = look(
        &scene.host(&json!({"division_currencies": {"NSW Rehab": "NZD"}})),
        &mut None,
    )
    .await;
    let one = invoice(&records, "N2");
    assert_eq!(one.business_division.as_deref(), Some("NSW Rehab"));
    assert_eq!(one.currency.code(), "NZD");
    let asked = scene.account.asked();
    assert_eq!(
        asked.iter().filter(|it| it.contains("/api2/cases")).count(),
        1
    );
    look(&scene.host(&json!({"division": "none"})), &mut None).await;
    assert!(
        scene
            .account
            .asked()
            .iter()
            .all(|it| !it.contains("/cases"))
    );
}

#[tokio::test]
async fn a_quiet_look_tells_nothing_and_a_change_tells_that_invoice_alone() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let mut position = None;
    look(&host, &mut position).await;
    scene.pass(10);
    assert!(look(&host, &mut position).await.is_empty());
    let mut changed = scene.account.invoice("QLD2026121").unwrap();
    changed["notes"] = json!("mended");
    scene.account.put_invoice(changed);
    scene.account.void("NSW2026478");
    scene.account.reverse("NZ2026033");
    scene.pass(10);
    assert_eq!(
        told(&look(&host, &mut position).await),
        [
            "NSW2026478 voided",
            "NZ2026033 reversed",
            "QLD2026121 final"
        ]
    );
    // The overlap brings them again, and they are not told again; nor by a host that starts anew.
    scene.pass(5);
    assert!(look(&host, &mut position).await.is_empty());
    assert!(
        look(&scene.host(&json!({})), &mut position)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_page_of_any_size_is_read_whole() {
    let account = support::empty();
    (1..=120).for_each(|id| account.put_invoice(row(id)));
    let scene = Scene::of(account).await;
    for limit in [30, 100, 500] {
        let records = try_look(
            &scene.host(&json!({"reconcile_hours": 0})),
            &mut None,
            limit,
        )
        .await;
        let mut told = told(&records.unwrap());
        told.dedup();
        assert_eq!(told.len(), 120, "{limit}");
    }
}

#[tokio::test]
async fn an_invoice_that_slips_off_a_page_while_it_is_read_is_not_missed() {
    let account = support::empty();
    (1..=150).for_each(|id| account.put_invoice(row(id)));
    let scene = Scene::of(account).await;
    for reconcile_hours in [0, 24] {
        let host = scene.host(&json!({"reconcile_hours": reconcile_hours}));
        let first = host.changes(None, 500).await.unwrap();
        assert_eq!(first.records.len(), 100);
        // Everything behind it moves up: the first of the second page becomes the last of the first.
        let voided = if reconcile_hours == 0 { "N3" } else { "N4" };
        scene.account.void(voided);
        let mut position = first.position;
        let mut records = first.records;
        records.extend(look(&host, &mut position).await);
        let mut told = told(&records);
        told.dedup();
        let numbers: std::collections::BTreeSet<&str> =
            told.iter().filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(numbers.len(), 150, "{reconcile_hours}");
    }
}

#[tokio::test]
async fn an_invoice_that_slips_off_a_single_full_page_is_not_missed() {
    let account = support::empty();
    (1..=101).for_each(|id| account.put_invoice(row(id)));
    let scene = Scene::of(account).await;
    let host = scene.host(&json!({"reconcile_hours": 0}));
    let first = host.changes(None, 500).await.unwrap();
    assert_eq!(first.records.len(), 100);
    // The second page is empty from now on: the only one on it moved to the first.
    scene.account.void("N3");
    let mut position = first.position;
    let rest = told(&look(&host, &mut position).await);
    assert!(rest.contains(&"N101 final".to_owned()), "{rest:?}");
}

#[tokio::test]
async fn a_change_while_a_list_is_read_is_told_by_the_next_look() {
    let account = support::empty();
    (1..=150).for_each(|id| account.put_invoice(row(id)));
    let scene = Scene::of(account).await;
    let host = scene.host(&json!({"reconcile_hours": 0}));
    let first = host.changes(None, 500).await.unwrap();
    scene.pass(30);
    let mut changed = row(150);
    changed["notes"] = json!("while it was read");
    let mut position = first.position;
    let second = host.changes(position.as_deref(), 500).await.unwrap();
    scene.account.put_invoice(changed);
    position = second.position;
    scene.pass(30);
    let mut records = look(&host, &mut position).await;
    scene.pass(60);
    records.extend(look(&host, &mut position).await);
    assert_eq!(
        invoice(&records, "N150").notes.as_deref(),
        Some("while it was read")
    );
}

#[tokio::test]
async fn a_void_that_emptied_its_figures_is_told_all_the_same() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let mut position = None;
    look(&host, &mut position).await;
    let mut row = scene.account.invoice("QLD2026121").unwrap();
    row["total_amount_payable"] = json!("");
    row["item"] = Value::Null;
    scene.account.put_invoice(row);
    scene.account.void("QLD2026121");
    scene.pass(10);
    let records = look(&host, &mut position).await;
    let voided = invoice(&records, "QLD2026121");
    assert_eq!(voided.status.as_str(), "voided");
    assert_eq!(voided.business_division.as_deref(), Some("QLD NDIS"));
}

/// What a row with these fields of its item tells.
async fn item(fields: Value, payable: &str) -> Record {
    let account = support::empty();
    let mut row = row(1);
    row["total_amount_payable"] = json!(payable);
    for (field, value) in fields.as_object().unwrap() {
        row["item"][0][field] = value.clone();
    }
    account.put_invoice(row);
    let scene = Scene::of(account).await;
    let mut records = look(&scene.host(&json!({"reconcile_hours": 0})), &mut None).await;
    assert_eq!(records.len(), 1);
    records.remove(0)
}

#[tokio::test]
async fn a_tax_that_is_not_told_is_proven_by_the_total_or_refused_with_its_field() {
    let none = json!(null);
    // The charge holds it.
    let record = item(json!({"tax_amount": none, "tax_rate": none}), "110.00").await;
    assert_eq!(invoice(&[record], "N1").totals.tax.to_string(), "10.00");
    // The rate makes it, and the total proves that.
    let record = item(json!({"tax_amount": none, "total_charge": none}), "110.00").await;
    assert_eq!(invoice(&[record], "N1").totals.tax.to_string(), "10.00");
    // There is none: the total is the net amount.
    let all = json!({"tax_amount": none, "total_charge": none, "tax_rate": none});
    let record = item(all.clone(), "100.00").await;
    assert!(invoice(&[record], "N1").totals.tax.is_zero());
    // Nothing proves anything.
    let Record::Unreadable {
        id,
        field,
        message,
        place,
    } = item(all, "110.00").await
    else {
        panic!("a guess");
    };
    assert_eq!(
        (id.as_deref(), field.as_str()),
        (Some("1"), "item[0].tax_amount")
    );
    assert!(
        message.contains("nothing is guessed") && place.contains("N1"),
        "{message}"
    );
    // A charge without its tax is told as it is; the engine shows the arithmetic of figures that contradict each other.
    let record = item(json!({"total_charge": "100.00"}), "110.00").await;
    assert_eq!(
        invoice(&[record], "N1").lines[0].net_amount.to_string(),
        "100.00"
    );
    let record = item(json!({"tax_amount": "11.00"}), "110.00").await;
    let odd = invoice(&[record], "N1");
    assert_eq!(
        (
            odd.totals.gross.to_string(),
            odd.lines[0].tax_amount.to_string()
        ),
        ("110.00".into(), "11.00".into())
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_spoils_no_other_and_names_its_field() {
    let account = support::empty();
    let spoilt = [
        ("date_of_invoice", json!("31-02-2026")),
        ("total_amount_payable", json!("1,100.00")),
        ("terms", json!("99999999")),
        ("invoice_number", json!("")),
    ];
    for (id, (field, value)) in (1..).zip(spoilt) {
        let mut row = row(id);
        row[field] = value;
        account.put_invoice(row);
    }
    let mut item = row(5);
    item["item"][0]["quantity"] = json!("1e3");
    account.put_invoice(item);
    let mut first_generation = row(6);
    first_generation["date_of_invoice"] = json!("02-11-2026");
    account.put_invoice(first_generation);
    let scene = Scene::of(account).await;
    let records = look(&scene.host(&json!({"reconcile_hours": 0})), &mut None).await;
    assert_eq!(
        told(&records),
        [
            "?1 date_of_invoice",
            "?2 total_amount_payable",
            "?3 terms",
            "?4 invoice_number",
            "?5 item[0].quantity",
            "N6 final"
        ]
    );
    assert_eq!(invoice(&records, "N6").issue_date.to_string(), "2026-11-02");
}

#[tokio::test]
async fn a_failure_in_the_middle_moves_nothing_and_the_same_page_comes_again() {
    let account = support::empty();
    (1..=150).for_each(|id| account.put_invoice(row(id)));
    let scene = Scene::of(account).await;
    let host = scene.host(&json!({}));
    let kinds = [
        (Kind::Down, HostErrorKind::Unavailable),
        (Kind::Failure, HostErrorKind::Unavailable),
        (Kind::Cut, HostErrorKind::BadData),
    ];
    for (kind, wanted) in kinds {
        scene.account.fail(Fault::of(kind, "page=2&status"));
        let mut position = None;
        let error = try_look(&host, &mut position, 500).await.unwrap_err();
        assert_eq!(error.kind, wanted, "{error}");
        assert!(error.to_string().contains("/api2/invoices"), "{error}");
        scene.account.heal();
        assert_eq!(look(&host, &mut position).await.len(), 50);
    }
    // What is known of cases fails the same way: no invoice is told without its division because of that.
    scene.account.fail(Fault::of(Kind::Down, "/cases"));
    let other = scene.host(&json!({}));
    assert!(other.changes(None, 500).await.is_err());
}

#[tokio::test]
async fn a_product_that_gives_one_page_for_ever_is_found_out() {
    use axum::Router;
    use axum::routing::{get, post};
    let page = serde_json::to_string(&[row(1)]).unwrap();
    let routes = Router::new()
        .route("/auth/login", post(|| async { r#"{"access_token": "t"}"# }))
        .route("/api2/cases", get(|| async { "[]" }))
        .route("/api1/{list}", get(|| async { "[]" }))
        .route("/api2/invoices", get(move || async move { page.clone() }));
    let running = tieout_sandbox_hosts::serve(routes, 0).await.unwrap();
    let mut scene = Scene::of(support::empty()).await;
    scene.running = running;
    let error = try_look(&scene.host(&json!({})), &mut None, 500)
        .await
        .unwrap_err();
    assert_eq!(error.kind, HostErrorKind::BadData);
    assert!(error.to_string().contains("page 1 again"), "{error}");
}
