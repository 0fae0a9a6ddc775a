//! A browser without scripts does the same deeds.

use tieout_browser::{Browser, Stage, What, invoice};

use crate::person::{comes_in, program, until};

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_decided_and_mended_and_lists_taken_along() {
    let stage = Stage::connected(program()).await;
    stage.hand_over(
        "S",
        &["S-1", "S-2"].map(|id| invoice(id, 1, "SALE", "Banksia")),
    );
    let serving = stage.serve();
    let browser = Browser::open().await;
    browser.without_scripts().await;
    comes_in(&browser, &serving.invite("ann@example.com", "admin")).await;
    let runs = browser.run(
        "return document.querySelectorAll('script').length > 0 && typeof say === 'undefined'",
        serde_json::json!([]),
    );
    assert_eq!(runs.await, true, "scripts are there and do not run");
    browser.press(What::Link("Findings")).await;
    again_until(&browser, "2 documents").await;

    browser
        .press(What::Beside("S-1", &What::Button("Never send it …")))
        .await;
    browser.fill(What::Field("Why"), "paid in cash").await;
    browser.press(What::Button("Never send it")).await;
    browser.says("not to be sent").await;
    browser.press(What::Link("Set tax_codes.\"SALE\"")).await;
    browser.fill(What::Css("select#value"), "OUTPUT").await;
    browser.press(What::Button("Show what that changes")).await;
    browser.press(What::Button("Save it")).await;
    browser
        .says("is saved, and what waits for it is planned anew")
        .await;
    until("it is in the books", || stage.booked("S-") == 1).await;

    browser.press(What::Link("Documents")).await;
    browser.press(What::Link("Financial integrations")).await;
    browser.press(What::Button("Export as CSV")).await;
    browser.press(What::Css("a[download]")).await;
    let (_, bytes) = browser.downloaded().await;
    assert!(String::from_utf8_lossy(&bytes).contains("S-2"));

    browser.press(What::Link("Connections")).await;
    browser.press(What::Button("Switch off books")).await;
    browser.says("books is switched off").await;
    browser.press(What::Button("Sign out")).await;
    browser
        .says("Open the sign-in link that you were given.")
        .await;
}

/// Opens the page anew until it says something: nothing does so by itself here.
async fn again_until(browser: &Browser, wanted: &str) {
    let here = browser.address().await;
    let begun = tokio::time::Instant::now();
    while !browser.text().await.contains(wanted) {
        assert!(begun.elapsed().as_secs() < 60, "{wanted}");
        browser.go(&here).await;
    }
}
