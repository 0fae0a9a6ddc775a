//! Somebody at a browser in front of a program that serves: the one place that knows how a session is opened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use tieout_core::clock::SystemClock;
use tieout_core::store::{SledOptions, SledStore, Store};
use tieout_identity::{Actor, Identity, Lifetimes, NewPerson, Role};
use url::Url;
use uuid::Uuid;

use crate::stage::Stage;
use crate::stopping::Running;

/// Longer than anything here takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with a session.
pub(crate) struct Browser {
    client: reqwest::Client,
    pub(crate) base: Url,
    cookies: Vec<(String, String)>,
}

/// What a page said.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) refresh: Option<String>,
    pub(crate) policy: String,
    pub(crate) html: String,
}

/// Adds `[listen]` to the configuration of a stage, and starts the program.
pub(crate) async fn serve(stage: &Stage) -> (Running, Browser) {
    let file = stage.path("tieout.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        format!("{text}\n[listen]\naddress = \"127.0.0.1:0\"\n"),
    )
    .unwrap();
    start(stage).await
}

/// Starts the program, which listens already by its configuration, with an admin at a browser.
pub(crate) async fn start(stage: &Stage) -> (Running, Browser) {
    let link = invite(stage, "ann@example.com", Role::Admin).await;
    let mut running = Running::start(stage, &["serve"]);
    let told = tokio::task::block_in_place(|| running.says("listening"));
    let (_, address) = told.split_once("127.0.0.1:").expect("an address");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let base = Url::parse(&format!("http://localhost:{port}/")).unwrap();
    (running, Browser::sign_in(base, &link).await)
}

/// Lets somebody in, in the store of a program that does not run; gives the path of the link.
pub(crate) async fn invite(stage: &Stage, email: &str, role: Role) -> String {
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let identity = Identity::new(store, Arc::new(SystemClock), Lifetimes::default());
    let by = Actor::command_line("a test");
    let new = NewPerson {
        email: email.parse().unwrap(),
        name: String::new(),
        role,
    };
    let person = identity.add_person(&by, new).await.unwrap();
    let link = identity.make_link(&by, person.id).await.unwrap();
    let address = link.address(&Url::parse("http://localhost/").unwrap());
    Url::parse(&address).unwrap().path().to_owned()
}

