//! Refusals of the HTTP API: each says what it is and what to do, whoever asks and whatever is asked.

use reqwest::{Client, Method, StatusCode};
use serde_json::json;

use crate::api::{Api, Told};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_known_or_not_allowed_is_turned_away() {
    let api = Api::serving(Stage::connected().await, "").await;
    let client = Client::new();
    let at = |path: &str| format!("{}{path}", api.base);
    let unknown = format!("tieout_{}", "0".repeat(72));
    for (bearer, detail) in [("nonsense", "mistyped"), (unknown.as_str(), "")] {
        let asked = client.get(at("/v1/me")).bearer_auth(bearer).send().await;
        let told = Told::of(asked.unwrap()).await;
        told.refuses(StatusCode::UNAUTHORIZED, "not-signed-in");
        assert_eq!(told.header("www-authenticate"), "Bearer");
        assert!(told.body["detail"].as_str().unwrap().contains(detail));
    }
    let basic = client
        .get(at("/v1/me"))
        .basic_auth("a", Some("b"))
        .send()
        .await;
    Told::of(basic.unwrap())
        .await
        .refuses(StatusCode::UNAUTHORIZED, "not-signed-in");
    let reader = client
        .post(at("/v1/sync"))
        .bearer_auth(&api.reader)
        .send()
        .await;
    Told::of(reader.unwrap())
        .await
        .refuses(StatusCode::FORBIDDEN, "not-allowed");
    let nobody = client.get(at("/v1/me")).send().await;
    Told::of(nobody.unwrap())
        .await
        .refuses(StatusCode::UNAUTHORIZED, "not-signed-in");
    let foreign = client
        .post(at("/v1/sync"))
        .header("origin", "https://evil.example")
        .send()
        .await;
    Told::of(foreign.unwrap())
        .await
        .refuses(StatusCode::FORBIDDEN, "not-allowed");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_what_is_wrong() {
    let api = Api::serving(Stage::connected().await, "").await;
    let client = Client::new();
    let at = |path: &str| format!("{}{path}", api.base);
    for path in [
        "/v1/nothing",
        "/v1/connections/none",
        "/v1/bindings/books/cm/invoice/none",
        "/v1/bindings/books/cm/letter/1",
        "/v1/runs/none",
        "/v1/hosts/%00",
        &format!("/v1/hosts/{}", "x".repeat(65)),
    ] {
        api.get(path)
            .await
            .refuses(StatusCode::NOT_FOUND, "not-found");
    }
    let put = api.write(Method::PUT, "/v1/sync", &json!({}), &[]).await;
    put.refuses(StatusCode::METHOD_NOT_ALLOWED, "no-such-method");
    assert_eq!(put.header("allow"), "POST");
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "after=%25",
        "after=AAAA",
        "conection=books",
    ] {
        api.get(&format!("/v1/runs?{query}"))
            .await
            .refuses(StatusCode::BAD_REQUEST, "not-readable");
    }
    let send = async |kind: &str, body: String| {
        let request = client
            .post(at("/v1/findings/skip"))
            .bearer_auth(&api.operator);
        let request = request.header("content-type", kind).body(body);
        Told::of(request.send().await.unwrap()).await
    };
    send("application/json", "{".to_owned())
        .await
        .refuses(StatusCode::BAD_REQUEST, "not-readable");
    send("text/plain", "{}".to_owned())
        .await
        .refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json");
    for body in [
        "{}",
        "{\"rule\":1}",
        "{\"rule\":\"none\"}",
        "{\"rule\":\"refused\",\"x\":1}",
        "[]",
    ] {
        let told = send("application/json", body.to_owned()).await;
        told.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    }
    let deep = "[".repeat(100_000);
    assert!(send("application/json", deep).await.status < 500);
    let large = send("application/json", " ".repeat(300 << 10)).await;
    large.refuses(StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_named_sites_read_replies_and_a_key_has_its_pace() {
    let allowed = "[api]\nallowed_origins = [\"https://app.example.com\"]\n";
    let api = Api::serving(Stage::connected().await, allowed).await;
    let client = Client::new();
    let at = |path: &str| format!("{}{path}", api.base);
    let preflight = client
        .request(Method::OPTIONS, at("/v1/sync"))
        .header("origin", "https://app.example.com");
    let allowed = preflight.send().await.unwrap();
    assert_eq!(
        allowed.headers()["access-control-allow-origin"],
        "https://app.example.com"
    );
    let other = client
        .get(at("/v1/me"))
        .bearer_auth(&api.reader)
        .header("origin", "https://other.example");
    let other = other.send().await.unwrap();
    assert!(other.headers().get("access-control-allow-origin").is_none());
    // All at once, so that a slow machine does not earn its pace back in between.
    let many = (0..600).map(|_| {
        let request = client.get(at("/v1/me")).bearer_auth(&api.reader);
        async { Told::of(request.send().await.unwrap()).await }
    });
    let many = futures_util::future::join_all(many).await;
    let told = many.into_iter().find(|told| told.status == 429).unwrap();
    told.refuses(StatusCode::TOO_MANY_REQUESTS, "too-many");
    assert!(told.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(
        api.post("/v1/sync", &json!({})).await.status,
        202,
        "another key is not slowed down"
    );
    api.end().await;
}
