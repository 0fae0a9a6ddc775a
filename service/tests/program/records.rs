//! Promises about records of CRMs: whom they are at Xero, what stands beside them, and drafts that are made once.

use chrono::Utc;
use serde_json::{Value, json};
use tieout_sandbox_hosts::{Running, freshsales, insightly, serve};
use tieout_sandbox_xero::AUSTRALIA;

use crate::stage::Stage;

pub(crate) struct Crm<T> {
    pub(crate) stage: Stage,
    pub(crate) product: T,
    pub(crate) _running: Running,
}

async fn set(kind: &str, running: &Running, (path, key, more): (&str, &str, &str)) -> Stage {
    let stage = Stage::set().await;
    let folder = "[hosts.cm.folder]\npath = \"host\"\nstable_ms = 0\n";
    let url = running.url().join(path).unwrap();
    let crm =
        format!("[hosts.crm.{kind}]\nurl = \"{url}\"\napi_key = {{ file = \"crm.key\" }}\n{more}");
    let configuration = stage.configuration();
    assert!(configuration.contains(folder));
    let configuration = configuration.replace(folder, &crm);
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    std::fs::write(stage.path("crm.key"), format!("{key}\n")).unwrap();
    stage.connect().await;
    stage
}

const DRAFTS: &str = "[hosts.crm.KIND.drafts]\ntax_code = \"GST\"\ntax_rate = \"0.10\"\nleave_trace = true\npayment_terms_days = 14\n";

pub(crate) async fn insightly() -> Crm<insightly::Insightly> {
    insightly_with("").await
}

/// The same with more lines behind its tables.
pub(crate) async fn insightly_with(lines: &str) -> Crm<insightly::Insightly> {
    let product = insightly::Insightly::new();
    let running = serve(product.routes(), 0).await.unwrap();
    let more = format!("{}{lines}", DRAFTS.replace("KIND", "insightly"));
    let stage = set("insightly", &running, ("v3.1", insightly::API_KEY, &more)).await;
    Crm {
        stage,
        product,
        _running: running,
    }
}

async fn freshsales() -> Crm<freshsales::Freshsales> {
    let product = freshsales::Freshsales::new();
    let running = serve(product.routes(), 0).await.unwrap();
    let more = DRAFTS.replace("KIND", "freshsales");
    let stage = set(
        "freshsales",
        &running,
        ("crm/sales", freshsales::API_KEY, &more),
    )
    .await;
    Crm {
        stage,
        product,
        _running: running,
    }
}

/// What is shown of a record.
fn shown(stage: &Stage, record: &str, more: &[&str]) -> Value {
    let mut words = vec!["record", "show", "crm", record];
    words.extend(more);
    stage.json(0, &words)
}

