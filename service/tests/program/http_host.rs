//! Promises about a product that serves the contract over HTTP: its invoices go out, and it is told over HTTP.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Value, json};
use tieout_sandbox_xero::AUSTRALIA;
use tokio::net::TcpListener;

use crate::stage::{Stage, invoice};

/// A product with three invoices, and what it was told.
#[derive(Clone, Default)]
pub(crate) struct Product {
    told: Arc<Mutex<BTreeMap<String, Value>>>,
    /// Whether its second invoice cannot be read.
    is_broken: Arc<AtomicBool>,
    /// Whether it tells everything again.
    again: Arc<AtomicBool>,
}

impl Product {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/api")
    }

    fn told(&self, path: &str) -> Option<Value> {
        self.told.lock().unwrap().get(path).cloned()
    }
}

async fn answer(
    State(product): State<Product>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let problem = [(header::CONTENT_TYPE, "application/problem+json")];
    if headers
        .get("authorization")
        .is_none_or(|key| key != "Bearer product-key")
    {
        return (
            StatusCode::UNAUTHORIZED,
            problem,
            r#"{"title":"no such key"}"#,
        )
            .into_response();
    }
    match (method, uri.path()) {
        (Method::GET, "/api/v1/invoices") => {
            let from: usize = query
                .get("cursor")
                .filter(|_| !product.again.swap(false, Ordering::Relaxed))
                .map_or(0, |cursor| cursor.parse().unwrap());
            let to = (from + 2).min(3);
            let mut data: Vec<Value> = (from..to)
                .map(|at| serde_json::from_str(&invoice(&format!("H-{}", at + 1), at + 1)).unwrap())
                .collect();
            if product.is_broken.load(Ordering::Relaxed) && from == 0 {
                data[1]["due_date"] = json!("soon");
            }
            let page = json!({"data": data, "next_cursor": to.to_string(), "has_more": to < 3});
            (
                [(header::CONTENT_TYPE, "application/json")],
                page.to_string(),
            )
                .into_response()
        }
        (Method::PUT, path) => {
            let body = serde_json::from_slice(&body).unwrap();
            product.told.lock().unwrap().insert(path.to_owned(), body);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => (
            StatusCode::NOT_FOUND,
            problem,
            r#"{"title":"no such thing"}"#,
        )
            .into_response(),
    }
}

pub(crate) async fn staged(product: &Product) -> Stage {
    let stage = Stage::set().await;
    let url = product.serve().await;
    let folder = "[hosts.cm.folder]\npath = \"host\"\nstable_ms = 0\n";
    let http =
        format!("[hosts.cm.http]\nurl = \"{url}\"\napi_key = {{ file = \"product.key\" }}\n");
    let configuration = stage.configuration();
    assert!(configuration.contains(folder));
    std::fs::write(
        stage.path("tieout.toml"),
        configuration.replace(folder, &http),
    )
    .unwrap();
    std::fs::write(stage.path("product.key"), "product-key\n").unwrap();
    stage.connect().await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_of_a_product_go_out_and_payments_come_back_over_http() {
    let product = Product::default();
    let stage = staged(&product).await;
    stage.must(0, &["check"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("H-").len(), 3);
    let posting = product.told("/api/v1/invoices/H-2/posting").unwrap();
    assert_eq!(
        (&posting["state"], &posting["ledger_number"]),
        (&json!("posted"), &json!("H-2"))
    );
    stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(5))
        .pay(AUSTRALIA, "H-2", None, None)
        .unwrap();
    stage.must(0, &["sync", "--once"]);
    let settlement = product.told("/api/v1/invoices/H-2/settlement").unwrap();
    assert_eq!(
        (&settlement["status"], &settlement["amount_due"]),
        (&json!("paid"), &json!("0.00"))
    );
    let told = product.told.lock().unwrap();
    let payments: Vec<&Value> = told
        .iter()
        .filter(|(path, _)| path.starts_with("/api/v1/invoices/H-2/payments/"))
        .map(|(_, body)| body)
        .collect();
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0]["amount"], "22.22");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_fit_is_told_with_its_place_and_nothing_is_sent() {
    let product = Product::default();
    let stage = staged(&product).await;
    std::fs::write(stage.path("product.key"), "another").unwrap();
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("hosts.cm.http") && told.contains("mend `api_key`"),
        "{told}"
    );
    assert!(!told.contains("another"), "{told}");
    stage.must(1, &["sync", "--once"]);
    assert!(stage.books("H-").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_shown_until_it_is_told_anew_and_spoils_no_other() {
    let product = Product::default();
    product.is_broken.store(true, Ordering::Relaxed);
    let stage = staged(&product).await;
    stage.run(&["sync", "--once"]);
    assert_eq!(stage.books("H-").len(), 2);
    // It is told with its place, however often the product is looked at since.
    stage.run(&["sync", "--once"]);
    for command in [&["status"][..], &["findings"], &["explain", "H-2"]] {
        let output = stage.run(command);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            told.contains("record 2 (H-2)") && told.contains("due_date"),
            "{command:?}: {told}"
        );
    }
    stage.must(3, &["status"]);
    product.is_broken.store(false, Ordering::Relaxed);
    product.again.store(true, Ordering::Relaxed);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("H-").len(), 3);
    stage.must(0, &["status"]);
}
