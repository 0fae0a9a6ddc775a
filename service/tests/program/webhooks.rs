//! Webhooks through real sockets: a payment is told within seconds although nobody looks, and only Xero is believed.

use chrono::Utc;
use tieout_sandbox_xero::webhooks::Standing;
use tieout_sandbox_xero::{AUSTRALIA, Registration, WEB_CLIENT_ID};

use crate::stage::{Stage, files};
use crate::stopping::{Running, until};

const KEY: &str = "a+key/that=looks like base64";

/// A stage whose program listens, and which looks for changes by itself once a day only.
async fn listening() -> (Stage, Running, String) {
    let stage = Stage::connected().await;
    let configuration = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let configuration = configuration
        .replace("provider_poll_s = 1", "provider_poll_s = 86400")
        .replace(
            "[xero]\n",
            "[listen]\naddress = \"127.0.0.1:0\"\n[xero]\nwebhook_key = { file = \"webhook.key\" }\n",
        );
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    std::fs::write(stage.path("webhook.key"), KEY).unwrap();
    let mut running = Running::start(&stage, &["serve"]);
    let told = tokio::task::block_in_place(|| running.says("listening"));
    let (_, address) = told.split_once("127.0.0.1:").expect("an address");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    (stage, running, format!("http://127.0.0.1:{port}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_reaches_the_host_by_a_webhook_alone() {
    let (stage, mut running, base) = listening().await;
    let registration = Registration {
        client_id: WEB_CLIENT_ID.to_owned(),
        url: format!("{base}/webhooks/xero"),
        key: KEY.to_owned(),
        categories: Vec::new(),
    };
    let sandbox = &stage.sandbox.sandbox;
    sandbox.register_webhook(registration, Utc::now()).unwrap();
    until("the intent to receive is answered", || {
        let webhooks = sandbox.webhooks().list();
        webhooks
            .iter()
            .any(|webhook| webhook.standing == Standing::Healthy)
    })
    .await;
    stage.drop_invoices("W", 3);
    until("the invoices are there", || stage.books("W-").len() == 3).await;
    // Later than the create by more than the two clocks of a provider differ.
    sandbox
        .people(Utc::now() + chrono::Duration::seconds(5))
        .pay(AUSTRALIA, "W-2", None, None)
        .unwrap();
    until("the payment is told", || {
        files(&stage.path("host/inbox"))
            .iter()
            .any(|name| name.starts_with("payments-"))
    })
    .await;
    running.signal("TERM");
    assert!(running.ends().await.success());
    assert_eq!(stage.books("W-").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_xero_did_not_sign_is_turned_away_and_nothing_else_is_answered() {
    let (_stage, mut running, base) = listening().await;
    let client = reqwest::Client::new();
    let status = async |path: &str, signature: Option<&str>, body: String| {
        let mut request = client.post(format!("{base}{path}")).body(body);
        if let Some(signature) = signature {
            request = request.header("x-xero-signature", signature);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let body = r#"{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "X"}"#;
    // openssl dgst -sha256 -hmac KEY -binary | base64
    let signed = "1uOeGdZIKKKnRD0E2XXokY6Cj8WourVWAWWuhroBxp4=".to_owned();
    assert_eq!(
        status("/webhooks/xero", Some(&signed), body.to_owned()).await,
        200
    );
    assert_eq!(status("/webhooks/xero", None, body.to_owned()).await, 401);
    assert_eq!(
        status("/webhooks/xero", Some("AAAA"), body.to_owned()).await,
        401
    );
    let bent = body.replace('X', "Y");
    assert_eq!(status("/webhooks/xero", Some(&signed), bent).await, 401);
    // A client of its own: the server ends this connection, and nobody else is to find that out.
    let large = reqwest::Client::new()
        .post(format!("{base}/webhooks/xero"))
        .body("x".repeat(2 << 20));
    // The connection may be closed before the client has written everything: then it sees no answer.
    if let Ok(answer) = large.send().await {
        assert_eq!(answer.status().as_u16(), 413);
    }
    assert_eq!(
        status("/webhooks/other", Some(&signed), body.to_owned()).await,
        404
    );
    let health = client.get(format!("{base}/health")).send().await.unwrap();
    assert_eq!(health.status().as_u16(), 200);
    running.signal("TERM");
    assert!(running.ends().await.success());
}
