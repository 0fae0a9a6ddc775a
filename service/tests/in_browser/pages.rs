//! Every page, on a desk in the light and on a phone in the dark: no barrier, no complaint, nothing that jumps.

use tieout_browser::{Browser, Colours, Program, Screen, What};

use crate::person::{comes_in, program};

/// Pages that the demo has without anybody doing anything.
const PAGES: &[&str] = &[
    "/",
    "/findings",
    "/documents",
    "/documents/iinsight/invoice/1688",
    "/documents/case-manager/invoice/14503",
    "/documents/case-manager/invoice/14503/undo?connection=wattle-au",
    "/documents/case-manager/invoice/14507/adopt?connection=wattle-au",
    "/journal",
    "/integrations",
    "/exports",
    "/tie-out",
    "/tie-out/full",
    "/backfill",
    "/connections",
    "/connections/wattle-au",
    "/connections/wattle-au/settings",
    "/connections/wattle-au/consent",
    "/connections/wattle-au/ready",
    "/connections/new",
    "/connections/new?change=yes",
    "/connections/new/company",
    "/usage",
    "/people",
    "/notifications",
    "/no-such-page",
];

/// The sizes and colours in which a page is looked at: each of them once.
const LOOKS: [(Screen, Colours); 2] = [
    (Screen::Desk, Colours::Light),
    (Screen::Phone, Colours::Dark),
];

/// Somebody who looks at pages and writes down what is wrong with them.
struct Inspector {
    browser: Browser,
    serving: Program,
    wrong: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Inspector {
    async fn comes() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (serving, link) = Program::demo(program(), folder.path());
        let browser = Browser::open().await;
        comes_in(&browser, &link).await;
        Self {
            browser,
            serving,
            wrong: Vec::new(),
            _folder: folder,
        }
    }

    /// Opens a page and looks at it.
    async fn visits(&mut self, path: &str) {
        for (screen, colours) in LOOKS {
            self.browser.wear(screen, colours).await;
            self.browser.go(&self.serving.at(path)).await;
            self.looks(path, (screen, colours)).await;
        }
    }

    /// Looks at the page that came of a deed, which cannot be opened again.
    async fn stays(&mut self, name: &str) {
        for worn in LOOKS.into_iter().rev() {
            self.browser.wear(worn.0, worn.1).await;
            self.looks(name, worn).await;
        }
    }

    async fn looks(&mut self, name: &str, (screen, colours): (Screen, Colours)) {
        let mut seen = self.browser.care().await.wrong;
        // A browser writes down every answer that is a refusal.
        seen.retain(|line| {
            !(line.contains("Failed to load resource") && line.contains(" status of 4"))
        });
        self.wrong.extend(
            seen.iter()
                .map(|line| format!("{name} {screen:?} {colours:?}: {line}")),
        );
        if let Some(folder) = std::env::var_os("TIEOUT_PICTURES") {
            let name = format!("{name}_{screen:?}_{colours:?}.png");
            let file = name.replace(|it: char| !it.is_alphanumeric() && it != '.', "_");
            let picture = self.browser.picture().await;
            std::fs::write(std::path::Path::new(&folder).join(file), picture).unwrap();
        }
    }

