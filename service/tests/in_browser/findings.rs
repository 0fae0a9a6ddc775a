//! What needs somebody: mended from its row, decided, kept as a list, taken along as a file.

use std::io::Read;

use flate2::read::DeflateDecoder;
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
    let is_ours = |row: &csv::StringRecord| row.iter().any(|cell| cell.starts_with("F-"));
    assert_eq!(
        rows.records().map(Result::unwrap).filter(is_ours).count(),
        3
    );

    browser.press(What::Link("Financial integrations")).await;
    browser.press(What::Button("Export to Excel")).await;
    browser.press(What::Css("a[download][href$='.xlsx']")).await;
    let (name, bytes) = browser.downloaded().await;
    assert!(name.ends_with(".xlsx"), "{name}");
    let texts = texts_of(&bytes);
    for id in ["F-1", "F-2", "F-3"] {
        assert!(texts.contains(id), "{id} is in the workbook: {texts}");
    }
}

/// Everything that the parts of a workbook say, as a program that opens it reads them.
fn texts_of(workbook: &[u8]) -> String {
    let short = |at: usize| usize::from(u16::from_le_bytes([workbook[at], workbook[at + 1]]));
    let long = |at: usize| short(at) + (short(at + 2) << 16);
    let mut texts = String::new();
    let entries = workbook.windows(4).enumerate();
    for (entry, _) in entries.filter(|(_, mark)| *mark == b"PK\x01\x02") {
        let (packed, local) = (long(entry + 20), long(entry + 42));
        let from = local + 30 + short(local + 26) + short(local + 28);
        let part = &workbook[from..from + packed];
        match short(entry + 10) {
            0 => texts.push_str(std::str::from_utf8(part).unwrap()),
            _ => {
                DeflateDecoder::new(part)
                    .read_to_string(&mut texts)
                    .unwrap();
            }
        }
    }
    texts
}
