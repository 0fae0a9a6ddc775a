//! A person is taken out of everything that is remembered: nothing of the name is left, the books stay whole, and nothing is
//! sent again.

use std::io::Read;
use std::path::Path;

use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use tieout_core::store::{SledOptions, SledStore, Stored};
use tieout_sandbox_xero::AUSTRALIA;

use crate::api::Api;
use crate::stage::{Stage, files, invoice};
use crate::stopping::{Running, until};

/// What must be nowhere afterwards. `Perséphone` is spelled in two ways on purpose.
const WORDS: [&str; 6] = [
    "Pers\u{e9}phone",
    "Perse\u{301}phone",
    "PERS",
    "quill@example.com",
    "Larkspur",
    "CL-771902",
];

fn of_persephone(id: &str, revision: u64, name: &str) -> Value {
    let mut document: Value = serde_json::from_str(&invoice(id, 3)).unwrap();
    document["revision"] = json!(revision);
    document["bill_to"] = json!({
        "contact_id": "77", "name": name, "email": "quill@example.com",
        "address": { "line1": "14 Larkspur Lane", "city": "Hobart", "postal_code": "7000", "country": "AU" }
    });
    document["references"] = json!({ "claim_number": "CL-771902", "client_name": name });
    document["lines"][0]["description"] =
        json!(format!("Assessment of {name}, revision {revision}"));
    document["notes"] = json!("Came with her sister.");
    document
}

fn drop_documents(stage: &Stage, batch: &str, documents: &[Value]) {
    let lines: String = documents.iter().map(|it| format!("{it}\n")).collect();
    stage.drop_file(&format!("invoices-{batch}-20261102T000000Z.jsonl"), &lines);
}

/// Everything in the store, as text, with what is packed unpacked.
fn everything(stage: &Stage) -> Vec<String> {
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let mut all = Vec::new();
    store
        .walk(&mut |value| {
            all.push(match value {
                Stored::Record(name, value) => {
                    let mut bytes = Vec::new();
                    let packed = value.split_first().map(|(_, packed)| packed);
                    let mut inflater = DeflateDecoder::new(packed.unwrap_or_default());
                    if value.first() != Some(&1) || inflater.read_to_end(&mut bytes).is_err() {
                        bytes = value;
                    }
                    format!("{name} {}", String::from_utf8_lossy(&bytes))
                }
                other => format!("{other:?}"),
            });
            Ok(())
        })
        .unwrap();
    all
}

fn naming(texts: &[String]) -> Vec<&String> {
    let names = |text: &&String| WORDS.iter().any(|word| text.contains(word));
    texts.iter().filter(names).collect()
}

/// The bytes of every file below a folder, as far as they are text.
fn texts_below(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            all.extend(texts_below(&path));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            all.push(format!("{} {text}", path.display()));
        }
    }
    all
}

fn ours(stage: &Stage, number: &str) -> (String, i64) {
    let read = |organisation: &tieout_sandbox_xero::books::organisation::Organisation| {
        let mut rows = organisation.invoices.ledger.rows().iter();
        let row = rows.find(|row| row.number == number).unwrap();
        (row.lines[0].description.clone(), row.updated_ms)
    };
    stage.sandbox.sandbox.read(AUSTRALIA, read).unwrap()
}

/// Two invoices to her, one of them changed and paid, and one to somebody else, all in the books.
async fn posted() -> Stage {
    let stage = Stage::connected().await;
    let hers = of_persephone("E-1", 1, "Pers\u{e9}phone Quill");
    let changed = of_persephone("E-1", 2, "Perse\u{301}phone QUILL");
    let other = of_persephone("E-2", 1, "pers\u{e9}phone  quill");
    let somebody: Value = serde_json::from_str(&invoice("E-3", 1)).unwrap();
    drop_documents(&stage, "A", &[hers, other, somebody]);
    stage.must(0, &["sync", "--once"]);
    drop_documents(&stage, "B", &[changed]);
    stage.must(0, &["sync", "--once"]);
    let later = chrono::Utc::now() + chrono::Duration::seconds(2);
    let people = stage.sandbox.sandbox.people(later);
    people.pay(AUSTRALIA, "E-2", None, None).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(0, &["sync", "--once"]);
    stage
}

