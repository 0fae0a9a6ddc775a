//! A company is connected from a browser, from nothing to its first documents; and each way in which that goes wrong says why.

use std::os::unix::fs::PermissionsExt;

use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND, WEB_CLIENT_ID, WEB_CLIENT_SECRET};
use url::Url;

use crate::browser::{Browser, Shown, serve, start};
use crate::stage::Stage;
use crate::stopping::until;

/// A stage whose configuration knows a product and nothing of Xero.
async fn bare() -> Stage {
    let stage = Stage::set().await;
    let text = r#"# Kept as it is.
[store]
path = "store"
[secrets]
key = { file = "tieout.key" }
[schedule]
host_poll_s = 1
provider_poll_s = 1
[listen]
address = "127.0.0.1:0"
[hosts.cm.folder]
path = "host"
stable_ms = 0
"#;
    std::fs::write(stage.path("tieout.toml"), text).unwrap();
    stage
}

fn configuration(stage: &Stage) -> String {
    std::fs::read_to_string(stage.path("tieout.toml")).unwrap()
}

async fn enter_app(browser: &mut Browser, stage: &Stage, secret: &str) -> Shown {
    let sandbox = stage.sandbox.base_url.to_string();
    let form = [
        ("client_id", WEB_CLIENT_ID),
        ("client_secret", secret),
        ("sandbox", sandbox.as_str()),
    ];
    browser.submit("/connections/new", &form).await
}

/// Begins the consent of a connection, and gives the address of Xero's page.
async fn begin(browser: &mut Browser, name: &str) -> String {
    let shown = browser
        .send(&format!("/connections/{name}/consent"), &[])
        .await;
    shown.location.unwrap_or_else(|| panic!("{}", shown.html))
}

