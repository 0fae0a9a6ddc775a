//! Promises of Insightly as a host, against its stand-in: what is read, what is never written twice or over, and limits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::host::{
    Details, Host, HostErrorKind, HostRecord, RecordHost, RecordKind, RecordRef, Stage, Trace,
};
use tieout_host_insightly::{InsightlyConfig, InsightlyHost};
use tieout_sandbox_hosts::insightly::{API_KEY, Fault, Insightly};
use tieout_sandbox_hosts::{Running, serve};

struct Scene {
    product: Insightly,
    host: InsightlyHost,
    _running: Running,
}

impl Scene {
    async fn set(key: &str) -> Self {
        let product = Insightly::new();
        let running = serve(product.routes(), 0).await.unwrap();
        let url = running.url().join("v3.1").unwrap();
        let config =
            json!({"url": url, "api_key": key, "web_url": "https://crm.na1.insightly.com"});
        let config: InsightlyConfig = serde_json::from_value(config).unwrap();
        let wire = Arc::new(support::Wire::default());
        let host = InsightlyHost::open(config, wire, Arc::new(SystemClock)).unwrap();
        Self {
            product,
            host,
            _running: running,
        }
    }

    async fn read(&self, kind: RecordKind, id: &str) -> Option<HostRecord> {
        let key = RecordRef::new(kind, id).unwrap();
        self.host.record(&key).await.unwrap()
    }

    fn edit(&self, object: &str, id: u64, fields: &Value) {
        let fields: &Map<String, Value> = fields.as_object().unwrap();
        assert!(self.product.with(|state| state.edit(object, id, fields)));
    }