fn numbers(sheet: &Value) -> Vec<String> {
    let rows = sheet["rows"].as_array().unwrap().iter();
    rows.map(|row| row["number"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opportunity_becomes_one_draft_with_its_lines_and_the_contact_is_made_on_the_way() {
    let crm = insightly().await;
    let stage = &crm.stage;
    stage.must(0, &["check"]);
    let before = shown(stage, "organisation/147000", &[]);
    assert_eq!(before["parties"][0]["standing"], json!("nobody"));

    let drafted = stage.json(0, &["record", "draft", "crm", "opportunity/36100"]);
    assert_eq!(
        (
            &drafted["new"],
            &drafted["number"],
            &drafted["contact"]["name"]
        ),
        (
            &json!(true),
            &json!("OPP-36100"),
            &json!("Bellbird Architects Pty Ltd")
        )
    );
    let again = stage.json(0, &["record", "draft", "crm", "opportunity/36100"]);
    assert_eq!(again["new"], json!(false));
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &["record", "draft", "crm", "opportunity/36100"]);
    stage.must(0, &["sync", "--once"]);
    let booked = stage.books("OPP-");
    assert_eq!(booked.len(), 1, "it is made once");
    assert_eq!(booked[0].total.to_string(), "20350.00");
    let status = stage.sandbox.sandbox.read(AUSTRALIA, |books| {
        let rows = books.invoices.ledger.rows();
        let ours = rows.iter().find(|row| row.number == "OPP-36100").unwrap();
        ours.status.name().to_owned()
    });
    assert_eq!(
        status.as_deref(),
        Some("DRAFT"),
        "whatever the settings say"
    );

    let sheet = shown(stage, "opportunity/36100", &[]);
    assert_eq!(numbers(&sheet), ["OPP-36100"]);
    assert_eq!(sheet["net"][0]["net"], json!("20350.00"));
    let notes = crm.product.with(|state| state.notes.clone());
    assert_eq!(
        notes["Opportunities/36100"].len(),
        1,
        "its note is left once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_drafted_is_refused_and_one_more_is_made_only_when_it_is_wanted() {
    let crm = insightly().await;
    let stage = &crm.stage;
    stage.must(0, &["record", "draft", "crm", "opportunity/36100"]);
    let another = stage.json(
        0,
        &["record", "draft", "crm", "opportunity/36100", "--another"],
    );
    assert_eq!(another["number"], json!("OPP-36100-2"));
    stage.must(3, &["record", "draft", "crm", "opportunity/36104"]);
    stage.must(3, &["record", "draft", "crm", "organisation/147001"]);
    let line = [
        "record",
        "draft",
        "crm",
        "organisation/147001",
        "--line",
        "Consulting; 2; 150.005",
    ];
    assert_eq!(stage.json(0, &line)["number"], json!("ORG-147001"));
    stage.must(
        2,
        &[
            "record",
            "draft",
            "crm",
            "project/52100",
            "--line",
            "Consulting; two; 1",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_linked_unlinked_and_never_matched_against_a_persons_word() {
    let crm = insightly().await;
    let stage = &crm.stage;
    stage.must(
        0,
        &["record", "link", "crm", "organisation/147000", "--create"],
    );
    let sheet = shown(stage, "organisation/147000", &[]);
    assert_eq!(
        sheet["contact"]["name"],
        json!("Bellbird Architects Pty Ltd")
    );
    stage.must(0, &["record", "unlink", "crm", "organisation/147000"]);
    let sheet = shown(stage, "organisation/147000", &[]);
    assert!(sheet["parties"][0]["standing"]["unlinked"].is_object());
    stage.must(3, &["record", "draft", "crm", "opportunity/36100"]);

    // Somebody else of the same name in the product is matched by it.
    let name = json!({"ORGANISATION_NAME": "bellbird  architects PTY ltd"});
    crm.product
        .with(|state| state.edit("Organisations", 147_001, name.as_object().unwrap()));
    let sheet = shown(stage, "organisation/147001", &[]);
    let linked = &sheet["parties"][0]["standing"]["linked"];
    assert_eq!(linked["link"]["how"]["matched"]["rules"], json!(["name"]));
    let name = json!({"ORGANISATION_NAME": "Corella Events"});
    crm.product
        .with(|state| state.edit("Organisations", 147_001, name.as_object().unwrap()));
    let sheet = shown(stage, "organisation/147001", &[]);
    assert_eq!(
        sheet["parties"][0]["standing"],
        json!("nobody"),
        "what matched says something else now"
    );

    stage.must(
        3,
        &[
            "record",
            "link",
            "crm",
            "contact/338000",
            "--contact",
            "Nobody At All",
        ],
    );
    let by_name = [
        "record",
        "link",
        "crm",
        "contact/338000",
        "--contact",
        "bellbird architects pty ltd",
    ];
    stage.must(0, &by_name);
    let journal = stage.must(0, &["--json", "record", "match", "crm", "contact"]);
    assert!(journal.contains("summary"));
    stage.must(2, &["record", "show", "crm", "gadget/1"]);
    stage.must(3, &["record", "show", "crm", "contact/1"]);
    stage.must(2, &["record", "show", "cm", "contact/1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn details_are_copied_either_way_and_nothing_is_replaced() {
    let crm = insightly().await;
    let stage = &crm.stage;
    stage.must(0, &["record", "link", "crm", "contact/338000", "--create"]);
    let nothing = stage.json(
        0,
        &["record", "copy", "crm", "contact/338000", "--to", "contact"],
    );
    assert_eq!(nothing["copied"], json!([]));
    let gone = json!({"EMAIL_ADDRESS": null, "FIRST_NAME": "Magdalena"});
    crm.product
        .with(|state| state.edit("Contacts", 338_000, gone.as_object().unwrap()));
    let copied = stage.json(
        0,
        &["record", "copy", "crm", "contact/338000", "--to", "record"],
    );
    assert_eq!(copied["copied"], json!(["email"]));
    let held = crm
        .product
        .with(|state| state.object("Contacts").unwrap()[&338_000].fields.clone());
    assert_eq!(held["EMAIL_ADDRESS"], json!("lena@org0.example"));
    assert_eq!(held["FIRST_NAME"], json!("Magdalena"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_follows_a_merge_and_details_go_to_the_contact_that_remains() {
    let crm = insightly().await;
    let stage = &crm.stage;
    let person = "contact/338000";
    let linked = ["record", "link", "crm", person, "--contact"];
    stage.must(0, &[&linked[..], &["Dockside Interiors"]].concat());
    let people = stage.sandbox.sandbox.people(Utc::now());
    people
        .merge_contact(AUSTRALIA, "DSI-003", "MAF-005")
        .unwrap();
    for _ in 0..2 {
        let sheet = shown(stage, person, &[]);
        assert_eq!(sheet["contact"]["name"], json!("Marlin Freight"));
        let standing = &sheet["parties"][0]["standing"]["linked"];
        assert_eq!(standing["contact"]["name"], json!("Marlin Freight"));
        assert_eq!(standing["link"]["name"], json!("Marlin Freight"));
        assert_eq!(standing["link"]["how"], json!("person"));
    }
    let copied = stage.json(0, &["record", "copy", "crm", person, "--to", "contact"]);
    assert_eq!(copied["contact"]["name"], json!("Marlin Freight"));
    let copied = copied["copied"].as_array().unwrap();
    assert!(copied.contains(&json!("mobile")), "{copied:?}");
}

/// A deal whose account has an invoice that is paid and one that is open, and a draft.
async fn sold() -> Crm<freshsales::Freshsales> {
    let crm = freshsales().await;
    let stage = &crm.stage;
    // Xero's demo company knows it as `Wattle & Finch Pty Ltd`: no exact match, so nobody is guessed.
    let deal = "deal/70000125000";
    stage.must(
        0,
        &["record", "link", "crm", "account/70000123000", "--create"],
    );
    for line in ["Old work; 1; 100.00", "New work; 1; 50.00"] {
        stage.must(
            0,
            &[
                "record",
                "draft",
                "crm",
                "account/70000123000",
                "--another",
                "--line",
                line,
            ],
        );
    }
    stage.must(0, &["record", "draft", "crm", deal]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("ORG-").len() + stage.books("DEAL-").len(), 3);
    assert_eq!(
        crm.product.with(|state| state.notes.len()),
        3,
        "one note for each draft"
    );
    let sheet = shown(stage, deal, &[]);
    assert!(numbers(&sheet).is_empty(), "a draft is owed by nobody yet");
    for number in ["ORG-70000123000", "ORG-70000123000-2"] {
        stage
            .sandbox
            .sandbox
            .people(Utc::now() + chrono::Duration::seconds(5))
            .approve(AUSTRALIA, number)
            .unwrap();
    }
    stage
        .sandbox
        .sandbox
        .people(Utc::now() + chrono::Duration::seconds(6))
        .pay(AUSTRALIA, "ORG-70000123000", None, None)
        .unwrap();
    stage.must(0, &["sync", "--once"]);
    crm
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_shows_the_invoices_of_its_parties_by_view_and_a_pin_keeps_one_in_sight() {
    let crm = sold().await;
    let stage = &crm.stage;
    stage.must(0, &["check"]);
    let deal = "deal/70000125000";
    let sheet = shown(stage, deal, &[]);
    assert_eq!(numbers(&sheet), ["ORG-70000123000-2"]);
    assert_eq!(
        (&sheet["boxes"][0]["paid"], &sheet["boxes"][0]["unpaid"]),
        (&json!("110.00"), &json!("55.00"))
    );
    assert!(
        sheet["rows"][0]["url"]
            .as_str()
            .unwrap()
            .starts_with("https://go.xero.com/")
    );
    let paid = shown(stage, deal, &["--view", "paid"]);
    assert_eq!(numbers(&paid), ["ORG-70000123000"]);
    assert_eq!(paid["rows"][0]["instalments"][0]["amount"], json!("110.00"));
    let found = shown(stage, deal, &["--view", "all", "--search", "123000-2"]);
    assert_eq!(numbers(&found), ["ORG-70000123000-2"]);
    let none = shown(stage, deal, &["--view", "all", "--to", "2020-01-01"]);
    assert!(numbers(&none).is_empty());

    stage.must(0, &["record", "pin", "crm", deal, "ORG-70000123000"]);
    let pinned = shown(stage, deal, &["--view", "pinned"]);
    assert_eq!(numbers(&pinned), ["ORG-70000123000"]);
    stage.must(0, &["record", "unpin", "crm", deal, "ORG-70000123000"]);
    stage.must(3, &["record", "unpin", "crm", deal, "ORG-70000123000"]);
    assert_eq!(crm.product.with(|state| state.patience.refused), 0);
}
