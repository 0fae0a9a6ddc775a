//! Promises about the gates in front of the API: budgets, idempotency keys, tokens, tenants, scopes, formats.

mod support;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use support::{Client, SCOPES, read, sale};
use tieout_sandbox_xero::limits::Problem;
use tieout_sandbox_xero::switches::{IdempotencyScope, ScopeRefusal};
use tieout_sandbox_xero::{AUSTRALIA, Limits, NEW_ZEALAND, Switches, WEB_CLIENT_ID};

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}

fn organisation(client: &Client) -> Response<Bytes> {
    client.send(
        client
            .request("GET", "Organisation")
            .body(Bytes::new())
            .expect("a valid request"),
    )
}

#[test]
fn the_minute_is_a_fixed_window_with_retry_after() {
    let mut client = Client::new();
    let first = organisation(&client);
    assert_eq!(header(&first, "x-minlimit-remaining"), Some("59"));
    assert_eq!(header(&first, "x-daylimit-remaining"), Some("4999"));
    assert_eq!(header(&first, "x-appminlimit-remaining"), Some("9999"));
    for _ in 0..59 {
        assert_eq!(organisation(&client).status(), 200);
    }
    let refused = organisation(&client);
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "x-rate-limit-problem"), Some("minute"));
    assert_eq!(header(&refused, "x-minlimit-remaining"), Some("0"));
    let wait: i64 = header(&refused, "retry-after")
        .and_then(|text| text.parse().ok())
        .expect("it says how long");
    assert!((1..=60).contains(&wait));
    client.pass(wait - 1);
    assert_eq!(organisation(&client).status(), 429);
    client.pass(1);
    assert_eq!(organisation(&client).status(), 200);
    let counts = client.sandbox.counters().of(NEW_ZEALAND);
    assert_eq!(counts.refused[&Problem::Minute], 2);
    assert_eq!(counts.requests["GET organisation"], 63);
    assert_eq!(counts.bytes_out, 0, "the Organisation endpoint is free");
}

#[test]
fn the_day_refuses_with_a_long_wait() {
    let client = Client::new();
    client.sandbox.set_limits(Limits {
        day_max: 3,
        ..Limits::default()
    });
    for _ in 0..3 {
        assert_eq!(organisation(&client).status(), 200);
    }
    let refused = organisation(&client);
    assert_eq!(header(&refused, "x-rate-limit-problem"), Some("day"));
    let wait: i64 = header(&refused, "retry-after")
        .and_then(|text| text.parse().ok())
        .expect("it says how long");
    assert!((1..=86_400).contains(&wait));
}

#[test]
fn a_sixth_request_in_the_air_is_refused_without_retry_after() {
    let client = Client::new();
    let request = || {
        client
            .request("GET", "Organisation")
            .body(Bytes::new())
            .expect("a valid request")
    };
    let in_air: Vec<_> = (0..5).map(|_| client.reply(request())).collect();
    let refused = client.send(request());
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "x-rate-limit-problem"), Some("concurrent"));
    assert_eq!(header(&refused, "retry-after"), None);
    drop(in_air);
    assert_eq!(client.send(request()).status(), 200);
}

#[test]
fn the_app_has_a_minute_over_all_tenants() {
    let client = Client::new();
    client
        .sandbox
        .grant(WEB_CLIENT_ID, &[AUSTRALIA], SCOPES, client.now)
        .expect("registered");
    client.sandbox.set_limits(Limits {
        app_minute_max: 2,
        ..Limits::default()
    });
    organisation(&client);
    organisation(&client);
    let refused = organisation(&client);
    assert_eq!(header(&refused, "x-rate-limit-problem"), Some("appminute"));
}

fn keyed(client: &Client, key: &str, body: &Value) -> (u16, Value) {
    read(
        &client.send(
            client
                .request("PUT", "Invoices")
                .header("Idempotency-Key", key)
                .body(Bytes::from(body.to_string()))
                .expect("a valid request"),
        ),
    )
}

#[test]
fn a_key_replays_the_first_reply_for_six_minutes_and_uses_up_the_budget() {
    let mut client = Client::new();
    let first = keyed(&client, "k-1", &sale("I-1", "10.00"));
    assert_eq!(first.0, 200);
    client.pass(359);
    assert_eq!(
        keyed(&client, "k-1", &sale("I-1", "10.00")),
        first,
        "the very same reply"
    );
    assert_eq!(
        client.sandbox.counters().of(NEW_ZEALAND).requests["PUT invoices"],
        2
    );
    client.pass(1);
    let (code, reply) = keyed(&client, "k-1", &sale("I-1", "10.00"));
    assert_eq!(code, 400, "the key is new again: {reply}");
    assert_eq!(support::messages(&reply), ["Invoice # must be unique."]);
}

