//! Promises about the export: orders whose push was lost are found, whatever its pages look like, within the limits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use http::{Method, Request};
use serde_json::{Value, json};
use support::{Desk, Export, complaints, invoices, lines, order, reply};
use tieout_core::host::{Host, HostErrorKind};

fn settings() -> Value {
    json!({"cost_field": null, "export": {
        "url": "https://api.example.com/export/orders", "token_url": "https://oauth.example.com/token",
        "client_id": "c", "client_secret": "s", "statuses": [8, 64]}})
}

fn page_of(request: &Request<bytes::Bytes>) -> u64 {
    let query = request.uri().query().unwrap_or_default();
    let page = query.split('&').find_map(|pair| pair.strip_prefix("page="));
    page.map_or(1, |page| page.parse().unwrap())
}

const ASKED: &str = "GET /export/orders?filter%5Bstatus%3Ain%5D=8%2C64";

#[tokio::test]
async fn orders_whose_push_was_lost_are_found_and_known_ones_are_not_told_again() {
    let export = Export::new(|request| match page_of(request) {
        1 => reply(200, &json!([order(46_140_200, 8)]).to_string()),
        2 => reply(200, &json!([order(46_140_201, 8)]).to_string()),
        _ => reply(200, "[]"),
    });
    let desk = Desk::with(&settings(), Arc::clone(&export));
    desk.order(&order(46_140_200, 8)).await;
    assert_eq!(
        lines(&desk.told().await),
        [
            "INV 46140200 PLT-31650 final 46.42",
            "INV 46140201 PLT-31651 final 38.94"
        ]
    );
    let pages = [
        ASKED.to_owned(),
        format!("{ASKED}&page=2"),
        format!("{ASKED}&page=3"),
    ];
    assert_eq!(export.asked(), pages);
    // Not before it is time again, and then without news.
    desk.pass(TimeDelta::minutes(14));
    assert!(desk.told().await.is_empty());
    assert_eq!(export.asked().len(), 3);
    desk.pass(TimeDelta::minutes(1));
    assert!(desk.told().await.is_empty());
    assert_eq!(export.asked().len(), 6);
}

