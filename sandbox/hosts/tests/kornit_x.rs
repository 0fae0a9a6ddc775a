//! Promises of the stand-in for Kornit X: it is as strict, and as odd, as what is published of the product.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_hosts::kornit_x::{Digest, KornitX, Paging, Refused, Settings, routes, samples};
use url::Url;

/// Whoever is pushed to: answers the same to everything, and keeps it.
#[derive(Default)]
struct Taker {
    status: Mutex<u16>,
    taken: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl Transport for Taker {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.taken.lock().unwrap().push(request);
        let status = *self.status.lock().unwrap();
        Ok(Response::builder()
            .status(status)
            .body(Bytes::new())
            .unwrap())
    }
}

fn product(settings: Settings) -> (KornitX, Arc<Taker>) {
    let taker = Arc::new(Taker::default());
    *taker.status.lock().unwrap() = 200;
    (KornitX::new(settings, taker.clone()), taker)
}

fn pushing() -> Settings {
    Settings {
        push_url: Some(Url::parse("http://localhost/hooks/print").unwrap()),
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_push_is_signed_over_its_bytes_in_the_chosen_spelling() {
    for (digest, length) in [(Digest::Hexadecimal, 64), (Digest::Base64, 44)] {
        let (product, taker) = product(Settings {
            digest,
            ..pushing()
        });
        product.place(samples().remove(0)).await.unwrap();
        let taken = taker.taken.lock().unwrap();
        let signature = taken[0].headers()["x-customgateway-hmac"].to_str().unwrap();
        assert_eq!(
            (taken[0].method().as_str(), signature.len()),
            ("POST", length)
        );
    }
}

#[tokio::test]
async fn a_callback_holds_a_part_of_the_order_and_comes_five_times_again() {
    let (product, taker) = product(pushing());
    let id = product.place(samples().remove(0)).await.unwrap();
    // "200 expected": nothing else is enough.
    *taker.status.lock().unwrap() = 204;
    product
        .move_on(id, 64, json!({"new_shipments": [{"tracking": "T"}]}))
        .await
        .unwrap();
    for _ in 0..10 {
        product.retry().await;
    }
    assert_eq!(product.waiting(), 0);
    *taker.status.lock().unwrap() = 200;
    product.move_on(id, 64, Value::Null).await.unwrap();
    assert_eq!(product.waiting(), 0, "it is taken at once");
    let taken = taker.taken.lock().unwrap();
    let callbacks = &taken[1..];
    assert_eq!(callbacks.len(), 7);
    let body: Value = serde_json::from_slice(callbacks[5].body()).unwrap();
    assert_eq!(callbacks[5].method(), "PUT");
    assert_eq!(
        (&body["status"], &body["new_shipments"][0]["tracking"]),
        (&json!(64), &json!("T"))
    );
    assert_eq!(body.get("items"), None);
}

#[tokio::test]
async fn one_reference_is_taken_once_of_a_company_and_by_all_parts_at_once() {
    let (product, _) = product(Settings::default());
    let first = samples().remove(0);
    let mut part = first.clone();
    part["id"] = json!(1);
    product
        .place_split(vec![first, part.clone()])
        .await
        .unwrap();
    part["id"] = json!(2);
    assert!(matches!(
        product.place(part.clone()).await,
        Err(Refused::Duplicate(_))
    ));
    part["company_ref_id"] = json!(7);
    product.place(part).await.unwrap();
    assert!(matches!(
        product.place(json!({})).await,
        Err(Refused::NotAnOrder(_))
    ));
}

#[tokio::test]
async fn orders_are_created_with_a_key_as_it_stands_and_too_many_are_a_bad_request() {
    let (product, _) = product(Settings {
        calls_per_hour: 2,
        ..Settings::default()
    });
    let served = tieout_sandbox_hosts::serve(routes(&product), 0)
        .await
        .unwrap();
    let create = async |key: &str, order: &Value| {
        let request = reqwest::Client::new().post(format!("{}order", served.url()));
        let request = request.header("authorization", format!("Basic {key}"));
        request.body(order.to_string()).send().await.unwrap()
    };
    let mut order = samples().remove(0);
    order.as_object_mut().unwrap().remove("id");
    assert_eq!(create("100231:wrong", &order).await.status(), 401);
    let created = create("100231:kornit-api-key", &order).await;
    assert_eq!(created.status(), 200);
    assert_eq!(created.text().await.unwrap(), r#"{"id":46140300}"#);
    let again = create("100231:kornit-api-key", &order).await;
    assert!(
        again
            .text()
            .await
            .unwrap()
            .contains("duplicate external_ref")
    );
    let throttled = create("100231:kornit-api-key", &order).await;
    assert_eq!(throttled.status(), 400);
    assert!(
        throttled
            .text()
            .await
            .unwrap()
            .contains("Rate limit exceeded")
    );
    product.next_hour();
    assert!(
        create("100231:kornit-api-key", &json!({}))
            .await
            .text()
            .await
            .unwrap()
            .contains("no order")
    );
}

#[tokio::test]
async fn the_export_wants_a_token_and_a_filter_and_is_paged_as_it_is_set_up() {
    for paging in [Paging::Links, Paging::Numbers, Paging::Bare] {
        let (product, _) = product(Settings {
            paging,
            page_rows: 2,
            ..Settings::default()
        });
        for order in samples() {
            product.place(order).await.unwrap();
        }
        let served = tieout_sandbox_hosts::serve(routes(&product), 0)
            .await
            .unwrap();
        let client = reqwest::Client::new();
        let token = async |secret: &str, scope: &str| {
            let request = client.post(format!("{}token", served.url()));
            let form = [("grant_type", "client_credentials"), ("scope", scope)];
            request
                .basic_auth("kornit-client", Some(secret))
                .form(&form)
                .send()
                .await
                .unwrap()
        };
        assert_eq!(
            token("wrong", "export-api.order-item-details")
                .await
                .status(),
            401
        );
        assert_eq!(token("kornit-secret", "everything").await.status(), 400);
        let granted = token("kornit-secret", "export-api.order-item-details").await;
        let granted: Value = granted.json().await.unwrap();
        let ask = async |query: &str| {
            let request = client.get(format!("{}export/orders?{query}", served.url()));
            let token = granted["access_token"].as_str().unwrap();
            request.bearer_auth(token).send().await.unwrap()
        };
        assert_eq!(ask("").await.status(), 400);
        let bare = client.get(format!("{}export/orders", served.url()));
        assert_eq!(bare.send().await.unwrap().status(), 401);
        let page: Value = ask("filter[status:in]=8,64&page=2")
            .await
            .json()
            .await
            .unwrap();
        let rows = page.get("data").unwrap_or(&page).as_array().unwrap();
        assert_eq!(rows.len(), 2);
        assert!(
            rows.iter()
                .all(|row| matches!(row["status"].as_u64(), Some(8 | 64)))
        );
        match paging {
            Paging::Links => assert!(page["links"]["next"].as_str().unwrap().ends_with("page=3")),
            Paging::Numbers => assert_eq!(page["meta"], json!({"current_page": 2, "last_page": 3})),
            Paging::Bare => assert!(page.is_array()),
        }
    }
}
