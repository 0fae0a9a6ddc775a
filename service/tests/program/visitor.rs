//! Somebody who has the dashboard open in a browser without scripts, and a stage that serves it.

use std::sync::Arc;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, StatusCode};
use secrecy::ExposeSecret;
use tieout_core::clock::SystemClock;
use tieout_core::store::{SledOptions, SledStore};
use tieout_identity::{Actor, Identity, Lifetimes, NewPerson, Role};

use crate::stage::{Stage, invoice};
use crate::stopping::Running;

/// Somebody who has the dashboard open.
pub(crate) struct Visitor {
    pub(crate) client: reqwest::Client,
    pub(crate) base: String,
}

/// A page as it came.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) to: String,
}

impl Visitor {
    /// Follows a sign-in link, as its button does.
    pub(crate) async fn signed_in(base: &str, link: &str) -> Self {
        let nobody = Self::nobody(base);
        let followed = nobody.client.post(format!("{base}/sign-in/link/{link}"));
        let followed = followed.send().await.unwrap();
        assert_eq!(followed.status(), StatusCode::SEE_OTHER);
        let cookie = followed.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().parse().unwrap();
        let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
        let visitor = Self {
            client: client().default_headers(headers).build().unwrap(),
            base: base.to_owned(),
        };
        assert_eq!(visitor.get("/").await.status, StatusCode::OK);
        visitor
    }

    /// Somebody without a session.
    pub(crate) fn nobody(base: &str) -> Self {
        Self {
            client: client().build().unwrap(),
            base: base.to_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        answered(
            self.client
                .get(format!("{}{path}", self.base))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn page(&self, path: &str) -> String {
        let answered = self.get(path).await;
        assert_eq!(answered.status, StatusCode::OK, "{path}: {}", answered.text);
        answered.text
    }

    /// Sends a form of a page with its token, and what is entered besides.
    pub(crate) async fn send(&self, page: &str, action: &str, more: &[(&str, &str)]) -> Answered {
        let token = hidden(page, "form_token");
        let mut form = vec![("form_token", token.as_str())];
        form.extend(more);
        self.post(action, &form).await
    }

    pub(crate) async fn post(&self, action: &str, form: &[(&str, &str)]) -> Answered {
        let request = self
            .client
            .post(format!("{}{action}", self.base))
            .form(form);
        answered(request.send().await.unwrap()).await
    }

    /// Sends a form and reads the page that it leads to.
    pub(crate) async fn does(&self, page: &str, action: &str, more: &[(&str, &str)]) -> String {
        let sent = self.send(page, action, more).await;
        assert_eq!(
            sent.status,
            StatusCode::SEE_OTHER,
            "{action}: {}",
            sent.text
        );
        self.page(&sent.to).await
    }
}

async fn answered(reply: reqwest::Response) -> Answered {
    let to = reply
        .headers()
        .get(LOCATION)
        .map(|it| it.to_str().unwrap().to_owned());
    Answered {
        status: reply.status(),
        to: to.unwrap_or_default(),
        text: reply.text().await.unwrap(),
    }
}

/// The first hidden field of a name.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    field(page, name).unwrap_or_else(|| panic!("no {name} in {page}"))
}

fn field(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(plain(rest.split('"').next()?))
}

pub(crate) fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn client() -> ClientBuilder {
    let client = reqwest::Client::builder().redirect(Policy::none());
    client.pool_max_idle_per_host(0)
}

/// A stage whose program serves pages, with an admin at one.
pub(crate) async fn open() -> (Stage, Running, Visitor) {
    let (stage, running, [admin, _, _]) = open_for_all().await;
    (stage, running, admin)
}

/// The same with an admin, an operator and a viewer.
pub(crate) async fn open_for_all() -> (Stage, Running, [Visitor; 3]) {
    let stage = Stage::connected().await;
    let configuration = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let configuration = format!("# Ours.\n{configuration}").replace(
        "[xero]\n",
        "[listen]\naddress = \"127.0.0.1:0\"\n[reports]\ndaily = false\n[xero]\n",
    );
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    let links = links(&stage, [Role::Admin, Role::Operator, Role::Viewer]).await;
    let mut running = Running::start(&stage, &["serve"]);
    let told = tokio::task::block_in_place(|| running.says("listening"));
    let (_, address) = told.split_once("127.0.0.1:").expect("an address");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let base = format!("http://127.0.0.1:{port}");
    let [admin, operator, viewer] = links;
    let visitors = [
        Visitor::signed_in(&base, &admin).await,
        Visitor::signed_in(&base, &operator).await,
        Visitor::signed_in(&base, &viewer).await,
    ];
    (stage, running, visitors)
}

/// The one place where people are made, with what is secret in the link of each.
async fn links<const N: usize>(stage: &Stage, roles: [Role; N]) -> [String; N] {
    let store = SledStore::open(&stage.path("store"), SledOptions::default()).unwrap();
    let identity = Identity::new(Arc::new(store), Arc::new(SystemClock), Lifetimes::default());
    let by = Actor::command_line("stage");
    let mut links = roles.map(|role| role.to_string());
    for (role, link) in roles.into_iter().zip(&mut links) {
        let person = NewPerson {
            email: format!("{role}@example.com").parse().unwrap(),
            name: role.to_string(),
            role,
        };
        let person = identity.add_person(&by, person).await.unwrap();
        let made = identity.make_link(&by, person.id).await.unwrap();
        *link = made.token.expose_secret().to_owned();
    }
    links
}

/// Waits until a page says something.
pub(crate) async fn shows(visitor: &Visitor, path: &str, wanted: &str) -> String {
    let begun = std::time::Instant::now();
    let mut looks = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        let page = visitor.page(path).await;
        if page.contains(wanted) {
            return page;
        }
        assert!(
            begun.elapsed().as_secs() < 60,
            "{path} never says {wanted}: {page}"
        );
        looks.tick().await;
    }
}

pub(crate) async fn ends(mut running: Running) {
    running.signal("TERM");
    assert!(running.ends().await.success());
}

/// An invoice whose tax code nobody mapped.
pub(crate) fn unmapped(id: &str, code: &str, contact: &str) -> String {
    let line = invoice(id, 1).replace("\"GST\"", &format!("\"{code}\""));
    let mut value: serde_json::Value = serde_json::from_str(&line).unwrap();
    value["bill_to"]["name"] = contact.into();
    format!("{value}\n")
}
