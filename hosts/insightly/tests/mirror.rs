//! Promises about figures in custom fields of Insightly: only own fields change, and what is not taken is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::host::{
    FieldKind, FieldWrite, FieldsWritten, HostErrorKind, HostRecord, MirrorHost, MirrorValue,
    RecordHost, RecordKind, RecordRef,
};
use tieout_core::panel::field_problems;
use tieout_host_insightly::{InsightlyConfig, InsightlyHost};
use tieout_sandbox_hosts::insightly::{API_KEY, Fault, Insightly};
use tieout_sandbox_hosts::{Running, serve};

struct Scene {
    product: Insightly,
    host: InsightlyHost,
    _running: Running,
}

impl Scene {
    async fn set() -> Self {
        let product = Insightly::new();
        let running = serve(product.routes(), 0).await.unwrap();
        let host = host(
            &running,
            &json!({"company": {
                "contact_id": "Ledger_Contact_Id__c",
                "unpaid": "Unpaid_Total__c",
                "last_invoice_date": "Last_Invoice__c",
                "updated_at": "Books_Checked__c",
            }}),
        );
        Self {
            product,
            host,
            _running: running,
        }
    }

    fn mirror(&self) -> &dyn MirrorHost {
        self.host.mirror().unwrap()
    }

    async fn company(&self) -> HostRecord {
        let key = RecordRef::new(RecordKind::Company, "147000").unwrap();
        self.host.record(&key).await.unwrap().unwrap()
    }

    async fn write(
        &self,
        name: &str,
        holds: FieldKind,
        value: Option<MirrorValue>,
    ) -> FieldsWritten {
        let field = FieldWrite {
            name: name.to_owned(),
            holds: Some(holds),
            value,
        };
        let company = self.company().await;
        self.mirror().write(&company, &[field]).await.unwrap()
    }

    fn put_fields(&self, fields: Value) {
        let fields = Map::from_iter([("CUSTOMFIELDS".to_owned(), fields)]);
        self.product
            .with(|state| assert!(state.edit("Organisations", 147_000, &fields)));
    }

    /// What stands in a field, null where nothing does.
    fn stands(&self, name: &str) -> Value {
        self.product.with(|state| {
            let company = &state.object("Organisations").unwrap()[&147_000];
            let fields = company.fields["CUSTOMFIELDS"].as_array().unwrap();
            let field = fields.iter().find(|field| field["FIELD_NAME"] == name);
            field.map_or(Value::Null, |field| field["FIELD_VALUE"].clone())
        })
    }
}

fn host(running: &Running, mirror: &Value) -> InsightlyHost {
    let url = running.url().join("v3.1").unwrap();
    let config = json!({"url": url, "api_key": API_KEY, "mirror": mirror});
    let config: InsightlyConfig = serde_json::from_value(config).unwrap();
    let wire = Arc::new(support::Wire::default());
    InsightlyHost::open(config, wire, Arc::new(SystemClock)).unwrap()
}

fn amount(text: &str) -> Option<MirrorValue> {
    Some(MirrorValue::Amount(text.parse().unwrap()))
}

#[tokio::test]
async fn own_fields_are_written_as_numbers_dates_and_texts_and_read_with_the_record() {
    let scene = Scene::set().await;
    assert!(scene.company().await.mirrored.is_empty());
    let id = MirrorValue::Text("c-1".to_owned());
    let day = MirrorValue::Day("2026-11-01".parse().unwrap());
    for (name, holds, value) in [
        ("Unpaid_Total__c", FieldKind::Number, amount("1234567.10")),
        ("Ledger_Contact_Id__c", FieldKind::Text, Some(id)),
        ("Last_Invoice__c", FieldKind::Date, Some(day)),
    ] {
        assert_eq!(scene.write(name, holds, value).await, FieldsWritten::Done);
    }
    assert_eq!(scene.stands("Unpaid_Total__c").to_string(), "1234567.10");
    assert_eq!(
        scene.stands("Last_Invoice__c"),
        json!("2026-11-01 00:00:00")
    );
    let read = scene.company().await.mirrored;
    assert_eq!(read["Ledger_Contact_Id__c"], "c-1");
    assert_eq!(read["Unpaid_Total__c"], "1234567.10");
    let emptied = scene
        .write("Unpaid_Total__c", FieldKind::Number, None)
        .await;
    assert_eq!(emptied, FieldsWritten::Done);
    assert_eq!(scene.stands("Unpaid_Total__c"), Value::Null);
}