    fn is_content(&self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_for_everybody() {
    let mut inspector = Inspector::comes().await;
    for path in PAGES {
        inspector.visits(path).await;
    }
    inspector.browser.forget().await;
    inspector.visits("/sign-in").await;
    inspector.visits("/sign-in/link/none").await;
    inspector.is_content();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_a_deed_leads_to_is_for_everybody() {
    let mut inspector = Inspector::comes().await;
    of_people(&mut inspector).await;
    of_notices(&mut inspector).await;
    of_documents(&mut inspector).await;
    of_connections(&mut inspector).await;
    inspector.is_content();
}

async fn of_people(inspector: &mut Inspector) {
    let at = |path: &str| inspector.serving.at(path);
    let browser = &inspector.browser;
    browser.go(&at("/people")).await;
    browser.press(What::Button("Make a key")).await;
    browser.fill(What::Css("#key-name"), "reports").await;
    browser.press(What::Button("Make it")).await;
    browser.says("The key reports").await;
    browser.press(What::Button("Let somebody in")).await;
    browser
        .fill(
            What::Field("E-mail address"),
            "a.person.with.a.rather.long.name@accounting.example.com",
        )
        .await;
    browser.press(What::Button("Let in, and make a link")).await;
    browser.says("A link for a.person").await;
    inspector.stays("people with a link").await;
    inspector.browser.press(What::Link("You")).await;
    inspector.browser.says("Signed in").await;
    inspector.stays("a person").await;
}

async fn of_notices(inspector: &mut Inspector) {
    let browser = &inspector.browser;
    browser.go(&inspector.serving.at("/notifications")).await;
    browser.press(What::Button("Make a group")).await;
    browser.fill(What::Css("#id"), "accounts").await;
    browser
        .fill(What::Css("#name"), "Accounts receivable")
        .await;
    browser
        .fill(What::Field("Members"), "Ann <ann@example.com>")
        .await;
    browser.press(What::Button("Make it")).await;
    browser.says("Accounts receivable").await;
    inspector.stays("a group").await;
    let browser = &inspector.browser;
    browser.go(&inspector.serving.at("/notifications")).await;
    browser.press(What::Button("Add one")).await;
    browser.fill(What::Css("#webhook-id"), "ledger").await;
    browser
        .fill(What::Css("#url"), "https://hooks.example.com/tieout")
        .await;
    browser
        .press(What::Button("Add it, and show its secret"))
        .await;
    browser.says("whsec_").await;
    inspector.stays("a webhook with its secret").await;
    inspector.visits("/notifications").await;
    inspector.visits("/people").await;
}

async fn of_documents(inspector: &mut Inspector) {
    let browser = &inspector.browser;
    browser.wear(Screen::Desk, Colours::Light).await;
    browser.go(&inspector.serving.at("/findings")).await;
    browser.press(What::Link("Set tax_codes.\"GSTNZ\"")).await;
    browser.find(What::Css("select#value")).await;
    inspector.stays("mending a finding").await;
    let browser = &inspector.browser;
    browser.fill(What::Css("select#value"), "OUTPUT").await;
    browser.press(What::Button("Show what that changes")).await;
    browser.says("What that lets go").await;
    inspector.stays("what a mend lets go").await;
    let browser = &inspector.browser;
    browser
        .go(&inspector.serving.at("/findings?rule=tax_code_unmapped"))
        .await;
    browser.press(What::Button("Save this list")).await;
    browser.fill(What::Css("#save-findings"), "Tax codes").await;
    browser.press(What::Button("Save")).await;
    browser.says("is saved").await;
    inspector.stays("findings of a kind, saved").await;
    let browser = &inspector.browser;
    browser.fill(What::Field("Which"), "all").await;
    browser.press(What::Button("Never send …")).await;
    browser.says("Never send: 1 document").await;
    inspector.stays("many at once").await;
    let browser = &inspector.browser;
    browser.go(&inspector.serving.at("/integrations")).await;
    browser.press(What::Button("Export to Excel")).await;
    browser.find(What::Css("a[download]")).await;
    inspector.stays("exports").await;
    let browser = &inspector.browser;
    browser.go(&inspector.serving.at("/tie-out")).await;
    browser.press(What::Button("Compare now")).await;
    browser.find(What::Link("Its documents (CSV)")).await;
    inspector.stays("a tie-out").await;
    let here = inspector.browser.address().await;
    let path = here.replace(&inspector.serving.base, "");
    inspector.visits(&path).await;
}

async fn of_connections(inspector: &mut Inspector) {
    let browser = &inspector.browser;
    browser
        .go(&inspector.serving.at("/connections/wattle-au"))
        .await;
    browser.press(What::Button("Check the credentials")).await;
    browser.find(What::Css("section[role=status]")).await;
    inspector.stays("a connection, checked").await;
    let browser = &inspector.browser;
    browser.press(What::Button("Show the plan")).await;
    browser.find(What::Button("Make the plan anew")).await;
    inspector.stays("a plan").await;
    let browser = &inspector.browser;
    browser
        .go(&inspector.serving.at("/connections/new/company"))
        .await;
    browser.fill(What::Field("Name"), "Not A Name!").await;
    browser.press(What::Button("Go on to the consent")).await;
    browser.says("cannot stay so").await;
    inspector.stays("a company that cannot stay so").await;
    let browser = &inspector.browser;
    browser
        .go(&inspector.serving.at("/connections/wattle-au/settings"))
        .await;
    browser
        .fill(What::Css("[name='accounts.sales']"), "210")
        .await;
    browser
        .press(What::Button("See what this would change"))
        .await;
    inspector
        .browser
        .find(What::Button("Save the settings"))
        .await;
    inspector.stays("settings, changed").await;
}
