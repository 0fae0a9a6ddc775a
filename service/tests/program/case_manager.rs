//! Promises about the configuration that is ready for Case Manager: its documented mapping, from files and from a database.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tieout_host_contract::fixtures::CASE_MANAGER;
use tieout_sandbox_xero::{AUSTRALIA, WEB_CLIENT_ID};

use crate::stage::{Stage, files};

/// An invoice as the sandbox's books have it, in one line for people.
fn told(stage: &Stage) -> BTreeMap<String, String> {
    let read = |organisation: &tieout_sandbox_xero::books::organisation::Organisation| {
        let rows = organisation.invoices.ledger.rows();
        let ours = rows.iter().filter(|row| row.number.starts_with("CM-"));
        ours.map(|row| {
            let contact = &organisation.contacts.ledger.row(row.contact).name;
            let lines: Vec<String> = row
                .lines
                .iter()
                .map(|line| {
                    format!(
                        "{} {} {} {}",
                        line.account_code, line.tax_type, line.line_amount, line.tax_amount
                    )
                })
                .collect();
            let due = row.due_date.map(|due| due.to_string()).unwrap_or_default();
            let told = format!(
                "{} {} | {contact} | {} | due {due} | {} | {} of which tax {}",
                row.status.name(),
                row.line_amounts.name(),
                row.reference,
                lines.join(", "),
                row.total,
                row.total_tax
            );
            (row.number.clone(), told)
        })
        .collect()
    };
    stage.sandbox.sandbox.read(AUSTRALIA, read).unwrap()
}

/// A stage with the ready-made configuration, the client's own things filled in as its remarks ask for.
async fn staged() -> Stage {
    let stage = Stage::set().await;
    let port = stage.configuration();
    let redirect = port
        .lines()
        .find(|line| line.starts_with("redirect_uri"))
        .unwrap();
    std::fs::remove_file(stage.path("tieout.toml")).unwrap();
    stage.must(0, &["init", "--host", "case-manager"]);
    let ready = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let filled = ready
        .replace("0123456789ABCDEF0123456789ABCDEF", WEB_CLIENT_ID)
        .replace("XERO_CLIENT_SECRET", "STAGE_SECRET")
        .replace("stable_ms = 2000", "stable_ms = 0")
        .replace(
            "redirect_uri = \"http://localhost:8480/connect/xero/callback\"",
            &format!("{redirect}\nsandbox = \"{}\"", stage.sandbox.base_url),
        )
        .replace("my-company", "books");
    std::fs::write(stage.path("tieout.toml"), filled).unwrap();
    std::fs::create_dir_all(stage.path("case-manager/outbox")).unwrap();
    stage.connect().await;
    stage
}

