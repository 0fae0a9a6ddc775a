//! Promises about iinsight: its invoices reach the organisations of their divisions, and each way to cancel one has its own
//! outcome.

use chrono::Utc;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox_hosts::Running;
use tieout_sandbox_hosts::iinsight::{
    CLIENT_ID, CLIENT_SECRET, Fault, Iinsight, Kind, PASSWORD, USERNAME,
};
use tieout_sandbox_xero::books::organisation::Organisation;
use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND};
use uuid::Uuid;

use crate::stage::Stage;

struct Account {
    stage: Stage,
    product: Iinsight,
    _running: Running,
}

/// An invoice as it stands in the books of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    total: String,
    tax: String,
    due: String,
    currency: String,
    contact: String,
    reference: String,
    status: String,
    lines: Vec<String>,
}

/// The sample account beside two organisations, one for each country; with these keys of the host.
async fn staged(keys: &str) -> Account {
    let product = Iinsight::sample();
    let running = product.serve(0).await.unwrap();
    let stage = Stage::set().await;
    let configuration = stage.configuration();
    let (common, _) = configuration.split_once("[hosts.cm.folder]").unwrap();
    let url = running.url();
    let own = format!(
        r#"
[hosts.rehab.iinsight]
region = "aus"
url = "{url}"
client_id = "{CLIENT_ID}"
client_secret = {{ file = "iinsight.secret" }}
username = "{USERNAME}"
password = {{ file = "iinsight.password" }}
division_currencies = {{ "NZ Rehab" = "NZD", "UK Case Management" = "GBP" }}
{keys}
[hosts.rehab.iinsight.funding."Plan Managed"]
management = "plan"
tax_code = "NDIS"
tracking = [{{ category = "Region", option = "North" }}]

[connections.books.settings]
invoice_status = "authorised"
reference = "claim_number"
tracking = true
accounts = {{ sales = "200", by_charge_code = {{ TRAVEL = "220" }} }}
tax_codes = {{ NDIS = "EXEMPTOUTPUT" }}
tax_rates = {{ "0.10" = "OUTPUT" }}

[connections.kowhai.settings]
invoice_status = "authorised"
accounts = {{ sales = "200" }}
tax_rates = {{ "0.15" = "OUTPUT2" }}

[[routes]]
connection = "kowhai"
divisions = ["NZ Rehab"]

[[routes]]
connection = "books"
divisions = ["NSW Rehab", "QLD NDIS", "VIC NDIS"]
"#
    );
    std::fs::write(stage.path("tieout.toml"), format!("{common}{own}")).unwrap();
    std::fs::write(stage.path("iinsight.secret"), CLIENT_SECRET).unwrap();
    std::fs::write(stage.path("iinsight.password"), PASSWORD).unwrap();
    stage.connect().await;
    let connected = stage.connect_to(&["connect", "kowhai"], NEW_ZEALAND);
    assert_eq!(connected.await, Some(0));
    Account {
        stage,
        product,
        _running: running,
    }
}

impl Account {
    fn standing(&self, organisation: Uuid, number: &str) -> Option<Standing> {
        let read = |books: &Organisation| standing(books, number);
        self.stage.sandbox.sandbox.read(organisation, read).unwrap()
    }

    fn status(&self, number: &str) -> String {
        self.standing(AUSTRALIA, number).unwrap().status
    }
}

