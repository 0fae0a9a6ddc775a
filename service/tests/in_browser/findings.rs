//! What needs somebody: mended from its row, decided, kept as a list, taken along as a file.

use tieout_browser::{Browser, Program, Stage, What, invoice};

use crate::person::{comes_in, program, until};

/// A stage with three invoices of a tax code that nobody mapped, in front of an admin.
async fn three_in_need() -> (Stage, Program, Browser) {
    let stage = Stage::connected(program()).await;
    let needy = [("F-1", "Ann"), ("F-2", "Bob"), ("F-3", "Ann")];
    stage.hand_over("F", &needy.map(|(id, name)| invoice(id, 1, "SALE", name)));
    let serving = stage.serve();
    let browser = Browser::open().await;
    comes_in(&browser, &serving.invite("ann@example.com", "admin")).await;
    browser.press(What::Link("Findings")).await;
    browser.says("3 documents").await;
    (stage, serving, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_mended_from_its_row_and_what_waits_is_sent() {
    let (stage, _serving, browser) = three_in_need().await;
    let before = stage.read("tieout.toml");
    browser.press(What::Link("Set tax_codes.\"SALE\"")).await;
    browser.fill(What::Css("select#value"), "OUTPUT").await;
    browser.press(What::Button("Show what that changes")).await;
    browser.says("3 documents of 3 documents that wait").await;
    assert_eq!(
        stage.read("tieout.toml"),
        before,
        "nothing is saved before somebody says so"
    );
    browser.press(What::Button("Save it")).await;
    browser
        .says("is saved, and what waits for it is planned anew")
        .await;
    until("the invoices are in the books", || stage.booked("F-") == 3).await;
    // The page hears of it by itself.
    browser.says("Nothing needs anybody").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_saved_opened_and_taken_along_and_a_deed_that_cannot_be_taken_back_asks_first()
 {
    let (_stage, _serving, browser) = three_in_need().await;
    browser.fill(What::Field("Text"), "ann").await;
    browser.press(What::Button("Show")).await;
    browser.says("2 documents").await;
    browser.press(What::Button("Save this list")).await;
    browser.fill(What::Field("Name"), "Ann's").await;
    browser.press(What::Button("Save")).await;
    browser.says("“Ann's” is saved.").await;
    browser.press(What::Link("All of them")).await;
    browser.says("3 documents").await;
    browser.press(What::Link("Ann's")).await;
    browser.says_no_more("F-2").await;

    // One is skipped from its row, with a reason.
    browser
        .press(What::Beside("F-1", &What::Button("Never send it …")))
        .await;
    browser.fill(What::Field("Why"), "paid in cash").await;
    browser.press(What::Button("Never send it")).await;
    browser.says("not to be sent").await;
    browser
        .press(What::Button("Delete the saved list Ann's"))
        .await;
    assert_eq!(browser.agree().await, "Delete the saved list Ann's?");
    browser.says("“Ann's” is deleted.").await;

    browser.press(What::Link("Documents")).await;
    browser.press(What::Link("Financial integrations")).await;
    browser.press(What::Button("Export as CSV")).await;
    browser.press(What::Css("a[download]")).await;
    let (name, bytes) = browser.downloaded().await;
    assert!(name.ends_with(".csv"), "{name}");
    let mut rows = csv::Reader::from_reader(bytes.as_slice());
    let numbers = rows.records().map(Result::unwrap);
    let numbers: Vec<String> = numbers
        .flat_map(|row| {
            row.iter()
                .find(|cell| cell.starts_with("F-"))
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(numbers.len(), 3, "{numbers:?}");
}
