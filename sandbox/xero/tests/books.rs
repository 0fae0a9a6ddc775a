//! Promises about the books: equal calls give equal ids, dates follow the organisation's zone, reference data is complete.

mod support;

use serde_json::json;
use support::{Client, sale, sale_with};
use tieout_sandbox_xero::{AUSTRALIA, BRITAIN, NEW_ZEALAND, Options};

#[test]
fn equal_seeds_and_calls_give_equal_replies_and_a_reset_begins_again() {
    let run = |client: &Client| {
        let invoice = client.put("Invoices", &sale("A-1", "10.00"));
        let payment = client.put(
            "Payments",
            &json!({"Invoice": {"InvoiceNumber": "A-1"}, "Account": {"Code": "090"}, "Amount": 10}),
        );
        (invoice, payment)
    };
    let first = Client::new();
    let before = run(&first);
    assert_eq!(before, run(&Client::new()));
    first.sandbox.reset();
    let again = Client {
        token: first
            .sandbox
            .grant(
                tieout_sandbox_xero::WEB_CLIENT_ID,
                &[NEW_ZEALAND],
                support::SCOPES,
                first.now,
            )
            .expect("registered")
            .access_token,
        ..first
    };
    assert_eq!(before, run(&again));
    let other = Client::with(
        Options {
            seed: 2,
            ..Options::default()
        },
        NEW_ZEALAND,
    );
    assert_ne!(before, run(&other));
}

#[test]
fn a_missing_date_is_today_in_the_zone_of_the_organisation() {
    for (tenant, contact, now, day) in [
        (NEW_ZEALAND, "HT-001", "2026-11-21T10:59:59Z", "2026-11-21"),
        (NEW_ZEALAND, "HT-001", "2026-11-21T11:00:00Z", "2026-11-22"),
        (NEW_ZEALAND, "HT-001", "2026-06-21T11:59:59Z", "2026-06-21"),
        (AUSTRALIA, "YVC-001", "2026-11-21T13:00:00Z", "2026-11-22"),
        (AUSTRALIA, "YVC-001", "2026-06-21T13:59:59Z", "2026-06-21"),
        (BRITAIN, "AVE-001", "2026-07-21T23:00:00Z", "2026-07-22"),
        (BRITAIN, "AVE-001", "2026-12-21T23:59:59Z", "2026-12-21"),
    ] {
        let mut client = Client::with(Options::default(), tenant);
        client.now = now.parse().expect("a time");
        client.token = client
            .sandbox
            .grant(
                tieout_sandbox_xero::WEB_CLIENT_ID,
                &[tenant],
                support::SCOPES,
                client.now,
            )
            .expect("registered")
            .access_token;
        let made = client.invoice(&sale_with(
            "A-1",
            &json!({"Date": null, "Contact": {"ContactNumber": contact}}),
        ));
        assert_eq!(
            made["DateString"],
            format!("{day}T00:00:00"),
            "{tenant} at {now}"
        );
    }
}

#[test]
fn the_chart_has_what_documents_need() {
    let client = Client::new();
    let (_, accounts) = client.get("Accounts");
    let find = |code: &str| {
        accounts["Accounts"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|account| account["Code"] == code)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(find("610")["SystemAccount"], "DEBTORS");
    assert_eq!(find("860")["SystemAccount"], "ROUNDING");
    assert_eq!(find("090")["Type"], "BANK");
    assert_eq!(find("091")["Status"], "ARCHIVED");
    assert_eq!(find("310")["Type"], "DIRECTCOSTS");
    let (_, some) =
        client.get("Accounts?where=Type%3D%3D%22BANK%22%20AND%20Status%3D%3D%22ACTIVE%22");
    assert_eq!(some["Accounts"].as_array().map(Vec::len), Some(1));
    let (_, rates) = client.get("TaxRates");
    assert_eq!(rates["TaxRates"][0]["EffectiveRate"].to_string(), "15.0");
    let (_, tracking) = client.get("TrackingCategories");
    assert_eq!(
        tracking["TrackingCategories"].as_array().map(Vec::len),
        Some(2)
    );
    let (_, themes) = client.get("BrandingThemes");
    assert_eq!(themes["BrandingThemes"][0]["Name"], "Standard");
    let (_, organisation) = client.get("Organisation");
    let shown = &organisation["Organisations"][0];
    assert_eq!(shown["OrganisationID"], NEW_ZEALAND.to_string());
    assert_eq!(shown["Timezone"], "NEWZEALANDSTANDARDTIME");
    assert!(shown.get("PeriodLockDate").is_none());
    client
        .sandbox
        .people(client.now)
        .set_lock_dates(NEW_ZEALAND, "2026-03-31".parse().ok(), None)
        .expect("it can be set");
    assert_eq!(
        client.get("Organisation").1["Organisations"][0]["PeriodLockDate"],
        "/Date(1774915200000+0000)/"
    );
    let (_, actions) = client.get("Organisation/Actions");
    assert!(
        actions["Actions"]
            .as_array()
            .is_some_and(|actions| actions.len() > 5)
    );
}

#[test]
fn tracking_is_taken_by_names_or_ids_and_shown_with_both() {
    let client = Client::new();
    let line = |tracking: serde_json::Value| json!({"LineItems": [{"Description": "x", "UnitAmount": 1, "AccountCode": "200", "Tracking": tracking}]});
    let named = client.invoice(&sale_with("T-1", &line(json!([{"Name": "region", "Option": "west coast"}, {"Name": "Service", "Option": "Support"}]))));
    let shown = named["LineItems"][0]["Tracking"].clone();
    assert_eq!(shown[0]["Option"], "West Coast");
    let by_id = client.invoice(&sale_with("T-2", &line(json!([{"TrackingCategoryID": shown[0]["TrackingCategoryID"], "TrackingOptionID": shown[0]["TrackingOptionID"]}]))));
    assert_eq!(by_id["LineItems"][0]["Tracking"][0], shown[0]);
}

#[test]
fn foreign_documents_take_the_day_rate_or_the_sent_one() {
    let client = Client::new();
    let day = client.invoice(&sale_with("C-1", &json!({"CurrencyCode": "AUD"})));
    assert_eq!(day["CurrencyRate"].to_string(), "0.9153");
    let sent = client.invoice(&sale_with(
        "C-2",
        &json!({"CurrencyCode": "AUD", "CurrencyRate": "0.91234567"}),
    ));
    assert_eq!(sent["CurrencyRate"].to_string(), "0.912346");
    let base = client.invoice(&sale_with("C-3", &json!({"CurrencyRate": "2"})));
    assert_eq!(base["CurrencyRate"].to_string(), "1.0");
}