impl Browser {
    /// Opens a session by a link: the one place where a session begins.
    pub(crate) async fn sign_in(base: Url, link: &str) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none());
        let mut browser = Self {
            client: client.no_proxy().build().unwrap(),
            base,
            cookies: Vec::new(),
        };
        let page = browser.look(link).await;
        page.says(&["Sign in"]);
        let url = browser.base.join(link).unwrap();
        let answer = browser.ask(Method::POST, url, Some(&[])).await;
        assert_eq!(answer.location.as_deref(), Some("/"), "{}", answer.html);
        browser
    }

    /// The same person at another browser, who is not signed in there.
    pub(crate) fn without_session(&self) -> Self {
        Self {
            client: self.client.clone(),
            base: self.base.clone(),
            cookies: Vec::new(),
        }
    }

    /// Opens a page, and goes where it leads and waits until it waits no more.
    pub(crate) async fn open(&mut self, path: &str) -> Shown {
        let url = self.base.join(path).unwrap();
        let shown = self.ask(Method::GET, url, None).await;
        self.follow(shown).await
    }

    /// Opens a page and stays there, wherever it leads.
    pub(crate) async fn look(&mut self, path: &str) -> Shown {
        let url = self.base.join(path).unwrap();
        self.ask(Method::GET, url, None).await
    }

    /// Sends a form of our own pages, and stays with the answer.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let page = self.look("/connections").await;
        let token = attribute_after(&page.html, "name=\"form_token\"");
        let mut form: Vec<(&str, &str)> = vec![("form_token", &token)];
        form.extend(fields);
        let url = self.base.join(path).unwrap();
        self.ask(Method::POST, url, Some(&form)).await
    }

    /// Sends a form with nothing in it but this.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Shown {
        let url = self.base.join(path).unwrap();
        self.ask(Method::POST, url, Some(form)).await
    }

    /// Sends a form, and goes where that leads.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let shown = self.send(path, fields).await;
        self.follow(shown).await
    }

    /// Goes where a page leads, within this server, until one stays.
    pub(crate) async fn follow(&mut self, mut shown: Shown) -> Shown {
        let begun = Instant::now();
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            assert!(begun.elapsed() < PATIENCE, "{}", shown.html);
            let next = match (&shown.location, &shown.refresh) {
                (Some(location), _) => location.clone(),
                (None, Some(refresh)) => {
                    looks.tick().await;
                    let (_, url) = refresh.split_once("url=").unwrap_or((refresh, ""));
                    url.to_owned()
                }
                (None, None) => return shown,
            };
            let next = self.base.join(&next).unwrap();
            assert_eq!(next.port(), self.base.port(), "{next}");
            shown = self.ask(Method::GET, next, None).await;
        }
    }

    /// What somebody does on the sandbox's consent page: decides about an organisation. Gives the way back.
    pub(crate) async fn decide(
        &mut self,
        page: &str,
        organisations: &[Uuid],
        decision: &str,
    ) -> String {
        let url = Url::parse(page).unwrap();
        let shown = self.ask(Method::GET, url.clone(), None).await;
        assert_eq!(shown.status, 200, "{}", shown.html);
        let mut form: Vec<(String, String)> = shown
            .html
            .split("<input type=\"hidden\"")
            .skip(1)
            .map(|field| (attribute(field, "name"), attribute(field, "value")))
            .collect();
        let tenants = organisations
            .iter()
            .map(|id| ("tenant".to_owned(), id.to_string()));
        form.extend(tenants);
        form.push(("decision".to_owned(), decision.to_owned()));
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut action = url;
        action.set_query(None);
        let shown = self.ask(Method::POST, action, Some(&form)).await;
        shown.location.expect("the way back")
    }

    async fn ask(&mut self, method: Method, url: Url, form: Option<&[(&str, &str)]>) -> Shown {
        let is_ours = url.port() == self.base.port();
        let origin = self.base.origin().ascii_serialization();
        let begun = Instant::now();
        let reply = loop {
            let mut request = self.client.request(method.clone(), url.clone());
            if is_ours {
                let cookies = self
                    .cookies
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"));
                request = request.header(COOKIE, cookies.collect::<Vec<_>>().join("; "));
                request = request.header("origin", &origin);
                request = request.header(HOST, format!("localhost:{}", url.port().unwrap()));
            }
            if let Some(form) = form {
                request = request.form(form);
            }
            match request.send().await {
                Ok(reply) => break reply,
                // A connection that was accepted just before the program began anew is closed without a word, and
                // browsers ask again.
                Err(error) if method == Method::GET && begun.elapsed() < PATIENCE => {
                    assert!(!error.is_builder(), "{error}");
                }
                Err(error) => panic!("{error}"),
            }
        };
        let header = |name: &str| {
            let value = reply.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        for cookie in reply.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Shown {
            status: reply.status(),
            location: header(LOCATION.as_str()),
            refresh: header("refresh").filter(|_| reply.status().is_success()),
            policy: header("content-security-policy").unwrap_or_default(),
            html: reply.text().await.unwrap(),
        }
    }
}

impl Shown {
    /// The value of a hidden field of the page.
    pub(crate) fn hidden(&self, name: &str) -> String {
        attribute_after(&self.html, &format!("name=\"{name}\""))
    }

    /// Fails unless the page has all of this on it.
    pub(crate) fn says(&self, wanted: &[&str]) {
        for wanted in wanted {
            assert!(
                self.html.contains(wanted),
                "wanted {wanted}\n{} {}",
                self.status,
                self.html
            );
        }
    }
}

fn attribute_after(html: &str, mark: &str) -> String {
    let (_, rest) = html
        .split_once(mark)
        .unwrap_or_else(|| panic!("{mark} in {html}"));
    attribute(rest, "value")
}

fn attribute(field: &str, name: &str) -> String {
    optional(field, name).unwrap_or_else(|| panic!("{name} in {field}"))
}

fn optional(field: &str, name: &str) -> Option<String> {
    let (_, rest) = field.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&amp;", "&"),
    )
}
