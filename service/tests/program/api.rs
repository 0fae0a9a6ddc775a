//! The HTTP API through a real socket: what each resource tells, what is refused and how, and that nothing is done twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::store::{SledOptions, SledStore};
use tieout_identity::{Actor, Identity, Lifetimes, NewKey, NewPerson, Role, Scope, Visitor};

use crate::stage::{Stage, invoice};
use crate::stopping::{Running, until};

/// A program that serves, with a key for each scope.
pub(crate) struct Api {
    pub(crate) stage: Stage,
    pub(crate) running: Running,
    pub(crate) base: String,
    pub(crate) reader: String,
    pub(crate) operator: String,
    pub(crate) admin: String,
    /// The session of an operator in a browser: the cookie, and the token of its pages.
    pub(crate) session: (String, String),
}

/// What came back.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Api {
    pub(crate) async fn serving(stage: Stage, more: &str) -> Self {
        let file = stage.path("tieout.toml");
        let configuration = std::fs::read_to_string(&file).unwrap();
        let listen = format!("[listen]\naddress = \"127.0.0.1:0\"\n{more}[xero]\n");
        std::fs::write(&file, configuration.replace("[xero]\n", &listen)).unwrap();
        let ([reader, operator, admin], session) = keys(&stage).await;
        let mut running = Running::start(&stage, &["serve"]);
        let base = listening(&mut running);
        Self {
            stage,
            running,
            base,
            reader,
            operator,
            admin,
            session,
        }
    }

    fn ask(&self, method: Method, path: &str, key: &str) -> RequestBuilder {
        let request = Client::new().request(method, format!("{}{path}", self.base));
        request.bearer_auth(key)
    }

    /// What the reader sees.
    pub(crate) async fn get(&self, path: &str) -> Told {
        Told::of(
            self.ask(Method::GET, path, &self.reader)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// The same where it must be there.
    pub(crate) async fn see(&self, path: &str) -> Value {
        let told = self.get(path).await;
        assert_eq!(told.status, 200, "{path}: {}", told.body);
        told.body
    }

    /// What the operator does.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Told {
        self.write(Method::POST, path, body, &[]).await
    }

    pub(crate) async fn write(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Told {
        self.asked_by(&self.operator, method, path, body, headers)
            .await
    }

    /// What an admin asks or does.
    pub(crate) async fn as_admin(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Told {
        self.asked_by(&self.admin, method, path, body, headers)
            .await
    }

    async fn asked_by(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Told {
        let mut request = self.ask(method, path, key).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Told::of(request.send().await.unwrap()).await
    }

    /// The same in another process.
    pub(crate) async fn begun_anew(mut self) -> Self {
        self.running.signal("TERM");
        assert!(self.running.ends().await.success());
        self.running = Running::start(&self.stage, &["serve"]);
        self.base = listening(&mut self.running);
        self
    }

    pub(crate) async fn end(mut self) {
        self.running.signal("TERM");
        assert!(self.running.ends().await.success());
    }
}

impl Told {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            status: status.as_u16(),
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// That it is a refusal of this sort, with everything that a refusal has.
    pub(crate) fn refuses(&self, status: StatusCode, sort: &str) {
        assert_eq!(self.status, status.as_u16(), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["type"], format!("urn:tieout:problem:{sort}"));
        assert_eq!(self.body["status"], status.as_u16());
        let detail = self.body["detail"].as_str().unwrap();
        assert!(detail.len() > 3, "{}", self.body);
    }
}

async fn keys(stage: &Stage) -> ([String; 3], (String, String)) {
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let clock = Arc::new(SystemClock);
    let identity = Identity::new(Arc::new(store), clock, Lifetimes::default());
    let key = async |name: &str, scope: Scope| {
        let new = NewKey {
            name: name.to_owned(),
            scopes: BTreeSet::from([scope]),
            expires_at: None,
        };
        let made = identity.add_key(&Actor::command_line("test"), new).await;
        made.unwrap().secret.expose_secret().to_owned()
    };
    let keys = [
        key("looker", Scope::Read).await,
        key("doer", Scope::Operate).await,
        key("chief", Scope::Admin).await,
    ];
    let by = Actor::command_line("test");
    let person = NewPerson {
        email: "viv@example.com".parse().unwrap(),
        name: "Viv".to_owned(),
        role: Role::Operator,
    };
    let person = identity.add_person(&by, person).await.unwrap();
    let link = identity.make_link(&by, person.id).await.unwrap();
    let token = link.token.expose_secret();
    let signed_in = identity.follow_link(token, &Visitor::default()).await;
    let signed_in = signed_in.unwrap();
    let cookie = format!("tieout={}", signed_in.cookie.expose_secret());
    let token = signed_in.session.csrf_token().to_owned();
    (keys, (cookie, token))
}

fn listening(running: &mut Running) -> String {
    let told = tokio::task::block_in_place(|| running.says("listening"));
    let (_, address) = told.split_once("127.0.0.1:").expect("an address");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    format!("http://127.0.0.1:{port}")
}

/// A program that has sent an invoice, `A-1`, and holds another, `B-1`, whose tax code nobody mapped.
pub(crate) async fn with_two() -> Api {
    let api = Api::serving(Stage::connected().await, "").await;
    api.stage.drop_invoices("A", 1);
    let held = invoice("B-1", 1).replace("\"GST\"", "\"VAT\"");
    api.stage
        .drop_file("invoices-b-20261101T000000Z.jsonl", &held);
    until("one is there", || api.stage.books("A-").len() == 1).await;
    for id in ["A-1", "B-1"] {
        let wanted = if id == "A-1" { "posted" } else { "held" };
        settled(&api, id, wanted).await;
    }
    api
}

const B: &str = "/v1/bindings/books/cm/invoice/B-1";

async fn settled(api: &Api, id: &str, wanted: &str) {
    for _ in 0..600 {
        let told = api
            .get(&format!("/v1/bindings/books/cm/invoice/{id}"))
            .await;
        if told.body["binding"]["state"] == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{id} is not {wanted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_told_in_forms_with_amounts_as_texts() {
    let api = with_two().await;
    assert_eq!(api.see("/v1/me").await["name"], "the key looker");
    let connections = api.see("/v1/connections").await;
    let books = &connections["data"][0];
    assert_eq!(books["id"], "books");
    assert_eq!(books["states"], json!({"held": 1, "posted": 1}));
    assert_eq!(books["access"]["state"], "live");
    let one = api.see("/v1/connections/books").await;
    assert_eq!(one["organisation"], books["organisation"]);
    assert_eq!(api.see("/v1/hosts").await["data"][0]["id"], "cm");
    assert_eq!(api.see("/v1/hosts/cm").await["keeps_records"], false);

    let sent = api.get("/v1/bindings/books/cm/invoice/A-1").await;
    let held = &sent.body["binding"]["provider"];
    assert_eq!(held["totals"]["gross"], "11.11");
    assert_eq!(held["settlement"]["amount_due"], "11.11");
    let version = sent.body["binding"]["version"].as_u64().unwrap();
    assert_eq!(sent.header("etag"), format!("\"{version}\""));

    let waiting = api.see(B).await;
    let finding = &waiting["findings"][0];
    assert_eq!(finding["rule"], "tax_code_unmapped");
    assert!(!finding["remedy"].as_str().unwrap().is_empty());
    let kinds = api.see("/v1/findings/kinds").await;
    let names: Vec<&str> = kinds["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"tax_code_unmapped"));
    assert_eq!(api.see("/v1/findings/sites").await["sites"], json!([]));
    let usage = api.see("/v1/usage").await;
    let left = &usage["organisations"]["books"]["spending"]["calls_left_today"];
    assert!(left.as_u64().unwrap() > 0, "{usage}");
    assert!(api.see("/v1/backfill").await["connections"].is_object());
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_made_on_the_version_that_was_seen_and_stand_in_the_journal_under_the_key() {
    let api = with_two().await;
    let seen = api.get(B).await;
    let tag = seen.header("etag").to_owned();
    let skip = json!({"because": "paid in cash"});
    let path = format!("{B}/skip");
    let stale = api
        .write(Method::POST, &path, &skip, &[("if-match", "\"1\"")])
        .await;
    stale.refuses(StatusCode::PRECONDITION_FAILED, "changed-meanwhile");
    let bent = api
        .write(Method::POST, &path, &skip, &[("if-match", "W/\"1\"")])
        .await;
    bent.refuses(StatusCode::BAD_REQUEST, "not-readable");
    let done = api
        .write(Method::POST, &path, &skip, &[("if-match", &tag)])
        .await;
    assert_eq!(
        (done.status, &done.body["binding"]["state"]),
        (200, &json!("skipped"))
    );
    assert_ne!(done.header("etag"), tag);
    let late = api
        .write(Method::POST, &path, &skip, &[("if-match", &tag)])
        .await;
    late.refuses(StatusCode::PRECONDITION_FAILED, "changed-meanwhile");
    let story = api.stage.json(0, &["explain", "cm/invoice/B-1"]);
    let told = story["story"].to_string();
    assert!(
        told.contains("the key doer") && told.contains("paid in cash"),
        "{told}"
    );

    let back = api.post(&format!("{B}/retry"), &json!({})).await;
    assert_eq!(back.status, 200, "{}", back.body);
    settled(&api, "B-1", "held").await;
    let posted = "/v1/bindings/books/cm/invoice/A-1/skip";
    let denied = api.post(posted, &json!({})).await;
    denied.refuses(StatusCode::CONFLICT, "not-possible");
    assert!(denied.body["remedy"].is_string(), "{}", denied.body);
    let many = api
        .post("/v1/findings/skip", &json!({"rule": "tax_code_unmapped"}))
        .await;
    assert_eq!(
        (many.status, &many.body["done"]),
        (200, &json!(1)),
        "{}",
        many.body
    );
    settled(&api, "B-1", "skipped").await;
    let gone = api
        .post("/v1/bindings/books/cm/invoice/A-1/detach", &json!({}))
        .await;
    assert_eq!(gone.body["binding"]["state"], "detached");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_taken_out_of_the_books_again() {
    let api = with_two().await;
    let asked = json!({"documents": [{"host": "cm", "kind": "invoice", "id": "A-1"}], "because": "wrong year"});
    let looked = api.post("/v1/undo/preview", &asked).await;
    assert_eq!(
        looked.body["documents"][0]["inverse"], "void",
        "{}",
        looked.body
    );
    assert!(looked.body["calls_min"].as_u64().unwrap() > 0);
    let begun = api.post("/v1/undo", &asked).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    until("it is out of the books", || !api.stage.books("A-")[0].live).await;
    let runs = api.see("/v1/runs").await;
    let run = runs["data"][0]["id"].as_str().unwrap();
    let wrote = api.see(&format!("/v1/runs/{run}/documents")).await;
    assert_eq!(wrote["data"][0]["binding"]["document"]["id"], "A-1");
    let nothing = api.post("/v1/undo", &json!({})).await;
    nothing.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let unknown = json!({"run": "run-19990101-000000"});
    let unknown = api.post("/v1/undo/preview", &unknown).await;
    unknown.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_with_a_key_of_its_own_is_done_once_however_often_it_is_sent() {
    let api = with_two().await;
    let path = format!("{B}/skip");
    let key = [("idempotency-key", "8f2c")];
    let body = json!({"because": "once"});
    // At the same moment: one does it, the others wait or hear that it is under way.
    let all =
        futures_util::future::join_all((0..8).map(|_| api.write(Method::POST, &path, &body, &key)))
            .await;
    for told in &all {
        match told.status {
            200 => assert_eq!(told.body["binding"]["state"], "skipped"),
            409 => told.refuses(StatusCode::CONFLICT, "under-way"),
            other => panic!("{other}: {}", told.body),
        }
    }
    let first = all.iter().find(|told| told.status == 200).unwrap();
    let again = api.write(Method::POST, &path, &body, &key).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("etag"), first.header("etag"));
    let story = api.stage.json(0, &["explain", "cm/invoice/B-1"]);
    let skips = story["story"].to_string().matches("once").count();
    assert_eq!(skips, 1, "it happened once: {}", story["story"]);

    let other = api
        .write(Method::POST, &path, &json!({"because": "twice"}), &key)
        .await;
    other.refuses(StatusCode::UNPROCESSABLE_ENTITY, "key-used-before");
    let elsewhere = api
        .write(Method::POST, &format!("{B}/retry"), &body, &key)
        .await;
    elsewhere.refuses(StatusCode::UNPROCESSABLE_ENTITY, "key-used-before");
    let long = "x".repeat(256);
    let long = api
        .write(Method::POST, &path, &body, &[("idempotency-key", &long)])
        .await;
    long.refuses(StatusCode::BAD_REQUEST, "not-readable");

    // What was refused is refused again in the same words; and all of it survives a restart.
    let denied = [("idempotency-key", "9a")];
    let posted = "/v1/bindings/books/cm/invoice/A-1/skip";
    let before = api.write(Method::POST, posted, &json!({}), &denied).await;
    before.refuses(StatusCode::CONFLICT, "not-possible");
    let api = api.begun_anew().await;
    let after = api.write(Method::POST, posted, &json!({}), &denied).await;
    assert_eq!((after.status, after.body), (before.status, before.body));
    let again = api.write(Method::POST, &path, &body, &key).await;
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (200, "true")
    );
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_people_and_keys_and_takes_a_key_away() {
    let api = Api::serving(Stage::connected().await, "").await;
    let refused = api.get("/v1/keys").await;
    refused.refuses(StatusCode::FORBIDDEN, "not-allowed");
    let ask = async |method: Method, path: &str| {
        Told::of(api.ask(method, path, &api.admin).send().await.unwrap()).await
    };
    let people = ask(Method::GET, "/v1/people").await;
    assert_eq!(people.body["data"][0]["email"], "viv@example.com");
    let keys = ask(Method::GET, "/v1/keys").await;
    let text = keys.body.to_string();
    assert!(
        !text.contains(&api.reader[..20]),
        "nothing of what opens anything"
    );
    let looker = keys.body["data"].as_array().unwrap().iter();
    let looker = looker.clone().find(|key| key["name"] == "looker").unwrap();
    let path = format!("/v1/keys/{}", looker["id"].as_str().unwrap());
    let revoked = ask(Method::DELETE, &path).await;
    assert!(revoked.body["revoked_at"].is_string(), "{}", revoked.body);
    let late = api.get("/v1/me").await;
    late.refuses(StatusCode::UNAUTHORIZED, "not-signed-in");
    let none = ask(Method::DELETE, "/v1/keys/none").await;
    none.refuses(StatusCode::NOT_FOUND, "not-found");
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn monitors_see_figures_and_whether_it_is_ready() {
    let api = with_two().await;
    let client = Client::new();
    let at = |path: &str| format!("{}{path}", api.base);
    let text = client.get(at("/metrics")).send().await.unwrap();
    assert_eq!(text.status().as_u16(), 200);
    let text = text.text().await.unwrap();
    for figure in [
        "tieout_documents{connection=\"books\",host=\"cm\",kind=\"invoice\",state=\"posted\"} 1\n",
        "tieout_findings{rule=\"tax_code_unmapped\"} 1\n",
        "tieout_documents_in_need 1\n",
        "tieout_calls_left_today{connection=\"books\"} ",
        "tieout_complete_age_seconds{site=\"connection\",name=\"books\"} ",
        "tieout_store_bytes ",
        "route=\"/v1/bindings/{connection}/{host}/{kind}/{id}\",status=\"200\"} ",
        "tieout_work_total{what=\"posted\"} 1\n",
        "process_start_time_seconds ",
    ] {
        assert!(text.contains(figure), "{figure} is not in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<rust_decimal::Decimal>().is_ok(), "{line}");
    }
    // What a proxy passes on comes from somebody else, who needs a key.
    let passed = client
        .get(at("/metrics"))
        .header("x-forwarded-for", "203.0.113.9");
    let passed = Told::of(passed.send().await.unwrap()).await;
    passed.refuses(StatusCode::UNAUTHORIZED, "not-signed-in");
    let named = client
        .get(at("/metrics"))
        .header("x-forwarded-for", "203.0.113.9");
    let named = named.bearer_auth(&api.reader).send().await.unwrap();
    assert_eq!(named.status().as_u16(), 200);
    let ready = Told::of(client.get(at("/ready")).send().await.unwrap()).await;
    assert_eq!((ready.status, &ready.body["ready"]), (200, &json!(true)));
    let health = client.get(at("/health")).send().await.unwrap();
    assert_eq!(health.status().as_u16(), 200);
    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_dashboard_asks_by_its_cookie_and_changes_something_by_its_token_alone() {
    let api = Api::serving(Stage::connected().await, "").await;
    let (cookie, token) = &api.session;
    let at = |path: &str| format!("{}{path}", api.base);
    let client = Client::new();
    let me = client.get(at("/v1/me")).header("cookie", cookie);
    let me = Told::of(me.send().await.unwrap()).await;
    assert_eq!(me.body["name"], "viv@example.com", "{}", me.body);
    let wake = async |more: &[(&str, &str)]| {
        let mut request = client.post(at("/v1/sync")).header("cookie", cookie);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        Told::of(request.send().await.unwrap()).await
    };
    let bare = wake(&[]).await;
    bare.refuses(StatusCode::FORBIDDEN, "not-allowed");
    let wrong = wake(&[("x-form-token", "0000")]).await;
    wrong.refuses(StatusCode::FORBIDDEN, "not-allowed");
    assert_eq!(wake(&[("x-form-token", token)]).await.status, 202);
    let elsewhere = [
        ("x-form-token", token.as_str()),
        ("origin", "https://evil.example"),
    ];
    let elsewhere = wake(&elsewhere).await;
    elsewhere.refuses(StatusCode::FORBIDDEN, "not-allowed");
    let people = client.get(at("/v1/people")).header("cookie", cookie);
    let people = Told::of(people.send().await.unwrap()).await;
    people.refuses(StatusCode::FORBIDDEN, "not-allowed");
    api.end().await;
}
