//! A configuration that cannot work is refused by the key that is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use rstest::rstest;
use tieout_xero::auth::Endpoints;
use tieout_xero::config::{DEFAULT_SCOPES, XeroConfig};

fn parse(changes: &str) -> XeroConfig {
    let mut json: serde_json::Value =
        serde_json::from_str(r#"{"client_id":"app","client_secret":"hush"}"#).unwrap();
    let changes: serde_json::Value = serde_json::from_str(changes).unwrap();
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            json.as_object_mut().unwrap().remove(key);
        } else {
            json[key] = value.clone();
        }
    }
    serde_json::from_value(json).unwrap()
}

#[test]
fn an_id_and_a_secret_are_enough() {
    let config = parse("{}");
    config.validate().unwrap();
    assert_eq!(config.scopes, DEFAULT_SCOPES);
    assert_eq!(config.endpoints(), Endpoints::xero());
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn a_sandbox_takes_the_place_of_every_address() {
    for base in ["http://localhost:8490", "http://localhost:8490/"] {
        let config = parse(&format!(r#"{{"sandbox":"{base}"}}"#));
        config.validate().unwrap();
        let endpoints = config.endpoints();
        assert_eq!(
            endpoints.token.as_str(),
            "http://localhost:8490/connect/token"
        );
        let invoices = endpoints.api_base.join("Invoices").unwrap();
        assert_eq!(
            invoices.as_str(),
            "http://localhost:8490/api.xro/2.0/Invoices"
        );
    }
}

#[rstest]
#[case(r#"{"client_id":" "}"#, "client_id")]
#[case(r#"{"client_secret":""}"#, "client_secret")]
#[case(
    r#"{"client_secret":null,"grant":"client_credentials"}"#,
    "client_secret"
)]
#[case(r#"{"scopes":[]}"#, "scopes")]
#[case(r#"{"scopes":["accounting.invoices"]}"#, "scopes")]
#[case(r#"{"scopes":["offline_access accounting.invoices"]}"#, "scopes")]
#[case(r#"{"redirect_uri":"http://127.0.0.1:8480/x"}"#, "redirect_uri")]
#[case(r#"{"redirect_uri":"http://books.example.com/x"}"#, "redirect_uri")]
#[case(r#"{"redirect_uri":"myapp:/x"}"#, "redirect_uri")]
#[case(r#"{"sandbox":"http://localhost/?a=1"}"#, "sandbox")]
#[case(r#"{"limits":{"calls_per_minute":0}}"#, "limits.calls_per_minute")]
#[case(
    r#"{"limits":{"wait_ms_max":9223372036854775807}}"#,
    "limits.wait_ms_max"
)]
#[case(
    r#"{"limits":{"reserves":{"backfill_percent":100}}}"#,
    "limits.reserves.backfill_percent"
)]
#[case(r#"{"http":{"total_timeout_ms_max":5}}"#, "http.total_timeout_ms_max")]
#[case(r#"{"http":{"reply_bytes_max":5}}"#, "http.reply_bytes_max")]
fn what_cannot_work_is_refused_by_its_key(#[case] changes: &str, #[case] key: &str) {
    let error = parse(changes).validate().unwrap_err();
    assert_eq!(error.key, key, "{error}");
}

#[rstest]
#[case(r#"{"client_secret":null}"#)]
#[case(r#"{"grant":"client_credentials","scopes":["accounting.invoices"]}"#)]
#[case(r#"{"redirect_uri":"https://books.example.com/callback"}"#)]
fn what_can_work_is_taken(#[case] changes: &str) {
    parse(changes).validate().unwrap();
}

#[test]
fn an_unknown_key_is_refused() {
    let error = serde_json::from_str::<XeroConfig>(r#"{"client_id":"a","secret":"b"}"#);
    assert!(error.unwrap_err().to_string().contains("secret"));
}
