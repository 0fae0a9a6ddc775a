//! Promises about documents: to the cent, for the right party, and never guessed where the product says nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Desk, complaints, invoices, lines, order, purchase_orders};
use tieout_core::host::Record;

async fn told(settings: &Value, orders: &[Value]) -> Vec<Record> {
    let desk = Desk::new(settings);
    for order in orders {
        desk.order(order).await;
    }
    desk.told().await
}

async fn complaint(settings: &Value, order: Value) -> String {
    let records = told(settings, &[order]).await;
    complaints(&records).join("; ")
}

#[tokio::test]
async fn an_invoice_has_the_lines_of_its_order_and_one_of_shipping_with_its_own_tax() {
    let records = told(&json!({}), &[order(46_140_200, 8)]).await;
    let invoice = &invoices(&records)[0];
    let line = |index: usize| {
        let line = &invoice.lines[index];
        let code = line.charge_code.clone().unwrap();
        format!(
            "{} {} {} {} {}",
            line.quantity, code, line.unit_price, line.net_amount, line.tax_amount
        )
    };
    assert_eq!(
        [line(0), line(1), line(2)],
        [
            "2 STTU758-W-S 13.99 27.98 5.60",
            "1 W101-NAT 6.75 6.75 1.35",
            "1 SHIPPING 3.95 3.95 0.79"
        ]
    );
    assert_eq!(invoice.lines[2].description, "Shipping: Courier, Hermes");
    assert_eq!(
        (
            invoice.totals.net.to_string(),
            invoice.totals.tax.to_string()
        ),
        ("38.68".to_owned(), "7.74".to_owned())
    );
    assert_eq!(
        (invoice.issue_date.to_string(), invoice.currency.code()),
        ("2026-11-05".to_owned(), "GBP")
    );
    assert_eq!(
        invoice.references.purchase_order_number.as_deref(),
        Some("PLT-31650")
    );
    assert_eq!(invoice.business_division.as_deref(), Some("100231"));
}

#[tokio::test]
async fn tax_is_that_of_the_whole_line_and_not_of_each_piece() {
    // 25 at 13.99: a fifth is 69.95, and 25 times the rounded 2.80 would be 70.00.
    let records = told(&json!({}), &[order(46_140_208, 8)]).await;
    assert_eq!(
        invoices(&records)[0].lines[0].tax_amount.to_string(),
        "69.95"
    );
}

#[tokio::test]
async fn a_purchase_order_has_the_cost_of_each_piece_and_no_shipping() {
    let settings = json!({"suppliers": {"200877": "Print Works Ltd"}});
    let records = told(&settings, &[order(46_140_200, 1)]).await;
    let order = &purchase_orders(&records)[0];
    let line = |index: usize| {
        let line = &order.lines[index];
        format!(
            "{} {} {} {}",
            line.quantity,
            line.sku,
            line.unit_price,
            line.tax_rate.unwrap()
        )
    };
    assert_eq!(
        [line(0), line(1)],
        ["2 STTU758-W-S 4.85 0.2", "1 W101-NAT 1.9 0.2"]
    );
    assert_eq!(order.lines.len(), 2);
    assert_eq!(
        (order.supplier.name.as_str(), order.order_ref.as_deref()),
        ("Print Works Ltd", Some("PLT-31650"))
    );
    assert_eq!(order.delivery_date.unwrap().to_string(), "2026-11-06");
    assert_eq!(order.issue_date.to_string(), "2026-11-03");
}

#[tokio::test]
async fn a_cost_that_is_not_told_is_never_taken_to_be_nothing() {
    let mut silent = order(46_140_200, 8);
    silent["items"][1]
        .as_object_mut()
        .unwrap()
        .remove("unit_cost_price");
    let records = told(&json!({}), &[silent.clone()]).await;
    assert_eq!(
        lines(&records),
        [
            "?order 46140200 (PLT-31650) items[1].unit_cost_price",
            "INV 46140200 PLT-31650 final 46.42"
        ]
    );
    // One that is nothing is another matter.
    silent["items"][1]["unit_cost_price"] = json!(0);
    let records = told(&json!({}), &[silent.clone()]).await;
    assert_eq!(
        purchase_orders(&records)[0].lines[1].unit_price.to_string(),
        "0"
    );
    // Whoever names no field wants no purchase orders.
    let records = told(&json!({"cost_field": null}), &[silent]).await;
    assert_eq!(lines(&records), ["INV 46140200 PLT-31650 final 46.42"]);
}

