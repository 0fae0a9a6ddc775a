//! What is said to the driver: calls of W3C WebDriver, and Chromium's own protocol through it.
//!
//! A client crate would bring a dozen others and features of `serde` that every crate here would be compiled with; a dozen
//! calls are all that is needed.

use std::fmt;

use reqwest::Client;
use serde_json::{Value, json};

/// How an element is named on the wire.
pub(crate) const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session of the driver.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    client: Client,
    session: String,
}

/// What the driver refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// Its name in the standard, such as `stale element reference`.
    pub(crate) error: String,
    /// In words.
    pub(crate) message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.message)
    }
}

impl Wire {
    /// Opens a session with these capabilities.
    ///
    /// # Panics
    /// When the browser does not start.
    pub(crate) async fn open(port: u16, capabilities: &Value) -> Self {
        let client = Client::builder().no_proxy().build().expect("a client");
        let base = format!("http://127.0.0.1:{port}/session");
        let mut wire = Self {
            client,
            session: base.clone(),
        };
        let asked = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = wire
            .post("", &asked)
            .await
            .unwrap_or_else(|refused| never(&refused));
        let id = opened["sessionId"].as_str().expect("a session has a name");
        wire.session = format!("{base}/{id}");
        wire
    }

    /// Asks the driver for something.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Refused> {
        let request = self.client.get(format!("{}{path}", self.session));
        answer(request).await
    }

    /// Has the driver do something.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Refused> {
        let request = self.client.post(format!("{}{path}", self.session));
        answer(request.json(body)).await
    }

    /// Ends something.
    pub(crate) async fn delete(&self, path: &str) -> Result<Value, Refused> {
        let request = self.client.delete(format!("{}{path}", self.session));
        answer(request).await
    }

    /// Runs a script in the page: the body of a function of `args`.
    pub(crate) async fn run(&self, script: &str, args: Value) -> Result<Value, Refused> {
        self.post("/execute/sync", &json!({ "script": script, "args": args }))
            .await
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn chromium(&self, command: &str, params: Value) -> Result<Value, Refused> {
        let body = json!({ "cmd": command, "params": params });
        let told = self.post("/goog/cdp/execute", &body).await;
        match told {
            // A page that looks again by itself just did: there is a page to ask again.
            Err(refused) if refused.message.contains("aborted by navigation") => {
                self.post("/goog/cdp/execute", &body).await
            }
            told => told,
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Refused> {
    let lost = |error: reqwest::Error| Refused {
        error: "no answer".to_owned(),
        message: error.to_string(),
    };
    let reply = request.send().await.map_err(lost)?;
    let is_fine = reply.status().is_success();
    let mut told: Value = reply.json().await.map_err(lost)?;
    let value = told["value"].take();
    if is_fine {
        return Ok(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Err(Refused {
        error: text("error"),
        message: text("message"),
    })
}

/// Ends the test: the browser did not do what every browser does.
#[expect(clippy::panic, reason = "a test ends where its browser breaks")]
#[track_caller]
pub(crate) fn never(refused: &Refused) -> ! {
    panic!("the browser refused: {refused}")
}