#[test]
fn errors_are_remembered_too_and_another_request_is_refused() {
    let client = Client::new();
    let wrong = json!({"Type": "ACCREC"});
    let first = keyed(&client, "k-2", &wrong);
    assert_eq!(first.0, 400);
    assert_eq!(keyed(&client, "k-2", &wrong), first);
    let (code, reply) = keyed(&client, "k-2", &sale("I-2", "10.00"));
    assert_eq!(code, 400);
    assert_eq!(
        reply["Message"],
        "Idempotency Key: k-2 is used with a different request."
    );
    assert_eq!(
        keyed(&client, &"k".repeat(129), &sale("I-3", "10.00")).0,
        400
    );
    assert_eq!(
        keyed(&client, &"k".repeat(128), &sale("I-3", "10.00")).0,
        200
    );
}

#[test]
fn keys_count_per_app_unless_switched() {
    let mut client = Client::new();
    client
        .sandbox
        .grant(WEB_CLIENT_ID, &[AUSTRALIA], SCOPES, client.now)
        .expect("registered");
    keyed(&client, "k", &sale("I-1", "10.00"));
    client.tenant = AUSTRALIA;
    let body = support::sale_with("I-1", &json!({"Contact": {"ContactNumber": "YVC-001"}}));
    assert_eq!(keyed(&client, "k", &body).0, 400);
    client.sandbox.set_switches(Switches {
        idempotency_scope: IdempotencyScope::AppAndTenant,
        ..Switches::default()
    });
    assert_eq!(keyed(&client, "k2", &body).0, 200);
    client.tenant = NEW_ZEALAND;
    assert_eq!(keyed(&client, "k2", &sale("I-2", "10.00")).0, 200);
}

#[test]
fn an_expired_token_is_401_and_a_foreign_tenant_403() {
    let mut client = Client::new();
    client.tenant = AUSTRALIA;
    let (code, body) = client.get("Invoices");
    assert_eq!(
        (code, &body["Detail"]),
        (403, &json!("AuthenticationUnsuccessful"))
    );
    client.tenant = NEW_ZEALAND;
    client.pass(30 * 60 - 1);
    assert_eq!(client.get("Invoices").0, 200);
    client.pass(1);
    let (code, body) = client.get("Invoices");
    assert_eq!(code, 401);
    assert_eq!(
        body["Detail"],
        "TokenExpired: token expired at 11/21/2026 01:30:00"
    );
    assert_eq!(body["Title"], "Unauthorized");
    client.token = "nonsense".to_owned();
    assert_eq!(client.get("Invoices").0, 401);
}

#[test]
fn a_scope_that_is_missing_closes_the_endpoint() {
    let mut client = Client::new();
    let scopes = "accounting.invoices.read accounting.contacts";
    client.token = client
        .sandbox
        .grant(WEB_CLIENT_ID, &[NEW_ZEALAND], scopes, client.now)
        .expect("registered")
        .access_token;
    assert_eq!(client.get("Invoices").0, 200);
    assert_eq!(client.put("Invoices", &sale("S-1", "1.00")).0, 403);
    assert_eq!(client.get("Payments").0, 403);
    assert_eq!(client.get("Organisation").0, 403);
    assert_eq!(client.put("Contacts", &json!({"Name": "New"})).0, 200);
    client.sandbox.set_switches(Switches {
        scope_refusal: ScopeRefusal::Unauthorized,
        ..Switches::default()
    });
    assert_eq!(client.get("Payments").0, 401);
}

#[test]
fn xml_is_the_answer_to_who_does_not_ask_for_json() {
    let client = Client::new();
    let mut request = client
        .request("GET", "Currencies")
        .body(Bytes::new())
        .expect("a valid request");
    request.headers_mut().remove("accept");
    let reply = client.send(request);
    assert_eq!(
        header(&reply, "content-type"),
        Some("text/xml; charset=utf-8")
    );
    let text = String::from_utf8_lossy(reply.body()).into_owned();
    assert!(
        text.starts_with("<Response>") && text.contains("<Status>OK</Status>"),
        "{text}"
    );
    assert!(
        text.contains("<Currencies><Currency><Code>NZD</Code>"),
        "{text}"
    );
    let mut request = client
        .request("PUT", "Invoices")
        .body(Bytes::from_static(b"{}"))
        .expect("a valid request");
    request.headers_mut().remove("accept");
    let text = String::from_utf8_lossy(client.send(request).body()).into_owned();
    assert!(
        text.starts_with("<ApiException>") && text.contains("<ErrorNumber>10</ErrorNumber>"),
        "{text}"
    );
}

#[test]
fn unknown_things_are_404_and_bad_preconditions_412() {
    let mut client = Client::new();
    for path in [
        "Invoices/NO-SUCH",
        "Invoices/11111111-1111-4111-8111-111111111111",
        "Contacts/x",
        "Payments/x",
        "Nothing",
        "Accounts/x",
    ] {
        assert_eq!(client.get(path).0, 404, "{path}");
    }
    let wide = format!("{SCOPES} accounting.settings");
    client.token = client
        .sandbox
        .grant(WEB_CLIENT_ID, &[NEW_ZEALAND], &wide, client.now)
        .expect("registered")
        .access_token;
    assert_eq!(client.post("Organisation", &json!({})).0, 501);
    let request = client
        .request("GET", "Invoices")
        .header("if-match", "\"1\"")
        .body(Bytes::new())
        .expect("a valid request");
    assert_eq!(client.send(request).status(), 412);
}
