//! Promises about figures of the books in a CRM's own fields: what is written, what is left alone, and what ends a run.

use chrono::Utc;
use serde_json::{Value, json};
use tieout_sandbox_hosts::insightly::{Fault, Insightly};
use tieout_sandbox_xero::AUSTRALIA;

use crate::records::{Crm, insightly_with};

const FIELDS: &str = r#"
[hosts.crm.insightly.mirror.company]
contact_id = "Ledger_Contact_Id__c"
unpaid = "Unpaid_Total__c"
lifetime_value = "Lifetime_Value__c"
last_invoice_date = "Last_Invoice__c"
updated_at = "Books_Checked__c"

[hosts.crm.insightly.mirror.opportunity]
linked_invoices = "Invoiced_Total__c"
linked_bills = "Billed_Total__c"
"#;

const COMPANY: &str = "organisation/147000";
const ALL: [&str; 4] = ["record", "mirror", "crm", "--all-linked"];

/// An organisation with an approved invoice of 330.00, and one more that is linked and has none.
async fn owing(fields: &str) -> Crm<Insightly> {
    let crm = insightly_with(fields).await;
    let stage = &crm.stage;
    for company in [COMPANY, "organisation/147001"] {
        stage.must(0, &["record", "link", "crm", company, "--create"]);
    }
    let line = "Consulting; 2; 150.00";
    stage.must(0, &["record", "draft", "crm", COMPANY, "--line", line]);
    stage.must(0, &["sync", "--once"]);
    let later = Utc::now() + chrono::Duration::seconds(5);
    let people = stage.sandbox.sandbox.people(later);
    people.approve(AUSTRALIA, "ORG-147000").unwrap();
    stage.must(0, &["sync", "--once"]);
    crm
}

impl Crm<Insightly> {
    /// What stands in a field, null where nothing does.
    fn stands(&self, object: &str, id: u64, name: &str) -> Value {
        self.product.with(|state| {
            let held = &state.object(object).unwrap()[&id].fields["CUSTOMFIELDS"];
            let field = held.as_array().unwrap().iter();
            let mut field = field.filter(|field| field["FIELD_NAME"] == name);
            field
                .next()
                .map_or(Value::Null, |it| it["FIELD_VALUE"].clone())
        })
    }

    fn company(&self, name: &str) -> Value {
        self.stands("Organisations", 147_000, name)
    }

