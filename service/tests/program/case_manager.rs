//! Promises about the configuration that is ready for Case Manager: its documented mapping, from files and from a database.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tieout_host_contract::fixtures::CASE_MANAGER;
use tieout_sandbox_xero::{AUSTRALIA, WEB_CLIENT_ID};

use crate::stage::Stage;

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

#[tokio::test(flavor = "multi_thread")]
async fn the_ready_configuration_makes_the_documented_mapping_and_nothing_twice() {
    let stage = staged().await;
    let hand_over = || {
        for file in CASE_MANAGER {
            std::fs::write(
                stage.path("case-manager/outbox").join(file.name),
                file.content,
            )
            .unwrap();
        }
    };
    hand_over();
    stage.must(0, &["check"]);
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
    hand_over();
    stage.must(3, &["sync", "--once"]);
    assert_eq!(told(&stage), books);
    let story = stage.must(0, &["explain", "14501"]);
    assert!(
        story.contains("handed over revision 1 again") && story.contains("CM-14501"),
        "{story}"
    );
}
