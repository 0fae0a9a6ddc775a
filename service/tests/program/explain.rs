//! The story of a document: what was said, what made each field, what the host changed, and no secret in any of it.

use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use tieout_core::store::{SledOptions, SledStore, Store};
use tieout_sandbox_xero::{Fault, FaultRule, WEB_CLIENT_SECRET};

use crate::stage::{Stage, invoice};

/// Everything that is kept of exchanges: name and inflated bytes.
async fn kept(stage: &Stage, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let records = store.records(prefix, 10_000).await.unwrap();
    let inflated = records.into_iter().map(|(key, packed)| {
        let mut bytes = Vec::new();
        if let Some((_, deflated)) = packed.split_first() {
            DeflateDecoder::new(deflated)
                .read_to_end(&mut bytes)
                .unwrap();
        }
        (key.as_str().to_owned(), bytes)
    });
    inflated.collect()
}

/// An invoice to somebody of whom a lot is known.
fn personal(id: &str) -> String {
    let mut document: Value = serde_json::from_str(&invoice(id, 3)).unwrap();
    document["bill_to"] = json!({
        "contact_id": "77", "name": "Persephone Quill", "attention": "Persephone Quill", "email": "quill@example.com",
        "address": { "line1": "14 Larkspur Lane", "city": "Hobart", "postcode": "7000", "country": "AU" }
    });
    document["lines"][0]["description"] = json!("Assessment of Persephone Quill");
    format!("{document}\n")
}

