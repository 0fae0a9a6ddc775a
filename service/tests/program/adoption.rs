//! Documents that an older connector left in the books: recognised, bound as a person decides, never made twice.

use rust_decimal::Decimal;
use serde_json::Value;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};

use crate::stage::{Booked, Stage, invoice};

/// A stage whose books hold `count` invoices from an older connector; the same ones lie in the outbox, and
/// nothing is known of them.
async fn after_an_older_connector(batch: &str, count: usize) -> Stage {
    let stage = Stage::connected().await;
    stage.drop_invoices(batch, count);
    stage.must(0, &["sync", "--once"]);
    for folder in ["store", "host"] {
        std::fs::remove_dir_all(stage.path(folder)).unwrap();
    }
    std::fs::create_dir_all(stage.path("host/outbox")).unwrap();
    stage.connect().await;
    stage.drop_invoices(batch, count);
    stage
}

fn set(stage: &Stage, settings: &str) {
    let usual = "invoice_status = \"authorised\"\n";
    let file = stage.path("tieout.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, text.replace(usual, &format!("{usual}{settings}\n"))).unwrap();
}

fn people(stage: &Stage) -> tieout_sandbox_xero::People<'_> {
    let later = chrono::Utc::now() + chrono::Duration::seconds(2);
    stage.sandbox.sandbox.people(later)
}

/// Somebody changes the only line of an invoice in the books.
fn edit(stage: &Stage, number: &str, quantity: i64) {
    let line = LineIn {
        description: Some("Work".to_owned()),
        quantity: Some(Decimal::from(quantity)),
        unit_amount: Some(Decimal::new(1010, 2)),
        account_code: Some("200".to_owned()),
        tax_type: Some("OUTPUT".to_owned()),
        ..LineIn::default()
    };
    let fields = InvoiceIn {
        line_items: Some(vec![line]),
        ..InvoiceIn::default()
    };
    people(stage).edit(AUSTRALIA, number, fields).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
}

