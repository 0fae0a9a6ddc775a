//! Promises of the stand-in for iinsight: the traps of its API are there, and a test can do over HTTP what people do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tieout_sandbox_hosts::Running;
use tieout_sandbox_hosts::iinsight::{CLIENT_ID, CLIENT_SECRET, Iinsight, PASSWORD, USERNAME};

struct Scene {
    client: reqwest::Client,
    running: Running,
    token: String,
}

impl Scene {
    async fn set() -> Self {
        let running = Iinsight::sample().serve(0).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut scene = Self {
            client,
            running,
            token: String::new(),
        };
        let form = [
            ("grant_type", "password"),
            ("username", USERNAME),
            ("password", PASSWORD),
        ];
        let granted = scene.granted("auth/login", &form).await.unwrap();
        scene.token = granted["access_token"].as_str().unwrap().to_owned();
        scene
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    async fn granted(&self, path: &str, form: &[(&str, &str)]) -> Option<Value> {
        let request = self.client.post(self.url(path)).form(form);
        let reply = request
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
            .send()
            .await
            .unwrap();
        let is_granted = reply.status().is_success();
        let text = reply.text().await.unwrap();
        is_granted.then(|| serde_json::from_str(&text).unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(self.url(path)).bearer_auth(&self.token);
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        let text = reply.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }

    async fn numbers(&self, path: &str) -> Vec<String> {
        let (status, rows) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {rows}");
        let number = |row: &Value| row["invoice_number"].as_str().unwrap().to_owned();
        rows.as_array().unwrap().iter().map(number).collect()
    }
}

const SINCE: &str = "modified_since=2026-01-01T00:00:00Z";

#[tokio::test]
async fn every_parameter_is_mandatory_and_one_is_spelled_in_two_ways() {
    let scene = Scene::set().await;
    for missing in [
        format!("api2/invoices?{SINCE}&page=1"),
        format!("api2/invoices?{SINCE}&page=1&satus=active"),
        format!("api1/invoices?{SINCE}&page=1&status=active"),
        format!("api1/invoices?{SINCE}&page=1&satus=reversed"),
        format!("api2/invoices?{SINCE}&status=active"),
        "api2/invoices?modified_since=2026-01-01&page=1&status=active".to_owned(),
        "api2/cases?page=1".to_owned(),
        "api1/companies?page=1".to_owned(),
    ] {
        assert_eq!(scene.get(&missing).await.0, 400, "{missing}");
    }
    let one = scene
        .numbers(&format!("api2/invoices?{SINCE}&page=1&status=reversed"))
        .await;
    assert_eq!(one, ["WA2026009"]);
    // Behind the last page stands an empty one.
    let none = scene
        .numbers(&format!("api2/invoices?{SINCE}&page=2&status=reversed"))
        .await;
    assert!(none.is_empty());
}

#[tokio::test]
async fn scalars_are_texts_and_dates_have_the_form_of_their_generation() {
    let scene = Scene::set().await;
    let (_, second) = scene
        .get(&format!("api2/invoices?{SINCE}&page=1&status=active"))
        .await;
    let (_, first) = scene
        .get(&format!("api1/invoices?{SINCE}&page=1&satus=active"))
        .await;
    assert_eq!(second[0]["date_of_invoice"], "2026-11-02T12:00:00Z");
    assert_eq!(first[0]["date_of_invoice"], "02-11-2026");
    assert_eq!(second[0]["total_amount_payable"], json!("1165.32"));
    assert!(
        first[0]["item"][0]["cost_id"].is_null() && second[0]["item"][0]["cost_id"].is_string()
    );
    // The same payment, with either sign.
    let (_, first) = scene
        .get(&format!("api1/payments?{SINCE}&page=1&status=active"))
        .await;
    let (_, second) = scene
        .get(&format!("api2/payments?{SINCE}&page=1&status=active"))
        .await;
    assert_eq!(
        (&first[0]["amount"], &second[0]["amount"]),
        (&json!("1165.32"), &json!("-1165.32"))
    );
}

#[tokio::test]
async fn a_refresh_token_works_once_and_nobody_is_let_in_without_a_token() {
    let mut scene = Scene::set().await;
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-1"),
    ];
    assert!(scene.granted("auth/refresh", &refresh).await.is_some());
    assert!(scene.granted("auth/refresh", &refresh).await.is_none());
    scene.token = "another".to_owned();
    assert_eq!(
        scene
            .get(&format!("api2/invoices?{SINCE}&page=1&status=active"))
            .await
            .0,
        401
    );
}

#[tokio::test]
async fn over_http_invoices_are_voided_reversed_and_deleted_without_a_trace() {
    let scene = Scene::set().await;
    let post = |path: &str| scene.client.post(scene.url(path));
    for act in ["NSW2026477/void", "QLD2026120/reverse"] {
        let reply = post(&format!("control/invoices/{act}"))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status().as_u16(), 204);
    }
    let gone = scene
        .client
        .delete(scene.url("control/invoices/QLD2026121"));
    assert_eq!(gone.send().await.unwrap().status().as_u16(), 204);
    let mut all = Vec::new();
    for status in ["active", "voided", "reversed"] {
        all.extend(
            scene
                .numbers(&format!("api2/invoices?{SINCE}&page=1&status={status}"))
                .await,
        );
    }
    assert_eq!(all.len(), 9);
    assert!(all.iter().all(|number| number != "QLD2026121"));
    let fault = json!({"kind": "down", "of": "/api2/invoices", "times": 1}).to_string();
    post("control/faults").body(fault).send().await.unwrap();
    let path = format!("api2/invoices?{SINCE}&page=1&status=active");
    assert_eq!(scene.get(&path).await.0, 503);
    assert_eq!(scene.get(&path).await.0, 200);
}
