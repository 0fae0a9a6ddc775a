//! Promises of signing in with client credentials: as seldom as possible, in time, and never telling the secret.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use secrecy::SecretString;
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::{Transport, TransportError};
use tieout_host_web::{Access, Client, ClientCredentials, Credentials, Manners, ShownBy};
use url::Url;

/// An identity server, and a product behind it that lets in whoever has the newest token.
struct Server {
    replies: Mutex<Vec<(u16, String)>>,
    asked: Mutex<Vec<Request<Bytes>>>,
    signed_in: AtomicUsize,
}

impl Server {
    fn answering(replies: &[(u16, &str)]) -> Arc<Self> {
        let replies = replies.iter().rev();
        Arc::new(Self {
            replies: Mutex::new(
                replies
                    .map(|(code, text)| (*code, (*text).to_owned()))
                    .collect(),
            ),
            asked: Mutex::default(),
            signed_in: AtomicUsize::new(0),
        })
    }

    fn sign_ins(&self) -> usize {
        self.signed_in.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        // Others come to wait meanwhile.
        tokio::task::yield_now().await;
        let is_product = request.uri().path() == "/orders";
        let shown = request.headers().get("authorization").cloned();
        self.asked.lock().unwrap().push(request);
        if is_product {
            let newest = format!("Bearer t-{}", self.sign_ins());
            let code = if shown.is_some_and(|it| it == newest) {
                200
            } else {
                401
            };
            return Ok(reply(code, "{}"));
        }
        self.signed_in.fetch_add(1, Ordering::SeqCst);
        let (code, text) = self.replies.lock().unwrap().pop().unwrap();
        Ok(reply(code, &text))
    }
}

fn reply(code: u16, text: &str) -> Response<Bytes> {
    let body = Bytes::from(text.to_owned());
    Response::builder().status(code).body(body).unwrap()
}

struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    fn pass(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

fn credentials(shown: ShownBy) -> Credentials {
    Credentials {
        token_url: Url::parse("https://oauth.example.com/token").unwrap(),
        client_id: "client:1".to_owned(),
        client_secret: SecretString::from("hush & hush"),
        scope: Some("export-api.order-item-details".to_owned()),
        more: Vec::new(),
        shown,
    }
}

fn access(server: &Arc<Server>) -> (ClientCredentials, Arc<Hands>) {
    let hands = Arc::new(Hands(Mutex::new(DateTime::UNIX_EPOCH)));
    let transport: Arc<dyn Transport> = Arc::new(Arc::clone(server));
    let clock: Arc<dyn Clock> = hands.clone();
    (
        ClientCredentials::new(transport, clock, credentials(ShownBy::Basic)),
        hands,
    )
}

async fn shown(access: &ClientCredentials) -> Result<String, HostError> {
    let (_, value) = access.header().await?.unwrap();
    Ok(value.to_str().unwrap().to_owned())
}

const FIRST: &str = r#"{"access_token":"t-1","token_type":"Bearer","expires_in":3600}"#;
const SECOND: &str = r#"{"access_token":"t-2","token_type":"bearer","expires_in":"3600"}"#;

#[tokio::test]
async fn a_token_serves_until_shortly_before_its_end() {
    let server = Server::answering(&[(200, FIRST), (200, SECOND)]);
    let (access, hands) = access(&server);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-1");
    hands.pass(3_539);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-1");
    hands.pass(1);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-2");
    hands.pass(3_500);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-2");
    assert_eq!(server.sign_ins(), 2);
}

#[tokio::test]
async fn many_who_come_at_once_sign_in_once() {
    let server = Server::answering(&[(200, FIRST)]);
    let access = Arc::new(access(&server).0);
    let all: Vec<_> = (0..20)
        .map(|_| {
            let access = Arc::clone(&access);
            tokio::spawn(async move { shown(&access).await.unwrap() })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), "Bearer t-1");
    }
    assert_eq!(server.sign_ins(), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_early_is_replaced_once_and_the_request_goes_again() {
    let server = Server::answering(&[(200, FIRST), (200, SECOND)]);
    let (access, _) = access(&server);
    let access = Arc::new(access);
    let old = access.header().await.unwrap().unwrap().1;
    // Somebody else signs in with the same client, which ends the first token.
    assert!(access.renew(&old).await.unwrap());
    assert!(access.renew(&old).await.unwrap(), "it is replaced already");
    assert_eq!(server.sign_ins(), 2);
    let base = Url::parse("https://api.example.com/").unwrap();
    let client = Client::new(
        Arc::new(Arc::clone(&server)),
        base,
        access,
        Manners::default(),
    );
    let url = client.address(&["orders"]);
    let sent = client.send("read", Method::GET, &url, HeaderMap::new(), Bytes::new());
    assert!(sent.await.unwrap().is_done());
}

#[tokio::test]
async fn a_server_that_gives_the_same_token_again_is_not_asked_for_ever() {
    let server = Server::answering(&[(200, FIRST), (200, FIRST)]);
    let (access, _) = access(&server);
    let old = access.header().await.unwrap().unwrap().1;
    assert!(!access.renew(&old).await.unwrap());
}

#[tokio::test]
async fn a_wrong_secret_is_told_with_what_to_mend_and_is_not_tried_again_at_once() {
    let no = r#"{"error":"invalid_client","error_description":"who are you?"}"#;
    let server = Server::answering(&[(401, no), (200, FIRST)]);
    let (access, hands) = access(&server);
    for _ in 0..3 {
        let error = shown(&access).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Unauthorised);
        assert!(error.message.contains("`client_secret`"), "{error}");
        assert!(
            error.message.contains("invalid_client: who are you?"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
    assert_eq!(server.sign_ins(), 1);
    hands.pass(30);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-1");
}

#[tokio::test]
async fn while_signing_in_fails_the_token_at_hand_serves_until_its_end() {
    let server = Server::answering(&[(200, FIRST), (503, "later"), (500, ""), (200, SECOND)]);
    let (access, hands) = access(&server);
    shown(&access).await.unwrap();
    hands.pass(3_570);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-1");
    hands.pass(30);
    let error = shown(&access).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-2");
}

#[tokio::test]
async fn while_signing_in_is_refused_the_token_at_hand_serves_all_who_come_until_its_end() {
    let server = Server::answering(&[(200, FIRST), (401, "{}"), (200, SECOND)]);
    let (access, hands) = access(&server);
    shown(&access).await.unwrap();
    hands.pass(3_575);
    for _ in 0..2 {
        assert_eq!(shown(&access).await.unwrap(), "Bearer t-1");
    }
    assert_eq!(server.sign_ins(), 2);
    hands.pass(25);
    let error = shown(&access).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unauthorised);
    hands.pass(5);
    assert_eq!(shown(&access).await.unwrap(), "Bearer t-2");
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_never_shown() {
    let answers: [(u16, &str, HostErrorKind); 6] = [
        (
            200,
            r#"{"access_token":"a\u0007b"}"#,
            HostErrorKind::BadData,
        ),
        (
            200,
            r#"{"access_token":"tell-nobody","token_type":"mac"}"#,
            HostErrorKind::BadData,
        ),
        (200, r#"{"token":"tell-nobody"}"#, HostErrorKind::BadData),
        (404, "<html>", HostErrorKind::Misconfigured),
        (302, "", HostErrorKind::Misconfigured),
        (429, "slowly", HostErrorKind::Unavailable),
    ];
    for (code, text, kind) in answers {
        let server = Server::answering(&[(code, text)]);
        let (access, _) = access(&server);
        let error = shown(&access).await.unwrap_err();
        assert_eq!(error.kind, kind, "{text}");
        assert!(!error.to_string().contains("tell-nobody"), "{error}");
    }
}

#[tokio::test]
async fn the_secret_travels_coded_in_the_header_or_in_the_content() {
    for by in [ShownBy::Basic, ShownBy::Body] {
        let server = Server::answering(&[(200, FIRST)]);
        let clock: Arc<dyn Clock> = Arc::new(Hands(Mutex::new(DateTime::UNIX_EPOCH)));
        let transport: Arc<dyn Transport> = Arc::new(Arc::clone(&server));
        let access = ClientCredentials::new(transport, clock, credentials(by));
        shown(&access).await.unwrap();
        let asked = server.asked.lock().unwrap();
        let body = String::from_utf8(asked[0].body().to_vec()).unwrap();
        let header = asked[0].headers().get("authorization");
        let common = "grant_type=client_credentials&scope=export-api.order-item-details";
        match by {
            ShownBy::Basic => {
                // client%3A1:hush+%26+hush
                let value = HeaderValue::from_static("Basic Y2xpZW50JTNBMTpodXNoKyUyNitodXNo");
                assert_eq!((header, body.as_str()), (Some(&value), common));
            }
            ShownBy::Body => {
                let whole = format!("{common}&client_id=client%3A1&client_secret=hush+%26+hush");
                assert_eq!((header, body), (None, whole));
            }
        }
    }
}
