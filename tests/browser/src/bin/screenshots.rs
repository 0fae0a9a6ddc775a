//! Makes the pictures of the documentation: `screenshots PROGRAM FOLDER`, of the demo and of a panel in a product's page.

use std::path::{Path, PathBuf};

use serde_json::json;
use tieout_browser::{Browser, ORGANISATION, Program, Stage, Vendor, What};

/// What is pictured of the demo, with the height in pixels that says enough.
const PAGES: &[(&str, &str, u32)] = &[
    ("overview", "/", 900),
    ("findings", "/findings", 900),
    ("document", "/documents/case-manager/invoice/14501", 900),
];

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(program), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("screenshots PROGRAM FOLDER; `cargo xtask screenshots` calls it so");
        std::process::exit(2);
    };
    let program = std::path::absolute(program).expect("a path");
    let browser = Browser::open().await;
    of_the_way_in(&browser, &program, &folder).await;
    of_the_demo(&browser, &program, &folder).await;
    of_the_panel(&browser, &program, &folder).await;
}

async fn of_the_demo(browser: &Browser, program: &Path, folder: &Path) {
    let at = tempfile::tempdir().expect("a temporary folder can be made");
    let (serving, link) = Program::demo(program, at.path());
    browser.go(&link).await;
    browser.press(What::Button("Sign in")).await;
    browser.find(What::Button("Sign out")).await;
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

async fn of_the_way_in(browser: &Browser, program: &Path, folder: &Path) {
    let stage = Stage::bare(program).await;
    let serving = stage.serve();
    browser
        .go(&serving.invite("ann@example.com", "admin"))
        .await;
    browser.press(What::Button("Sign in")).await;
    browser.find(What::Button("Sign out")).await;
    browser.go(&serving.at("/connections/new")).await;
    keep(browser, folder, "connect", 820).await;
}

async fn of_the_panel(browser: &Browser, program: &Path, folder: &Path) {
    let vendor = Vendor::set(program).await;
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
        let invoice = serde_json::from_value(invoice).expect("an invoice of Xero");
        people
            .write_invoice(ORGANISATION, &invoice)
            .expect("it is taken");
    }
    people
        .pay(ORGANISATION, "INV-0131", None, None)
        .expect("it is paid");
    vendor.shows(browser, ("company", "147000"), "work").await;
    browser.press(What::Button("All")).await;
    browser.find(What::Button("Pin INV-0147")).await;
    keep(browser, folder, "panel", 640).await;
}

async fn keep(browser: &Browser, folder: &Path, name: &str, height: u32) {
    let path = folder.join(format!("{name}.webp"));
    let picture = browser.photograph(height).await;
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(&path, &picture).expect("a file can be written");
    println!("{} ({} kB)", path.display(), picture.len().div_ceil(1_000));
}