#[tokio::test]
async fn the_fields_of_others_stay_whether_a_list_replaces_the_whole_or_not() {
    let scene = Scene::set().await;
    let fields = scene
        .mirror()
        .fields(RecordKind::Company)
        .await
        .unwrap()
        .unwrap();
    let number = fields
        .iter()
        .find(|field| field.name == "Customer_No__c")
        .unwrap();
    assert!(!number.is_writable, "the product counts it itself");
    for replaces in [false, true] {
        scene
            .product
            .with(|state| state.replaces_custom_fields = false);
        scene.put_fields(json!([
            {"FIELD_NAME": "Region__c", "FIELD_VALUE": "North", "CUSTOM_FIELD_ID": "R"},
        ]));
        scene
            .product
            .with(|state| state.replaces_custom_fields = replaces);
        let done = scene
            .write("Unpaid_Total__c", FieldKind::Number, amount("5"))
            .await;
        assert_eq!(done, FieldsWritten::Done);
        assert_eq!(scene.stands("Region__c"), json!("North"));
        let company = scene.company().await;
        assert!(
            !company.mirrored.contains_key("Region__c"),
            "it is not ours"
        );
    }
}

#[tokio::test]
async fn what_the_product_does_not_take_is_told_and_a_record_that_is_gone_too() {
    let scene = Scene::set().await;
    let text = Some(MirrorValue::Text("plenty".to_owned()));
    let FieldsWritten::Refused(why) = scene
        .write("Unpaid_Total__c", FieldKind::Other("?".to_owned()), text)
        .await
    else {
        panic!("a text in a number field is refused");
    };
    assert!(
        why.contains("400") && why.contains("Unpaid_Total__c"),
        "{why}"
    );
    let refused = scene
        .write("Nothing__c", FieldKind::Number, amount("5"))
        .await;
    assert!(matches!(refused, FieldsWritten::Refused(_)));

    let company = scene.company().await;
    scene
        .product
        .with(|state| state.faults.push_back(Fault::Status(503)));
    let field = FieldWrite {
        name: "Unpaid_Total__c".to_owned(),
        holds: None,
        value: amount("5"),
    };
    let down = scene
        .mirror()
        .write(&company, std::slice::from_ref(&field))
        .await;
    assert_eq!(down.unwrap_err().kind, HostErrorKind::Unavailable);
    scene
        .product
        .with(|state| state.remove("Organisations", 147_000));
    let gone = scene.mirror().write(&company, &[field]).await.unwrap();
    assert_eq!(gone, FieldsWritten::Gone);
}

#[tokio::test]
async fn a_field_that_is_not_there_is_named_with_those_that_come_near_under_either_name_of_its_object()
 {
    let scene = Scene::set().await;
    let mirror = json!({"company": {"unpaid": "Unpayed_Total__c", "overdue": "Last_Invoice__c", "paid": "Customer_No__c"}});
    let host = host(&scene._running, &mirror);
    for by_singular in [false, true] {
        scene
            .product
            .with(|state| state.defines_by_singular = by_singular);
        let mirror = host.mirror().unwrap();
        let there = mirror.fields(RecordKind::Company).await.unwrap().unwrap();
        let problems = field_problems(mirror.mirroring(), RecordKind::Company, &there);
        let told: Vec<(&str, &str)> = problems
            .iter()
            .map(|problem| (problem.key.as_str(), problem.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "mirror.company.paid",
                    "the product does not let `Customer_No__c` be written"
                ),
                (
                    "mirror.company.unpaid",
                    "there is no custom field `Unpayed_Total__c`"
                ),
                (
                    "mirror.company.overdue",
                    "`Last_Invoice__c` holds a date, and `overdue` is an amount"
                ),
            ]
        );
        assert!(
            problems[1].remedy.contains("`Unpaid_Total__c`"),
            "{:?}",
            problems[1]
        );
    }
    let unknown = mirror_of(
        &json!({"deal": {"paid": "x"}, "project": {"contact_id": "y"}, "lead": {"paid": "z", "unpaid": "z"}}),
    );
    assert_eq!(unknown.len(), 3, "{unknown:?}");
}

fn mirror_of(mirror: &Value) -> Vec<String> {
    let config =
        json!({"url": "https://api.na1.insightly.com/v3.1", "api_key": "k", "mirror": mirror});
    let config: InsightlyConfig = serde_json::from_value(config).unwrap();
    config
        .problems()
        .into_iter()
        .map(|problem| problem.message)
        .collect()
}