#[tokio::test]
async fn what_is_mended_in_the_configuration_is_told_after_a_start() {
    let desk = Desk::new(&json!({"contact": null, "contacts": {"100245": "Outback Print Co"}}));
    desk.order(&order(46_140_200, 8)).await;
    let records = desk.told().await;
    assert_eq!(lines(&records).len(), 2);
    assert!(
        complaints(&records)[1].contains("the company 100231: add it to `contacts`"),
        "{records:?}"
    );
    let desk =
        desk.restarted(&json!({"contact": null, "contacts": {"100231": "Penny Lane Tees Ltd"}}));
    let records = desk.told().await;
    assert_eq!(
        lines(&records),
        [
            "PO po-46140200 PLT-31650 final",
            "INV 46140200 PLT-31650 final 46.42"
        ]
    );
    assert_eq!(invoices(&records)[0].bill_to.name, "Penny Lane Tees Ltd");
    let desk = desk.restarted(&json!({}));
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn each_company_has_its_contact_and_the_others_the_common_one() {
    let settings = json!({"contact": "Sundry Shops", "contacts": {"100245": "Outback Print Co"}});
    let records = told(&settings, &[order(46_140_203, 8), order(46_140_205, 8)]).await;
    let names: Vec<String> = invoices(&records)
        .into_iter()
        .map(|it| it.bill_to.name)
        .collect();
    assert_eq!(names, ["Outback Print Co", "Sundry Shops"]);
}

#[tokio::test]
async fn an_order_without_a_currency_takes_the_configured_one_or_is_shown() {
    for empty in [json!(null), json!("")] {
        let mut silent = order(46_140_200, 8);
        silent["currency_code"] = empty;
        let records = told(&json!({"currency": "AUD"}), &[silent.clone()]).await;
        assert_eq!(invoices(&records)[0].currency.code(), "AUD");
        assert!(
            complaint(&json!({}), silent)
                .await
                .contains("currency_code is empty, and no `currency`")
        );
    }
}

#[tokio::test]
async fn empty_dates_are_no_dates() {
    let mut bare = order(46_140_200, 8);
    bare["completion_datetime"] = json!("0000-00-00 00:00:00");
    bare["required_dispatch_date"] = json!("0000-00-00");
    bare["sale_datetime"] = json!(null);
    let records = told(&json!({}), &[bare.clone()]).await;
    assert_eq!(
        invoices(&records)[0].issue_date.to_string(),
        "2026-11-05",
        "the shipment's"
    );
    assert_eq!(purchase_orders(&records)[0].delivery_date, None);
    assert_eq!(
        purchase_orders(&records)[0].issue_date.to_string(),
        "2026-11-03",
        "when it was made"
    );
    bare["shipments"] = json!([]);
    bare["creation_datetime"] = json!("0000-00-00 00:00:00");
    let records = told(&json!({}), &[bare.clone()]).await;
    assert_eq!(
        invoices(&records)[0].issue_date.to_string(),
        "2026-11-20",
        "when it was heard of"
    );
    bare["creation_datetime"] = json!("yesterday");
    assert!(
        complaint(&json!({}), bare)
            .await
            .contains("`yesterday` is not a date")
    );
}

#[tokio::test]
async fn a_tax_that_contradicts_its_price_or_is_no_fraction_is_shown_and_nothing_is_sent() {
    let bent = async |field: &str, value: Value| {
        let mut bent = order(46_140_201, 8);
        bent["items"][0][field] = value;
        complaint(&json!({}), bent).await
    };
    assert!(
        bent("sale_vat_rate", json!(20))
            .await
            .contains("must be a fraction such as 0.20, not 20")
    );
    assert!(
        bent("unit_sale_price_inc_tax", json!(30))
            .await
            .contains("`30` is not 27.5 with a tax of 0.2")
    );
    assert!(
        bent("unit_sale_price", json!(null))
            .await
            .contains("unit_sale_price is missing")
    );
    assert!(
        bent("quantity", json!(-1))
            .await
            .contains("must not be negative")
    );
    let mut silent = order(46_140_201, 8);
    silent["items"][0]["sale_vat_rate"] = json!(null);
    let records = told(&json!({}), &[silent.clone()]).await;
    let line = &invoices(&records)[0].lines[0];
    assert_eq!(
        (line.tax_rate, line.tax_amount.to_string()),
        (None, "5.5".to_owned())
    );
    silent["items"][0]["unit_sale_price_inc_tax"] = json!(null);
    assert!(
        complaint(&json!({}), silent)
            .await
            .contains("which tax is on it?")
    );
}

#[tokio::test]
async fn numbers_may_be_texts_and_are_never_floats() {
    let mut texts = order(46_140_201, 8);
    texts["items"][0]["unit_sale_price"] = json!("27.50");
    texts["items"][0]["quantity"] = json!("3");
    texts["status"] = json!("8");
    let records = told(&json!({}), &[texts]).await;
    assert_eq!(
        invoices(&records)[0].lines[0].net_amount.to_string(),
        "82.50"
    );
    let large = r#"{"id": 7, "status": 8, "external_ref": "L", "currency_code": "GBP", "items": [
        {"id": 1, "quantity": 1, "unit_sale_price": 90071992547409.93, "sale_vat_rate": 0, "unit_cost_price": 1e-2}]}"#;
    let large: Value = serde_json::from_str(large).unwrap();
    let records = told(&json!({}), &[large]).await;
    assert_eq!(
        invoices(&records)[0].totals.gross.to_string(),
        "90071992547409.93"
    );
    assert_eq!(
        purchase_orders(&records)[0].lines[0].unit_price.to_string(),
        "0.01"
    );
}