/// A stage with an app and a company that waits for its consent.
async fn waiting_for_consent(secret: &str) -> (Stage, crate::stopping::Running, Browser) {
    let stage = bare().await;
    let (running, mut browser) = start(&stage).await;
    enter_app(&mut browser, &stage, secret)
        .await
        .says(&["How its documents are sent"]);
    let form = [("name", "acme-au"), ("invoice_status", "authorised")];
    let shown = browser.submit("/connections/new/company", &form).await;
    shown.says(&[
        "acme-au is written down, and switched off until its plan was seen",
        "Go to Xero",
    ]);
    (stage, running, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_is_connected_from_nothing_and_nothing_is_sent_before_its_plan_was_seen() {
    let stage = bare().await;
    stage.drop_invoices("N", 2);
    let (_running, mut browser) = start(&stage).await;
    the_app_is_entered_and_its_secret_kept_apart(&mut browser, &stage).await;
    the_company_is_written_down(&mut browser, &stage).await;
    let page = begin(&mut browser, "acme-au").await;
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    let shown = browser.open(&back).await;
    shown.says(&[
        "acme-au is connected to Wattle &amp; Finch Pty Ltd, allowed by demo@sandbox.example.",
        "Books in",
        "Before anything is sent",
    ]);
    let shown = browser.submit("/connections/acme-au/plan", &[]).await;
    shown.says(&["held", "N-1", "Switch acme-au on"]);

    the_settings_that_it_lacks_are_chosen(&mut browser, &stage).await;
    let shown = browser
        .submit("/connections/acme-au/switch", &[("to", "on")])
        .await;
    shown.says(&["acme-au is switched on."]);
    assert!(
        !configuration(&stage).contains("[off]") || !configuration(&stage).contains("acme-au\"]")
    );
    until("the invoices are there", || stage.books("N-").len() == 2).await;
    browser
        .submit("/connections/acme-au/check", &[])
        .await
        .says(&[
            "Everything is in order",
            "connection acme-au: Wattle &amp; Finch Pty Ltd (AUD",
        ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_consent_connects_nothing_and_can_be_asked_for_again() {
    let (stage, _running, mut browser) = waiting_for_consent(WEB_CLIENT_SECRET).await;
    let page = begin(&mut browser, "acme-au").await;
    let back = browser.decide(&page, &[AUSTRALIA], "cancel").await;
    let shown = browser.open(&back).await;
    assert_eq!(shown.status, 422);
    shown.says(&[
        "The consent was refused.",
        "choose Allow",
        "/connections/acme-au/consent",
    ]);
    // The answer counts once.
    browser
        .open(&back)
        .await
        .says(&["No consent is open here", "Begin the consent again."]);
    assert!(stage.json(0, &["status"])["connections"]["acme-au"]["organisation"].is_null());

    let page = begin(&mut browser, "acme-au").await;
    let back = browser
        .decide(&page, &[NEW_ZEALAND, AUSTRALIA], "allow")
        .await;
    let shown = browser.open(&back).await;
    shown.says(&[
        "The consent opens several",
        "Kowhai Trading",
        "Wattle &amp; Finch",
    ]);
    // Whoever comes back later finds the choice waiting.
    browser
        .open("/connections/acme-au")
        .await
        .says(&["Choose the organisation"]);
    let id = NEW_ZEALAND.to_string();
    let form = [("organisation", id.as_str())];
    let shown = browser
        .submit("/connections/acme-au/organisation", &form)
        .await;
    shown.says(&["acme-au is connected to Kowhai Trading"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_says_what_to_compare_and_where_to_mend_it() {
    let (stage, _running, mut browser) = waiting_for_consent("not-the-secret").await;
    let page = begin(&mut browser, "acme-au").await;
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    let shown = browser.open(&back).await;
    assert_eq!(shown.status, 422);
    shown.says(&[
        "Xero does not know this client id with this secret.",
        "Compare client_id and client_secret",
        "/connections/new?change=yes&amp;connection=acme-au",
    ]);
    assert!(!shown.html.contains("not-the-secret"), "{}", shown.html);
    // The right one goes into the same file, and counts at once.
    enter_app(&mut browser, &stage, WEB_CLIENT_SECRET).await;
    let page = begin(&mut browser, "acme-au").await;
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    browser
        .open(&back)
        .await
        .says(&["acme-au is connected to Wattle &amp; Finch Pty Ltd"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_nothing_that_was_begun_here_is_not_believed() {
    let (stage, _running, mut browser) = waiting_for_consent(WEB_CLIENT_SECRET).await;
    let page = begin(&mut browser, "acme-au").await;
    let state = Url::parse(&page).unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    for query in [
        "code=stolen&state=wrong".to_owned(),
        format!("code=stolen&state={state}x"),
        "error=access_denied".to_owned(),
        String::new(),
    ] {
        let shown = browser
            .open(&format!("/connect/xero/callback?{query}"))
            .await;
        assert_eq!(shown.status, 422, "{query}");
        shown.says(&["No consent is open here", "Nothing was connected"]);
        assert!(!shown.html.contains("stolen"), "{}", shown.html);
    }
    // The one that was begun is still open.
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    browser
        .open(&back)
        .await
        .says(&["acme-au is connected to Wattle &amp; Finch Pty Ltd"]);
    assert_eq!(
        stage.json(0, &["status"])["off"]["connections"][0],
        "acme-au"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_companies_need_to_be_told_apart_and_one_organisation_is_connected_once() {
    let stage = Stage::connected().await;
    let (_running, mut browser) = serve(&stage).await;
    let form = [("name", "second")];
    let shown = browser.submit("/connections/new/company", &form).await;
    assert_eq!(shown.status, 422);
    shown.says(&["Other companies take documents too"]);
    let shown = browser
        .submit("/connections/new/company", &[("name", "books")])
        .await;
    shown.says(&["`books` is connected already"]);
    let form = [("name", "second"), ("divisions", "North\nSouth, \"East\"")];
    browser
        .submit("/connections/new/company", &form)
        .await
        .says(&["Go to Xero"]);
    let text = configuration(&stage);
    let (first, second) = (
        text.find("North").unwrap(),
        text.rfind("connection = \"books\"").unwrap(),
    );
    assert!(
        first < second,
        "what takes everything stands behind\n{text}"
    );

    let page = begin(&mut browser, "second").await;
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    browser
        .open(&back)
        .await
        .says(&["The organisation is already connected as books."]);
    assert!(stage.json(0, &["status"])["connections"]["second"]["organisation"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_the_chart_refuses_are_not_saved() {
    let stage = Stage::connected().await;
    stage.drop_invoices("C", 1);
    let (_running, mut browser) = serve(&stage).await;
    until("it is sent", || stage.books("C-").len() == 1).await;
    let before = configuration(&stage);
    let shown = browser.open("/connections/books/settings").await;
    let mark = shown.hidden("mark");
    let form = [
        ("mark", mark.as_str()),
        ("accounts.sales", "999"),
        ("sync_from", "yesterday"),
    ];
    let shown = browser.submit("/connections/books/settings", &form).await;
    assert_eq!(shown.status, 422);
    shown.says(&["Write the day as 2026-01-31."]);
    let form = [("mark", mark.as_str()), ("accounts.sales", "999")];
    let shown = browser.submit("/connections/books/settings", &form).await;
    assert_eq!(shown.status, 422);
    shown.says(&[
        "has no account with the code `999`",
        "999 (not in the chart)",
        "Nothing was changed",
    ]);
    assert_eq!(configuration(&stage), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_made_from_an_older_file_changes_nothing() {
    let stage = Stage::connected().await;
    let (_running, mut browser) = serve(&stage).await;
    let mark = browser
        .open("/connections/books/settings")
        .await
        .hidden("mark");
    let form = [("mark", mark.as_str()), ("number_prefix", "T-")];
    let planned = browser.submit("/connections/books/settings", &form).await;
    planned.says(&["+ number_prefix", "Save the settings"]);
    let text = configuration(&stage).replace("provider_poll_s = 1", "provider_poll_s = 2");
    std::fs::write(stage.path("tieout.toml"), &text).unwrap();

    let save = planned
        .html
        .split("action=\"/plans/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let shown = browser.submit(&format!("/plans/{save}"), &[]).await;
    assert_eq!(shown.status, 422);
    shown.says(&["was changed since"]);
    assert_eq!(configuration(&stage), text);

    // Taken on, the page is made from it, and the old form is refused by its mark.
    browser
        .open("/connections")
        .await
        .says(&["was changed beside this program"]);
    let shown = browser.submit("/connections/take-on", &[]).await;
    shown.says(&["taken on as it is now"]);
    let shown = browser.submit("/connections/books/settings", &form).await;
    assert_eq!(shown.status, 422);
    shown.says(&["The configuration was changed since this page was opened"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_nothing_enters_or_leaves_and_switched_on_nothing_is_lost() {
    let stage = Stage::connected().await;
    let (_running, mut browser) = serve(&stage).await;
    browser
        .submit("/hosts/cm/switch", &[("to", "off")])
        .await
        .says(&["cm is switched off"]);
    browser
        .submit("/connections/books/switch", &[("to", "off")])
        .await
        .says(&["books is switched off"]);
    stage.drop_invoices("O", 2);
    let told = stage.must(0, &["check"]);
    assert!(
        told.contains("host cm: switched off") && told.contains("connection books: switched off"),
        "{told}"
    );
    // A look at every host and organisation comes to nothing.
    stage.must(0, &["sync", "--once"]);
    assert!(
        stage
            .must(0, &["status"])
            .contains("host cm: switched off; ")
    );
    browser
        .submit("/hosts/cm/switch", &[("to", "on")])
        .await
        .says(&["cm is switched on."]);
    until("it is read", || {
        let told = stage.must(0, &["status"]);
        told.contains("2 waiting")
    })
    .await;
    assert_eq!(stage.books("O-").len(), 0);
    browser
        .submit("/connections/books/switch", &[("to", "on")])
        .await
        .says(&["books is switched on."]);
    until("the invoices are there", || stage.books("O-").len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_company_goes_on_where_it_was_when_it_is_connected_again() {
    let stage = Stage::connected().await;
    stage.drop_invoices("D", 1);
    let (_running, mut browser) = serve(&stage).await;
    until("it is sent", || stage.books("D-").len() == 1).await;
    let shown = browser.submit("/connections/books/disconnect", &[]).await;
    assert_eq!(shown.status, 422);
    let shown = browser
        .submit("/connections/books/disconnect", &[("sure", "yes")])
        .await;
    shown.says(&[
        "books is disconnected from Wattle &amp; Finch Pty Ltd, at Xero too.",
        "Not connected yet",
    ]);
    stage.drop_invoices("E", 1);
    let page = begin(&mut browser, "books").await;
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    let shown = browser.open(&back).await;
    shown.says(&["books is connected to Wattle &amp; Finch Pty Ltd"]);
    until("the next one is sent", || stage.books("E-").len() == 1).await;
    assert_eq!(stage.books("D-").len(), 1, "nothing is sent again");

    // A new consent for a connection that works takes the place of the old one, and everything goes on.
    let page = begin(&mut browser, "books").await;
    let back = browser.decide(&page, &[AUSTRALIA], "allow").await;
    browser
        .open(&back)
        .await
        .says(&["books is connected to Wattle &amp; Finch Pty Ltd"]);
    stage.drop_invoices("F", 1);
    until("it goes on", || stage.books("F-").len() == 1).await;
    browser.open("/usage").await.says(&[
        "calls left today",
        "What they were about",
        "<title",
        "Starter",
    ]);
    browser
        .open("/backfill")
        .await
        .says(&["There are no old documents."]);
}

/// Enters the app, whose secret goes into a file of its own that nobody else may read.
async fn the_app_is_entered_and_its_secret_kept_apart(browser: &mut Browser, stage: &Stage) {
    browser
        .open("/connections")
        .await
        .says(&["No organisation is connected yet"]);
    let shown = browser.open("/connections/new").await;
    let redirect = browser.base.join("/connect/xero/callback").unwrap();
    shown.says(&[redirect.as_str(), "developer.xero.com"]);
    enter_app(browser, stage, WEB_CLIENT_SECRET)
        .await
        .says(&["The app is written down."]);

    let secret = stage.path("xero.secret");
    assert_eq!(
        std::fs::read_to_string(&secret).unwrap().trim(),
        WEB_CLIENT_SECRET
    );
    assert_eq!(
        std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = configuration(stage);
    assert!(!text.contains(WEB_CLIENT_SECRET), "{text}");
    assert!(
        text.starts_with("# Kept as it is.\n") && text.contains("file = \"xero.secret\""),
        "{text}"
    );
}

/// Describes the company with settings of its own, which the configuration then has.
async fn the_company_is_written_down(browser: &mut Browser, stage: &Stage) {
    let form = [
        ("name", "acme-au"),
        ("method", "untracked"),
        ("sync_from", "2026-01-01"),
        ("reference", "template"),
        ("reference.template", "{claim_number}[ / {client_name}]"),
        ("contacts.population", "company"),
        ("invoice_status", "authorised"),
    ];
    let shown = browser.submit("/connections/new/company", &form).await;
    shown.says(&["Go to Xero"]);
    assert!(
        shown.policy.contains(&stage.sandbox.base_url.to_string()),
        "{}",
        shown.policy
    );
    let text = configuration(stage);
    for wanted in [
        "sync_from = \"2026-01-01\"",
        "population = \"company\"",
        "connections = [\"acme-au\"]",
    ] {
        assert!(text.contains(wanted), "wanted {wanted}\n{text}");
    }
}

/// The settings that it lacks, chosen from the organisation's own, planned and then saved.
async fn the_settings_that_it_lacks_are_chosen(browser: &mut Browser, stage: &Stage) {
    let shown = browser.open("/connections/acme-au/settings").await;
    shown.says(&["200 · Sales", "OUTPUT · GST on Income (10 %)"]);
    let mark = shown.hidden("mark");
    let form = [
        ("mark", mark.as_str()),
        ("accounts.sales", "200"),
        ("tax_codes.key", "GST"),
        ("tax_codes.value", "OUTPUT"),
    ];
    let shown = browser.submit("/connections/acme-au/settings", &form).await;
    shown.says(&[
        "+ sales = &quot;200&quot;",
        "to create",
        "Save the settings",
    ]);
    assert!(
        !configuration(stage).contains("sales"),
        "nothing is saved before somebody says so"
    );
    let save = shown
        .html
        .split("action=\"/plans/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let shown = browser.submit(&format!("/plans/{save}"), &[]).await;
    shown.says(&["The settings of acme-au are saved"]);
    assert_eq!(stage.books("N-").len(), 0, "it is switched off");
}