const HER: [&str; 3] = ["erase", "--name", "Pers\u{e9}phone Quill"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    HER.iter().chain(more).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_name_is_left_and_the_books_are_whole() {
    let stage = posted().await;
    stage.must(0, &["report", "--certify"]);
    let before = stage.json(0, &["report"]);
    assert!(naming(&everything(&stage)).len() > 8);

    // Shown first: nothing is done.
    let shown = stage.json(3, &HER);
    let shown = &shown["erase"];
    assert_eq!(
        (&shown["applied"], &shown["several_people"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(shown["documents"].as_array().unwrap().len(), 2, "{shown}");
    assert_eq!(shown["counts"]["documents"], 2);
    assert_eq!(shown["counts"]["revisions"], 1);
    assert!(
        shown["counts"]["exchanges"].as_u64().unwrap() >= 3,
        "{shown}"
    );
    assert_eq!(shown["left"]["in_the_books"], json!({ "books": 2 }));
    let of_hosts = shown["files"]["of_hosts"].as_array().unwrap();
    assert!(
        of_hosts
            .iter()
            .all(|path| path.as_str().unwrap().contains("host/done/")),
        "{shown}"
    );
    // The rows, and the sums by contact.
    assert_eq!(shown["files"]["certificates"].as_array().unwrap().len(), 2);
    assert!(naming(&everything(&stage)).len() > 8);
    let words = stage.must(3, &HER);
    for wanted in [
        "Nothing was done",
        "E-2 (cm/invoice/E-2), billed to",
        "backups:",
        "the copy that the books behind",
    ] {
        assert!(words.contains(wanted), "{wanted}\n{words}");
    }

    // Done: nothing of her is in the store, and nothing of the old store on the disk.
    let done = stage.json(3, &with(&["--apply"]));
    assert_eq!(done["erase"]["counts"], shown["counts"]);
    assert_eq!(naming(&everything(&stage)), [""; 0]);
    assert_eq!(naming(&texts_below(&stage.path("store"))), [""; 0]);
    assert_eq!(stage.json(0, &["verify-store"])["sound"], true);
    stage.must(0, &["certificate", "verify"]);

    the_books_agree_as_before(&stage, &before);
}

/// By what is remembered and by what is read anew; and nothing that is printed names her.
fn the_books_agree_as_before(stage: &Stage, before: &Value) {
    let after = stage.json(0, &["report"]);
    assert_eq!(after["summary"]["counts"], before["summary"]["counts"]);
    let full = stage.must(0, &["report", "--full", "--yes"]);
    assert!(full.contains("3 agree"), "{full}");
    for command in [
        &["explain", "E-1", "--unmasked", "--exchanges"][..],
        &["--json", "explain", "E-1", "--unmasked", "--exchanges"],
        &["explain", "E-2", "--unmasked", "--exchanges"],
        &["report", "--all"],
        &["status"],
    ] {
        let told = stage.must(0, command);
        assert_eq!(naming(&[told]), [""; 0], "{command:?}");
    }
    let story = stage.must(0, &["explain", "E-1"]);
    assert!(
        story.contains("a person's data was erased from it by"),
        "{story}"
    );

    let replay = stage.must(1, &["replay", "E-1"]);
    assert!(replay.contains("was erased from it"), "{replay}");

    // A repeat finds nothing more.
    let again = stage.json(3, &with(&["--apply"]));
    assert_eq!(again["erase"]["applied"], false, "{again}");
    let by_id = stage.json(0, &["erase", "--id", "cm/77", "--apply"]);
    assert_eq!(
        (&by_id["erase"]["erased_before"], &by_id["erase"]["applied"]),
        (&json!(2), &json!(false)),
        "{by_id}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_document_again_is_nothing_new_and_a_changed_one_comes_back_whole() {
    let stage = posted().await;
    stage.must(3, &with(&["--apply"]));
    let (before, inbox) = (ours(&stage, "E-1"), files(&stage.path("host/inbox")));
    let journal = everything(&stage).len();

    // As it was: not sent, not told, and not kept.
    drop_documents(
        &stage,
        "C",
        &[
            of_persephone("E-1", 2, "Perse\u{301}phone QUILL"),
            of_persephone("E-2", 1, "pers\u{e9}phone  quill"),
        ],
    );
    stage.must(0, &["sync", "--once"]);
    assert_eq!(ours(&stage, "E-1"), before);
    assert_eq!(files(&stage.path("host/inbox")), inbox);
    assert_eq!(stage.books("E-").len(), 3);
    let documents: Vec<String> = everything(&stage)
        .into_iter()
        .filter(|text| text.starts_with("Document"))
        .collect();
    assert_eq!(naming(&documents), [""; 0]);
    assert!(everything(&stage).len() >= journal);

    // Other settings look at everything anew, and send nothing of what was erased.
    let file = stage.path("tieout.toml");
    let configuration = std::fs::read_to_string(&file).unwrap();
    let other = configuration.replace("sales = \"200\"", "sales = \"201\"");
    std::fs::write(&file, other).unwrap();
    stage.must(0, &["sync", "--once"]);
    assert_eq!(ours(&stage, "E-1"), before);
    std::fs::write(&file, configuration).unwrap();

    // Changed by its product: that is the product's affair, and it is in the books as it is now.
    drop_documents(
        &stage,
        "D",
        &[of_persephone("E-1", 3, "Pers\u{e9}phone Quill")],
    );
    stage.must(0, &["sync", "--once"]);
    assert_eq!(
        ours(&stage, "E-1").0,
        "Assessment of Pers\u{e9}phone Quill, revision 3"
    );
    let shown = stage.json(3, &HER);
    assert_eq!(shown["erase"]["counts"]["documents"], 1, "{shown}");
    assert!(stage.must(0, &["report"]).contains("3 agree"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_document_can_still_be_taken_out_of_the_books() {
    let stage = posted().await;
    stage.must(3, &with(&["--apply"]));
    stage.must(0, &["undo", "E-1", "--apply"]);
    let live: Vec<bool> = stage.books("E-1").iter().map(|row| row.live).collect();
    assert_eq!(live, [false]);
    // It is not sent again from what is left of it.
    stage.must(0, &["retry", "E-1"]);
    stage.must(3, &["sync", "--once"]);
    let told = stage.must(3, &["status"]);
    assert!(told.contains("cannot be sent"), "{told}");
    assert_eq!(stage.books("E-").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_keep_the_name_is_named_and_who_is_only_near_is_not_touched() {
    let stage = posted().await;
    let mut draft = of_persephone("E-4", 1, "Pers\u{e9}phone Quill");
    draft["status"] = json!("draft");
    let mut held = of_persephone("E-5", 1, "Pers\u{e9}phone Quill");
    held["lines"][0]["tax_code"] = json!("NOBODY");
    let mut near = of_persephone("E-6", 1, "Persephone Quill");
    near["bill_to"]["contact_id"] = json!("78");
    near["bill_to"]["email"] = json!("other@example.com");
    near["references"] = json!({});
    near["bill_to"]["address"] = json!({ "line1": "3 Elm Street" });
    near["lines"][0]["description"] = json!("Advice");
    let mut mentions: Value = serde_json::from_str(&invoice("E-7", 1)).unwrap();
    mentions["notes"] = json!("Paid for by Pers\u{e9}phone Quill.");
    drop_documents(&stage, "N", &[draft, held, near, mentions]);
    stage.must(3, &["sync", "--once"]);

    let shown = stage.json(3, &HER);
    let refused = shown["erase"]["refused"].as_array().unwrap();
    let why: Vec<(&str, &str)> = refused
        .iter()
        .map(|it| (it["number"].as_str().unwrap(), it["why"].as_str().unwrap()))
        .collect();
    assert_eq!(
        why,
        [
            ("E-4", "it is still a draft in its product"),
            ("E-5", "it waits for a decision, and may still be sent"),
        ]
    );
    let near = shown["erase"]["near"].as_array().unwrap();
    assert!(
        near.iter()
            .any(|it| it["name"] == "Persephone Quill" && it["ids"] == json!(["78"])),
        "{near:?}"
    );
    assert_eq!(
        shown["erase"]["left"]["first_of_them"],
        json!(["cm/invoice/E-7"])
    );

    let done = stage.json(3, &with(&["--apply"]));
    assert_eq!(done["erase"]["counts"]["documents"], 2, "{done}");
    // The other one is there as she was, and what waits can still be sent to the right person.
    let left = everything(&stage);
    assert!(left.iter().any(|text| text.contains("other@example.com")));
    let configuration = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let mapped = configuration.replace(
        "GST = \"OUTPUT\"\n",
        "GST = \"OUTPUT\"\nNOBODY = \"OUTPUT\"\n",
    );
    std::fs::write(stage.path("tieout.toml"), mapped).unwrap();
    stage.must(0, &["sync", "--once"]);
    assert_eq!(
        ours(&stage, "E-5").0,
        "Assessment of Pers\u{e9}phone Quill, revision 1"
    );
    let last = stage.json(3, &with(&["--apply"]));
    assert_eq!(last["erase"]["counts"]["documents"], 1, "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_people_of_one_name_are_not_erased_together_by_mistake() {
    let stage = posted().await;
    let mut other = of_persephone("E-8", 1, "Pers\u{e9}phone Quill");
    other["bill_to"]["contact_id"] = json!("99");
    other["bill_to"]["email"] = json!("namesake@example.com");
    other["references"] = json!({});
    drop_documents(&stage, "S", &[other]);
    stage.must(0, &["sync", "--once"]);
    let refused = stage.must(2, &with(&["--apply"]));
    assert!(
        refused.contains("namesake@example.com") && refused.contains("--everybody"),
        "{refused}"
    );
    assert_eq!(stage.json(3, &HER)["erase"]["several_people"], true);
    let done = stage.json(3, &["erase", "--id", "cm/77", "--apply"]);
    assert_eq!(done["erase"]["counts"]["documents"], 2, "{done}");
    let left = everything(&stage);
    assert!(
        left.iter()
            .any(|text| text.contains("namesake@example.com"))
    );
    assert!(left.iter().all(|text| !text.contains("quill@example.com")));
    for wrong in [
        &["erase"][..],
        &["erase", "--id", "77"],
        &["erase", "--name", " "],
    ] {
        stage.must(2, wrong);
    }
    let nobody = stage.json(0, &["erase", "--name", "Somebody Nobody Knows"]);
    assert_eq!(nobody["erase"]["counts"]["documents"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_process_that_serves_it_is_shown_and_not_done() {
    let stage = posted().await;
    let mut running = Running::start(&stage, &["serve"]);
    until("it serves", || stage.run(&["status"]).status.success()).await;
    let shown = stage.json(3, &HER);
    assert_eq!(shown["erase"]["counts"]["documents"], 2);
    let refused = stage.must(1, &with(&["--apply"]));
    assert!(refused.contains("Stop it first"), "{refused}");
    running.signal("TERM");
    assert!(running.ends().await.success());
    stage.must(3, &with(&["--apply"]));

    // What a program and a browser are shown afterwards.
    let api = Api::serving(stage, "").await;
    for path in [
        "/v1/documents",
        "/v1/documents/cm/invoice/E-1",
        "/v1/documents/cm/invoice/E-1/story",
        "/v1/bindings/books/cm/invoice/E-1",
        "/v1/journal",
    ] {
        let told = api.see(path).await;
        assert_eq!(naming(&[told.to_string()]), [""; 0], "{path}");
    }
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_and_the_export_for_others_name_nobody_and_tell_no_change() {
    let stage = posted().await;
    let export = ["export", "--host", "cm", "--to", "out", "--format", "csv"];
    std::fs::create_dir(stage.path("out")).unwrap();
    stage.must(0, &export);
    let before = files(&stage.path("out"));
    assert!(before.len() >= 3, "{before:?}");
    stage.must(3, &with(&["--apply"]));
    stage.must(0, &export);
    assert_eq!(files(&stage.path("out")), before);

    let (mut running, mut browser) = crate::browser::serve(&stage).await;
    for path in ["/integrations", "/documents/cm/invoice/E-1", "/journal"] {
        let shown = browser.open(path).await;
        assert_eq!(shown.status, 200, "{path}");
        assert_eq!(naming(&[shown.html]), [""; 0], "{path}");
    }
    running.signal("TERM");
    assert!(running.ends().await.success());
}