fn hand_over(stage: &Stage) {
    for file in CASE_MANAGER {
        let path = stage.path("case-manager/outbox").join(file.name);
        std::fs::write(path, file.content).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ready_configuration_makes_the_documented_mapping_and_nothing_twice() {
    let stage = staged().await;
    hand_over(&stage);
    stage.must(3, &["check"]);
    // One has a tax code that no organisation of Australia knows.
    stage.must(3, &["sync", "--once"]);
    let books = told(&stage);
    assert_eq!(
        books["CM-14501"],
        "DRAFT Inclusive | Grevillea Workers Cover | SW/26/00417 | due 2026-11-29 | \
         200 OUTPUT 707.19 64.29, 200 OUTPUT 176.80 16.07 | 883.99 of which tax 80.36"
    );
    // No claim: the client. A blank tax code: free of tax. No company: the person.
    assert!(
        books["CM-14503"].contains("| Dimitriou, Eva |"),
        "{}",
        books["CM-14503"]
    );
    assert!(
        books["CM-14506"].contains("200 EXEMPTOUTPUT 176 0"),
        "{}",
        books["CM-14506"]
    );
    assert!(
        books["CM-14508"].contains("| Greta Voss |"),
        "{}",
        books["CM-14508"]
    );
    assert_eq!(books.len(), 9, "{books:?}");
    let total: Decimal = stage.books("CM-").iter().map(|booked| booked.total).sum();
    let held = stage.must(3, &["status"]);
    assert!(held.contains("14507"), "{held}");
    assert_eq!(total, "7560.74".parse::<Decimal>().unwrap());
    // The same export once more: nothing is sent, and the story names the invoice that is there.
    hand_over(&stage);
    stage.must(3, &["sync", "--once"]);
    assert_eq!(told(&stage), books);
    let story = stage.must(0, &["explain", "14501"]);
    assert!(
        story.contains("handed over revision 1 again") && story.contains("CM-14501"),
        "{story}"
    );
}

/// The chart of an organisation that nobody connects.
const CHART: &str = r#"
country = "AU"
currency = "AUD"
[accounts]
200 = "Sales"
[tax_rates]
OUTPUT = { name = "GST on Income", rate = "0.10" }
EXEMPTOUTPUT = { name = "GST Free Income", rate = "0" }
"#;

const EXPORT: [&str; 9] = [
    "export",
    "--host",
    "case-manager",
    "--to",
    "import",
    "--format",
    "xero",
    "--chart",
    "books=chart.toml",
];

/// A stage whose documents are read, with nobody connected.
async fn read_without_a_connection() -> Stage {
    let stage = staged().await;
    stage.must(0, &["disconnect", "books"]);
    hand_over(&stage);
    // Nobody is connected, and that is told.
    stage.must(1, &["sync", "--once"]);
    std::fs::create_dir(stage.path("import")).unwrap();
    std::fs::write(stage.path("chart.toml"), CHART).unwrap();
    stage
}

/// The rows of a file by the names of its columns.
fn rows(stage: &Stage, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(stage.path("import").join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_each_invoice_stands_once_in_a_file_for_xeros_own_import() {
    let stage = read_without_a_connection().await;
    let told = stage.must(3, &EXPORT);
    assert!(told.contains("9 documents in 1 file in"), "{told}");
    assert!(told.contains("1 document is left out:"), "{told}");
    assert!(
        told.contains("14507 (case-manager/invoice/") && told.contains("no tax type `GSTNZ`"),
        "{told}"
    );
    let names = files(&stage.path("import"));
    let name = "xero-books-tax_inclusive.csv".to_owned();
    assert!(names.contains(&name), "{names:?}");
    let all = rows(&stage, &name);
    let of = |number: &str| -> Vec<&BTreeMap<String, String>> {
        let rows = all.iter().filter(|row| row["*InvoiceNumber"] == number);
        rows.collect()
    };
    let two = of("CM-14501");
    let told: Vec<Vec<&str>> = two
        .iter()
        .map(|row| {
            let columns = [
                "*ContactName",
                "Reference",
                "*DueDate",
                "*Quantity",
                "*AccountCode",
                "*TaxType",
                "TaxAmount",
                "Currency",
            ];
            columns.map(|column| row[column].as_str()).to_vec()
        })
        .collect();
    let line = |quantity, tax| {
        let head = ["Grevillea Workers Cover", "SW/26/00417", "29/11/2026"];
        [&head[..], &[quantity, "200", "GST on Income", tax, "AUD"]].concat()
    };
    let quantities: Vec<&str> = two.iter().map(|row| row["*Quantity"].as_str()).collect();
    assert_eq!(
        told,
        [line(quantities[0], "64.29"), line(quantities[1], "16.07")]
    );
    let person = of("CM-14503")[0];
    assert_eq!(
        (&*person["*ContactName"], &*person["Reference"]),
        ("Saltbush Aged Care Ltd", "Dimitriou, Eva")
    );
    let is_free = |row: &&BTreeMap<String, String>| row["*TaxType"] == "GST Free Income";
    assert_eq!(of("CM-14506").into_iter().filter(is_free).count(), 1);
    let amounts = all.iter().map(|row| {
        let number = |column: &str| row[column].parse::<Decimal>().unwrap();
        (number("*Quantity") * number("*UnitAmount")).round_dp(2)
    });
    assert_eq!(amounts.sum::<Decimal>(), "7560.74".parse().unwrap());
    // Whoever imported it took it away: nothing is written twice, and what is left out is told again.
    std::fs::remove_file(stage.path("import").join(&name)).unwrap();
    let again = stage.json(3, &EXPORT);
    assert_eq!(
        (&again["documents"], &again["left_out"][0]["number"]),
        (&0.into(), &"14507".into())
    );
    assert_eq!(again["files"], serde_json::json!([]));
    // A chart is needed and of a connection that there is.
    let mut wrong = EXPORT;
    wrong[8] = "boooks=chart.toml";
    assert!(stage.must(2, &wrong).contains("no connection `boooks`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_file_that_was_remembered_gets_its_name_whatever_else_writes_there() {
    let stage = read_without_a_connection().await;
    stage.must(3, &EXPORT);
    let name = "xero-books-tax_inclusive.csv";
    let (whole, half) = (
        stage.path("import").join(name),
        stage.path("import").join(format!("{name}.tieout-tmp")),
    );
    let content = std::fs::read(&whole).unwrap();
    // As a process leaves it that was killed before it named the file.
    std::fs::rename(&whole, &half).unwrap();
    // Another form, with a memory of its own, brings it to its end.
    stage.must(0, &EXPORT[..5]);
    assert_eq!(std::fs::read(&whole).unwrap(), content);
    // As one leaves it that was killed before it remembered anything: what is half goes.
    std::fs::write(stage.path("import/xero-half.csv.tieout-tmp"), "*Contact").unwrap();
    assert!(stage.must(3, &EXPORT).contains("Nothing is new."));
    assert!(!stage.path("import/xero-half.csv.tieout-tmp").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connected_organisation_gets_by_itself_is_not_written_for_its_import() {
    let stage = staged().await;
    hand_over(&stage);
    stage.must(3, &["sync", "--once"]);
    std::fs::create_dir(stage.path("import")).unwrap();
    // As the organisation was when its chart was read: no file is needed.
    let told = stage.must(3, &EXPORT[..7]);
    assert!(told.contains("Nothing is new."), "{told}");
    assert!(
        told.contains("14507") && told.contains("books is connected"),
        "{told}"
    );
}
