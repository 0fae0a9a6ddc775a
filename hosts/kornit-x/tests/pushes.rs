//! Promises about pushes: only signed ones count, and late, repeated and partial ones do no harm.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use http::Method;
use serde_json::{Value, json};
use support::{Desk, KEY, complaints, hex, invoices, lines, mac, order, purchase_orders};
use tieout_core::host::PushRefusal;

fn is_refused(heard: &Result<tieout_core::host::Heard, PushRefusal>) -> bool {
    matches!(heard, Err(PushRefusal::NotSigned(_)))
}

fn callback(status: u32) -> Value {
    json!({"id": 46_140_200, "ref": "8679131463FC8D00", "external_ref": "PLT-31650", "status": status,
           "new_shipments": [], "new_cancellations": []})
}

#[tokio::test]
async fn a_signature_counts_in_hexadecimal_and_in_base64_and_by_each_of_the_keys() {
    let desk = Desk::new(&json!({"hmac_key": format!("the next key, {KEY}")}));
    let body = order(46_140_200, 1).to_string();
    let digest = mac(KEY, &body);
    let spelled = [
        hex(&digest),
        hex(&digest).to_ascii_uppercase(),
        format!("sha256={}", hex(&digest)),
        STANDARD.encode(&digest),
        STANDARD_NO_PAD.encode(&digest),
        URL_SAFE.encode(&digest),
        hex(&mac("the next key", &body)),
    ];
    for signature in &spelled {
        let heard = desk.signed(Method::POST, &body, signature).await;
        assert!(heard.is_ok(), "{signature}");
    }
}

#[tokio::test]
async fn what_is_not_signed_with_the_key_is_refused_and_leaves_nothing_behind() {
    let desk = Desk::new(&json!({}));
    let body = order(46_140_200, 8).to_string();
    let signature = hex(&mac(KEY, &body));
    let bent = body.replace("13.99", "1399");
    assert_ne!(bent, body);
    let forged = hex(&mac("another key", &body));
    let short = signature[..62].to_owned();
    for (body, signature) in [
        (&bent, signature.as_str()),
        (&body, forged.as_str()),
        (&body, short.as_str()),
        (&body, ""),
        (&body, "not hexadecimal"),
        (&body, &"0".repeat(64)),
    ] {
        let heard = desk.signed(Method::POST, body, signature).await;
        assert!(is_refused(&heard), "{signature}: {heard:?}");
    }
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn without_a_key_and_by_other_methods_nothing_is_taken() {
    let desk = Desk::new(&json!({}));
    for method in [Method::GET, Method::DELETE, Method::PATCH] {
        let heard = desk.push(method, &order(46_140_200, 1)).await;
        assert!(matches!(heard, Err(PushRefusal::NotTaken)));
    }
    let export = json!({"hmac_key": null, "export": {"url": "https://api.example.com/orders",
        "client_id": "c", "client_secret": "s"}});
    let keyless = Desk::new(&export);
    let heard = keyless.push(Method::POST, &order(46_140_200, 1)).await;
    assert!(matches!(heard, Err(PushRefusal::NotTaken)));
}

#[tokio::test]
async fn what_is_signed_and_cannot_be_understood_is_told_to_the_sender() {
    let desk = Desk::new(&json!({}));
    for body in [
        json!({"status": 8}),
        json!("order"),
        json!([]),
        json!({"id": 1, "status": "sent"}),
    ] {
        let heard = desk.push(Method::PUT, &body).await;
        assert!(
            matches!(heard, Err(PushRefusal::BadData(_))),
            "{body}: {heard:?}"
        );
    }
}

#[tokio::test]
async fn an_order_goes_from_received_to_dispatched_by_callbacks_that_hold_a_part_of_it() {
    let desk = Desk::new(&json!({}));
    let mut new = order(46_140_200, 1);
    new["shipments"] = json!([]);
    new["completion_datetime"] = json!("0000-00-00 00:00:00");
    desk.order(&new).await;
    assert_eq!(
        lines(&desk.told().await),
        [
            "PO po-46140200 PLT-31650 final",
            "INV 46140200 PLT-31650 draft 46.42"
        ]
    );
    desk.callback(&callback(4)).await;
    let told = desk.told().await;
    assert_eq!(
        invoices(&told)[0].notes.as_deref(),
        Some("the order is in production")
    );
    let mut dispatched = callback(8);
    dispatched["new_shipments"] =
        json!([{"dispatch_datetime": "2026-11-05 16:41:10", "tracking": "H0", "items": []}]);
    desk.callback(&dispatched).await;
    let told = desk.told().await;
    assert_eq!(
        lines(&told),
        [
            "PO po-46140200 PLT-31650 final",
            "INV 46140200 PLT-31650 final 46.42"
        ]
    );
    let invoice = &invoices(&told)[0];
    assert_eq!(invoice.issue_date.to_string(), "2026-11-05");
    assert_eq!(invoice.notes, None);
    assert!(desk.told().await.is_empty(), "each is told once");
}

#[tokio::test]
async fn repeats_and_late_pushes_change_nothing() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    desk.callback(&callback(4)).await;
    desk.callback(&callback(8)).await;
    assert!(lines(&desk.told().await)[1].contains("final"));
    // The push of the new order comes again, and so do callbacks that were not answered.
    let mut old = order(46_140_200, 1);
    old["items"][0]["unit_sale_price"] = json!(1);
    desk.order(&old).await;
    for status in [1, 4, 256, 512, 8, 0] {
        desk.callback(&callback(status)).await;
    }
    desk.order(&order(46_140_200, 1)).await;
    assert!(desk.told().await.is_empty());
    // That the retailer was notified is nothing that the books would show.
    desk.callback(&callback(64)).await;
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn a_callback_that_comes_before_its_order_is_kept_and_shown_until_the_order_comes() {
    let desk = Desk::new(&json!({}));
    let heard = desk.push(Method::PUT, &callback(8)).await.unwrap();
    assert_eq!(heard.look, tieout_core::host::Look::Soon);
    assert_eq!(lines(&desk.told().await), ["?order 46140200 "]);
    desk.order(&order(46_140_200, 1)).await;
    assert_eq!(
        lines(&desk.told().await),
        [
            "-invoice callback-46140200",
            "PO po-46140200 PLT-31650 final",
            "INV 46140200 PLT-31650 final 46.42"
        ]
    );
    // One that says nothing final waits without a word.
    let quiet = Desk::new(&json!({}));
    quiet.callback(&callback(4)).await;
    assert!(quiet.told().await.is_empty());
}

#[tokio::test]
async fn what_was_heard_and_not_stored_by_the_engine_is_told_again_after_a_crash() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 8)).await;
    let first = desk.peeked().await;
    assert_eq!(first.len(), 2);
    let desk = desk.restarted(&json!({}));
    assert_eq!(desk.peeked().await, first);
    assert_eq!(desk.told().await, first);
    let desk = desk.restarted(&json!({}));
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn an_order_on_hold_waits_visibly_and_goes_on() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 257)).await;
    let told = desk.told().await;
    assert_eq!(
        lines(&told),
        [
            "PO po-46140200 PLT-31650 draft",
            "INV 46140200 PLT-31650 draft 46.42"
        ]
    );
    assert_eq!(
        invoices(&told)[0].notes.as_deref(),
        Some("the order is on hold")
    );
    // The push of the new order, once more, does not let it go.
    desk.order(&order(46_140_200, 1)).await;
    assert!(
        lines(&desk.told().await)
            .iter()
            .all(|line| line.contains("draft"))
    );
    desk.callback(&callback(512)).await;
    assert_eq!(
        lines(&desk.told().await)[0],
        "PO po-46140200 PLT-31650 final"
    );
    // What was ordered stays so when it rests later.
    desk.callback(&callback(256)).await;
    assert_eq!(
        lines(&desk.told().await)[0],
        "PO po-46140200 PLT-31650 final"
    );
}

