//! What the tests of access share: a sign-in service that does as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use secrecy::SecretString;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::store::{MemoryStore, Store};
use tieout_core::transport::{Transport, TransportError};
use tieout_core::vault::{KeyRing, Vault};
use tieout_xero::auth::{App, Endpoints, GrantKeeper, OAuth};
use tieout_xero::config::GrantKind;
use url::{Url, form_urlencoded};

use super::start;

/// What the sign-in service does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// New tokens of this name, with a life of half an hour.
    Tokens(&'static str),
    /// A status and a body.
    Status(u16, &'static str),
    /// No connection.
    Refused,
    /// The request is worked on, the reply never comes: an error.
    Lost,
    /// The request is worked on, the reply never comes: silence.
    Silence,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) form: Vec<(String, String)>,
    /// How the grant stood in the store at that moment, if one was watched.
    pub(crate) stored: Option<String>,
}

impl Came {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

type Watch = Arc<Mutex<Option<(Arc<Vault>, tieout_core::store::RecordKey)>>>;

/// A sign-in service that follows a script and remembers what it was asked.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    came: Arc<Mutex<Vec<Came>>>,
    pub(crate) watch: Watch,
}

impl Scripted {
    pub(crate) fn will(&self, answers: &[Answer]) {
        self.answers.lock().unwrap().extend(answers.iter().cloned());
    }

    pub(crate) fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let watched = self.watch.lock().unwrap().clone();
        let stored = match watched {
            Some((vault, key)) => vault
                .read(&key)
                .await
                .unwrap()
                .map(|secret| secrecy::ExposeSecret::expose_secret(&secret).to_owned()),
            None => None,
        };
        let header = request.headers().get("authorization");
        self.came.lock().unwrap().push(Came {
            path: request.uri().to_string(),
            authorization: header.map(|value| value.to_str().unwrap().to_owned()),
            form: form_urlencoded::parse(request.body())
                .into_owned()
                .collect(),
            stored,
        });
        // Long enough for other tasks to queue up behind.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.expect("the script has an answer for each request") {
            Answer::Tokens(name) => Ok(reply(200, tokens(name))),
            Answer::Status(status, body) => Ok(reply(status, body.to_owned())),
            Answer::Refused => Err(TransportError::NotSent("connection refused".into())),
            Answer::Lost => Err(TransportError::ReplyLost("connection reset".into())),
            Answer::Silence => std::future::pending().await,
        }
    }
}

fn reply(status: u16, body: String) -> Response<Bytes> {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .body(body.into())
        .unwrap()
}

/// A token reply whose secrets are named after `name`.
pub(crate) fn tokens(name: &str) -> String {
    format!(
        r#"{{"access_token":"access-{name}","expires_in":1800,"token_type":"Bearer","refresh_token":"refresh-{name}","scope":"offline_access accounting.invoices","x":1.5}}"#
    )
}

/// One process: everything in it dies together, only the store stays.
pub(crate) struct Process {
    pub(crate) idp: Scripted,
    pub(crate) clock: TokioClock,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) oauth: Arc<OAuth>,
    pub(crate) keeper: GrantKeeper,
}

pub(crate) fn app(grant: GrantKind) -> App {
    App {
        client_id: "app".to_owned(),
        client_secret: Some(SecretString::from("hush")),
        grant,
        redirect_uri: Url::parse("http://localhost:8480/callback").unwrap(),
        scopes: vec![
            "offline_access".to_owned(),
            "accounting.invoices".to_owned(),
        ],
    }
}

impl Process {
    pub(crate) fn new(grant: GrantKind) -> Self {
        let clock = TokioClock::starting_at(start());
        Self::over(Arc::new(MemoryStore::new()), clock, grant)
    }

    /// A process that starts on what another one left.
    pub(crate) fn after(other: &Self) -> Self {
        let next = Self::over(
            Arc::clone(&other.store),
            other.clock,
            other.oauth.app().grant,
        );
        *next.idp.watch.lock().unwrap() = other.idp.watch.lock().unwrap().clone();
        next
    }

    pub(crate) fn over(store: Arc<dyn Store>, clock: TokioClock, grant: GrantKind) -> Self {
        let ring = KeyRing::parse(&"0123456789abcdef".repeat(4)).unwrap();
        let vault = Arc::new(Vault::new(Arc::clone(&store), ring));
        let idp = Scripted::default();
        let endpoints = Endpoints::sandbox(&Url::parse("http://idp.test/").unwrap());
        let shared: Arc<dyn Clock> = Arc::new(clock);
        let oauth = Arc::new(OAuth::new(
            app(grant),
            endpoints,
            Arc::new(idp.clone()),
            shared,
        ));
        let keeper = GrantKeeper::new(
            Arc::clone(&oauth),
            Arc::clone(&vault),
            Arc::clone(&store),
            "node-1",
        );
        Self {
            idp,
            clock,
            store,
            vault,
            oauth,
            keeper,
        }
    }
}