    /// Changes of organisations so far, whoever made them.
    fn puts(&self) -> u64 {
        self.product.with(|state| {
            let all = state.object("Organisations").unwrap().values();
            all.map(|held| held.version - 1).sum()
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_of_linked_records_stand_in_their_fields_and_a_repeat_writes_nothing() {
    let crm = owing(FIELDS).await;
    let stage = &crm.stage;
    stage.must(0, &["check"]);
    let looked = stage.json(0, &[&ALL[..], &["--dry-run"]].concat());
    assert_eq!(looked["summary"]["differ"], json!(2));
    assert_eq!(crm.puts(), 0, "a look writes nothing");

    let done = stage.json(0, &ALL);
    assert_eq!(done["summary"]["written"], json!(2));
    assert_eq!(crm.company("Unpaid_Total__c").to_string(), "330.00");
    assert_eq!(crm.company("Lifetime_Value__c").to_string(), "330.00");
    assert!(crm.company("Last_Invoice__c").is_string());
    assert!(crm.company("Books_Checked__c").is_string());
    let contact = crm.company("Ledger_Contact_Id__c");
    assert!(
        contact.as_str().is_some_and(|id| id.len() == 36),
        "{contact}"
    );
    let none = crm.stands("Organisations", 147_001, "Unpaid_Total__c");
    assert_eq!(none.to_string(), "0.00");
    assert_eq!(
        crm.stands("Organisations", 147_001, "Last_Invoice__c"),
        Value::Null
    );

    let writes = crm.puts();
    let repeat = stage.json(0, &ALL);
    let right = ["same", "fresh"].map(|it| repeat["summary"][it].as_u64().unwrap());
    assert_eq!(right.iter().sum::<u64>(), 2, "{repeat}");
    let again = stage.json(0, &["record", "mirror", "crm", COMPANY]);
    assert_eq!(again["summary"]["same"], json!(1));
    assert_eq!(crm.puts(), writes, "what is right is not written again");

    let wrong = json!({"CUSTOMFIELDS": [{"FIELD_NAME": "Unpaid_Total__c", "FIELD_VALUE": 1}]});
    crm.product
        .with(|state| state.edit("Organisations", 147_000, wrong.as_object().unwrap()));
    let told = stage.must(0, &["record", "mirror", "crm", COMPANY]);
    assert!(
        told.contains("unpaid (Unpaid_Total__c): 1 -> 330.00"),
        "{told}"
    );

    let pay = stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(9));
    pay.pay(AUSTRALIA, "ORG-147000", None, None).unwrap();
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &ALL);
    assert_eq!(crm.company("Unpaid_Total__c").to_string(), "0.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn linked_documents_stand_at_an_opportunity_and_an_unlinked_record_is_emptied() {
    let crm = owing(FIELDS).await;
    let stage = &crm.stage;
    let opportunity = "opportunity/36100";
    let link = [
        "record",
        "link",
        "crm",
        opportunity,
        "--document",
        "ORG-147000",
    ];
    stage.must(0, &link);
    assert_eq!(stage.json(0, &ALL)["summary"]["written"], json!(3));
    let invoiced = crm.stands("Opportunities", 36_100, "Invoiced_Total__c");
    assert_eq!(invoiced.to_string(), "330.00");
    stage.must(0, &["record", "unlink", "crm", COMPANY]);
    assert_eq!(stage.json(0, &ALL)["summary"]["written"], json!(1));
    for field in ["Ledger_Contact_Id__c", "Unpaid_Total__c", "Last_Invoice__c"] {
        assert_eq!(crm.company(field), Value::Null, "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_only_document_is_its_own_draft_is_found_without_being_named() {
    let crm = insightly_with(FIELDS).await;
    let stage = &crm.stage;
    let opportunity = "opportunity/36100";
    let line = "Consulting; 1; 100.00";
    stage.must(0, &["record", "draft", "crm", opportunity, "--line", line]);
    stage.must(0, &["sync", "--once"]);
    let done = stage.json(0, &ALL);
    assert!(done["summary"]["written"].as_u64().unwrap() >= 1, "{done}");
    let invoiced = crm.stands("Opportunities", 36_100, "Invoiced_Total__c");
    assert_eq!(invoiced.to_string(), "110.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_not_there_is_named_before_anything_is_written() {
    let fields = FIELDS.replace("Unpaid_Total__c", "Unpayed_Total__c");
    let crm = owing(&fields).await;
    let stage = &crm.stage;
    for (code, command) in [(2, &ALL[..]), (1, &["check"][..])] {
        let told = stage.must(code, command);
        assert!(
            told.contains("hosts.crm.insightly.mirror.company.unpaid"),
            "{told}"
        );
        assert!(
            told.contains("there is no custom field `Unpayed_Total__c`"),
            "{told}"
        );
        assert!(told.contains("Did you mean `Unpaid_Total__c`"), "{told}");
    }
    assert_eq!(crm.puts(), 0);
    stage.must(2, &["record", "mirror", "crm"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_the_product_ends_goes_on_where_it_ended() {
    let crm = owing(FIELDS).await;
    let stage = &crm.stage;
    let fault = |fault| crm.product.with(|state| state.faults.push_back(fault));
    fault(Fault::Status(503));
    let told = stage.must(1, &ALL);
    assert!(told.contains("503"), "{told}");
    assert_eq!(crm.puts(), 0);
    fault(Fault::ReplyLost);
    let told = stage.must(1, &ALL);
    assert!(told.contains("2 not reached"), "{told}");
    assert_eq!(
        crm.puts(),
        1,
        "the first was written, and nobody heard of it"
    );
    fault(Fault::Status(429));
    let done = stage.json(0, &ALL);
    assert_eq!(
        (&done["summary"]["written"], &done["summary"]["same"]),
        (&json!(1), &json!(1)),
        "a pause is waited for"
    );
    assert_eq!(crm.puts(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_is_told_once_and_what_is_not_taken_each_time() {
    let crm = owing(FIELDS).await;
    let stage = &crm.stage;
    crm.product
        .with(|state| state.remove("Organisations", 147_001));
    let done = stage.json(3, &ALL);
    assert_eq!(
        (&done["summary"]["written"], &done["summary"]["gone"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(stage.json(0, &ALL)["summary"]["gone"], json!(0));

    crm.product.with(|state| {
        let fields = state.custom_fields.get_mut("Organisations").unwrap();
        for field in fields.as_array_mut().unwrap() {
            field["FIELD_TYPE"] = json!("PUZZLE");
        }
    });
    let later = Utc::now() + chrono::Duration::seconds(9);
    let people = stage.sandbox.sandbox.people(later);
    people.pay(AUSTRALIA, "ORG-147000", None, None).unwrap();
    stage.must(0, &["sync", "--once"]);
    for _ in 0..2 {
        let refused = stage.must(3, &["record", "mirror", "crm", COMPANY]);
        assert!(refused.contains("answered 400"), "{refused}");
    }
    assert_eq!(crm.company("Unpaid_Total__c").to_string(), "330.00");
}
