//! A product that puts the panel into a record page of its own, at another origin and under the strictest policy.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use serde_json::{Value, json};
use tieout_sandbox_hosts::{Running, freshsales, insightly, serve};
use tokio::net::TcpListener;

use crate::browser::Browser;
use crate::element::What;
use crate::stage::{Program, Stage};

/// The product's own script: it gives the panel a token when it needs one, as docs/panel.md says. In a page that is asked for
/// with `?late`, the panel hears that its record is refused only after another request was refused and another token given.
const OWN: &str = r#"const given = new Promise((resolve) => document.addEventListener("tieout-token-needed", async (event) => {
  event.target.setAttribute("token", await (await ask("/my/panel-token")).text());
  resolve();
}));
const ask = window.fetch.bind(window);
if (location.search === "?late") window.fetch = async (...asked) => {
  const reply = await ask(...asked);
  if (reply.status === 401 && String(asked[0]).includes("/records/")) await given;
  return reply;
};"#;

/// The products beside whose records the panel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Insightly, which numbers drafts of opportunities.
    Insightly,
    /// Freshsales, whose people and accounts have invoices, and whose deals those of both.
    Freshsales,
}

impl Product {
    /// Its stand-in, its kind in the configuration, where its API lies below an address, and its key.
    fn stand_in(self) -> (Router, &'static str, &'static str, &'static str) {
        match self {
            Self::Insightly => {
                let routes = insightly::Insightly::new().routes();
                (routes, "insightly", "v3.1", insightly::API_KEY)
            }
            Self::Freshsales => {
                let routes = freshsales::Freshsales::new().routes();
                (routes, "freshsales", "crm/sales", freshsales::API_KEY)
            }
        }
    }
}

/// A product with records, the pages that show them, and the program beside it.
pub struct Vendor {
    /// The folder and the local Xero.
    pub stage: Stage,
    /// The program.
    pub serving: Program,
    /// Where the product's pages are, without a slash at the end.
    pub base: String,
    key: String,
    tokens: Arc<Mutex<Tokens>>,
    _running: Running,
}

/// What the product's server hands to its pages.
#[derive(Default)]
struct Tokens {
    /// Where the panel comes from.
    panel: String,
    /// With which the page is written.
    first: String,
    /// Which it is given when it needs another one.
    next: String,
}

impl Vendor {
    /// Sets everything up: the product named in `allowed_origins`, with a key for panels.
    ///
    /// # Panics
    /// When it cannot be set.
    pub async fn set(program: &Path, product: Product) -> Self {
        let (routes, kind, below, api_key) = product.stand_in();
        let running = serve(routes, 0).await.expect("a stand-in");
        let tokens = Arc::new(Mutex::new(Tokens::default()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port is free");
        let base = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        tokio::spawn(axum::serve(listener, pages(&tokens)).into_future());

        let stage = Stage::bare(program).await;
        stage.write("crm.key", api_key);
        let host = format!(
            "[hosts.crm.{kind}]\nurl = \"{}{below}\"\napi_key = {{ file = \"crm.key\" }}\n\
             [hosts.crm.{kind}.drafts]\ntax_code = \"GST\"\ntax_rate = \"0.10\"\n",
            running.url()
        );
        let origins = format!("[api]\nallowed_origins = [\"{base}\"]\n");
        stage.connect(&host, &origins).await;
        let serving = stage.serve();
        let key = serving.beside(&["key", "add", "crm", "--scope", "panel"]);
        let key = key["key"].as_str().expect("a key").to_owned();
        let vendor = Self {
            stage,
            serving,
            base,
            key,
            tokens,
            _running: running,
        };
        let panel = vendor.serving.base.clone();
        vendor.change(|tokens| tokens.panel = panel);
        vendor
    }

    /// A token for a record, as the product's server asks for it; `can` is `view` or `work`.
    ///
    /// # Panics
    /// When none is given.
    pub async fn token(&self, (kind, id): (&str, &str), can: &str) -> String {
        let asked = json!({
            "host": "crm", "record": { "kind": kind, "id": id }, "user": { "id": "17", "name": "Ann" }, "can": can
        });
        let request = reqwest::Client::new().post(self.serving.at("/v1/panel/tokens"));
        let reply = request.bearer_auth(&self.key).json(&asked).send().await;
        let told = reply.expect("it answers").json::<Value>().await;
        let told = told.expect("it is JSON");
        told["token"].as_str().expect("a token").to_owned()
    }

    /// Opens the product's page of a record, and waits until the panel shows it.
    ///
    /// # Panics
    /// When it does not.
    pub async fn shows(&self, browser: &Browser, record: (&str, &str), can: &str) {
        let token = self.token(record, can).await;
        self.hands_out(&token, "");
        browser.go(&format!("{}/record", self.base)).await;
        browser.find(What::Css("[part=header]")).await;
    }

    /// What the page is written with, and what it is given next.
    pub fn hands_out(&self, first: &str, next: &str) {
        self.change(|tokens| {
            first.clone_into(&mut tokens.first);
            next.clone_into(&mut tokens.next);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Tokens)) {
        change(&mut self.tokens.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn pages(tokens: &Arc<Mutex<Tokens>>) -> Router {
    let shown = |show: fn(&Tokens) -> axum::response::Response| {
        let tokens = Arc::clone(tokens);
        get(async move || show(&tokens.lock().unwrap_or_else(PoisonError::into_inner)))
    };
    let own = || async { ([(header::CONTENT_TYPE, "text/javascript")], OWN) };
    Router::new()
        .route("/record", shown(page))
        .route("/framed", shown(framed))
        .route(
            "/my/panel-token",
            shown(|tokens| tokens.next.clone().into_response()),
        )
        .route("/own.js", get(own))
        .route("/favicon.ico", get(|| async {}))
}

fn page(tokens: &Tokens) -> axum::response::Response {
    let Tokens { panel, first, .. } = tokens;
    let policy =
        format!("default-src 'none'; script-src 'self' {panel}; connect-src 'self' {panel}");
    let page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta name=color-scheme content=\"light dark\"><title>Record</title>\
         <script src=\"/own.js\" defer></script><script src=\"{panel}/panel.js\" defer></script></head>\
         <body><main><h1>Record</h1><tieout-panel token=\"{first}\"></tieout-panel></main></body></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

fn framed(tokens: &Tokens) -> axum::response::Response {
    let Tokens { panel, first, .. } = tokens;
    let page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Record</title></head><body><main><h1>Record</h1>\
         <iframe title=Accounting width=600 height=500 src=\"{panel}/panel/frame#token={first}\"></iframe></main></body></html>"
    );
    Html(page).into_response()
}
