//! What a person does at a browser: opens pages, presses, types, and waits until something is seen.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, interval, sleep};

use crate::driver::Driver;
use crate::element::{Element, FIND, What};
use crate::places;
use crate::wire::{ELEMENT, Refused, Wire, never};

/// Longer than anything here takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often it is looked whether something is there.
const LOOK: Duration = Duration::from_millis(25);

/// As root there is no sandbox of Chromium; nothing is asked of the world; nothing moves.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--no-first-run",
    "--no-proxy-server",
    // Whatever a page names, nothing but this machine is reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// The key that leads to what comes next.
pub const TAB: &str = "\u{e004}";
/// The key that does what has the focus.
pub const ENTER: &str = "\u{e007}";
/// The same for buttons and boxes.
pub const SPACE: &str = " ";

/// How big the window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1280 by 900.
    Desk,
    /// 390 by 844.
    Phone,
}

/// What the person's system prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Screen {
    fn size(self) -> (u32, u32) {
        match self {
            Self::Desk => (1280, 900),
            Self::Phone => (390, 844),
        }
    }
}

/// A browser with one window and a fresh profile, ended with the value.
pub struct Browser {
    pub(crate) wire: Wire,
    downloads: TempDir,
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Panics
    /// When Chromium or its driver is not installed, saying how it is, or does not start.
    pub async fn open() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let downloads = tempfile::tempdir().expect("a temporary folder can be made");
        let driver = Driver::start();
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "browserName": "chrome",
            // Questions of a page are for the test to answer.
            "unhandledPromptBehavior": "ignore",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "binary": places::chromium(), "args": flags },
        });
        let wire = Wire::open(driver.port, &capabilities).await;
        let browser = Self {
            wire,
            downloads,
            _driver: driver,
            _profile: profile,
        };
        let folder = browser.downloads.path();
        let into = json!({ "behavior": "allow", "downloadPath": folder });
        browser.chromium("Browser.setDownloadBehavior", into).await;
        browser.wear(Screen::Desk, Colours::Light).await;
        browser
    }

    /// Takes another size and other colours from here on.
    ///
    /// # Panics
    /// As everything here, when the browser breaks.
    pub async fn wear(&self, screen: Screen, colours: Colours) {
        let (width, height) = screen.size();
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.chromium("Emulation.setDeviceMetricsOverride", size)
            .await;
        let value = match colours {
            Colours::Light => "light",
            Colours::Dark => "dark",
        };
        let scheme = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.chromium("Emulation.setEmulatedMedia", json!({ "features": scheme }))
            .await;
    }

    /// From here on pages have no scripts.
    pub async fn without_scripts(&self) {
        self.chromium(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        )
        .await;
    }

    /// Opens an address and waits until it is loaded.
    pub async fn go(&self, address: &str) {
        let gone = self.wire.post("/url", &json!({ "url": address })).await;
        gone.unwrap_or_else(|refused| never(&refused));
    }

    /// Looks into the first frame of the page, until another page is opened.
    pub async fn into_frame(&self) {
        let frame = self.find(What::Css("iframe")).await;
        let frame = json!({ "id": { ELEMENT: frame.id } });
        let gone = self.wire.post("/frame", &frame).await;
        gone.unwrap_or_else(|refused| never(&refused));
    }

    /// Where one is.
    pub async fn address(&self) -> String {
        let address = self.wire.get("/url").await;
        let address = address.unwrap_or_else(|refused| never(&refused));
        address.as_str().unwrap_or_default().to_owned()
    }

    /// Goes out of whatever session there is: every cookie is forgotten.
    pub async fn forget(&self) {
        let gone = self.wire.delete("/cookie").await;
        gone.unwrap_or_else(|refused| never(&refused));
    }

    /// Runs a script in the page, the body of a function; gives what it returns.
    pub async fn run(&self, script: &str, arguments: Value) -> Value {
        let told = self.wire.run(script, arguments).await;
        told.unwrap_or_else(|refused| never(&refused))
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn chromium(&self, command: &str, params: Value) -> Value {
        let told = self.wire.chromium(command, params).await;
        told.unwrap_or_else(|refused| never(&refused))
    }

    /// Waits until something can be seen.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn find(&self, what: What<'_>) -> Element {
        let begun = Instant::now();
        let mut looks = interval(LOOK);
        loop {
            if let Some(found) = self.look(what).await {
                return found;
            }
            self.still(begun, &format!("{what:?}")).await;
            looks.tick().await;
        }
    }

    /// Whether something can be seen now.
    pub async fn has(&self, what: What<'_>) -> bool {
        self.look(what).await.is_some()
    }

    async fn look(&self, what: What<'_>) -> Option<Element> {
        // A page on its way has no elements to ask; the next look sees the next page.
        let found = self.wire.run(FIND, what.asked()).await.ok()?;
        let id = found[ELEMENT].as_str()?.to_owned();
        Some(Element { id })
    }

    /// Presses something with the mouse, once it is there and nothing lies over it.
    ///
    /// # Panics
    /// When it does not come, or stays covered.
    pub async fn press(&self, what: What<'_>) {
        let begun = Instant::now();
        loop {
            let element = self.find(what).await;
            match self.on(&element, "click", &json!({})).await {
                Ok(_) => return,
                Err(refused) => self.again(begun, &refused, &format!("{what:?}")).await,
            }
        }
    }

    /// Empties a field and types into it. In a list, chooses what begins so.
    pub async fn fill(&self, what: What<'_>, text: &str) {
        let begun = Instant::now();
        loop {
            let element = self.find(what).await;
            match self.write(&element, text).await {
                Ok(()) => return,
                Err(refused) => self.again(begun, &refused, &format!("{what:?}")).await,
            }
        }
    }

    async fn write(&self, element: &Element, text: &str) -> Result<(), Refused> {
        let this = json!([{ ELEMENT: element.id }]);
        let kind = "return arguments[0].matches('select, [type=date]') ? arguments[0].type : ''";
        let kind = self.wire.run(kind, this).await?;
        match kind.as_str().unwrap_or_default() {
            "" => {
                self.on(element, "clear", &json!({})).await?;
                self.on(element, "value", &json!({ "text": text })).await?;
            }
            // How a date is typed depends on the language of the browser, and an option on its letters.
            _ => {
                let set = "const [it, text] = arguments; const option = [...(it.options ?? [])].find((one) => \
                           one.value === text || one.text.trim().startsWith(text)); \
                           it.value = option ? option.value : text; \
                           for (const name of ['input', 'change']) it.dispatchEvent(new Event(name, { bubbles: true })); \
                           return it.value !== '' || text === ''";
                let args = json!([{ ELEMENT: element.id }, text]);
                let is_set = self.wire.run(set, args).await?;
                assert_eq!(is_set, true, "no `{text}` to choose");
            }
        }
        Ok(())
    }

    async fn on(&self, element: &Element, deed: &str, body: &Value) -> Result<Value, Refused> {
        let path = format!("/element/{}/{deed}", element.id);
        self.wire.post(&path, body).await
    }

    /// Goes on after what a page that was just changed answers.
    async fn again(&self, begun: Instant, refused: &Refused, what: &str) {
        let may_pass = [
            "stale element reference",
            "element click intercepted",
            "element not interactable",
            "no such element",
        ];
        if !may_pass.contains(&refused.error.as_str()) {
            never(refused);
        }
        self.still(begun, &format!("{what}: {refused}")).await;
        sleep(LOOK).await;
    }

    /// Types where the focus is: text, and keys by their codes in WebDriver such as [`TAB`].
    pub async fn keys(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let sequence = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        let done = self
            .wire
            .post("/actions", &json!({ "actions": [sequence] }))
            .await;
        done.unwrap_or_else(|refused| never(&refused));
    }

    /// Answers a question of the page with yes, and gives what it asked.
    ///
    /// # Panics
    /// When it asks nothing.
    pub async fn agree(&self) -> String {
        let begun = Instant::now();
        let mut looks = interval(LOOK);
        let asked = loop {
            if let Ok(asked) = self.wire.get("/alert/text").await {
                break asked;
            }
            assert!(begun.elapsed() < PATIENCE, "the page asks nothing");
            looks.tick().await;
        };
        let done = self.wire.post("/alert/accept", &json!({})).await;
        done.unwrap_or_else(|refused| never(&refused));
        asked.as_str().unwrap_or_default().to_owned()
    }

    /// What can be read on the page, the panel's own tree too.
    pub async fn text(&self) -> String {
        let script = "const hosts = [...document.querySelectorAll('tieout-panel')].map((it) => it.shadowRoot); \
                      return [document.body.innerText, ...hosts.flatMap((root) => [...root.children].map((it) => it.innerText))].join('\\n')";
        let text = self.wire.run(script, json!([])).await;
        let text = text.unwrap_or(Value::Null);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    ///
    /// # Panics
    /// When it never does; says what it says instead.
    pub async fn says(&self, wanted: &str) {
        let begun = Instant::now();
        let mut looks = interval(LOOK);
        while !self.text().await.contains(wanted) {
            self.still(begun, &format!("`{wanted}`")).await;
            looks.tick().await;
        }
    }

    /// Waits until the page does not say something any more.
    ///
    /// # Panics
    /// When it goes on saying it.
    pub async fn says_no_more(&self, unwanted: &str) {
        let begun = Instant::now();
        let mut looks = interval(LOOK);
        while self.text().await.contains(unwanted) {
            self.still(begun, &format!("an end of `{unwanted}`")).await;
            looks.tick().await;
        }
    }

    /// Waits until a file that was pressed for is here, and gives its name and bytes.
    ///
    /// # Panics
    /// When none comes.
    pub async fn downloaded(&self) -> (String, Vec<u8>) {
        let begun = Instant::now();
        let mut looks = interval(LOOK);
        loop {
            if let Some(path) = whole_file(self.downloads.path()) {
                let bytes = std::fs::read(&path).expect("it is there");
                std::fs::remove_file(&path).expect("it is ours");
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                return (name.into_owned(), bytes);
            }
            self.still(begun, "a file").await;
            looks.tick().await;
        }
    }

    async fn still(&self, begun: Instant, wanted: &str) {
        if begun.elapsed() < PATIENCE {
            return;
        }
        let (address, text) = (self.address().await, self.text().await);
        assert!(
            begun.elapsed() < PATIENCE,
            "waited for {wanted} at {address}, which says:\n{text}"
        );
    }
}

/// A file that Chromium wrote to its end: until then it has another name.
fn whole_file(folder: &Path) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.ends_with(".crdownload") && !name.starts_with('.')
    })
}
