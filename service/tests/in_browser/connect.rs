//! A company is connected by what the pages offer to press, through the consent page of another site, to its first invoice.

use tieout_browser::{Browser, Stage, What, invoice};
use tieout_sandbox_xero::{WEB_CLIENT_ID, WEB_CLIENT_SECRET};

use crate::person::{comes_in, program, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_company_is_connected_from_nothing_to_its_first_invoice() {
    let stage = Stage::bare(program()).await;
    stage.hand_over(
        "N",
        &[1, 2].map(|it| invoice(&format!("N-{it}"), it, "GST", "Banksia")),
    );
    let serving = stage.serve();
    let browser = Browser::open().await;
    comes_in(&browser, &serving.invite("ann@example.com", "admin")).await;
    browser.press(What::Link("Connections")).await;
    browser.press(What::Link("Connect the first one")).await;
    the_app_is_entered(&browser, &stage).await;
    browser.fill(What::Field("Name"), "acme-au").await;
    browser.press(What::Button("Go on to the consent")).await;
    browser
        .says("acme-au is written down, and switched off")
        .await;
    access_is_refused_and_then_allowed(&browser).await;

    browser.press(What::Button("Show the plan")).await;
    browser.says("held").await;
    browser.press(What::Link("Change the settings first")).await;
    the_settings_that_it_lacks_are_chosen(&browser).await;
    assert_eq!(
        stage.booked("N-"),
        0,
        "nothing is sent before somebody says so"
    );
    browser.press(What::Button("Switch on acme-au")).await;
    browser.says("acme-au is switched on.").await;
    until("the invoices are in the books", || stage.booked("N-") == 2).await;
    browser.press(What::Button("Check the credentials")).await;
    browser.says("Everything is in order").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

async fn the_app_is_entered(browser: &Browser, stage: &Stage) {
    browser.fill(What::Field("Client id"), WEB_CLIENT_ID).await;
    browser
        .fill(What::Field("Client secret"), WEB_CLIENT_SECRET)
        .await;
    browser
        .press(What::Button("A local Xero in place of the real one"))
        .await;
    browser
        .fill(What::Field("Its address"), &stage.sandbox.base_url)
        .await;
    browser.press(What::Button("Go on")).await;
    browser.says("How its documents are sent").await;
    assert!(!browser.text().await.contains(WEB_CLIENT_SECRET));
}

/// The consent page is another site's: the policy of ours lets its form lead there and back, and the session survives the way.
async fn access_is_refused_and_then_allowed(browser: &Browser) {
    browser.press(What::Button("Go to Xero")).await;
    browser.press(What::Button("Cancel")).await;
    browser.says("The consent was refused.").await;
    // What was refused is answered with a status that a browser writes down.
    browser.complaints().await;
    browser.press(What::Link("Ask for the consent again")).await;
    browser.press(What::Button("Go to Xero")).await;
    browser.press(What::Button("Allow access")).await;
    browser
        .says("acme-au is connected to Wattle & Finch Pty Ltd")
        .await;
}

async fn the_settings_that_it_lacks_are_chosen(browser: &Browser) {
    browser
        .fill(What::Css("[name='accounts.sales']"), "200")
        .await;
    browser
        .fill(What::Css("[name='tax_codes.key']"), "GST")
        .await;
    browser
        .fill(What::Css("[name='tax_codes.value']"), "OUTPUT")
        .await;
    browser
        .press(What::Button("See what this would change"))
        .await;
    browser.says("+ sales = \"200\"").await;
    browser.says("to create").await;
    browser.press(What::Button("Save the settings")).await;
    browser.says("The settings of acme-au are saved").await;
}