#[tokio::test]
async fn a_cancelled_order_takes_its_purchase_order_back_and_is_never_invoiced() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    desk.told().await;
    desk.callback(&callback(128)).await;
    assert_eq!(
        lines(&desk.told().await),
        [
            "PO po-46140200 PLT-31650 cancelled",
            "INV 46140200 PLT-31650 voided 46.42"
        ]
    );
    // A dispatch after that is believed by nobody, and told to somebody.
    desk.callback(&callback(8)).await;
    let told = desk.told().await;
    assert!(
        complaints(&told)[0].contains("told as cancelled, and then as dispatched (8)"),
        "{told:?}"
    );
    assert!(lines(&told).iter().all(|line| !line.contains("final")));
    // Not even an order that cannot be read keeps its purchase order alive.
    let mut broken = order(46_140_206, 128);
    broken["items"][0]["unit_cost_price"] = json!("dear");
    broken["currency_code"] = json!(null);
    desk.order(&broken).await;
    assert_eq!(
        lines(&desk.told().await),
        ["-purchase_order po-46140206", "-invoice 46140206"]
    );
}

#[tokio::test]
async fn a_cancellation_after_the_dispatch_is_told_to_a_person_and_undoes_nothing() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 8)).await;
    desk.told().await;
    desk.callback(&callback(128)).await;
    let told = desk.told().await;
    assert!(
        complaints(&told)[0].contains("dispatched, and then as cancelled (128)"),
        "{told:?}"
    );
    assert_eq!(lines(&told)[2], "INV 46140200 PLT-31650 final 46.42");
}

#[tokio::test]
async fn what_was_cancelled_of_an_order_is_neither_ordered_nor_charged_however_often_it_is_told() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    let mut some = callback(4);
    some["new_cancellations"] = json!([{"items": [{"ref": "C3DD0001E1F", "quantity": 1}]}]);
    for _ in 0..3 {
        desk.callback(&some).await;
    }
    let told = desk.told().await;
    assert_eq!(purchase_orders(&told)[0].lines[0].quantity.to_string(), "1");
    let mut rest = callback(4);
    rest["new_cancellations"] = json!([{"ref": "C3DD0002E1F"}]);
    desk.callback(&rest).await;
    desk.callback(&callback(8)).await;
    let told = desk.told().await;
    let invoice = &invoices(&told)[0];
    let ids: Vec<&str> = invoice.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids, ["90410001", "shipping"]);
    // One piece at 13.99 and shipping at 3.95, each with a fifth of tax.
    assert_eq!(invoice.totals.gross.to_string(), "21.53");
}

#[tokio::test]
async fn a_price_of_shipping_that_a_callback_tells_is_the_one_that_counts() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    let mut dispatched = callback(8);
    dispatched["shipping_price"] = json!(5);
    desk.callback(&dispatched).await;
    let told = desk.told().await;
    let shipping = invoices(&told)[0].lines.last().unwrap().clone();
    assert_eq!(
        (
            shipping.net_amount.to_string(),
            shipping.tax_amount.to_string()
        ),
        ("5".to_owned(), "1.0".to_owned())
    );
    assert_eq!(shipping.charge_code.as_deref(), Some("SHIPPING"));
    // One that comes two hours late tells the price of before.
    let mut late = callback(4);
    late["shipping_price"] = json!(3.95);
    desk.callback(&late).await;
    assert!(desk.told().await.is_empty());
}
