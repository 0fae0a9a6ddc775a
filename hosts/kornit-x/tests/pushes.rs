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
    for body in [json!({"status": 8}), json!("order"), json!([])] {
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

#[tokio::test]
async fn what_can_be_read_of_an_order_is_kept_and_the_rest_told_by_its_identifier() {
    let desk = Desk::new(&json!({"cost_field": null}));
    for (id, field, value) in [
        (46_140_200, "status", json!("sent")),
        (46_140_201, "status", json!(true)),
        (
            46_140_203,
            "shipments",
            json!([{"dispatch_datetime": "soon"}]),
        ),
    ] {
        let mut odd = order(id, 8);
        odd[field] = value;
        desk.order(&odd).await;
        let told = lines(&desk.told().await);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with(&format!("?order {id} ")), "{told:?}");
        assert!(told[0].contains(field), "{told:?}");
        // It is what it is about that is owed, and nothing else is.
        desk.order(&order(id, 8)).await;
        let told = lines(&desk.told().await);
        assert!(told.iter().any(|line| line.contains("final")), "{told:?}");
    }
}

#[tokio::test]
async fn a_callback_that_is_understood_in_part_keeps_the_order_back_until_the_rest_is_told() {
    let desk = Desk::new(&json!({"cost_field": null}));
    desk.order(&order(46_140_200, 1)).await;
    desk.told().await;
    let mut odd = callback(8);
    odd["shipping_price"] = json!("dear");
    desk.callback(&odd).await;
    assert_eq!(
        lines(&desk.told().await),
        ["?order 46140200 (PLT-31650) shipping_price"]
    );
    // After a start it is told once more, and a callback without that field changes nothing.
    let desk = desk.restarted(&json!({"cost_field": null}));
    desk.callback(&callback(64)).await;
    assert_eq!(
        lines(&desk.told().await),
        ["?order 46140200 (PLT-31650) shipping_price"]
    );
    let mut mended = callback(8);
    mended["shipping_price"] = json!(5);
    desk.callback(&mended).await;
    let told = lines(&desk.told().await);
    assert!(
        told[0].starts_with("INV 46140200 PLT-31650 final"),
        "{told:?}"
    );
    // Even one whose order never came is shown.
    desk.callback(&json!({"id": 7, "status": "sent"})).await;
    assert_eq!(lines(&desk.told().await), ["?order 7 status"]);
}

#[tokio::test]
async fn one_order_without_a_name_does_not_keep_the_others_of_its_push_away() {
    let desk = Desk::new(&json!({"cost_field": null}));
    let push = json!([order(46_140_200, 8), {"status": 8}, order(46_140_201, 8)]);
    let heard = desk.push(Method::POST, &push).await;
    assert!(matches!(heard, Err(PushRefusal::BadData(_))), "{heard:?}");
    assert_eq!(lines(&desk.told().await).len(), 2);
}

#[tokio::test]
async fn an_absurd_amount_is_told_by_its_order_and_breaks_nothing() {
    let desk = Desk::new(&json!({}));
    let huge = "79228162514264337593543950335";
    for (field, value) in [
        ("unit_sale_price", json!(huge)),
        ("unit_sale_price_inc_tax", json!(format!("-{huge}"))),
        ("unit_cost_price", json!(huge)),
        ("quantity", json!("999999999999999")),
        ("quantity", json!(huge)),
        ("unit_sale_price", json!("0.000000000000000000000000001")),
        ("sale_vat_rate", json!(huge)),
    ] {
        let mut odd = order(46_140_200, 8);
        for item in odd["items"].as_array_mut().unwrap() {
            item[field] = value.clone();
        }
        desk.order(&odd).await;
        let told = lines(&desk.told().await);
        let is_told = told.iter().any(|line| line.starts_with("?order 46140200 "));
        assert!(is_told, "{field} {value}: {told:?}");
    }
    let mut cancelled = callback(8);
    cancelled["new_cancellations"] =
        json!([{"ref": "C3DD0001E1F", "quantity": format!("-{huge}")}]);
    desk.callback(&cancelled).await;
    let mut shipping = callback(8);
    shipping["shipping_price"] = json!(huge);
    desk.callback(&shipping).await;
    let told = lines(&desk.told().await);
    assert!(told.iter().any(|line| line.starts_with('?')), "{told:?}");
    // Others are told as ever.
    desk.order(&order(46_140_201, 8)).await;
    let told = lines(&desk.told().await);
    assert!(told.iter().any(|line| line.starts_with("INV 46140201")));
}

#[tokio::test]
async fn a_whole_order_is_never_a_callback_whatever_method_it_comes_by() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    desk.callback(&callback(256)).await;
    let held = desk.told().await;
    assert_eq!(
        invoices(&held)[0].notes.as_deref(),
        Some("the order is on hold")
    );
    // Only the body is signed: somebody sends the old push again by the other method.
    let mut old = order(46_140_200, 1);
    old["status"] = json!(4);
    desk.push(Method::PUT, &old).await.unwrap();
    for record in invoices(&desk.told().await) {
        assert_eq!(record.notes.as_deref(), Some("the order is on hold"));
    }
}

#[tokio::test]
async fn an_old_callback_sent_again_does_not_lower_an_order_and_a_hold_ends_by_a_later_one() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    desk.callback(&callback(4)).await;
    desk.told().await;
    for status in [1, 512, 0] {
        desk.callback(&callback(status)).await;
    }
    assert!(desk.told().await.is_empty());
    desk.callback(&callback(256)).await;
    desk.callback(&callback(1)).await;
    let note = |told: &[tieout_core::host::Record]| invoices(told)[0].notes.clone();
    let told = desk.told().await;
    assert_eq!(note(&told).as_deref(), Some("the order is on hold"));
    desk.callback(&callback(4)).await;
    let told = desk.told().await;
    assert_eq!(note(&told).as_deref(), Some("the order is in production"));
}

#[tokio::test]
async fn two_cancellations_of_one_push_count_both_and_once() {
    let desk = Desk::new(&json!({}));
    desk.order(&order(46_140_200, 1)).await;
    let one = |item: &str| {
        let mut one = callback(4);
        one["new_cancellations"] = json!([{"ref": item, "quantity": 1}]);
        one
    };
    let both = json!([one("C3DD0001E1F"), one("C3DD0002E1F")]);
    desk.callback(&both).await;
    let first = purchase_orders(&desk.told().await)[0].lines.clone();
    let before = order(46_140_200, 1);
    let pieces = |index: usize| before["items"][index]["quantity"].as_u64().unwrap();
    let left: u64 = pieces(0) + pieces(1) - 2;
    let sum: rust_decimal::Decimal = first.iter().map(|line| line.quantity).sum();
    assert_eq!(sum.to_string(), left.to_string());
    desk.callback(&both).await;
    assert!(desk.told().await.is_empty());
}