fn standing(books: &Organisation, number: &str) -> Option<Standing> {
    let row = books
        .invoices
        .ledger
        .rows()
        .iter()
        .find(|row| row.number == number)?;
    let option = |id| {
        let options = books
            .chart
            .tracking
            .iter()
            .flat_map(|category| &category.options);
        let name = options.into_iter().find(|option| option.id == id);
        name.map(|option| option.name.clone()).unwrap_or_default()
    };
    let lines = row.lines.iter().map(|line| {
        let tracking: Vec<_> = line.tracking.iter().map(|it| option(it.option)).collect();
        let (account, tax) = (line.account_code, line.tax_type);
        format!(
            "{} {account} {tax} {}",
            line.line_amount,
            tracking.join("/")
        )
    });
    Some(Standing {
        total: row.total.to_string(),
        tax: row.total_tax.to_string(),
        due: row.due_date.map(|day| day.to_string()).unwrap_or_default(),
        currency: row.currency.clone(),
        contact: books.contacts.ledger.rows()[row.contact].name.clone(),
        reference: row.reference.clone(),
        status: row.status.name().to_owned(),
        lines: lines.collect(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_reach_the_organisation_of_their_division_with_their_figures() {
    let account = staged("").await;
    let stage = &account.stage;
    stage.must(3, &["check"]);
    // The British one belongs to a division that nobody claims: it is held, and all others go out.
    stage.run(&["sync", "--once"]);
    assert_eq!(
        account.standing(AUSTRALIA, "NSW2026477").unwrap(),
        Standing {
            total: "1165.32".to_owned(),
            tax: "105.94".to_owned(),
            due: "2026-11-16".to_owned(),
            currency: "AUD".to_owned(),
            contact: "Banksia Workers Underwriting Pty Ltd".to_owned(),
            reference: "WC24-118822".to_owned(),
            status: "AUTHORISED".to_owned(),
            lines: vec![
                "788.90 200 OUTPUT ".to_owned(),
                "270.48 220 OUTPUT ".to_owned()
            ],
        }
    );
    let plan = account.standing(AUSTRALIA, "QLD2026120").unwrap();
    assert_eq!((plan.total.as_str(), plan.tax.as_str()), ("436.48", "0"));
    assert_eq!(plan.lines[0], "387.98 200 EXEMPTOUTPUT North");
    let grouped = account.standing(AUSTRALIA, "NSWG20260018").unwrap();
    assert_eq!(grouped.total, "818.20");
    let abroad = account.standing(NEW_ZEALAND, "NZ2026033").unwrap();
    assert_eq!(
        (abroad.total.as_str(), abroad.currency.as_str()),
        ("1667.50", "NZD")
    );
    assert_eq!(account.standing(AUSTRALIA, "NZ2026033"), None);
    for number in ["UK2026140", "UK2026141", "WA2026009"] {
        assert_eq!(account.standing(AUSTRALIA, number), None, "{number}");
    }
    let told = stage.must(3, &["findings"]);
    assert!(
        told.contains("UK2026140") && told.contains("UK Case Management"),
        "{told}"
    );
    // Looked at again, nothing happens.
    let before = stage.books("");
    stage.run(&["sync", "--once"]);
    assert_eq!(stage.books(""), before);
    // A payment that iinsight is not told of is shown as a difference.
    let people = stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(5));
    people.pay(AUSTRALIA, "QLD2026121", None, None).unwrap();
    stage.run(&["sync", "--once"]);
    let report = crate::stage::text(&stage.run(&["report"]).stdout);
    let told = "payment: host none, provider 425.6";
    let mut lines = report.lines().filter(|line| line.contains("QLD2026121"));
    assert!(lines.any(|line| line.contains(told)), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn voided_reversed_and_deleted_are_taken_out_while_unpaid_and_shown_once_paid() {
    let account = staged("").await;
    let (stage, product) = (&account.stage, &account.product);
    // The comparison after the first look fails, so that the next one compares.
    product.fail(Fault::of(Kind::Down, "/api2/invoices").after(6));
    stage.must(1, &["sync", "--once"]);
    product.heal();
    assert_eq!(
        stage.books("").iter().filter(|it| it.live).count(),
        stage.books("").len()
    );
    let pay = |number| {
        let people = stage
            .sandbox
            .sandbox
            .people(Utc::now() + chrono::Duration::seconds(5));
        people
            .pay(AUSTRALIA, number, Some(Decimal::ONE), None)
            .unwrap();
    };
    pay("QLD2026121");
    assert!(product.void("NSW2026478"));
    assert!(product.reverse("VIC2026061"));
    assert!(product.void("QLD2026121"));
    assert!(product.delete("NSWG20260018"));
    stage.run(&["sync", "--once"]);
    for gone in ["NSW2026478", "VIC2026061", "NSWG20260018"] {
        assert_eq!(account.status(gone), "VOIDED", "{gone}");
    }
    assert_eq!(account.status("QLD2026121"), "AUTHORISED");
    let told = stage.must(3, &["findings"]);
    assert!(told.contains("QLD2026121"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_made_in_xero_is_created_in_iinsight_once_where_that_is_switched_on() {
    let account = staged("write_backs = \"create_payment\"").await;
    let (stage, product) = (&account.stage, &account.product);
    stage.run(&["sync", "--once"]);
    let before = product.payments().len();
    let people = stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(5));
    people.pay(AUSTRALIA, "QLD2026121", None, None).unwrap();
    // Its reply is lost, so that it is looked for before anything else.
    product.fail(Fault::of(Kind::ReplyLost, "/payments/create").times(1));
    stage.must(1, &["sync", "--once"]);
    let written: Vec<Value> = product.payments().split_off(before);
    assert_eq!(written.len(), 1);
    assert_eq!(
        (&written[0]["invoice_number"], &written[0]["amount"]),
        (&json!("QLD2026121"), &json!("425.60"))
    );
    stage.run(&["sync", "--once"]);
    stage.run(&["sync", "--once"]);
    assert_eq!(product.payments().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_laid_into_a_folder_where_iinsight_takes_none() {
    let account = staged("write_backs = { folder = \"for-people\" }").await;
    let stage = &account.stage;
    std::fs::create_dir(stage.path("for-people")).unwrap();
    stage.run(&["sync", "--once"]);
    let people = stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(5));
    people.pay(AUSTRALIA, "QLD2026121", None, None).unwrap();
    stage.run(&["sync", "--once"]);
    let inbox = crate::stage::files(&stage.path("for-people/inbox"));
    let text: String = inbox
        .iter()
        .map(|name| std::fs::read_to_string(stage.path("for-people/inbox").join(name)).unwrap())
        .collect();
    assert!(
        text.contains("QLD2026121") && text.contains("425.60"),
        "{inbox:?} {text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_with_its_place_and_never_printed() {
    let account = staged("").await;
    let stage = &account.stage;
    std::fs::write(stage.path("iinsight.password"), "hunter2").unwrap();
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("hosts.rehab.iinsight") && told.contains("`password`"),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
}
