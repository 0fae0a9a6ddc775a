//! A connection whose access broke says so wherever somebody looks, with what to do, and comes back with a new consent.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tieout_core::store::{SledOptions, SledStore, Store};
use tieout_core::vault::{KeyRing, Vault};
use tieout_sandbox_xero::{AUSTRALIA, WEB_CLIENT_ID, WEB_CLIENT_SECRET};

use crate::stage::{KEY, Stage, text};

/// Makes the stored access token an old one, so that the next use renews it, and gives the refresh token.
async fn age(stage: &Stage) -> String {
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let vault = Vault::new(Arc::clone(&store), KeyRing::parse(KEY).unwrap());
    let (key, _) = store.records("grant/", 10).await.unwrap().remove(0);
    let secret = vault.read(&key).await.unwrap().unwrap();
    let mut record: Value = serde_json::from_str(secret.expose_secret()).unwrap();
    record["tokens"]["issued_at"] = json!("2026-01-01T00:00:00Z");
    record["tokens"]["expires_at"] = json!("2026-01-01T00:30:00Z");
    vault
        .write(&key, Some(&SecretString::from(record.to_string())))
        .await
        .unwrap();
    record["tokens"]["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Ends the access at the provider, as a person does in Xero's list of connected apps.
async fn revoke(stage: &Stage, refresh_token: &str) {
    let reply = reqwest::Client::new()
        .post(format!("{}/connect/revocation", stage.sandbox.base_url))
        .basic_auth(WEB_CLIENT_ID, Some(WEB_CLIENT_SECRET))
        .form(&[("token", refresh_token)])
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_broke_is_shown_by_status_without_asking_anybody() {
    let stage = Stage::connected().await;
    let live = stage.json(0, &["status"]);
    assert_eq!(
        live["connections"]["books"]["grant"],
        json!({ "state": "live" })
    );

    let refresh_token = age(&stage).await;
    revoke(&stage, &refresh_token).await;
    stage.drop_invoices("G", 1);
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("1 problem.") && told.contains("the access does not work any more"),
        "{told}"
    );

    let told = stage.must(3, &["status"]);
    for wanted in [
        "the access does not work any more since 2",
        "its refresh token was refused",
        "Run `tieout connect books --again`.",
        "Nothing goes to books and nothing comes back",
    ] {
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
    }
    assert!(!told.contains("Nothing needs anybody"), "{told}");
    let grant = stage.json(3, &["status"])["connections"]["books"]["grant"].clone();
    assert_eq!(
        (&grant["state"], &grant["remedy"]),
        (
            &json!("broken"),
            &json!("Run `tieout connect books --again`.")
        )
    );
    assert!(grant["since"].is_string(), "{grant}");
    // The store knows it: no organisation is asked.
    let told = stage.must(1, &["check", "--offline"]);
    assert!(
        told.contains("connections.books: the access does not work any more"),
        "{told}"
    );

    assert_eq!(
        stage
            .connect_to(&["connect", "books", "--again"], AUSTRALIA)
            .await,
        Some(0)
    );
    stage.must(0, &["sync", "--once"]);
    assert!(stage.must(0, &["status"]).contains("Nothing needs anybody"));
    assert_eq!(stage.books("G-").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_without_the_key_says_what_it_cannot_see() {
    let stage = Stage::connected().await;
    std::fs::rename(stage.path("tieout.key"), stage.path("elsewhere")).unwrap();
    let output = stage.run(&["status"]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("whether the access works is not known") && told.contains("secrets.key"),
        "{told}"
    );
    assert!(
        told.contains("Wattle & Finch Pty Ltd"),
        "the rest is told nevertheless\n{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_access_ends_a_single_run_at_once_with_the_command_that_mends_it() {
    let stage = Stage::connected().await;
    let refresh_token = age(&stage).await;
    revoke(&stage, &refresh_token).await;
    stage.drop_invoices("D", 3);
    let begun = std::time::Instant::now();
    let told = stage.must(1, &["sync", "--once"]);
    // The first pause of a retry is a second, the second one two.
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(3),
        "{told}"
    );
    for wanted in [
        "connection books: the access does not work",
        "connection books: Run `tieout connect books --again`.",
    ] {
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
    }
    assert_eq!(
        stage
            .connect_to(&["connect", "books", "--again"], AUSTRALIA)
            .await,
        Some(0)
    );
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("D-").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_ends_a_single_run_at_once_and_says_what_to_compare() {
    let stage = Stage::connected().await;
    age(&stage).await;
    stage.drop_invoices("S", 1);
    let begun = std::time::Instant::now();
    let output = stage
        .command(&["sync", "--once"])
        .env("STAGE_SECRET", "wrong")
        .output()
        .unwrap();
    let told = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(3),
        "{told}"
    );
    assert!(
        told.contains("compare client_id and client_secret with the app's settings"),
        "{told}"
    );
    stage.must(0, &["sync", "--once"]);
}
