//! Promises about the sandbox seen from outside: over HTTP on loopback, by control calls, and on its page.

mod support;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use support::{Client, read, sale};
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND, ServeOptions, WEB_CLIENT_ID, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn raw(
    addr: std::net::SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> String {
    let mut stream = TcpStream::connect(addr).await.expect("it listens");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply).await;
    reply
}

#[tokio::test]
async fn it_serves_hangs_up_cuts_and_stops() {
    let running = serve(ServeOptions::default()).await.expect("a free port");
    let now = chrono::Utc::now();
    let token = running
        .sandbox
        .grant(WEB_CLIENT_ID, &[NEW_ZEALAND], support::SCOPES, now)
        .expect("registered")
        .access_token;
    let headers = format!(
        "Authorization: Bearer {token}\r\nXero-Tenant-Id: {NEW_ZEALAND}\r\nAccept: application/json\r\n"
    );
    let put = |number: &str| sale(number, "10.00").to_string();

    let reply = raw(
        running.addr,
        "PUT",
        "/api.xro/2.0/Invoices",
        &headers,
        &put("H-1"),
    )
    .await;
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    assert!(
        reply
            .to_ascii_lowercase()
            .contains("x-minlimit-remaining: 59\r\n"),
        "{reply}"
    );

    running
        .sandbox
        .faults()
        .push(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    assert_eq!(
        raw(
            running.addr,
            "PUT",
            "/api.xro/2.0/Invoices",
            &headers,
            &put("H-2")
        )
        .await,
        ""
    );
    assert!(
        raw(
            running.addr,
            "GET",
            "/api.xro/2.0/Invoices/H-2",
            &headers,
            "{}"
        )
        .await
        .starts_with("HTTP/1.1 200")
    );

    running
        .sandbox
        .faults()
        .push(FaultRule::once("GET", "/Accounts", Fault::Truncated));
    let cut = raw(running.addr, "GET", "/api.xro/2.0/Accounts", &headers, "").await;
    let (head, body) = cut.split_once("\r\n\r\n").expect("a head");
    let announced: usize = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .and_then(|text| text.trim().parse().ok())
        })
        .expect("a length");
    assert!(body.len() < announced, "{} of {announced}", body.len());

    let page = raw(running.addr, "GET", "/", "", "").await;
    assert!(page.contains("H-2"), "the page shows the books");
    let addr = running.addr;
    running.shutdown().await;
    assert!(
        TcpStream::connect(addr).await.is_err(),
        "it has stopped listening"
    );
}

fn control(client: &Client, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/_control/{path}"))
        .body(Bytes::from(body.to_string()))
        .expect("a valid request");
    read(&client.sandbox.handle(request, client.now).response)
}

#[test]
fn control_calls_do_what_people_do() {
    let client = Client::new();
    client.invoice(&sale("K-1", "115.00"));
    let of = |act: &str| format!("{NEW_ZEALAND}/{act}");
    let (code, paid) = control(
        &client,
        "POST",
        &of("pay"),
        &json!({"invoice": "K-1", "amount": "15.00"}),
    );
    assert_eq!(code, 200, "{paid}");
    assert_eq!(
        control(&client, "POST", &of("void"), &json!({"invoice": "K-1"})).0,
        422
    );
    assert_eq!(
        control(
            &client,
            "POST",
            &of("delete-payment"),
            &json!({"payment": paid["payment"]})
        )
        .0,
        200
    );
    assert_eq!(
        control(
            &client,
            "POST",
            &of("edit"),
            &json!({"invoice": "K-1", "fields": {"Reference": "by hand"}})
        )
        .0,
        200
    );
    let (_, books) = control(&client, "GET", &of("books"), &Value::Null);
    assert_eq!(books["invoices"][0]["reference"], "by hand");
    assert_eq!(books["invoices"][0]["due"].to_string(), "115.0");
    assert_eq!(books["payments"][0]["status"], "DELETED");
    assert_eq!(
        control(
            &client,
            "POST",
            &of("rename-contact"),
            &json!({"contact": "HT-001", "name": "Haven Trust"})
        )
        .0,
        200
    );
    assert_eq!(
        control(
            &client,
            "POST",
            &of("archive-contact"),
            &json!({"contact": "haven trust"})
        )
        .0,
        200
    );
    assert_eq!(
        control(&client, "POST", &of("pay"), &json!({"invoice": "none"})).0,
        404
    );
    assert_eq!(
        control(&client, "POST", &of("pay"), &json!({"invoices": "K-1"})).0,
        400
    );
    assert_eq!(control(&client, "POST", &of("dance"), &json!({})).0, 404);
    assert_eq!(
        control(
            &client,
            "POST",
            &of("remove-currency"),
            &json!({"code": "AUD"})
        )
        .0,
        200
    );
    assert_eq!(
        control(&client, "POST", &of("disconnect"), &json!({})).1["disconnected"],
        1
    );
    assert_eq!(client.get("Organisation").0, 403);
}

