//! Promises of Freshsales as a host, against its stand-in: views walked back to what is known, thin searches made whole,
//! and limits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tieout_core::clock::{Clock, SystemClock};
use tieout_core::document::HostId;
use tieout_core::host::{
    Details, Host, HostErrorKind, Notebook, RecordHost, RecordKind, RecordRef, Stage, Trace,
};
use tieout_core::store::MemoryStore;
use tieout_host_freshsales::{FreshsalesConfig, FreshsalesHost};
use tieout_sandbox_hosts::freshsales::{API_KEY, Fault, Freshsales};
use tieout_sandbox_hosts::{Running, serve};

/// A clock that moves when it is told to.
struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

struct Scene {
    product: Freshsales,
    host: FreshsalesHost,
    hands: Arc<Hands>,
    _running: Running,
}

impl Scene {
    async fn set(key: &str) -> Self {
        let product = Freshsales::new();
        let running = serve(product.routes(), 0).await.unwrap();
        let url = running.url().join("crm/sales").unwrap();
        let config = json!({"url": url, "api_key": key, "tax_number_field": "cf_tax_number"});
        let config: FreshsalesConfig = serde_json::from_value(config).unwrap();
        let wire = Arc::new(support::Wire::default());
        let notes = Notebook::new(
            Arc::new(MemoryStore::default()),
            HostId::new("crm").unwrap(),
        );
        let hands = Arc::new(Hands(Mutex::new(SystemClock.now())));
        let clock = Arc::clone(&hands) as Arc<dyn Clock>;
        let host = FreshsalesHost::open(config, wire, clock, notes).unwrap();
        Self {
            product,
            host,
            hands,
            _running: running,
        }
    }

    fn edit(&self, object: &str, id: u64, fields: &Value) {
        let fields = fields.as_object().unwrap();
        assert!(self.product.with(|state| state.edit(object, id, fields)));
    }

    async fn changed(&self, kind: RecordKind, after: Option<String>) -> (Vec<String>, String) {
        let (mut ids, mut position) = (Vec::new(), after);
        loop {
            let page = self
                .host
                .changed(kind, position.as_deref(), 100)
                .await
                .unwrap();
            ids.extend(page.records.iter().map(|record| record.key.id.to_string()));
            position = page.position;
            if !page.more {
                return (ids, position.unwrap());
            }
        }
    }
}

fn key(kind: RecordKind, id: &str) -> RecordRef {
    RecordRef::new(kind, id).unwrap()
}

