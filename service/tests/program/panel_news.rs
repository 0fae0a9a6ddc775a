//! The stream by which an open panel hears of changes: it lives as long as the token that opened it, and no longer.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::api::Api;
use crate::stage::Stage;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A token as a product's server signs it, that ends so many seconds from now.
fn token(lasts_s: i64) -> String {
    let now = chrono::Utc::now().timestamp();
    let claims = json!({
        "aud": "tieout-panel", "iat": now, "exp": now + lasts_s, "host": "cm", "record": "deal/7",
        "user": { "id": "17", "name": "Ann" }, "can": "view",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let signed = format!("{}.{}", part(&header), part(&claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_news_ends_with_its_token() {
    let stage = Stage::connected().await;
    std::fs::write(stage.path("panel.key"), SECRET).unwrap();
    let more = "[panel]\nsecret = { file = \"panel.key\" }\n";
    let api = Api::serving(stage, more).await;
    let open = |token: String| {
        let address = format!("{}/panel/news", api.base);
        reqwest::Client::new()
            .get(address)
            .bearer_auth(token)
            .send()
    };
    let begun = Instant::now();
    let stream = open(token(3)).await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    // Its body ends only when the server ends it.
    let heard = tokio::time::timeout(Duration::from_secs(60), stream.bytes()).await;
    assert!(
        heard
            .expect("it ends long before a quarter of an hour")
            .is_ok()
    );
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "it lived while its token did"
    );
    assert_eq!(
        open(token(0)).await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    api.end().await;
}