    /// Every record of a kind that changed after a position, and the position after them.
    async fn changed(&self, kind: RecordKind, after: Option<String>) -> (Vec<String>, String) {
        let (mut ids, mut position) = (Vec::new(), after);
        loop {
            let page = self
                .host
                .changed(kind, position.as_deref(), 4)
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

#[tokio::test]
async fn a_record_is_read_whole_with_its_lines_and_the_code_of_their_products() {
    let scene = Scene::set(API_KEY).await;
    scene.host.probe().await.unwrap();
    let won = scene.read(RecordKind::Opportunity, "36100").await.unwrap();
    assert_eq!(
        (won.stage, won.amount.unwrap().to_string()),
        (Some(Stage::Won), "18500.0".to_owned())
    );
    assert_eq!(won.currency.unwrap().code(), "AUD");
    assert_eq!(won.company.unwrap().to_string(), "company/147000");
    assert_eq!(won.related[0].to_string(), "contact/338000");
    assert_eq!(won.lines.len(), 1);
    assert_eq!(
        (
            won.lines[0].article.as_deref(),
            won.lines[0].unit_price.to_string()
        ),
        (Some("BOOK"), "9250.0".to_owned())
    );
    assert_eq!(
        won.url.as_deref(),
        Some("https://crm.na1.insightly.com/details/Opportunity/36100")
    );
    let project = scene.read(RecordKind::Project, "52100").await.unwrap();
    assert_eq!(
        project.company.unwrap().to_string(),
        "company/147000",
        "by its link"
    );
    assert_eq!(project.related[0].to_string(), "opportunity/36100");
    let lost = scene.read(RecordKind::Opportunity, "36104").await.unwrap();
    assert_eq!(lost.stage, Some(Stage::Lost));
    assert!(scene.read(RecordKind::Contact, "1").await.is_none());

    scene.edit(
        "Contacts",
        338_000,
        &json!({"DATE_CREATED_UTC": "0000-00-00 00:00:00", "PHONE": ""}),
    );
    let person = scene.read(RecordKind::Contact, "338000").await.unwrap();
    assert_eq!(
        (person.name.as_str(), person.details.phones.default),
        ("Lena Orchard", None)
    );
    scene.edit(
        "Opportunities",
        36_101,
        &json!({"OPPORTUNITY_VALUE": "plenty"}),
    );
    let key = RecordRef::new(RecordKind::Opportunity, "36101").unwrap();
    let error = scene.host.record(&key).await.unwrap_err();
    assert_eq!(
        error.kind,
        HostErrorKind::BadData,
        "money that cannot be read is no money"
    );
}

#[tokio::test]
async fn records_are_searched_by_name_and_by_email_and_what_changed_is_told_at_least_once() {
    let scene = Scene::set(API_KEY).await;
    let names = |found: Vec<HostRecord>| found.into_iter().map(|one| one.name).collect::<Vec<_>>();
    let found = scene
        .host
        .search(RecordKind::Contact, "VIV@org1.example", 5)
        .await
        .unwrap();
    assert_eq!(names(found), ["Viv Sarti"]);
    let found = scene
        .host
        .search(RecordKind::Contact, "Viv Sarti", 5)
        .await
        .unwrap();
    assert_eq!(names(found), ["Viv Sarti"]);
    let found = scene
        .host
        .search(RecordKind::Company, "corella events pty ltd", 5)
        .await
        .unwrap();
    assert_eq!(names(found), ["Corella Events Pty Ltd"]);

    let (all, position) = scene.changed(RecordKind::Company, None).await;
    assert_eq!(all.len(), 10, "page by page");
    scene.edit("Organisations", 147_003, &json!({"PHONE": "1"}));
    let (again, position) = scene.changed(RecordKind::Company, Some(position)).await;
    assert_eq!(again, ["147003"]);
    let (later, _) = scene.changed(RecordKind::Company, Some(position)).await;
    assert_eq!(later, ["147003"], "again rather than missed: clocks differ");
}

#[tokio::test]
async fn a_stale_tag_that_is_answered_400_is_told_as_a_change_and_nothing_is_overwritten() {
    let scene = Scene::set(API_KEY).await;
    let read = scene.read(RecordKind::Contact, "338001").await.unwrap();
    let mut details = Details::default();
    details.phones.default = Some("02 5550 0000".to_owned());
    scene.edit("Contacts", 338_001, &json!({"PHONE": "meanwhile"}));
    let refused = scene
        .host
        .complete(&read, &details)
        .await
        .unwrap()
        .unwrap_err();
    assert!(refused.contains("meanwhile"), "{refused}");
    let held = scene.read(RecordKind::Contact, "338001").await.unwrap();
    assert_eq!(held.details.phones.default.as_deref(), Some("meanwhile"));
    scene.host.complete(&held, &details).await.unwrap().unwrap();
    let held = scene.read(RecordKind::Contact, "338001").await.unwrap();
    assert_eq!(held.details.phones.default.as_deref(), Some("02 5550 0000"));
    assert_eq!(
        held.details.emails,
        ["viv@org1.example"],
        "what was not sent stays"
    );
}

#[tokio::test]
async fn a_note_whose_reply_was_lost_is_not_left_again() {
    let scene = Scene::set(API_KEY).await;
    let key = RecordRef::new(RecordKind::Opportunity, "36100").unwrap();
    let trace = Trace {
        number: "OPP-36100".to_owned(),
        url: None,
        text: "drafted".to_owned(),
    };
    // The look before is done; the reply to the note itself is lost.
    scene
        .product
        .with(|state| state.faults.extend([Fault::ReplyLost]));
    let first = scene.host.leave_trace(&key, &trace).await.unwrap_err();
    assert_eq!(first.kind, HostErrorKind::Unavailable);
    let notes = scene
        .product
        .with(|state| state.notes["Opportunities/36100"].len());
    assert_eq!(notes, 1, "it was written, and nobody knows");
    scene.host.leave_trace(&key, &trace).await.unwrap().unwrap();
    scene.host.leave_trace(&key, &trace).await.unwrap().unwrap();
    let notes = scene
        .product
        .with(|state| state.notes["Opportunities/36100"].len());
    assert_eq!(notes, 1);
    let nobody = RecordRef::new(RecordKind::Opportunity, "1").unwrap();
    assert!(
        scene
            .host
            .leave_trace(&nobody, &trace)
            .await
            .unwrap()
            .is_err()
    );
}

#[tokio::test]
async fn a_key_that_opens_nothing_is_told_as_such_and_ten_calls_a_second_are_never_exceeded() {
    let scene = Scene::set("another").await;
    let error = scene.host.probe().await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unauthorised);
    assert!(error.message.contains("api_key"));

    let scene = Scene::set(API_KEY).await;
    let key = RecordRef::new(RecordKind::Contact, "338001").unwrap();
    for _ in 0..25 {
        scene.host.record(&key).await.unwrap().unwrap();
    }
    let (answered, refused) = scene
        .product
        .with(|state| (state.patience.answered, state.patience.refused));
    assert_eq!((answered, refused), (25, 0));

    scene.product.with(|state| state.remaining = 0);
    let spent = scene.host.record(&key).await.unwrap_err();
    assert_eq!(spent.kind, HostErrorKind::Unavailable);
    let asked = scene.product.with(|state| state.calls.len());
    assert!(scene.host.record(&key).await.is_err());
    assert_eq!(
        scene.product.with(|state| state.calls.len()),
        asked,
        "a spent day is left alone"
    );
}