#[tokio::test]
async fn a_callback_for_an_unknown_order_makes_the_export_be_asked_at_once() {
    let is_there = Arc::new(AtomicBool::new(false));
    let there = Arc::clone(&is_there);
    let export = Export::new(move |request| match page_of(request) {
        1 if there.load(Ordering::Relaxed) => {
            reply(200, &json!({"data": [order(46_140_200, 8)]}).to_string())
        }
        _ => reply(200, r#"{"data": []}"#),
    });
    let desk = Desk::with(&settings(), Arc::clone(&export));
    assert!(desk.told().await.is_empty());
    is_there.store(true, Ordering::Relaxed);
    desk.callback(&json!({"id": 46_140_200, "status": 8})).await;
    let told = desk.told().await;
    assert_eq!(
        lines(&told).pop().unwrap(),
        "INV 46140200 PLT-31650 final 46.42"
    );
}

#[tokio::test]
async fn pages_are_followed_in_each_of_the_usual_forms() {
    let first = || order(46_140_200, 8);
    let second = || order(46_140_201, 8);
    let forms: Vec<(&str, Value, Value)> = vec![
        (
            "a link",
            json!({"data": [first()], "links": {"next": "/export/orders?page=2"}}),
            json!({"data": [second()], "links": {"next": null}}),
        ),
        (
            "an address",
            json!({"orders": [first()], "next_page_url": "https://api.example.com/export/orders?page=2"}),
            json!({"orders": [second()], "next_page_url": null}),
        ),
        (
            "a hyperlink",
            json!({"results": [first()], "links": {"next": {"href": "?page=2"}}}),
            json!({"results": [second()], "next": null}),
        ),
        (
            "numbers",
            json!({"data": [first()], "meta": {"current_page": 1, "last_page": 2}}),
            json!({"data": [second()], "meta": {"current_page": 2, "last_page": 2}}),
        ),
        (
            "JSON:API",
            json!({"data": [{"id": "46140200", "attributes": first()}], "meta": {"page": 1, "total_pages": 2}}),
            json!({"data": [{"id": "46140201", "attributes": second()}], "meta": {"page": 2, "total_pages": 2}}),
        ),
    ];
    for (name, one, two) in forms {
        let export = Export::new(move |request| {
            reply(
                200,
                &if page_of(request) == 1 {
                    one.to_string()
                } else {
                    two.to_string()
                },
            )
        });
        let desk = Desk::with(&settings(), Arc::clone(&export));
        assert_eq!(lines(&desk.told().await).len(), 2, "{name}");
        assert_eq!(export.asked().len(), 2, "{name}: {:?}", export.asked());
    }
}

#[tokio::test]
async fn an_export_that_knows_no_pages_ends_when_it_repeats_itself() {
    let export = Export::new(|_| {
        reply(
            200,
            &json!([order(46_140_200, 8), {"id": null}, 7]).to_string(),
        )
    });
    let desk = Desk::with(&settings(), Arc::clone(&export));
    assert_eq!(
        lines(&desk.told().await),
        ["INV 46140200 PLT-31650 final 46.42", "?export id"]
    );
    assert_eq!(export.asked().len(), 2);
}

#[tokio::test]
async fn the_token_is_shown_nowhere_else() {
    let export = Export::new(|_| {
        reply(
            200,
            r#"{"data": [{"id": 1}], "links": {"next": "https://evil.example.com/"}}"#,
        )
    });
    let desk = Desk::with(&settings(), Arc::clone(&export));
    let error = loop {
        if let Err(error) = desk.pages().await {
            break error;
        }
    };
    assert_eq!(error.kind, HostErrorKind::BadData);
    assert!(
        error.message.contains("outside https://api.example.com"),
        "{error}"
    );
    assert_eq!(export.asked().len(), 1);
}

#[tokio::test]
async fn while_the_export_is_down_pushes_are_told_all_the_same() {
    let export = Export::new(|_| reply(503, "later"));
    let desk = Desk::with(&settings(), Arc::clone(&export));
    desk.order(&order(46_140_200, 8)).await;
    let page = desk.host.changes(None, 100).await.unwrap();
    assert_eq!(lines(&page.records), ["INV 46140200 PLT-31650 final 46.42"]);
    let error = desk
        .host
        .changes(page.position.as_deref(), 100)
        .await
        .unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
}

#[tokio::test]
async fn a_bad_request_means_too_much_was_asked_only_where_it_says_so() {
    let said = |text: &'static str| async move {
        let export = Export::new(move |_| reply(400, text));
        let desk = Desk::with(&settings(), export);
        desk.host.probe().await.unwrap_err().kind
    };
    assert_eq!(
        said("Rate limit exceeded").await,
        HostErrorKind::Unavailable
    );
    assert_eq!(
        said(r#"{"error":"Too many requests"}"#).await,
        HostErrorKind::Unavailable
    );
    for refused in [
        "unknown filter",
        "the limit must be a number",
        "the value exceeds its length",
    ] {
        assert_eq!(said(refused).await, HostErrorKind::Misconfigured);
    }
}

#[tokio::test]
async fn no_more_than_a_thousand_calls_are_made_in_an_hour() {
    let export = Export::new(|request| {
        let page = page_of(request);
        reply(
            200,
            &json!({"data": [{"id": page}], "meta": {"page": page, "pages": 5_000}}).to_string(),
        )
    });
    let desk = Desk::with(&settings(), Arc::clone(&export));
    let error = desk.pages().await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    assert!(error.message.contains("1,000 calls an hour"), "{error}");
    assert_eq!(export.asked().len(), 1_000);
    // It goes on where it was, also after a start.
    let desk = desk.restarted(&settings());
    desk.pass(TimeDelta::minutes(71));
    desk.pages().await.unwrap_err();
    assert_eq!(export.asked()[1_000], format!("{ASKED}&page=1001"));
    assert_eq!(export.asked().len(), 2_000);
}

#[tokio::test]
async fn after_the_first_look_only_what_is_recent_is_asked_for_where_that_can_be_said() {
    let mut settings = settings();
    settings["export"]["query"] = json!({"filter[updated_at:gte]": "{since}", "sort": "id"});
    let export = Export::new(|_| reply(200, &json!([order(46_140_200, 8)]).to_string()));
    let desk = Desk::with(&settings, Arc::clone(&export));
    desk.told().await;
    desk.pass(TimeDelta::days(1));
    desk.told().await;
    let recent = "filter%5Bupdated_at%3Agte%5D=2026-11-18";
    assert_eq!(
        export.asked(),
        [
            format!("{ASKED}&sort=id"),
            format!("{ASKED}&sort=id&page=2"),
            format!("{ASKED}&{recent}&sort=id"),
            format!("{ASKED}&{recent}&sort=id&page=2"),
        ]
    );
    // A filter by date of making never shows what was dispatched late: once a week everything is asked for.
    desk.pass(TimeDelta::days(7));
    desk.told().await;
    assert_eq!(export.asked()[4], format!("{ASKED}&sort=id"));
    assert_eq!(export.asked()[5], format!("{ASKED}&sort=id&page=2"));
    desk.pass(TimeDelta::days(1));
    desk.told().await;
    assert!(
        export.asked()[6].contains("=2026-11-26"),
        "{:?}",
        export.asked()
    );
}

#[tokio::test]
async fn the_export_tells_how_an_order_is_now_and_an_old_push_does_not_undo_it() {
    let export = Export::new(|request| match page_of(request) {
        1 => {
            let mut now = order(46_140_200, 4);
            now["items"][0]["quantity"] = json!(1);
            reply(200, &json!([now]).to_string())
        }
        _ => reply(200, "[]"),
    });
    let desk = Desk::with(&settings(), export);
    desk.order(&order(46_140_200, 256)).await;
    let told = desk.told().await;
    assert_eq!(
        lines(&told).pop().unwrap(),
        "INV 46140200 PLT-31650 draft 29.63"
    );
    desk.order(&order(46_140_200, 8)).await;
    assert_eq!(
        lines(&desk.told().await),
        ["INV 46140200 PLT-31650 final 29.63"]
    );
}

#[tokio::test]
async fn an_empty_page_at_first_does_not_narrow_what_is_asked_for_later() {
    let mut settings = settings();
    settings["export"]["query"] = json!({"from": "{since}"});
    let export = Export::new(|_| reply(200, "[]"));
    let desk = Desk::with(&settings, Arc::clone(&export));
    desk.told().await;
    desk.pass(TimeDelta::minutes(14));
    desk.told().await;
    assert_eq!(export.asked().len(), 1);
    desk.pass(TimeDelta::minutes(1));
    desk.told().await;
    assert_eq!(export.asked(), [ASKED, ASKED]);
}

#[tokio::test]
async fn a_further_page_that_is_refused_begins_a_new_round_and_is_told_when_that_does_not_help() {
    for status in [400, 404, 410] {
        let is_expired = Arc::new(AtomicBool::new(true));
        let expired = Arc::clone(&is_expired);
        let export = Export::new(move |request| {
            let query = request.uri().query().unwrap_or_default();
            match query {
                "cursor=a" if expired.load(Ordering::Relaxed) => reply(status, "the cursor ended"),
                "cursor=a" => {
                    let page = json!({"data": [order(46_140_201, 8)], "links": {"next": null}});
                    reply(200, &page.to_string())
                }
                _ => {
                    let page =
                        json!({"data": [order(46_140_200, 8)], "links": {"next": "?cursor=a"}});
                    reply(200, &page.to_string())
                }
            }
        });
        let desk = Desk::with(&settings(), Arc::clone(&export));
        let told = lines(&desk.told().await);
        assert_eq!(told, ["INV 46140200 PLT-31650 final 46.42"], "{status}");
        assert_eq!(export.asked().len(), 2);
        desk.pass(TimeDelta::minutes(15));
        let error = desk.pages().await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Misconfigured, "{error}");
        assert_eq!(export.asked()[2], ASKED, "it begins with the first page");
        is_expired.store(false, Ordering::Relaxed);
        desk.pass(TimeDelta::minutes(15));
        let told = lines(&desk.told().await);
        assert_eq!(told, ["INV 46140201 PLT-31651 final 38.94"], "{status}");
    }
}