#[tokio::test]
async fn both_bits_of_a_dispatch_count_and_so_do_combinations_that_nobody_documented() {
    for (status, expected) in [
        (8, "final"),
        (64, "final"),
        (72, "final"),
        (8 + 4, "final"),
        (64 + 128, "final"),
        (1, "draft"),
        (4, "draft"),
        (516, "draft"),
        (0, "draft"),
        (2, "draft"),
        (16, "draft"),
        (32, "draft"),
        (256, "draft"),
        (1 << 20, "draft"),
        (128, "voided"),
        (128 + 256, "voided"),
    ] {
        let records = told(&json!({}), &[order(46_140_200, status)]).await;
        let line = lines(&records).pop().unwrap();
        assert!(line.contains(expected), "{status}: {line}");
    }
    for (status, expected) in [
        (0, "draft"),
        (1, "final"),
        (516, "final"),
        (512, "final"),
        (256, "draft"),
        (1 << 20, "draft"),
    ] {
        let records = told(&json!({}), &[order(46_140_200, status)]).await;
        let line = lines(&records).remove(0);
        assert!(
            line.starts_with("PO ") && line.contains(expected),
            "{status}: {line}"
        );
    }
}

#[tokio::test]
async fn the_steps_at_which_documents_are_made_can_be_chosen() {
    let settings = json!({"purchase_order_at": "sent_to_supplier", "invoice_at": "in_production"});
    let at = async |status: u32| lines(&told(&settings, &[order(46_140_200, status)]).await);
    assert!(at(1).await.iter().all(|line| line.contains("draft")));
    let sent = at(512).await;
    assert!(
        sent[0].contains("final") && sent[1].contains("draft"),
        "{sent:?}"
    );
    assert!(at(4).await.iter().all(|line| line.contains("final")));
}

#[tokio::test]
async fn faulty_orders_wait_unless_they_are_wanted_and_free_ones_are_not_invoiced() {
    let mut faulty = order(46_140_200, 8);
    faulty["has_error"] = json!(true);
    let records = told(&json!({}), &[faulty.clone()]).await;
    assert_eq!(
        invoices(&records)[0].notes.as_deref(),
        Some("the order is marked as faulty")
    );
    let records = told(&json!({"faulty_orders": "send"}), &[faulty]).await;
    assert!(lines(&records)[1].contains("final"));
    let mut free = order(46_140_200, 8);
    free["is_free_of_charge"] = json!(1);
    let records = told(&json!({}), &[free]).await;
    assert_eq!(
        invoices(&records)[0].notes.as_deref(),
        Some("the order is free of charge")
    );
}

#[tokio::test]
async fn items_that_were_cancelled_are_left_out() {
    let mut some = order(46_140_200, 8);
    some["items"][0]["status"] = json!(7);
    let records = told(&json!({}), &[some.clone()]).await;
    assert_eq!(invoices(&records)[0].lines.len(), 2);
    assert_eq!(purchase_orders(&records)[0].lines.len(), 1);
    some["items"][1]["status"] = json!(7);
    assert!(
        complaint(&json!({}), some)
            .await
            .contains("holds nothing that is left of the order")
    );
}

fn part(id: u64, status: u32) -> Value {
    let mut part = order(46_140_200, status);
    part["id"] = json!(id);
    part
}

