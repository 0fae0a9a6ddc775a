//! Promises about figures in custom fields of Freshsales: only own fields change, and what is not taken is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use serde_json::json;
use tieout_core::clock::SystemClock;
use tieout_core::document::HostId;
use tieout_core::host::{
    FieldKind, FieldWrite, FieldsWritten, HostErrorKind, HostRecord, MirrorHost, MirrorValue,
    Notebook, RecordHost, RecordKind, RecordRef,
};
use tieout_core::panel::field_problems;
use tieout_core::store::MemoryStore;
use tieout_host_freshsales::{FreshsalesConfig, FreshsalesHost};
use tieout_sandbox_hosts::freshsales::{API_KEY, Fault, Freshsales};
use tieout_sandbox_hosts::{Running, serve};

const ACCOUNT: u64 = 70_000_123_000;

struct Scene {
    product: Freshsales,
    host: FreshsalesHost,
    _running: Running,
}

impl Scene {
    async fn set() -> Self {
        let product = Freshsales::new();
        let running = serve(product.routes(), 0).await.unwrap();
        let config = json!({
            "url": running.url().join("crm/sales").unwrap(),
            "api_key": API_KEY,
            "mirror": {"company": {"unpaid": "cf_total_unpaid", "paid": "cf_total_payed"}},
        });
        let config: FreshsalesConfig = serde_json::from_value(config).unwrap();
        let notes = Notebook::new(
            Arc::new(MemoryStore::default()),
            HostId::new("crm").unwrap(),
        );
        let wire = Arc::new(support::Wire::default());
        let host = FreshsalesHost::open(config, wire, Arc::new(SystemClock), notes).unwrap();
        Self {
            product,
            host,
            _running: running,
        }
    }

    fn mirror(&self) -> &dyn MirrorHost {
        self.host.mirror().unwrap()
    }

    async fn account(&self) -> HostRecord {
        let key = RecordRef::new(RecordKind::Company, ACCOUNT.to_string()).unwrap();
        self.host.record(&key).await.unwrap().unwrap()
    }
}

fn unpaid(value: MirrorValue) -> [FieldWrite; 1] {
    [FieldWrite {
        name: "cf_total_unpaid".to_owned(),
        holds: Some(FieldKind::Number),
        value: Some(value),
    }]
}

#[tokio::test]
async fn an_own_field_is_written_as_an_exact_number_and_the_fields_of_others_stay() {
    let scene = Scene::set().await;
    let tax = json!({"custom_field": {"cf_tax_number": "51 824"}});
    scene
        .product
        .with(|state| state.edit("sales_accounts", ACCOUNT, tax.as_object().unwrap()));
    let account = scene.account().await;
    assert!(account.mirrored.is_empty());
    let wanted = unpaid(MirrorValue::Amount("1234567.10".parse().unwrap()));
    let done = scene.mirror().write(&account, &wanted).await.unwrap();
    assert_eq!(done, FieldsWritten::Done);
    let held = scene
        .product
        .with(|state| state.object("sales_accounts").unwrap()[&ACCOUNT]["custom_field"].clone());
    assert_eq!(held["cf_total_unpaid"].to_string(), "1234567.10");
    assert_eq!(held["cf_tax_number"], json!("51 824"));
    assert_eq!(
        scene.account().await.mirrored["cf_total_unpaid"],
        "1234567.10"
    );
}

#[tokio::test]
async fn a_field_that_is_not_there_is_named_and_nothing_is_known_where_the_settings_are_not_shown()
{
    let scene = Scene::set().await;
    let there = scene
        .mirror()
        .fields(RecordKind::Company)
        .await
        .unwrap()
        .unwrap();
    let mirroring = scene.mirror().mirroring();
    let problems = field_problems(mirroring, RecordKind::Company, &there);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].key, "mirror.company.paid");
    assert_eq!(problems[0].remedy, "Did you mean `cf_total_paid`?");
    scene.product.with(|state| state.hides_fields = true);
    assert_eq!(
        scene.mirror().fields(RecordKind::Company).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn what_is_not_taken_is_told_and_a_product_that_is_down_or_wants_a_pause_ends_the_call() {
    let scene = Scene::set().await;
    let account = scene.account().await;
    let plenty = unpaid(MirrorValue::Text("plenty".to_owned()));
    let refused = scene.mirror().write(&account, &plenty).await.unwrap();
    assert_eq!(
        refused,
        FieldsWritten::Refused(
            "Freshsales answered 400 Bad Request: cf_total_unpaid is invalid".to_owned()
        )
    );
    let five = unpaid(MirrorValue::Amount("5".parse().unwrap()));
    let fault = |fault| scene.product.with(|state| state.faults.push_back(fault));
    fault(Fault::Status(503, None));
    let down = scene.mirror().write(&account, &five).await.unwrap_err();
    assert_eq!(down.kind, HostErrorKind::Unavailable);
    scene
        .product
        .with(|state| state.remove("sales_accounts", ACCOUNT));
    let gone = scene.mirror().write(&account, &five).await.unwrap();
    assert_eq!(gone, FieldsWritten::Gone);
    fault(Fault::Status(429, Some(3_000)));
    let paused = scene.mirror().write(&account, &five).await.unwrap_err();
    assert_eq!(paused.kind, HostErrorKind::Unavailable);
}