const SECRETS: [&str; 7] = [
    "Bearer",
    "bearer",
    "eyJ",
    "refresh_token",
    "grant_type",
    "authorization",
    WEB_CLIENT_SECRET,
];
const PERSONAL: [&str; 4] = ["Persephone", "quill@", "Larkspur", "Hobart"];

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_ever_kept_and_no_name_is_shown_without_asking() {
    let stage = Stage::connected().await;
    // A token that is refused in the middle is renewed in the middle: that stays out as well.
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("PUT", "/Invoices", Fault::Unauthorized));
    stage.drop_file("invoices-S-20261102T000000Z.jsonl", &personal("S-1"));
    stage.must(0, &["sync", "--once"]);

    let everything = kept(&stage, "exchange/").await;
    let bodies = everything
        .iter()
        .filter(|(name, _)| name.starts_with("exchange/body/"));
    let heads = everything
        .iter()
        .filter(|(name, _)| name.starts_with("exchange/head/"));
    assert!(
        bodies.count() >= 2 && heads.count() >= 2,
        "too little is kept to prove anything"
    );
    let text: Vec<u8> = everything
        .iter()
        .flat_map(|(_, bytes)| bytes.clone())
        .collect();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(
        text.contains("S-1") && text.contains("Persephone"),
        "the bodies are kept as they were"
    );
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is kept");
    }

    let arguments: [&[&str]; 3] = [
        &["explain", "S-1"],
        &["explain", "S-1", "--exchanges"],
        &["--json", "explain", "S-1"],
    ];
    for arguments in arguments {
        let told = stage.must(0, arguments);
        for hidden in SECRETS.iter().chain(&PERSONAL) {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        assert!(told.contains("/api.xro/2.0/Invoices"), "{told}");
    }
    let told = stage.must(0, &["explain", "S-1", "--exchanges"]);
    assert!(
        told.contains("> idempotency-key: ") && told.contains("> xero-tenant-id: "),
        "{told}"
    );
    assert!(told.contains("< x-daylimit-remaining: "), "{told}");
    assert!(
        told.contains("401 after") && told.contains("200 after"),
        "{told}"
    );
    assert!(
        told.contains("\"InvoiceNumber\": \"S-1\"") && told.contains("(masked, 16 characters)"),
        "{told}"
    );
    let open = stage.must(0, &["explain", "S-1", "--exchanges", "--unmasked"]);
    assert!(open.contains("Persephone"), "{open}");
    let whole = stage.must(0, &["--json", "explain", "S-1", "--unmasked"]);
    for shown in PERSONAL {
        assert!(whole.contains(shown), "{shown} missing in {whole}");
    }
    for secret in SECRETS {
        assert!(!open.contains(secret), "{secret} in {open}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_names_what_made_it_with_its_line_in_the_file() {
    let stage = Stage::connected().await;
    stage.drop_invoices("M", 1);
    stage.must(0, &["sync", "--once"]);
    let told = stage.json(0, &["explain", "M-1"]);
    assert_eq!(told["mapping"]["compared"], "as_sent", "{told}");
    let fields = told["mapping"]["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|it| it["field"] == name).unwrap();
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let line_of = |text: &str| 1 + file.lines().position(|line| line == text).unwrap();
    let account = field("lines[0].account_code");
    assert_eq!(account["value"], "200");
    assert_eq!(account["made_by"]["setting"]["setting"], "accounts.sales");
    assert_eq!(account["line"], line_of("sales = \"200\""));
    let tax = field("lines[0].tax_type");
    assert_eq!(tax["value"], "OUTPUT");
    assert_eq!(tax["made_by"]["setting"]["setting"], "tax_codes.\"GST\"");
    assert_eq!(tax["line"], line_of("GST = \"OUTPUT\""));
    assert_eq!(field("due_date")["made_by"]["host"]["field"], "due_date");
    assert_eq!(field("number")["made_by"]["host"]["field"], "number");
    assert!(
        field("contact.id")["words"]
            .as_str()
            .unwrap()
            .contains("it was made")
    );
    assert!(
        field("lines[0].quantity")["line"].is_null(),
        "what stands nowhere in the file has no line"
    );

    // Another setting makes another field, and the story says that it is no longer what was sent.
    let mended = file.replace(
        "sales = \"200\"",
        "sales = \"200\"\nby_charge_code = { X = \"260\" }",
    );
    std::fs::write(
        stage.path("tieout.toml"),
        mended.replace("GST = \"OUTPUT\"", "GST = \"EXEMPTOUTPUT\""),
    )
    .unwrap();
    let told = stage.json(0, &["explain", "M-1"]);
    assert_ne!(told["mapping"]["compared"], "as_sent", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_changed_is_shown_field_by_field() {
    let stage = Stage::connected().await;
    stage.drop_file("invoices-R1-20261102T000000Z.jsonl", &invoice("R-1", 1));
    stage.must(0, &["sync", "--once"]);
    let second = invoice("R-1", 5).replace("\"revision\":1", "\"revision\":2");
    let third = second
        .replace("\"revision\":2", "\"revision\":3")
        .replace("2026-11-16", "2026-11-30");
    stage.drop_file(
        "invoices-R2-20261103T000000Z.jsonl",
        &format!("{second}{third}"),
    );
    stage.must(0, &["sync", "--once"]);
    let told = stage.json(0, &["explain", "R-1"]);
    let revisions = told["revisions"].as_array().unwrap();
    let numbers: Vec<u64> = revisions
        .iter()
        .map(|it| it["revision"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3], "{told}");
    let changed = |at: usize| -> Vec<String> {
        let changed = revisions[at]["changed"].as_array().unwrap();
        changed
            .iter()
            .map(|it| it["field"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(changed(0).is_empty());
    assert!(
        changed(1).contains(&"lines[0].quantity".to_owned()),
        "{told}"
    );
    assert_eq!(changed(2), ["due_date", "revision"]);
    let told = stage.must(0, &["explain", "R-1"]);
    assert!(told.contains("due_date: 2026-11-16 → 2026-11-30"), "{told}");
    assert!(
        told.contains("host      50.50 AUD and 5.05 AUD tax: 55.55 AUD"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_only_its_own_part_is_shown_and_the_rest_is_kept_once() {
    let stage = Stage::connected().await;
    stage.drop_invoices("B", 120);
    stage.must(0, &["sync", "--once"]);
    let told = stage.json(0, &["explain", "B-37"]);
    let exchanges = told["exchanges"].as_array().unwrap();
    let sent = exchanges.iter().find(|it| it["purpose"] == "sent").unwrap();
    let call = &sent["calls"][0];
    let of = call["of"].as_u64().unwrap();
    assert!(of > 1 && sent["documents"] == of, "{sent}");
    for side in ["request", "reply"] {
        let own = call[side]["Invoices"].as_array().unwrap();
        assert_eq!(own.len(), 1, "{call}");
        assert_eq!(own[0]["InvoiceNumber"], "B-37");
    }
    let text = stage.must(0, &["explain", "B-37", "--exchanges"]);
    assert!(text.contains(&format!("one of {of}")), "{text}");
    assert!(
        !text.contains("\"B-36\"") && !text.contains("\"B-38\""),
        "{text}"
    );

    let bodies = kept(&stage, "exchange/body/").await;
    let sends = bodies.iter().filter(|(_, bytes)| {
        String::from_utf8_lossy(bytes)
            .matches("\"LineItems\"")
            .count()
            > 20
    });
    assert!(sends.count() <= 10, "each batch is kept once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_large_run_is_small_and_each_document_finds_its_part() {
    const INVOICES: usize = 1_500;
    let stage = Stage::connected().await;
    stage.drop_invoices("T", INVOICES);
    let began = Instant::now();
    stage.must(0, &["sync", "--once"]);
    let took = began.elapsed();
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let records = store.records("exchange/", 10_000).await.unwrap();
    drop(store);
    let bytes: usize = records
        .iter()
        .map(|(key, value)| key.as_str().len() + value.len())
        .sum();
    let largest = records.iter().map(|(_, value)| value.len()).max().unwrap();
    let each = bytes / INVOICES;
    println!(
        "{} records, {each} bytes a document, largest {largest}, {took:?}",
        records.len()
    );
    assert!(each < 600, "{each} bytes a document");
    assert!(records.len() < INVOICES / 5, "{} records", records.len());
    assert!(largest <= 1 << 20);
    for number in ["T-1", "T-750", "T-1500"] {
        let told = stage.json(0, &["explain", number]);
        let sent = told["exchanges"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["purpose"] == "sent");
        assert_eq!(
            sent.unwrap()["calls"][0]["reply"]["Invoices"][0]["InvoiceNumber"],
            number
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_shown_as_lost_and_so_is_what_settled_it() {
    let stage = Stage::connected().await;
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    stage.drop_invoices("L", 2);
    stage.must(0, &["sync", "--once"]);
    let told = stage.json(0, &["explain", "L-1"]);
    let exchanges = told["exchanges"].as_array().unwrap();
    let sent = exchanges.iter().find(|it| it["purpose"] == "sent").unwrap();
    assert!(sent["calls"][0]["status"].is_null(), "{sent}");
    let why = sent["calls"][0]["no_reply"].as_str().unwrap();
    assert!(why.starts_with("reply lost: "), "{why}");
    assert_eq!(
        sent["calls"][0]["request"]["Invoices"][0]["InvoiceNumber"],
        "L-1"
    );
    let again = exchanges.iter().find(|it| it["attempt"] == 2).unwrap();
    assert_eq!(again["purpose"], "repeated under the same key");
    assert_eq!(again["flight"], sent["flight"]);
    assert_eq!(again["calls"][0]["status"], 200);
    let text = stage.must(0, &["explain", "L-1"]);
    assert!(
        text.contains("reply lost") && text.contains("attempt 2, one of 2"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_sending_and_storing_is_said_and_the_next_start_shows_what_became_of_it() {
    let stage = Stage::connected().await;
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once(
        "PUT",
        "/Invoices",
        Fault::Timeout { delay_ms: 30_000 },
    ));
    stage.drop_invoices("C", 1);
    let mut child = stage
        .command(&["sync", "--once"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    while stage.books("C-").is_empty() {
        assert!(Instant::now() < until, "nothing was ever sent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    tokio::task::block_in_place(|| child.wait().unwrap());
    let told = stage.must(0, &["explain", "C-1"]);
    assert!(told.contains("in the air, to create"), "{told}");
    assert!(told.contains("no exchange is kept of it"), "{told}");
    stage.must(0, &["sync", "--once"]);
    let told = stage.must(0, &["explain", "C-1"]);
    assert!(!told.contains("no exchange is kept of it"), "{told}");
    assert!(told.contains("in doubt: the process stopped"), "{told}");
    assert_eq!(stage.books("C-").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_bodies_the_heads_stay_and_a_backup_carries_all() {
    let stage = Stage::connected().await;
    stage.drop_invoices("A", 1);
    stage.must(0, &["sync", "--once"]);
    let before = stage.json(0, &["explain", "A-1"])["exchanges"].clone();
    assert!(!before.as_array().unwrap().is_empty());
    stage.must(0, &["backup", "b.tieout"]);
    std::fs::remove_dir_all(stage.path("store")).unwrap();
    stage.must(0, &["restore", "b.tieout"]);
    stage.must(0, &["verify-store"]);
    assert_eq!(stage.json(0, &["explain", "A-1"])["exchanges"], before);

    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let heads_only = format!("[journal]\nexchanges_keep_days = 0\n{file}");
    std::fs::write(stage.path("tieout.toml"), heads_only).unwrap();
    stage.drop_invoices("H", 1);
    stage.must(0, &["sync", "--once"]);
    assert!(
        kept(&stage, "exchange/body/").await.is_empty(),
        "0 keeps none, and lets the old ones go"
    );
    for number in ["A-1", "H-1"] {
        let told = stage.json(0, &["explain", number]);
        let sent = told["exchanges"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["purpose"] == "sent");
        let call = &sent.unwrap()["calls"][0];
        assert_eq!(call["status"], 200, "{told}");
        assert!(
            call["request"].is_null()
                && call["not_shown"]
                    .as_str()
                    .unwrap()
                    .contains("exchanges_keep_days")
        );
    }
    let wrong = format!("[journal]\nexchanges_keep_days = 40000\n{file}");
    std::fs::write(stage.path("tieout.toml"), wrong).unwrap();
    assert!(
        stage
            .must(2, &["status"])
            .contains("must be from 0 to 36500 days")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_everybody_who_is_read_only_the_own_party_is_kept_and_shown() {
    let stage = Stage::connected().await;
    for batch in ["P", "Q"] {
        let lines: String = (0..5)
            .map(|index| {
                let line = invoice(&format!("{batch}-{index}"), 1);
                let mut document: Value = serde_json::from_str(&line).unwrap();
                document["bill_to"] = json!({
                    "contact_id": format!("{batch}{index}"), "name": format!("Somebody {batch}{index}")
                });
                format!("{document}\n")
            })
            .collect();
        stage.drop_file(&format!("invoices-{batch}-20261101T000000Z.jsonl"), &lines);
        stage.must(0, &["sync", "--once"]);
    }
    // So many at once are looked for in the list of everybody, which held those of the first run.
    let told = stage.json(0, &["explain", "Q-3", "--unmasked"]);
    let calls = told["exchanges"].as_array().unwrap().iter();
    let calls: Vec<&Value> = calls
        .flat_map(|it| it["calls"].as_array().unwrap())
        .collect();
    let listed = calls.iter().find(|it| {
        let path = it["path"].as_str().unwrap();
        it["method"] == "GET" && path.contains("/Contacts")
    });
    let why = listed.unwrap()["not_shown"].as_str().unwrap();
    assert!(why.starts_with("none of "), "{why}");
    let text = told["exchanges"].to_string();
    assert!(text.contains("Somebody Q3"), "{text}");
    for other in ["Somebody P", "Somebody Q2", "Somebody Q4"] {
        assert!(!text.contains(other), "{other} in {text}");
    }
    for (name, body) in kept(&stage, "exchange/body/").await {
        let body = String::from_utf8_lossy(&body).into_owned();
        let both = body.contains("Somebody P") && body.contains("Somebody Q");
        assert!(!both, "{name} holds what it was not read for: {body}");
    }
}
