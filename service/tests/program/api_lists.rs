//! Lists of the HTTP API: every document once however they change meanwhile, the journal by time and document, plans and tie-outs.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::api::Api;
use crate::stage::{Stage, invoice};
use crate::stopping::until;

/// Everything on the pages of a list, by following `next`.
async fn all(api: &Api, path: &str, mut between: impl FnMut(usize)) -> Vec<Value> {
    let (mut found, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let told = api.get(&format!("{path}{after}")).await;
        assert_eq!(told.status, 200, "{path}: {}", told.body);
        found.extend(told.body["data"].as_array().unwrap().iter().cloned());
        let Some(next) = told.body["next"].as_str() else {
            assert_eq!(told.header("link"), "");
            return found;
        };
        let link = told.header("link");
        assert!(
            link.contains(next) && link.ends_with("rel=\"next\""),
            "{link}"
        );
        after = format!("&after={next}");
        pages += 1;
        between(pages);
        assert!(pages < 200, "{path} has an end");
    }
}

fn ids(found: &[Value]) -> Vec<String> {
    let id = |it: &Value| it["document"]["id"].as_str().unwrap().to_owned();
    found.iter().map(id).collect()
}

async fn sent(count: usize) -> Api {
    let api = Api::serving(Stage::connected().await, "").await;
    api.stage.drop_invoices("L", count);
    until("they are there", || api.stage.books("L-").len() == count).await;
    for _ in 0..600 {
        let posted = all(&api, "/v1/documents?state=posted&limit=500", |_| {}).await;
        let owed = api.see("/v1/connections/books").await["owed"].clone();
        if posted.len() == count && owed == 0 {
            return api;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("they are not posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_gives_every_document_once_page_by_page_while_others_come() {
    let api = sent(23).await;
    let known: BTreeSet<String> = (1..=23).map(|index| format!("L-{index}")).collect();
    let stage = &api.stage;
    let began = Utc::now();
    // What comes meanwhile changed last, so it stands before what was seen already.
    let found = all(&api, "/v1/documents?limit=5", |page| {
        let id = format!("M-{page}");
        let name = format!("invoices-m{page}-20261101T000000Z.jsonl");
        stage.drop_file(&name, &invoice(&id, 1));
    })
    .await;
    let seen = ids(&found);
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "none stands twice: {seen:?}");
    for id in known.difference(&once) {
        // What was passed by changed while it was: it stands further in front by now.
        let path = format!("/v1/bindings/books/cm/invoice/{id}");
        let changed: DateTime<Utc> = api.see(&path).await["binding"]["changed_at"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(changed >= began, "{id} is left out: {seen:?}");
    }

    let by_number = ids(&all(&api, "/v1/documents?number=l-1&limit=3", |_| {}).await);
    let mut sorted = by_number.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!(by_number, sorted);
    assert_eq!(by_number.len(), 11, "L-1 and L-10 to L-19");
    let none = all(&api, "/v1/documents?connection=other&limit=3", |_| {}).await;
    assert!(none.is_empty());
    for query in [
        "state=lost",
        "rule=none",
        "order=sideways",
        "changed_from=today",
        "case=1",
        "rule=refused&in_need=false",
    ] {
        let told = api.get(&format!("/v1/documents?{query}")).await;
        told.refuses(StatusCode::BAD_REQUEST, "not-readable");
    }
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_tells_of_a_time_and_of_a_document_and_its_story_masks_people() {
    let api = sent(3).await;
    let entries = all(&api, "/v1/journal?limit=2", |_| {}).await;
    let names: Vec<&str> = entries
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    let once: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "each entry once");
    let events: BTreeSet<&str> = entries
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert!(
        events.contains("landed") && events.contains("host_changed"),
        "{events:?}"
    );
    let one = all(
        &api,
        "/v1/journal?host=cm&kind=invoice&id=L-2&limit=2",
        |_| {},
    )
    .await;
    assert!(one.len() >= 3, "{one:?}");
    assert!(one.iter().all(|it| it["document"]["id"] == "L-2"));
    let told: Vec<&Value> = one.iter().map(|it| &it["id"]).collect();
    let of_it = |it: &&Value| it["document"]["id"] == "L-2";
    for entry in entries.iter().filter(of_it) {
        assert!(told.contains(&&entry["id"]), "as in the whole: {entry}");
    }
    let at = one.last().unwrap()["at"].as_str().unwrap();
    let later = all(&api, &format!("/v1/journal?from={at}&limit=100"), |_| {}).await;
    assert!(later.iter().any(|it| it["id"] == one.last().unwrap()["id"]));
    let before = all(
        &api,
        "/v1/journal?before=2020-01-01T00:00:00Z&limit=9",
        |_| {},
    )
    .await;
    assert!(before.is_empty());
    let half = api.get("/v1/journal?id=L-2").await;
    half.refuses(StatusCode::BAD_REQUEST, "not-readable");

    let document = api.see("/v1/documents/cm/invoice/L-2").await;
    assert_eq!(document["bindings"][0]["binding"]["state"], "posted");
    let story = api.see("/v1/documents/cm/invoice/L-2/story").await;
    let told = story["stories"][0].to_string();
    assert!(!told.contains("Customer 2"), "who it is stays masked");
    assert!(!document.to_string().contains("Customer 2"));
    assert!(
        story["stories"][0]["exchanges"][0]["calls"].is_array(),
        "{told}"
    );
    let open = api
        .get("/v1/documents/cm/invoice/L-2/story?unmasked=true")
        .await;
    open.refuses(StatusCode::FORBIDDEN, "not-allowed");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_and_tie_outs_are_made_beside_requests_and_read_page_by_page() {
    let api = sent(2).await;
    let held = invoice("H-1", 1).replace("\"GST\"", "\"VAT\"");
    api.stage
        .drop_file("invoices-h-20261101T000000Z.jsonl", &held);
    let in_need = async || all(&api, "/v1/findings?limit=10", |_| {}).await;
    while in_need().await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let found = in_need().await;
    assert_eq!(found[0]["findings"][0]["rule"], "tax_code_unmapped");
    let counts = api.see("/v1/findings/counts").await;
    assert_eq!(counts["by_rule"]["tax_code_unmapped"]["documents"], 1);

    let begun = api.post("/v1/plans", &json!({})).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let plan = done(&api, begun.header("location")).await;
    assert_eq!(plan["result"]["verdicts"]["held"], 1, "{plan}");
    let id = plan["id"].as_str().unwrap();
    let documents = all(&api, &format!("/v1/plans/{id}/documents?limit=1"), |_| {}).await;
    assert!(
        documents
            .iter()
            .any(|it| it["number"] == "H-1" && it["verdict"] == "held")
    );
    for after in ["Ng", "OTk5OTk5", "LTE"] {
        let told = api
            .get(&format!("/v1/plans/{id}/documents?after={after}"))
            .await;
        told.refuses(StatusCode::BAD_REQUEST, "not-readable");
    }

    let begun = api.post("/v1/tie-outs", &json!({})).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let job = done(&api, begun.header("location")).await;
    let number = &job["result"]["certificate"];
    let newest = api.see("/v1/tie-outs/newest").await;
    assert_eq!(&newest["certificate"]["number"], number);
    assert_eq!(newest["certificate"]["agree"], 2);
    let total = newest["controls"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["by"] == "all");
    assert_eq!(total.unwrap()["provider"], "33.33", "{newest}");
    let rows = all(
        &api,
        &format!("/v1/tie-outs/{number}/rows?all=true&limit=1"),
        |_| {},
    )
    .await;
    let agree = rows.iter().filter(|row| row["verdict"] == "agrees").count();
    assert_eq!(agree, 2, "{rows:?}");
    let list = all(&api, "/v1/tie-outs?limit=1", |_| {}).await;
    assert_eq!(&list[0]["number"], number);
    for after in ["WzUsMV0", "Wzk5OTk5OSwxXQ", "WzEsMV0"] {
        let told = api
            .get(&format!(
                "/v1/tie-outs/{number}/rows?all=true&after={after}"
            ))
            .await;
        told.refuses(StatusCode::BAD_REQUEST, "not-readable");
    }
    let missing = api.get("/v1/tie-outs/99").await;
    missing.refuses(StatusCode::NOT_FOUND, "not-found");
    let id = job["id"].as_str().unwrap();
    let other = api.get(&format!("/v1/plans/{id}")).await;
    other.refuses(StatusCode::NOT_FOUND, "not-found");
    assert_eq!(all(&api, "/v1/jobs?limit=1", |_| {}).await.len(), 2);
    api.end().await;
}

/// The job at an address, once it is done.
async fn done(api: &Api, path: &str) -> Value {
    for _ in 0..600 {
        let job = api.see(path).await;
        match job["state"].as_str().unwrap() {
            "running" => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            "done" => return job,
            other => panic!("{other}: {job}"),
        }
    }
    panic!("it does not end");
}
