//! Promises about what a product says of itself, and about how it lets us in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/product.rs"]
mod product;

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::host::{Host, HostErrorKind};
use tieout_host_contract::{HttpHost, HttpHostConfig};

use crate::product::{Product, page, reply};

fn saying(status: u16, said: Value) -> Product {
    Product::new(move |request| match request.uri().path() {
        "/tieout/capabilities" => reply(status, &said),
        _ => page(&[], Some("c"), false),
    })
}

#[tokio::test]
async fn what_a_product_says_of_itself_is_shown_and_compared_with_what_is_asked_of_it() {
    let product = saying(
        200,
        json!({
            "contract_versions": ["1.1"], "documents": ["invoices", "bills", "weather"], "write_backs": ["payments"],
            "push": false, "page_size_max": 200, "time_zone": "Australia/Sydney", "currencies": ["AUD", "NZD"],
            "colour": "blue"
        }),
    );
    let modest = product.host(r#","takes":["payments"]"#);
    modest.probe().await.unwrap();
    assert_eq!(
        modest.introduction().await.unwrap(),
        [
            "serves invoices, bills, weather",
            "takes payments",
            "pages of 200",
            "dates of Australia/Sydney",
            "currencies AUD, NZD",
            "not asked for: bills",
        ]
    );
    let demanding = product.host(
        r#","documents":["invoices","purchase_orders"],"webhook_secret":"whsec_aG9zdC1jb250cmFjdC1kZW1vLXNlY3JldC0zMmJ5dGU=""#,
    );
    let error = demanding.probe().await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Misconfigured);
    assert_eq!(
        error.message,
        "`documents` names `purchase_orders`, which it does not serve; `takes` names `settlements`, which it does not \
         take; `takes` names `postings`, which it does not take; there is a `webhook_secret`, and it sends nothing by \
         itself"
    );
}

#[tokio::test]
async fn a_product_that_says_nothing_of_itself_is_taken_as_configured() {
    let plain = |status: u16| {
        Product::new(move |request| match request.uri().path() {
            "/tieout/capabilities" => {
                let html = Bytes::from_static(b"<html>");
                Response::builder().status(status).body(html).unwrap()
            }
            _ => page(&[], Some("c"), false),
        })
    };
    for product in [
        plain(404),
        plain(405),
        plain(501),
        saying(404, json!({"title": "none"})),
        saying(200, json!({})),
    ] {
        product.host("").probe().await.unwrap();
        assert_eq!(product.host("").introduction().await.unwrap(), [""; 0]);
    }
}

#[tokio::test]
async fn what_cannot_be_understood_or_is_of_another_version_ends_the_probe() {
    for (status, said, kind) in [
        (200, json!({"documents": "all"}), HostErrorKind::BadData),
        (200, json!([1]), HostErrorKind::BadData),
        (
            200,
            json!({"contract_versions": ["2"]}),
            HostErrorKind::Misconfigured,
        ),
        (
            200,
            json!({"contract_versions": ["10"]}),
            HostErrorKind::Misconfigured,
        ),
        (401, json!({}), HostErrorKind::Unauthorised),
        (503, json!({}), HostErrorKind::Unavailable),
    ] {
        let error = saying(status, said).host("").probe().await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
    }
}

const CREDENTIALS: &str = r#"{"url":"https://api.example.com/tieout","token_url":"https://id.example.com/token",
    "client_id":"me","client_secret":"hidden","scope":"documents payments"}"#;

#[tokio::test]
async fn the_client_says_who_it_is_and_for_whom_as_its_settings_have_it() {
    let product = Product::new(|request| {
        if request.uri().path() != "/token" {
            return page(&[], Some("c"), false);
        }
        assert!(request.headers().get("authorization").is_none());
        let content = String::from_utf8(request.body().to_vec()).unwrap();
        for field in [
            "audience=https%3A%2F%2Fx",
            "client_id=me",
            "client_secret=hidden",
        ] {
            assert!(content.split('&').any(|it| it == field), "{content}");
        }
        reply(200, &json!({"access_token": "t-1", "token_type": "Bearer"}))
    });
    let more = r#","client_auth":"body","audience":"https://x"}"#;
    let config = serde_json::from_str(&CREDENTIALS.replace('}', more)).unwrap();
    let clock = Arc::new(SystemClock);
    let host = HttpHost::open(config, Arc::new(product.clone()), clock).unwrap();
    host.changes(None, 1).await.unwrap();
    assert_eq!(product.asked()[0], "POST /token");
}

#[tokio::test]
async fn a_token_for_the_clients_credentials_lets_in_and_is_renewed_when_it_is_refused() {
    let product = Product::new(|request| match request.uri().path() {
        "/token" => {
            let content = String::from_utf8(request.body().to_vec()).unwrap();
            assert_eq!(
                content,
                "grant_type=client_credentials&scope=documents+payments"
            );
            assert_eq!(request.headers()["authorization"], "Basic bWU6aGlkZGVu");
            reply(
                200,
                &json!({"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600}),
            )
        }
        _ if request.headers()["authorization"] == "Bearer t-1" => page(&[], Some("c"), false),
        _ => reply(401, &json!({"title": "who is that"})),
    });
    let config: HttpHostConfig = serde_json::from_str(CREDENTIALS).unwrap();
    assert_eq!(config.problems(), []);
    let host = HttpHost::open(config, Arc::new(product.clone()), Arc::new(SystemClock)).unwrap();
    host.changes(None, 10).await.unwrap();
    host.changes(None, 10).await.unwrap();
    assert_eq!(
        product.asked(),
        [
            "POST /token",
            "GET /tieout/v1/invoices?limit=10",
            "GET /tieout/v1/invoices?limit=10"
        ]
    );
}

#[test]
fn credentials_that_cannot_work_are_named() {
    let keys = |more: &str| -> Vec<&str> {
        let text = format!(r#"{{"url":"https://a.example"{more}}}"#);
        let config: HttpHostConfig = serde_json::from_str(&text).unwrap();
        let problems = config.problems();
        problems.iter().map(|problem| problem.key).collect()
    };
    assert_eq!(keys(r#","client_id":"me""#), ["token_url"]);
    assert_eq!(
        keys(r#","token_url":"http://id.example.com/token","api_key":"k""#),
        ["token_url", "client_id", "client_secret", "api_key"]
    );
    assert_eq!(
        keys(r#","token_url":"https://id.example.com/token","client_id":"me","client_secret":" ""#),
        ["client_secret"]
    );
}
