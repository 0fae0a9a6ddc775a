//! Groups and webhooks over the HTTP API: made, changed, removed; a secret is shown once, and nothing is done twice.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::Api;
use crate::stage::Stage;

const NOTHING: Value = Value::Null;

fn group(daily: bool) -> Value {
    json!({"members": [{"name": "Ann", "email": "ann@acme.example"}], "wants": {"daily": daily}})
}

async fn admin(api: &Api, method: Method, path: &str, body: &Value) -> crate::api::Told {
    let body = if body.is_null() { &json!({}) } else { body };
    api.as_admin(method, path, body, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_changed_and_removed_by_an_admin_alone() {
    let api = Api::serving(Stage::connected().await, "").await;
    let path = "/v1/groups/accounts";
    let denied = api.write(Method::PUT, path, &group(true), &[]).await;
    denied.refuses(StatusCode::FORBIDDEN, "not-allowed");
    let missing = admin(&api, Method::GET, path, &NOTHING).await;
    missing.refuses(StatusCode::NOT_FOUND, "not-found");

    let made = admin(&api, Method::PUT, path, &group(true)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.body["name"], "accounts");
    assert_eq!(made.body["added_by"], "the key chief");
    let again = admin(&api, Method::PUT, path, &group(true)).await;
    assert_eq!(again.body, made.body, "a repeat changes nothing");
    let changed = admin(&api, Method::PUT, path, &group(false)).await;
    assert_eq!(changed.body["wants"]["daily"], false);
    assert_eq!(changed.body["changed_by"], "the key chief");

    let nobody = json!({"members": []});
    let nobody = admin(&api, Method::PUT, path, &nobody).await;
    nobody.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let mut misspelt = group(true);
    misspelt["only"] = json!({"hosts": ["cmm"], "connections": ["bookz"]});
    let misspelt = admin(&api, Method::PUT, path, &misspelt).await;
    misspelt.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let detail = misspelt.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("`cmm`") && detail.contains("`bookz`"),
        "{detail}"
    );
    let test = admin(&api, Method::POST, &format!("{path}/test"), &NOTHING).await;
    test.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let mails = admin(&api, Method::GET, "/v1/mails", &NOTHING).await;
    assert_eq!(mails.body["data"], json!([]));

    let all = admin(&api, Method::GET, "/v1/groups", &NOTHING).await;
    assert_eq!(all.body["data"].as_array().unwrap().len(), 1);
    let removed = admin(&api, Method::DELETE, path, &NOTHING).await;
    assert_eq!(removed.status, 200);
    let twice = admin(&api, Method::DELETE, path, &NOTHING).await;
    twice.refuses(StatusCode::NOT_FOUND, "not-found");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_webhook_is_in_one_reply_and_in_no_other() {
    let api = Api::serving(Stage::connected().await, "").await;
    let path = "/v1/webhooks/erp";
    let inside = json!({"url": "https://10.0.0.7/hooks"});
    let inside = admin(&api, Method::PUT, path, &inside).await;
    inside.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");

    let wanted = json!({"url": "https://erp.example.com/tieout"});
    let key = [("idempotency-key", "made-once")];
    let made = api.as_admin(Method::PUT, path, &wanted, &key).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let repeated = api.as_admin(Method::PUT, path, &wanted, &key).await;
    repeated.refuses(StatusCode::CONFLICT, "not-possible");
    for word in ["", "again"] {
        let shown = admin(&api, Method::PUT, path, &wanted).await;
        assert!(shown.body["secret"].is_null(), "{word}: {}", shown.body);
    }
    let shown = admin(&api, Method::GET, path, &NOTHING).await;
    assert!(!shown.body.to_string().contains(&secret));

    let rotated = admin(&api, Method::POST, &format!("{path}/rotate"), &NOTHING).await;
    let other = rotated.body["secret"].as_str().unwrap();
    assert_ne!(other, secret);
    let both = json!({"event": "x", "since": "2026-01-01T00:00:00Z"});
    let both = admin(&api, Method::POST, &format!("{path}/replay"), &both).await;
    both.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let since = json!({"since": "2026-01-01T00:00:00Z"});
    let none = admin(&api, Method::POST, &format!("{path}/replay"), &since).await;
    assert_eq!(none.body["events_at_most"], 0, "{}", none.body);
    let tried = admin(&api, Method::GET, &format!("{path}/attempts"), &NOTHING).await;
    assert_eq!(tried.body["data"], json!([]));
    let mut off = wanted.clone();
    off["disabled"] = json!(true);
    let off = admin(&api, Method::PUT, path, &off).await;
    assert_eq!(off.body["webhook"]["disabled"], true);
    let on = admin(&api, Method::POST, &format!("{path}/enable"), &NOTHING).await;
    assert_eq!(on.body["webhook"]["disabled"], false);

    let store = std::fs::read_dir(api.stage.path("store")).unwrap();
    for file in store
        .map(|file| file.unwrap().path())
        .filter(|it| it.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        let bare = secret.strip_prefix("whsec_").unwrap_or(&secret).as_bytes();
        let found = bytes.windows(bare.len()).any(|window| window == bare);
        assert!(!found, "{} has the secret", file.display());
    }
    assert_eq!(
        admin(&api, Method::DELETE, path, &NOTHING).await.status,
        200
    );
    api.end().await;
}
