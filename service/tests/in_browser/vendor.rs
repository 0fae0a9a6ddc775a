//! A product that puts the panel into a record page of its own, at another origin and under the strictest policy.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use serde_json::{Value, json};
use tieout_browser::{Browser, Program, Stage, What};
use tieout_sandbox_hosts::{Running, insightly, serve};

use crate::person::program;

/// The product's own script, as docs/panel.md writes it.
const OWN: &str = r#"document.addEventListener("tieout-token-needed", async (event) => {
  event.target.setAttribute("token", await (await fetch("/my/panel-token")).text());
});"#;

/// A product with records, the pages that show them, and the program beside it.
pub(crate) struct Vendor {
    pub(crate) stage: Stage,
    pub(crate) serving: Program,
    pub(crate) product: insightly::Insightly,
    /// Where the product's pages are.
    pub(crate) base: String,
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
    pub(crate) async fn set() -> Self {
        let product = insightly::Insightly::new();
        let running = serve(product.routes(), 0).await.unwrap();
        let tokens = Arc::new(Mutex::new(Tokens::default()));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, pages(&tokens)).into_future());

        let stage = Stage::bare(program()).await;
        stage.write("crm.key", insightly::API_KEY);
        let url = running.url().join("v3.1").unwrap();
        let host = format!(
            "[hosts.crm.insightly]\nurl = \"{url}\"\napi_key = {{ file = \"crm.key\" }}\n\
             [hosts.crm.insightly.drafts]\ntax_code = \"GST\"\ntax_rate = \"0.10\"\n"
        );
        stage
            .connect(&host, &format!("[api]\nallowed_origins = [\"{base}\"]\n"))
            .await;
        let serving = stage.serve();
        let key = serving.beside(&["key", "add", "crm", "--scope", "panel"]);
        let key = key["key"].as_str().unwrap().to_owned();
        tokens.lock().unwrap().panel.clone_from(&serving.base);
        Self {
            stage,
            serving,
            product,
            base,
            key,
            tokens,
            _running: running,
        }
    }

    /// A token for a record, as the product's server asks for it.
    pub(crate) async fn token(&self, (kind, id): (&str, &str), can: &str) -> String {
        let asked = json!({ "host": "crm", "record": { "kind": kind, "id": id }, "user": { "id": "17", "name": "Ann" }, "can": can });
        let request = reqwest::Client::new().post(self.serving.at("/v1/panel/tokens"));
        let reply = request
            .bearer_auth(&self.key)
            .json(&asked)
            .send()
            .await
            .unwrap();
        let told: Value = reply.json().await.unwrap();
        told["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{told}"))
            .to_owned()
    }

    /// Opens the product's page of a record.
    pub(crate) async fn shows(&self, browser: &Browser, record: (&str, &str), can: &str) {
        let token = self.token(record, can).await;
        self.hands_out(&token, "").await;
        browser.go(&format!("{}/record", self.base)).await;
        browser.find(What::Css("[part=header]")).await;
    }

    /// What the page is written with, and what it is given next.
    pub(crate) async fn hands_out(&self, first: &str, next: &str) {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.first = first.to_owned();
        tokens.next = next.to_owned();
    }
}

fn pages(tokens: &Arc<Mutex<Tokens>>) -> Router {
    let (of_page, of_frame, of_next) = (Arc::clone(tokens), Arc::clone(tokens), Arc::clone(tokens));
    Router::new()
        .route("/record", get(async move || page(&of_page.lock().unwrap())))
        .route(
            "/framed",
            get(async move || framed(&of_frame.lock().unwrap())),
        )
        .route(
            "/my/panel-token",
            get(async move || of_next.lock().unwrap().next.clone()),
        )
        .route(
            "/own.js",
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], OWN) }),
        )
        .route("/favicon.ico", get(|| async {}))
}

fn page(tokens: &Tokens) -> impl IntoResponse + use<> {
    let Tokens { panel, first, .. } = tokens;
    let policy =
        format!("default-src 'none'; script-src 'self' {panel}; connect-src 'self' {panel}");
    let page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta name=color-scheme content=\"light dark\"><title>Record</title>\
         <script src=\"/own.js\" defer></script><script src=\"{panel}/panel.js\" defer></script></head>\
         <body><main><h1>Record</h1><tieout-panel token=\"{first}\"></tieout-panel></main></body></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page))
}

fn framed(tokens: &Tokens) -> Html<String> {
    let Tokens { panel, first, .. } = tokens;
    Html(format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Record</title></head>\
         <body><main><h1>Record</h1><iframe title=Accounting width=600 height=500 src=\"{panel}/panel/frame#token={first}\"></iframe></main></body></html>"
    ))
}
