//! The program is killed at random moments; what it acknowledged stays, and nothing is there twice.

use std::path::PathBuf;

use serde_json::json;
use tieout_kills::campaign::{Campaign, run};
use tieout_sandbox_xero::AUSTRALIA;

/// A merge pays for these; `cargo xtask kill` is for more.
const TIMES: u32 = 12;

fn campaign(times: u32) -> Campaign {
    Campaign {
        program: PathBuf::from(env!("CARGO_BIN_EXE_tieout")),
        times,
        seed: 1,
        new_max: 24,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_sends_everything_once() {
    let outcome = run(&campaign(TIMES), |_, _| {}).await.unwrap();
    assert_eq!(outcome.differences, Vec::<String>::new(), "{outcome:?}");
    assert_eq!(outcome.killed, TIMES);
    assert!(outcome.documents > 50, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_tells_what_differs_and_keeps_the_folder() {
    let theirs = json!({ "Type": "ACCREC", "InvoiceNumber": "K-theirs", "Contact": { "Name": "Somebody" },
        "LineItems": [{ "Description": "Work", "Quantity": 1, "UnitAmount": 9, "AccountCode": "200" }] });
    let outcome = run(&campaign(1), |_, stage| {
        let people = stage.xero().people(chrono::Utc::now());
        let fields = serde_json::from_value(theirs.clone()).unwrap();
        people.write_invoice(AUSTRALIA, &fields).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(
        outcome.differences,
        ["nobody handed K-theirs over, and it is in the books"]
    );
    let kept = outcome.kept.unwrap();
    assert!(kept.join("tieout.toml").is_file());
    std::fs::remove_dir_all(kept).unwrap();
}