#[tokio::test]
async fn a_deal_is_read_with_its_products_its_parties_and_its_currency() {
    let scene = Scene::set(API_KEY).await;
    scene.host.probe().await.unwrap();
    let deal = key(RecordKind::Deal, "70000125001");
    let deal = scene.host.record(&deal).await.unwrap().unwrap();
    assert_eq!(
        (deal.stage, deal.currency.unwrap().code()),
        (Some(Stage::Won), "AUD")
    );
    assert_eq!(deal.amount.unwrap().to_string(), "2700.00");
    assert_eq!(
        (
            deal.lines[0].quantity.to_string(),
            deal.lines[0].unit_price.to_string()
        ),
        ("2".to_owned(), "1350".to_owned())
    );
    assert_eq!(deal.company.unwrap().to_string(), "company/70000123001");
    assert_eq!(deal.related[0].to_string(), "contact/70000124001");
    let lost = key(RecordKind::Deal, "70000125008");
    assert_eq!(
        scene.host.record(&lost).await.unwrap().unwrap().stage,
        Some(Stage::Lost)
    );
    scene.edit("contacts", 70_000_124_000, &json!({"is_deleted": true}));
    let gone = key(RecordKind::Contact, "70000124000");
    assert!(scene.host.record(&gone).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_search_shows_is_thin_so_each_is_read() {
    let scene = Scene::set(API_KEY).await;
    let found = scene
        .host
        .search(RecordKind::Contact, "elsie@wattlefinch.example", 5)
        .await
        .unwrap();
    assert_eq!(
        found[0].company.as_ref().unwrap().to_string(),
        "company/70000123000"
    );
    let found = scene
        .host
        .search(RecordKind::Company, "wattle", 5)
        .await
        .unwrap();
    assert_eq!((found.len(), found[0].details.addresses.len()), (1, 1));
    assert!(
        scene
            .host
            .search(RecordKind::Contact, "nobody@x.example", 5)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        scene
            .host
            .search(RecordKind::Project, "x", 5)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn changes_are_walked_back_from_the_newest_to_what_is_known_over_many_pages() {
    let scene = Scene::set(API_KEY).await;
    for id in 0..250_u64 {
        let fields = json!({"id": id + 1, "name": format!("Account {id}"), "updated_at": format!("2026-10-{:02}T00:00:00Z", id % 28 + 1)});
        let fields = fields.as_object().unwrap().clone();
        scene
            .product
            .with(|state| state.put("sales_accounts", id + 1, fields));
    }
    let (all, position) = scene.changed(RecordKind::Company, None).await;
    assert_eq!(all.len(), 260);
    scene.edit("sales_accounts", 7, &json!({"name": "Another"}));
    let asked = scene.product.with(|state| state.calls.len());
    let (again, position) = scene.changed(RecordKind::Company, Some(position)).await;
    assert!(
        again.contains(&"7".to_owned()) && again.len() <= 2,
        "{again:?}"
    );
    assert_eq!(
        scene.product.with(|state| state.calls.len()) - asked,
        2,
        "one page and its view"
    );
    let (later, _) = scene.changed(RecordKind::Company, Some(position)).await;
    assert_eq!(
        later,
        ["7"],
        "the same second is told again rather than missed"
    );
}

#[tokio::test]
async fn a_record_that_changed_meanwhile_is_not_written_over() {
    let scene = Scene::set(API_KEY).await;
    let account = key(RecordKind::Company, "70000123000");
    let read = scene.host.record(&account).await.unwrap().unwrap();
    let details = Details {
        tax_number: Some("51 824 753 556".to_owned()),
        ..Details::default()
    };
    scene.edit("sales_accounts", 70_000_123_000, &json!({"phone": "1"}));
    assert!(scene.host.complete(&read, &details).await.unwrap().is_err());
    let read = scene.host.record(&account).await.unwrap().unwrap();
    scene.host.complete(&read, &details).await.unwrap().unwrap();
    let held = scene.host.record(&account).await.unwrap().unwrap();
    assert_eq!(held.details.tax_number, details.tax_number);
    assert_eq!(held.details.phones.default.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_link_and_a_note_are_left_once() {
    let scene = Scene::set(API_KEY).await;
    let deal = key(RecordKind::Deal, "70000125000");
    let mut trace = Trace {
        number: "DEAL-1".to_owned(),
        url: Some("https://go.xero.com/app/x/invoicing/view/1".to_owned()),
        text: "drafted".to_owned(),
    };
    for _ in 0..2 {
        scene
            .host
            .leave_trace(&deal, &trace)
            .await
            .unwrap()
            .unwrap();
    }
    trace.url = None;
    for _ in 0..2 {
        scene
            .host
            .leave_trace(&deal, &trace)
            .await
            .unwrap()
            .unwrap();
    }
    let left = scene
        .product
        .with(|state| (state.links.len(), state.notes.len()));
    assert_eq!(left, (1, 1));
}

#[tokio::test]
async fn a_key_that_opens_nothing_is_told_and_a_pause_that_is_asked_for_is_kept() {
    let scene = Scene::set("another").await;
    assert_eq!(
        scene.host.probe().await.unwrap_err().kind,
        HostErrorKind::Unauthorised
    );
    let scene = Scene::set(API_KEY).await;
    scene
        .product
        .with(|state| state.faults.push_back(Fault::Status(429, Some(3_000))));
    assert_eq!(
        scene.host.probe().await.unwrap_err().kind,
        HostErrorKind::Unavailable
    );
    let asked = scene.product.with(|state| state.calls.len());
    let error = scene.host.probe().await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    assert_eq!(
        scene.product.with(|state| state.calls.len()),
        asked,
        "nobody asks before it is over"
    );
}

fn noted() -> Trace {
    Trace {
        number: "DEAL-1".to_owned(),
        url: None,
        text: "drafted".to_owned(),
    }
}

#[tokio::test]
async fn a_note_whose_reply_was_lost_is_looked_for_and_not_written_twice() {
    let scene = Scene::set(API_KEY).await;
    let deal = key(RecordKind::Deal, "70000125000");
    scene
        .product
        .with(|state| state.faults.push_back(Fault::ReplyLost));
    assert!(scene.host.leave_trace(&deal, &noted()).await.is_err());
    for _ in 0..2 {
        scene
            .host
            .leave_trace(&deal, &noted())
            .await
            .unwrap()
            .unwrap();
    }
    let notes = scene.product.with(|state| state.notes.clone());
    assert_eq!(notes.len(), 1);
    let text = notes[0]["description"].as_str().unwrap();
    assert!(text.starts_with("drafted\n[tieout "), "{text}");
}

#[tokio::test]
async fn a_note_that_never_arrived_is_written_once_more() {
    let scene = Scene::set(API_KEY).await;
    let deal = key(RecordKind::Deal, "70000125000");
    let fault = Fault::Status(500, None);
    scene.product.with(|state| state.faults.push_back(fault));
    assert!(scene.host.leave_trace(&deal, &noted()).await.is_err());
    assert_eq!(scene.product.with(|state| state.notes.len()), 0);
    scene
        .host
        .leave_trace(&deal, &noted())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(scene.product.with(|state| state.notes.len()), 1);
    // What it refuses outright leaves nothing in doubt.
    let other = key(RecordKind::Deal, "70000125001");
    let fault = Fault::Status(403, None);
    scene.product.with(|state| state.faults.push_back(fault));
    let _ = scene.host.leave_trace(&other, &noted()).await;
    scene
        .host
        .leave_trace(&other, &noted())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(scene.product.with(|state| state.notes.len()), 2);
}

#[tokio::test]
async fn where_no_notes_are_shown_a_person_looks_and_none_is_written_twice() {
    let scene = Scene::set(API_KEY).await;
    let deal = key(RecordKind::Deal, "70000125000");
    scene.product.with(|state| {
        state.hides_notes = true;
        state.faults.push_back(Fault::ReplyLost);
    });
    assert!(scene.host.leave_trace(&deal, &noted()).await.is_err());
    let refused = scene.host.leave_trace(&deal, &noted()).await.unwrap();
    assert!(
        refused
            .unwrap_err()
            .contains("look whether one ends with `[tieout ")
    );
    assert_eq!(scene.product.with(|state| state.notes.len()), 1);
}

#[tokio::test]
async fn names_of_stages_are_asked_for_again_after_an_hour_and_sooner_for_a_new_one() {
    let scene = Scene::set(API_KEY).await;
    let deal = key(RecordKind::Deal, "70000125000");
    let asked = |scene: &Scene| {
        let calls = scene.product.with(|state| std::mem::take(&mut state.calls));
        calls
            .iter()
            .filter(|call| call.contains("selector"))
            .count()
    };
    let read = async || scene.host.record(&deal).await.unwrap().unwrap();
    read().await;
    read().await;
    assert_eq!(asked(&scene), 2);
    *scene.hands.0.lock().unwrap() += TimeDelta::minutes(61);
    read().await;
    assert_eq!(asked(&scene), 2);
    // Somebody adds a stage and moves the deal there.
    scene.product.with(|state| {
        let stages = state.selectors.get_mut("deal_stages").unwrap();
        let mut new = stages[0].clone();
        new["id"] = json!(999);
        new["name"] = json!("Won");
        stages.as_array_mut().unwrap().push(new);
    });
    scene.edit("deals", 70_000_125_000, &json!({"deal_stage_id": 999}));
    *scene.hands.0.lock().unwrap() += TimeDelta::minutes(2);
    assert_eq!(read().await.stage, Some(Stage::Won));
    assert_eq!(asked(&scene), 2);
}