fn lines(stage: &Stage, code: i32, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["--json"];
    all.extend(arguments);
    let text = stage.must(code, &all);
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn total(stage: &Stage, number: &str) -> Decimal {
    let books: Vec<Booked> = stage.books(number);
    assert_eq!(books.len(), 1, "{books:?}");
    books[0].total
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_before_sending_duplicates_nothing_and_payments_come_back() {
    let stage = after_an_older_connector("L", 60).await;
    set(&stage, "existing = \"look_first\"");
    stage.drop_invoices("N", 3);
    let report = stage.json(0, &["sync", "--once"]);
    assert_eq!(report["counts"]["posted"], 3);
    assert_eq!(report["counts"]["adopted"], 60);
    assert_eq!(stage.books("L-").len(), 60);
    let story = stage.must(0, &["explain", "L-1"]);
    assert!(
        story.contains("recognised by number, the same in every field"),
        "{story}"
    );

    people(&stage).pay(AUSTRALIA, "L-1", None, None).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(0, &["sync", "--once"]);
    let told = std::fs::read_to_string(stage.path("host/inbox/payments-2.csv")).unwrap();
    assert!(told.contains(",L-1,"), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn adopt_shows_what_is_there_binds_only_what_is_the_same_and_sends_nothing() {
    let stage = after_an_older_connector("S", 4).await;
    edit(&stage, "S-2", 7);
    stage.drop_invoices("N", 1);
    let shown = stage.must(3, &["adopt"]);
    for words in [
        "looking for 5 documents: 2 calls",
        "the same",
        "gross: host `22.22`, provider `77.77`",
        "not there",
        "Looked for: 3 the same, 1 differ, 1 not there.",
        "Nothing was bound, nothing was sent.",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(stage.must(0, &["status"]).contains("5 waiting"));

    let told = lines(&stage, 3, &["adopt", "--apply"]);
    let outcome = |number: &str| {
        let row = told
            .iter()
            .find(|row| row["document"]["number"] == number)
            .unwrap();
        (
            row["document"]["outcome"].as_str().unwrap(),
            row["document"]["bound"] == true,
        )
    };
    assert_eq!(outcome("S-1"), ("same", true));
    assert_eq!(outcome("S-2"), ("differs", false));
    assert_eq!(outcome("N-1"), ("nothing", false));
    let summary = &told.last().unwrap()["summary"];
    assert_eq!(
        (&summary["bound"], &summary["same"]),
        (&3.into(), &3.into())
    );
    let status = stage.must(0, &["status"]);
    assert!(status.contains("3 posted, 2 waiting"), "{status}");
    assert!(stage.books("N-").is_empty());

    // Again: what is bound is not looked for any more.
    let again = lines(&stage, 3, &["adopt", "--apply"]);
    assert_eq!(again.last().unwrap()["summary"]["documents"], 2);
    let report = stage.json(3, &["sync", "--once"]);
    assert_eq!(report["counts"]["posted"], 1, "the new one alone");
    assert_eq!(total(&stage, "S-2"), Decimal::new(7777, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_differs_is_bound_as_it_is_or_made_equal() {
    let stage = after_an_older_connector("D", 2).await;
    edit(&stage, "D-1", 5);
    edit(&stage, "D-2", 6);
    let told = stage.must(0, &["adopt", "D-1"]);
    assert!(told.contains("as it is there:"), "{told}");
    assert!(
        told.contains("gross: host `11.11`, provider `55.55`"),
        "{told}"
    );
    let told = stage.must(0, &["adopt", "D-2", "--overwrite"]);
    assert!(told.contains("the next run makes it equal"), "{told}");
    people(&stage)
        .pay(AUSTRALIA, "D-1", Some(Decimal::ONE), None)
        .unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(3, &["sync", "--once"]);
    assert_eq!(total(&stage, "D-1"), Decimal::new(5555, 2));
    assert_eq!(total(&stage, "D-2"), Decimal::new(2222, 2));
    let story = stage.must(0, &["explain", "D-1"]);
    assert!(story.contains("edited_at_provider"), "{story}");
    assert!(story.contains("payment"), "{story}");

    // What was edited is made equal by the same command.
    people(&stage).pay(AUSTRALIA, "D-2", None, None).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(0, &["adopt", "D-1", "--overwrite"]);
    let report = stage.json(3, &["sync", "--once"]);
    assert_eq!(report["counts"]["refused"], 1, "it is paid in part there");
    assert_eq!(total(&stage, "D-1"), Decimal::new(5555, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_bound_to_the_one_that_a_person_names() {
    let stage = Stage::connected().await;
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 16).unwrap();
    let fields = InvoiceIn {
        kind: Some("ACCREC".to_owned()),
        invoice_number: Some("OLD-9".to_owned()),
        contact: Some(tieout_sandbox_xero::wire::contact::ContactIn {
            name: Some("Customer 1".to_owned()),
            ..Default::default()
        }),
        line_items: Some(vec![LineIn {
            description: Some("Work".to_owned()),
            quantity: Some(Decimal::ONE),
            unit_amount: Some(Decimal::new(1010, 2)),
            account_code: Some("200".to_owned()),
            ..LineIn::default()
        }]),
        status: Some("AUTHORISED".to_owned()),
        due_date: Some(day.into()),
        ..InvoiceIn::default()
    };
    people(&stage).write_invoice(AUSTRALIA, &fields).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.drop_file("invoices-A-20261101T000000Z.jsonl", &invoice("A-1", 1));
    let denied = stage.must(1, &["adopt", "A-1"]);
    assert!(
        denied.contains("shows no document that may be this one"),
        "{denied}"
    );
    let denied = stage.must(1, &["adopt", "A-1", "--as", "NO-1"]);
    assert!(denied.contains("shows no document"), "{denied}");
    let told = stage.must(0, &["adopt", "A-1", "--as", "old-9"]);
    assert!(
        told.contains("number: host `A-1`, provider `OLD-9`"),
        "{told}"
    );
    stage.must(3, &["sync", "--once"]);
    assert!(stage.books("A-1").is_empty());
    stage.drop_file("invoices-B-20261101T000000Z.jsonl", &invoice("A-2", 1));
    let denied = stage.must(1, &["adopt", "A-2", "--as", "OLD-9"]);
    assert!(
        denied.contains("belongs to cm/invoice/A-1 on books"),
        "{denied}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn detached_documents_are_left_alone_and_come_back_without_being_sent_again() {
    let stage = Stage::connected().await;
    stage.drop_invoices("T", 2);
    stage.must(0, &["sync", "--once"]);
    let told = stage.must(0, &["detach", "T-1"]);
    assert!(told.contains("nothing is sent or told any more"), "{told}");
    let again = stage.must(1, &["detach", "T-1"]);
    assert!(again.contains("detached already"), "{again}");
    let edited = invoice("T-1", 5).replace("\"revision\":1", "\"revision\":2");
    stage.drop_file("invoices-T2-20261103T000000Z.jsonl", &edited);
    people(&stage)
        .pay(AUSTRALIA, "T-1", Some(Decimal::ONE), None)
        .unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(0, &["sync", "--once"]);
    assert_eq!(total(&stage, "T-1"), Decimal::new(1111, 2));
    assert!(!stage.path("host/inbox/payments-2.csv").exists());

    let back = stage.must(0, &["retry", "T-1"]);
    assert!(back.contains("1 to be planned anew"), "{back}");
    stage.must(3, &["sync", "--once"]);
    assert_eq!(stage.books("T-1").len(), 1, "not sent twice");
    let story = stage.must(0, &["explain", "T-1"]);
    let by = format!("detached by {}", user());
    assert!(story.contains(&by), "{by}\n{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_document_is_visible_and_comes_back_by_a_retry() {
    let stage = Stage::connected().await;
    stage.drop_file(
        "invoices-K-20261101T000000Z.jsonl",
        &invoice("K-1", 1).replace("GST", "VAT"),
    );
    stage.must(3, &["sync", "--once"]);
    let skipped = stage.json(0, &["skip", "K-1", "--because", "paid in cash"]);
    // The form of the API, and not the stored one.
    assert_eq!(skipped["binding"]["state"], "skipped");
    assert_eq!(skipped["binding"]["document"]["id"], "K-1");
    assert!(skipped["next"].is_string(), "{skipped}");
    assert_eq!(skipped["binding"]["told"], serde_json::Value::Null);
    let status = stage.must(0, &["status"]);
    assert!(status.contains("1 skipped"), "{status}");
    let mended = invoice("K-1", 2).replace("\"revision\":1", "\"revision\":2");
    stage.drop_file("invoices-K2-20261103T000000Z.jsonl", &mended);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("K-"), []);
    let story = stage.must(0, &["explain", "K-1"]);
    let words = format!("skipped by {}: paid in cash", user());
    assert!(story.contains(&format!("state     {words}")), "{story}");
    stage.must(0, &["retry", "K-1"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("K-").len(), 1);
    let denied = stage.must(1, &["skip", "K-1"]);
    assert!(denied.contains("the provider holds it as K-1"), "{denied}");
    assert!(denied.contains("tieout detach"), "{denied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_ignored_and_shown_and_there_is_nothing_to_retry() {
    let stage = Stage::connected().await;
    stage.drop_invoices("R", 1);
    stage.must(0, &["sync", "--once"]);
    stage.drop_file("invoices-R2-20261102T000000Z.jsonl", &invoice("R-1", 1));
    let told = stage.must(0, &["sync", "--once"]);
    assert!(
        told.contains("1 handed over again without a change and ignored"),
        "{told}"
    );
    let story = stage.must(0, &["explain", "R-1"]);
    assert!(
        story.contains("the host handed over revision 1 again, which the provider holds as R-1"),
        "{story}"
    );
    let nothing = stage.must(0, &["retry", "R-1"]);
    assert!(
        nothing.contains("nothing to retry: it is posted"),
        "{nothing}"
    );
    assert_eq!(stage.json(0, &["retry", "R-1"])["retried"], 0);

    // The same number under another identifier: refused, with the invoice that is there.
    let other = invoice("R-1", 1).replace("\"id\":\"R-1\"", "\"id\":\"R-9\"");
    stage.drop_file("invoices-R3-20261103T000000Z.jsonl", &other);
    stage.must(3, &["sync", "--once"]);
    let story = stage.must(0, &["explain", "cm/invoice/R-9"]);
    assert!(
        story.contains("it belongs to cm/invoice/R-1 on books"),
        "{story}"
    );
    let ambiguous = stage.must(1, &["detach", "R-1"]);
    assert!(
        ambiguous.contains("names 2 documents")
            && ambiguous.contains("cm/invoice/R-9 on books (rejected)"),
        "{ambiguous}"
    );
    assert!(
        stage
            .must(1, &["skip", "nothing"])
            .contains("no document `nothing` is known")
    );
    assert_eq!(stage.books("R-").len(), 1);
}

fn user() -> String {
    let output = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