#[tokio::test]
async fn a_row_with_an_odd_field_is_told_by_its_order_and_the_others_pass() {
    let export = Export::new(|request| {
        let mut odd = order(46_140_200, 8);
        odd["shipments"] = json!([{"dispatch_datetime": "yesterday"}]);
        match page_of(request) {
            1 => reply(200, &json!([odd, order(46_140_201, 8)]).to_string()),
            _ => reply(200, "[]"),
        }
    });
    let desk = Desk::with(&settings(), export);
    assert_eq!(
        lines(&desk.told().await),
        [
            "?order 46140200 (PLT-31650) shipments[0].dispatch_datetime",
            "INV 46140201 PLT-31651 final 38.94"
        ]
    );
}

#[tokio::test]
async fn rows_without_an_identifier_are_told_until_a_whole_round_meets_none() {
    let nameless = Arc::new(AtomicBool::new(true));
    let answers = Arc::clone(&nameless);
    let export =
        Export::new(
            move |request| match (page_of(request), answers.load(Ordering::Relaxed)) {
                (1, true) => reply(
                    200,
                    &json!([{"status": 8}, order(46_140_200, 8), {"ref": "x"}]).to_string(),
                ),
                (1, false) => reply(200, &json!([order(46_140_200, 8)]).to_string()),
                (2, true) => reply(200, &json!([{"status": 64}]).to_string()),
                _ => reply(200, "[]"),
            },
        );
    let mut keys = settings();
    keys["export"]["query"] = json!({"filter[date:gte]": "{since}"});
    let desk = Desk::with(&keys, export);
    let records = desk.told().await;
    let complaint = complaints(&records).concat();
    assert!(
        complaint.contains("3 rows of the export are no orders"),
        "{complaint}"
    );
    assert!(invoices(&records).len() == 1, "the others are told");
    // Told once, and not again with each round.
    desk.pass(TimeDelta::minutes(15));
    assert!(desk.told().await.is_empty());
    // A round of what changed of late proves nothing; one of everything does.
    nameless.store(false, Ordering::Relaxed);
    desk.pass(TimeDelta::minutes(15));
    assert!(desk.told().await.is_empty());
    desk.pass(TimeDelta::days(7));
    assert_eq!(
        lines(&desk.told().await),
        ["-invoice rows of the export without an identifier"]
    );
    desk.pass(TimeDelta::minutes(15));
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn rows_without_an_identifier_survive_a_crash_before_they_are_stored() {
    let export = Export::new(|request| match page_of(request) {
        1 => reply(200, &json!([{"status": 8}]).to_string()),
        _ => reply(200, "[]"),
    });
    let desk = Desk::with(&settings(), export);
    // The first page ends no round; the second one does, and the crash falls behind it.
    desk.peeked().await;
    let told = desk.peeked().await;
    assert_eq!(complaints(&told).len(), 1);
    let desk = desk.restarted(&settings());
    assert_eq!(complaints(&desk.told().await).len(), 1);
}

#[tokio::test]
async fn callbacks_that_nobody_signed_are_looked_after_and_never_believed() {
    let export = Export::new(|_| reply(200, &json!([order(46_140_200, 8)]).to_string()));
    let mut keys = settings();
    let body =
        json!({"id": 46_140_200, "status": 128, "new_shipments": [], "new_cancellations": []})
            .to_string();
    let desk = Desk::with(&keys, Arc::clone(&export));
    desk.told().await;
    assert!(
        desk.unsigned(Method::PUT, &body).await.is_err(),
        "off by default"
    );
    keys["unsigned_callbacks"] = json!("looked");
    let desk = desk.restarted(&keys);
    let asked = export.asked().len();
    // At most every two minutes, however many come, and only for what may be a callback.
    assert!(desk.unsigned(Method::PUT, &body).await.is_ok());
    desk.told().await;
    assert_eq!(export.asked().len(), asked);
    for (method, body) in [
        (Method::POST, body.as_str()),
        (Method::PUT, "[]"),
        (Method::PUT, &order(46_140_201, 8).to_string()),
    ] {
        assert!(desk.unsigned(method, body).await.is_err(), "{body}");
    }
    desk.pass(TimeDelta::minutes(2));
    // It was said to be cancelled; the export says that it was not.
    assert!(desk.told().await.is_empty());
    assert!(export.asked().len() > asked);
    let signed_wrongly = desk.signed(Method::PUT, &body, &"0".repeat(64)).await;
    assert!(signed_wrongly.is_err());
}