#[tokio::test]
async fn the_parts_of_a_split_order_have_numbers_of_their_own_and_one_reference() {
    let other = |id| {
        let mut other = part(id, 8);
        other["company_ref_id"] = json!(100_245);
        other
    };
    let records = told(&json!({}), &[part(1, 8), part(2, 8), other(3), part(2, 64)]).await;
    let found = invoices(&records);
    let numbers: Vec<&str> = found.iter().map(|it| it.number.as_str()).collect();
    // Another company may use the same reference.
    assert_eq!(numbers, ["PLT-31650", "PLT-31650-2", "100245-PLT-31650"]);
    assert!(
        found
            .iter()
            .all(|it| it.references.purchase_order_number.as_deref() == Some("PLT-31650"))
    );
    let orders = purchase_orders(&records);
    assert_eq!(orders[1].number, "PLT-31650-2");
    assert!(
        orders
            .iter()
            .all(|it| it.order_ref.as_deref() == Some("PLT-31650"))
    );
    let records = told(&json!({"number": "ref"}), &[part(1, 8)]).await;
    assert_eq!(invoices(&records)[0].number, "8679131463FC8D00");
    let records = told(&json!({"number": "id"}), &[part(1, 8)]).await;
    assert_eq!(invoices(&records)[0].number, "1");
}

#[tokio::test]
async fn parts_that_share_an_invoice_wait_for_each_other() {
    let desk = Desk::new(&json!({"invoice_per": "external_ref", "cost_field": null}));
    for part in [part(1, 1), part(2, 1), part(3, 1)] {
        desk.order(&part).await;
    }
    desk.callback(&json!({"id": 1, "status": 8})).await;
    let told = desk.told().await;
    let waiting = invoices(&told).pop().unwrap();
    assert_eq!(
        (waiting.id.as_str(), waiting.notes.as_deref()),
        (
            "group-1",
            Some("waits for order 2 (PLT-31650), which is received")
        )
    );
    desk.callback(&json!({"id": 2, "status": 128})).await;
    desk.callback(&json!({"id": 3, "status": 64})).await;
    let invoice = invoices(&desk.told().await).pop().unwrap();
    assert!(invoice.revision > waiting.revision);
    assert_eq!(
        lines(&[Record::Document(Box::new(
            tieout_core::document::Document::Invoice(invoice.clone())
        ))]),
        ["INV group-1 PLT-31650 final 92.84"]
    );
    let sources: Vec<&str> = invoice
        .group_sources
        .iter()
        .map(|it| it.case_number.as_str())
        .collect();
    assert_eq!(sources, ["1", "3"], "what was cancelled is not charged");
    // One that becomes known later has its own, and the shared one stays.
    desk.order(&part(4, 8)).await;
    assert_eq!(lines(&desk.told().await), ["INV 4 PLT-31650-4 final 46.42"]);
    desk.callback(&json!({"id": 1, "status": 64})).await;
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn parts_that_were_all_cancelled_leave_no_invoice_and_mixed_currencies_are_shown() {
    let settings = json!({"invoice_per": "external_ref", "cost_field": null});
    let desk = Desk::new(&settings);
    for news in [part(1, 1), part(2, 1)] {
        desk.order(&news).await;
    }
    for id in [1, 2] {
        desk.callback(&json!({"id": id, "status": 128})).await;
    }
    let records = desk.told().await;
    assert_eq!(
        lines(&records).pop().unwrap(),
        "INV group-1 PLT-31650 voided 92.84"
    );
    let mut euros = part(2, 1);
    euros["currency_code"] = json!("EUR");
    let records = told(&settings, &[part(1, 1), euros]).await;
    assert!(
        complaints(&records)
            .join(" ")
            .contains("is EUR, and the order that shares its invoice is in GBP")
    );
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_keys() {
    let keys = |settings: Value| -> Vec<&str> {
        let config: tieout_host_kornit_x::KornitXConfig = serde_json::from_value(settings).unwrap();
        config
            .problems()
            .into_iter()
            .map(|problem| problem.key)
            .collect()
    };
    assert_eq!(keys(json!({})), ["hmac_key"]);
    assert_eq!(keys(json!({"hmac_key": " , "})), ["hmac_key"]);
    assert_eq!(keys(json!({"hmac_key": "k"})), [""; 0]);
    let per = json!({"hmac_key": "k", "invoice_per": "external_ref", "invoice_at": "received"});
    assert_eq!(keys(per), ["invoice_per"]);
    let named = json!({"hmac_key": "k", "contacts": {"1": " "}, "cost_field": ""});
    assert_eq!(keys(named), ["contacts", "cost_field"]);
    let export = json!({"export": {"url": "http://api.example.com/", "client_id": "", "statuses": [],
        "every_minutes": 0, "query": {"": "x"}}});
    assert_eq!(
        keys(export),
        [
            "export.url",
            "export.client_id",
            "export.client_secret",
            "export.statuses",
            "export.query",
            "export.every_minutes"
        ]
    );
    let unknown = json!({"hmac_key": "k", "hmac": "k"});
    assert!(serde_json::from_value::<tieout_host_kornit_x::KornitXConfig>(unknown).is_err());
}
