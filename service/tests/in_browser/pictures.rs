//! The pictures of the documentation: made by `cargo xtask screenshots`, and whether they can be made by every run of the tests.

use std::path::Path;

use serde_json::json;
use tieout_browser::{Browser, ORGANISATION, Product, Program, Stage, Vendor, What};

use crate::person::{comes_in, program};

/// Where the pictures go; nowhere when it is not set.
const FOLDER: &str = "TIEOUT_SCREENSHOTS";
/// No picture of the documentation is larger.
const BYTES_MAX: usize = 100_000;

/// What is pictured of the demo, with the height in pixels that says enough.
const PAGES: &[(&str, &str, u32)] = &[
    ("overview", "/", 900),
    ("findings", "/findings", 900),
    ("document", "/documents/case-manager/invoice/14501", 900),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_pictures_of_the_documentation_can_be_made() {
    let nowhere = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).map_or_else(|| nowhere.path().to_owned(), Into::into);
    let browser = Browser::open().await;
    of_the_way_in(&browser, &folder).await;
    of_the_demo(&browser, &folder).await;
    of_the_panel(&browser, &folder).await;
}

async fn of_the_demo(browser: &Browser, folder: &Path) {
    let at = tempfile::tempdir().unwrap();
    let (serving, link) = Program::demo(program(), at.path());
    comes_in(browser, &link).await;
    for (name, path, height) in PAGES {
        browser.go(&serving.at(path)).await;
        keep(browser, folder, name, *height).await;
    }
    browser.go(&serving.at("/tie-out")).await;
    browser.press(What::Button("Compare now")).await;
    browser.find(What::Link("Its documents (CSV)")).await;
    browser.go(&serving.at("/tie-out/1")).await;
    keep(browser, folder, "tie-out", 900).await;
}

async fn of_the_way_in(browser: &Browser, folder: &Path) {
    let stage = Stage::bare(program()).await;
    let serving = stage.serve();
    comes_in(browser, &serving.invite("ann@example.com", "admin")).await;
    browser.go(&serving.at("/connections/new")).await;
    keep(browser, folder, "connect", 820).await;
}

async fn of_the_panel(browser: &Browser, folder: &Path) {
    let vendor = Vendor::set(program(), Product::Insightly).await;
    let deal = ("opportunity", "36100");
    vendor.shows(browser, deal, "work").await;
    browser.press(What::Button("Draft an invoice")).await;
    browser.press(What::Button("Make the draft")).await;
    browser.press(What::Button("All")).await;
    browser.find(What::Button("Pin OPP-36100")).await;
    // What people in the books wrote besides.
    let people = vendor.stage.sandbox.sandbox.people(chrono::Utc::now());
    for (number, amount) in [("INV-0131", "1480.00"), ("INV-0147", "960.00")] {
        let invoice = json!({
            "Type": "ACCREC", "InvoiceNumber": number, "Contact": { "Name": "Bellbird Architects Pty Ltd" }, "Date": "2026-10-02",
            "DueDate": "2026-10-16", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
            "LineItems": [{ "Description": "Survey", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200", "TaxType": "OUTPUT" }]
        });
        let invoice = serde_json::from_value(invoice).unwrap();
        people.write_invoice(ORGANISATION, &invoice).unwrap();
    }
    people.pay(ORGANISATION, "INV-0131", None, None).unwrap();
    vendor.shows(browser, ("company", "147000"), "work").await;
    browser.press(What::Button("All")).await;
    browser.find(What::Button("Pin INV-0147")).await;
    keep(browser, folder, "panel", 640).await;
}

async fn keep(browser: &Browser, folder: &Path, name: &str, height: u32) {
    let picture = browser.photograph(height).await;
    assert!(
        picture.len() <= BYTES_MAX,
        "{name}: {} bytes",
        picture.len()
    );
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(format!("{name}.webp")), &picture).unwrap();
}