#[test]
fn control_calls_set_switches_limits_faults_and_time() {
    let client = Client::new();
    let (code, switches) = control(
        &client,
        "POST",
        "switches",
        &json!({"midpoint": "half_even", "zero_total_becomes_paid": false}),
    );
    assert_eq!(
        (
            code,
            &switches["midpoint"],
            &switches["lock_date_inclusive"]
        ),
        (200, &json!("half_even"), &json!(true))
    );
    assert_eq!(
        control(&client, "POST", "switches", &json!({"no_such": 1})).0,
        400
    );
    assert_eq!(
        control(&client, "POST", "limits", &json!({"minute_max": 1})).0,
        200
    );
    assert_eq!(client.get("Organisation").0, 200);
    assert_eq!(client.get("Organisation").0, 429);
    let (_, pending) = control(
        &client,
        "POST",
        "faults",
        &json!({"path": "/Invoices", "fault": {"kind": "slow", "delay_ms": 5}}),
    );
    assert_eq!(pending.as_array().map(Vec::len), Some(1));
    assert_eq!(
        control(&client, "DELETE", "faults", &Value::Null).1,
        json!([])
    );
    assert_eq!(
        control(&client, "POST", "advance", &json!({"seconds": 1800})).1["offset_seconds"],
        1800
    );
    assert_eq!(client.get("Organisation").0, 401, "the token has expired");
    let (_, tokens) = control(
        &client,
        "POST",
        "grant",
        &json!({"client_id": WEB_CLIENT_ID, "tenants": [NEW_ZEALAND], "scope": "accounting.settings.read"}),
    );
    let client = Client {
        token: tokens["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        ..client
    };
    assert_eq!(client.get("Organisation").0, 200);
    control(&client, "POST", "reset", &Value::Null);
    let (_, state) = control(&client, "GET", "state", &Value::Null);
    assert_eq!(
        (&state["offset_seconds"], &state["connections"]),
        (&json!(0), &json!([]))
    );
}

#[test]
fn the_forms_of_the_page_work_without_script_and_escape_what_they_show() {
    let client = Client::new();
    client.invoice(&support::sale_with(
        "<b>1",
        &json!({"Reference": "\"quoted\" & <i>"}),
    ));
    let page = |path: &str| {
        let reply = client
            .sandbox
            .handle(
                Request::get(path)
                    .body(Bytes::new())
                    .expect("a valid request"),
                client.now,
            )
            .response;
        (
            reply.status().as_u16(),
            String::from_utf8_lossy(reply.body()).into_owned(),
        )
    };
    let (code, text) = page("/");
    assert_eq!(code, 200);
    assert!(
        text.contains("&lt;b&gt;1") && !text.contains("<b>1"),
        "{text}"
    );
    assert!(!text.contains("<script"), "no script at all");
    let post = |act: &str, form: &str| {
        let request = Request::post(format!("/books/{NEW_ZEALAND}/{act}"))
            .body(Bytes::from(form.to_owned()))
            .expect("a valid request");
        let reply = client.sandbox.handle(request, client.now).response;
        assert_eq!(reply.status(), 303);
        reply.headers()["location"]
            .to_str()
            .expect("text")
            .to_owned()
    };
    let back = post("pay", "invoice=%3Cb%3E1&amount=1%2C000.00&label=x");
    assert!(back.contains("refused=Payment+amount+exceeds"), "{back}");
    assert!(page(&back).1.contains("role=\"alert\""));
    let back = post("pay", "invoice=%3Cb%3E1&amount=115.00&label=x");
    assert!(back.contains("done=Paid+115.00+on+x"), "{back}");
    assert!(page(&back).1.contains("Paid 115.00 on x"));
    for (act, form) in [
        ("archive-contact", "contact=TM-002&label=Tui"),
        ("lock-dates", "period=2026-01-31&year="),
        ("fault", "fault=lost"),
        ("disconnect", ""),
    ] {
        assert!(post(act, form).contains("done="), "{act}");
    }
    assert_eq!(page("/?org=11111111-1111-4111-8111-111111111111").0, 404);
}
