//! Who may do what: a viewer is offered nothing and refused everything, and whoever is kept out is out at once.

use serde_json::json;
use tieout_browser::{Browser, Stage, What, invoice};

use crate::person::{comes_in, program};

/// Every deed that a page offers, by where its form leads.
const DEEDS: &str = "return [...document.querySelectorAll('form[method=post]')].map((it) => it.getAttribute('action') ?? '')";
/// What a viewer may do too: their own lists and files, looking whether the certificates hold, and going out.
const OWN: [&str; 5] = [
    "/sign-out",
    "/layouts/save",
    "/layouts/delete",
    "/exports",
    "/tie-out/verify",
];

const PAGES: &[&str] = &[
    "/",
    "/findings",
    "/documents",
    "/documents/cm/invoice/R-1",
    "/journal",
    "/integrations",
    "/exports",
    "/tie-out",
    "/backfill",
    "/connections",
    "/connections/books",
    "/usage",
];
const FORBIDDEN: &[&str] = &[
    "/people",
    "/notifications",
    "/connections/new",
    "/connections/books/settings",
    "/tie-out/full",
];

#[tokio::test(flavor = "multi_thread")]
async fn each_role_is_offered_what_it_may_do() {
    let stage = Stage::connected(program()).await;
    stage.hand_over("R", &[invoice("R-1", 1, "SALE", "Banksia")]);
    let serving = stage.serve();
    let browser = Browser::open().await;
    comes_in(&browser, &serving.invite("vera@example.com", "viewer")).await;
    browser.press(What::Link("Findings")).await;
    browser.says("1 document").await;
    assert!(
        !browser.has(What::Link("People")).await,
        "it is not in the menu"
    );
    for path in PAGES {
        browser.go(&serving.at(path)).await;
        let deeds = browser.run(DEEDS, json!([])).await;
        let deeds: Vec<&str> = deeds
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        assert!(deeds.iter().all(|it| OWN.contains(it)), "{path}: {deeds:?}");
    }
    for path in FORBIDDEN {
        browser.go(&serving.at(path)).await;
        browser.says("Not allowed").await;
    }
    // Somebody who writes the form by hand is refused too.
    let token = "return document.querySelector('[name=form_token]').value";
    browser.go(&serving.at("/findings")).await;
    let token = browser.run(token, json!([])).await;
    let by_hand = "const [token] = arguments; const form = document.createElement('form'); form.method = 'post'; \
                   form.action = '/documents/decide'; for (const [name, value] of Object.entries({ form_token: token, act: 'skip', \
                   key: 'books/cm/invoice/R-1' })) { const it = document.createElement('input'); it.name = name; it.value = value; \
                   form.append(it); } document.body.append(form); form.submit();";
    browser.run(by_hand, json!([token])).await;
    browser.says("Not allowed").await;

    browser.go(&serving.at("/")).await;
    browser.press(What::Button("Sign out")).await;
    browser
        .says("Open the sign-in link that you were given.")
        .await;
    browser.go(&serving.at("/findings")).await;
    browser
        .says("Open the sign-in link that you were given.")
        .await;

    comes_in(&browser, &serving.invite("otto@example.com", "operator")).await;
    browser.press(What::Link("Findings")).await;
    browser.find(What::Button("Try again")).await;
    assert!(
        !browser.has(What::Link("Set tax_codes.\"SALE\"")).await,
        "settings are an admin's"
    );
    let kept_out = serving.beside(&["person", "disable", "otto@example.com"]);
    assert!(kept_out["disabled_at"].is_string(), "{kept_out}");
    browser.press(What::Button("Try again")).await;
    browser.says("Sign in").await;
    browser.go(&serving.at("/findings")).await;
    browser
        .says("Open the sign-in link that you were given.")
        .await;
}
