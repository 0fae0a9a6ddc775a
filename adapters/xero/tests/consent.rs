//! The whole life of a grant against the sandbox over real HTTP: consent, use, refresh, lost reply, disconnection, end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use http::{Method, Request, Response, StatusCode, header};
use rstest::rstest;
use secrecy::SecretString;
use tieout_core::clock::Clock;
use tieout_core::document::ConnectionId;
use tieout_core::store::{MemoryStore, Store};
use tieout_core::transport::Transport;
use tieout_core::vault::{KeyRing, Vault};
use tieout_sandbox_xero::{
    AUSTRALIA, CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, Fault, FaultRule, NEW_ZEALAND,
    PKCE_CLIENT_ID, Running, ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET, serve,
};
use tieout_xero::auth::{
    App, AuthError, BrokenReason, ConnectionRecord, Connections, Consent, Disconnected, GrantId,
    GrantKeeper, GrantStatus, OAuth, Session, api_refusal,
};
use tieout_xero::config::{DEFAULT_SCOPES, GrantKind, XeroConfig};
use tieout_xero::http::{HttpConfig, ReqwestTransport, Traced};
use tieout_xero::limit::{AppBudget, LimitOptions, Limited, Purpose};
use url::{Url, form_urlencoded};
use uuid::Uuid;

#[derive(Clone)]
struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

type Http = Traced<ReqwestTransport>;

/// The sign-in service of the sandbox as an app sees it: its id, its secret, how access is granted.
fn oauth(
    running: &Running,
    http: &Http,
    clock: &TestClock,
    (client_id, secret, grant): (&str, Option<&str>, GrantKind),
) -> Arc<OAuth> {
    let config: XeroConfig = serde_json::from_value(serde_json::json!({
        "client_id": client_id,
        "sandbox": running.base_url,
    }))
    .unwrap();
    let app = App {
        client_secret: secret.map(SecretString::from),
        grant,
        ..App::from(&config)
    };
    let clock = Arc::new(clock.clone());
    let http = Arc::new(http.clone());
    Arc::new(OAuth::new(app, config.endpoints(), http, clock))
}

struct Bench {
    clock: TestClock,
    running: Running,
    http: Http,
    oauth: Arc<OAuth>,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    keeper: GrantKeeper,
}

impl Bench {
    async fn new(client_id: &str, secret: Option<&str>, grant: GrantKind) -> Self {
        let start = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
        let clock = TestClock(Arc::new(Mutex::new(start)));
        let theirs = clock.clone();
        let options = ServeOptions {
            clock: Arc::new(move || theirs.now()),
            ..ServeOptions::default()
        };
        let running = serve(options).await.unwrap();
        let http = Traced::new(ReqwestTransport::new(&HttpConfig::default()).unwrap());
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let vault = Arc::new(Vault::new(Arc::clone(&store), KeyRing::generate().unwrap()));
        let oauth = oauth(&running, &http, &clock, (client_id, secret, grant));
        let keeper = GrantKeeper::new(
            Arc::clone(&oauth),
            Arc::clone(&vault),
            Arc::clone(&store),
            "node-1",
        );
        Self {
            clock,
            running,
            http,
            oauth,
            store,
            vault,
            keeper,
        }
    }

    /// The keeper of another app on the same store.
    fn beside(&self, client_id: &str, secret: Option<&str>, grant: GrantKind) -> GrantKeeper {
        let app = (client_id, secret, grant);
        let oauth = oauth(&self.running, &self.http, &self.clock, app);
        let (vault, store) = (Arc::clone(&self.vault), Arc::clone(&self.store));
        GrantKeeper::new(oauth, vault, store, "node-1")
    }

    async fn web() -> Self {
        Self::new(
            WEB_CLIENT_ID,
            Some(WEB_CLIENT_SECRET),
            GrantKind::AuthorizationCode,
        )
        .await
    }

    async fn send(&self, method: Method, url: &str, form: &[(String, String)]) -> Response<Bytes> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.http
            .send(request.body(body.into()).unwrap())
            .await
            .unwrap()
    }

    /// What a person does: opens the page, ticks the organisations, presses a button, is sent back.
    async fn answer(&self, url: &Url, organisations: &[Uuid], decision: &str) -> String {
        let page = self.send(Method::GET, url.as_str(), &[]).await;
        assert_eq!(page.status(), StatusCode::OK);
        let mut form = hidden_fields(std::str::from_utf8(page.body()).unwrap());
        assert!(form.iter().any(|(name, _)| name == "state"), "{form:?}");
        form.extend(
            organisations
                .iter()
                .map(|id| ("tenant".to_owned(), id.to_string())),
        );
        form.push(("decision".to_owned(), decision.to_owned()));
        let action = self.oauth.endpoints().authorize.as_str();
        let sent_back = self.send(Method::POST, action, &form).await;
        let location = sent_back.headers()[header::LOCATION].to_str().unwrap();
        let location = Url::parse(location).unwrap();
        assert!(
            location
                .as_str()
                .starts_with(self.oauth.app().redirect_uri.as_str())
        );
        location.query().unwrap().to_owned()
    }

    async fn connect(&self, organisations: &[Uuid]) -> GrantId {
        let (url, consent) = Consent::begin(&self.oauth);
        let query = self.answer(&url, organisations, "allow").await;
        let tokens = consent.finish(&self.oauth, &query).await.unwrap();
        self.keeper.adopt(tokens).await.unwrap()
    }

    async fn session(&self, grant: &GrantId, tenant: Uuid) -> Session<Limited<Http>> {
        let options = LimitOptions {
            tenant_id: tenant.to_string(),
            limits: tieout_xero::limit::LimitConfig::default(),
            app_budget: Arc::new(AppBudget::new(10_000)),
            clock: Arc::new(self.clock.clone()),
            store: Arc::clone(&self.store),
        };
        let limited = Limited::open(self.http.clone(), options).await.unwrap();
        Session::new(limited, self.keeper.clone(), grant.clone(), tenant)
    }

    fn organisation(&self) -> Request<Bytes> {
        let url = self
            .oauth
            .endpoints()
            .api_base
            .join("Organisation")
            .unwrap();
        Request::builder()
            .uri(url.as_str())
            .header(header::ACCEPT, "application/json")
            .extension(Purpose::Operator)
            .body(Bytes::new())
            .unwrap()
    }
}

/// The hidden fields of the page's form.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.replace("&amp;", "&"))
    };
    page.split('<')
        .filter(|tag| tag.starts_with("input type=\"hidden\""))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect()
}

fn shown(error: &AuthError) -> String {
    format!("{error}: {}", error.advice())
}

#[tokio::test]
async fn a_grant_lives_from_the_consent_to_its_end() {
    let bench = Bench::web().await;
    let grant = bench.connect(&[NEW_ZEALAND, AUSTRALIA]).await;
    let list = bench.keeper.connections(&grant).await.unwrap();
    assert_eq!(list.chosen.len(), 2);
    assert!(list.earlier.is_empty());
    let chosen = list
        .chosen
        .iter()
        .find(|one| one.tenant_id == NEW_ZEALAND)
        .unwrap();
    assert_eq!(chosen.tenant_name.as_deref(), Some("Kowhai Trading"));
    let by = bench.keeper.email(&grant).await.unwrap();
    assert!(
        by.as_deref().is_some_and(|email| email.contains('@')),
        "{by:?}"
    );
    let connections = Connections::new(Arc::clone(&bench.store));
    let name = ConnectionId::new("acme-nz").unwrap();
    let now = bench.clock.now();
    let record = ConnectionRecord::new(name, chosen, grant.clone(), by, now);
    connections.connect(record).await.unwrap();

    let session = bench.session(&grant, NEW_ZEALAND).await;
    let reply = session.send(bench.organisation()).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(
        std::str::from_utf8(reply.body())
            .unwrap()
            .contains("Kowhai Trading")
    );

    let first = bench.keeper.access(&grant).await.unwrap();
    bench.clock.advance(TimeDelta::minutes(29));
    let second = bench.keeper.access(&grant).await.unwrap();
    assert_ne!(first, second);

    // The reply to the next refresh is lost after the tokens were given out: the replay inside the grace brings others.
    bench.clock.advance(TimeDelta::minutes(29));
    bench.running.sandbox.faults().push(FaultRule::once(
        "POST",
        "/connect/token",
        Fault::LostAfterCommit,
    ));
    let third = bench.keeper.access(&grant).await.unwrap();
    assert_ne!(second, third);
    assert!(bench.running.sandbox.faults().pending().is_empty());
    assert_eq!(
        session.send(bench.organisation()).await.unwrap().status(),
        StatusCode::OK
    );

    let other = list
        .chosen
        .iter()
        .find(|one| one.tenant_id == AUSTRALIA)
        .unwrap();
    assert_eq!(
        bench.keeper.disconnect(&grant, other.id).await.unwrap(),
        Disconnected::Now
    );
    assert_eq!(
        bench.keeper.disconnect(&grant, other.id).await.unwrap(),
        Disconnected::Already
    );
    let left = bench.keeper.connections(&grant).await.unwrap();
    assert_eq!(left.chosen.len(), 1);
    let closed = bench.session(&grant, AUSTRALIA).await;
    let reply = closed.send(bench.organisation()).await.unwrap();
    let refusal = api_refusal(reply.status(), reply.body()).unwrap();
    assert!(
        matches!(refusal, AuthError::TenantRefused),
        "{}",
        shown(&refusal)
    );

    bench.keeper.revoke(&grant).await.unwrap();
    let error = session.send(bench.organisation()).await.unwrap_err();
    let error = AuthError::of(&error).unwrap();
    assert!(matches!(
        error,
        AuthError::GrantBroken {
            reason: BrokenReason::Revoked,
            ..
        }
    ));
    assert_eq!(error.advice(), "connect again");
    bench.running.shutdown().await;
}

#[tokio::test]
async fn a_person_who_cancels_is_told_so_and_a_code_works_once() {
    let bench = Bench::web().await;
    let (url, consent) = Consent::begin(&bench.oauth);
    let query = bench.answer(&url, &[NEW_ZEALAND], "cancel").await;
    let error = consent.finish(&bench.oauth, &query).await.unwrap_err();
    assert_eq!(error.to_string(), "the consent was refused");

    let (url, consent) = Consent::begin(&bench.oauth);
    let query = bench.answer(&url, &[NEW_ZEALAND], "allow").await;
    bench.clock.advance(TimeDelta::minutes(6));
    let error = consent.finish(&bench.oauth, &query).await.unwrap_err();
    assert!(matches!(error, AuthError::CodeRefused), "{}", shown(&error));
    bench.running.shutdown().await;
}

#[tokio::test]
async fn an_app_without_a_secret_connects_and_refreshes() {
    let bench = Bench::new(PKCE_CLIENT_ID, None, GrantKind::AuthorizationCode).await;
    let grant = bench.connect(&[AUSTRALIA]).await;
    bench.clock.advance(TimeDelta::minutes(29));
    bench.keeper.access(&grant).await.unwrap();
    assert!(matches!(
        bench.keeper.status(&grant).await.unwrap(),
        GrantStatus::Live { .. }
    ));
    bench.keeper.revoke(&grant).await.unwrap();
    bench.running.shutdown().await;
}

#[tokio::test]
async fn a_custom_connection_works_without_a_browser() {
    let secret = Some(CUSTOM_CLIENT_SECRET);
    let bench = Bench::new(CUSTOM_CLIENT_ID, secret, GrantKind::ClientCredentials).await;
    let tokens = bench.oauth.client_credentials().await.unwrap();
    let grant = bench.keeper.adopt(tokens).await.unwrap();
    let list = bench.keeper.connections(&grant).await.unwrap();
    assert_eq!(list.chosen.len(), 1);
    let session = bench.session(&grant, list.chosen[0].tenant_id).await;
    assert_eq!(
        session.send(bench.organisation()).await.unwrap().status(),
        StatusCode::OK
    );
    bench.clock.advance(TimeDelta::minutes(31));
    assert_eq!(
        session.send(bench.organisation()).await.unwrap().status(),
        StatusCode::OK
    );
    bench.running.shutdown().await;
}

#[tokio::test]
async fn connections_with_apps_of_their_own_live_beside_each_other() {
    let bench = Bench::web().await;
    let web = bench.connect(&[NEW_ZEALAND]).await;
    let desktop = bench.beside(PKCE_CLIENT_ID, None, GrantKind::AuthorizationCode);
    let (url, consent) = Consent::begin(desktop.oauth());
    let query = bench.answer(&url, &[AUSTRALIA], "allow").await;
    let tokens = consent.finish(desktop.oauth(), &query).await.unwrap();
    let desktop_grant = desktop.adopt(tokens).await.unwrap();
    let secret = Some(CUSTOM_CLIENT_SECRET);
    let custom = bench.beside(CUSTOM_CLIENT_ID, secret, GrantKind::ClientCredentials);
    let tokens = custom.oauth().client_credentials().await.unwrap();
    let custom_grant = custom.adopt(tokens).await.unwrap();

    // Three lives of a token: each is renewed in its app's own way, and the custom one without a refresh token.
    for _ in 0..3 {
        for (keeper, grant) in [
            (&bench.keeper, &web),
            (&desktop, &desktop_grant),
            (&custom, &custom_grant),
        ] {
            let list = keeper.connections(grant).await.unwrap();
            assert_eq!(list.chosen.len() + list.earlier.len(), 1);
        }
        bench.clock.advance(TimeDelta::minutes(29));
    }
    let error = custom.access(&web).await.unwrap_err();
    assert!(matches!(error, AuthError::OtherApp(_)), "{error}");
    bench.running.shutdown().await;
}

#[tokio::test]
async fn a_second_consent_tells_its_own_organisations_from_the_earlier_ones() {
    let bench = Bench::web().await;
    let first = bench.connect(&[NEW_ZEALAND]).await;
    bench.clock.advance(TimeDelta::minutes(1));
    let second = bench.connect(&[AUSTRALIA]).await;
    assert_ne!(first, second);
    let list = bench.keeper.connections(&second).await.unwrap();
    assert_eq!(
        list.chosen
            .iter()
            .map(|one| one.tenant_id)
            .collect::<Vec<_>>(),
        [AUSTRALIA]
    );
    assert_eq!(
        list.earlier
            .iter()
            .map(|one| one.tenant_id)
            .collect::<Vec<_>>(),
        [NEW_ZEALAND]
    );
    bench.running.shutdown().await;
}

#[tokio::test]
async fn a_token_that_the_api_refuses_is_renewed_and_the_call_made_again() {
    let bench = Bench::web().await;
    let grant = bench.connect(&[NEW_ZEALAND]).await;
    let session = bench.session(&grant, NEW_ZEALAND).await;
    bench.clock.advance(TimeDelta::minutes(5));
    let rule = FaultRule::once("GET", "/Organisation", Fault::Unauthorized);
    bench.running.sandbox.faults().push(rule);
    let before = bench.keeper.access(&grant).await.unwrap();
    let reply = session.send(bench.organisation()).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_ne!(before, bench.keeper.access(&grant).await.unwrap());
    // Refused again right away: another refresh would not help, so the refusal is handed on.
    let rule = FaultRule::once("GET", "/Organisation", Fault::Unauthorized);
    bench.running.sandbox.faults().push(rule);
    let reply = session.send(bench.organisation()).await.unwrap();
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        session.inner().budget().usage().purposes[&Purpose::Operator].calls,
        3
    );
    bench.running.shutdown().await;
}

#[rstest]
#[case::wrong_secret(WEB_CLIENT_ID, "wrong", GrantKind::ClientCredentials)]
#[case::wrong_kind(WEB_CLIENT_ID, WEB_CLIENT_SECRET, GrantKind::ClientCredentials)]
#[tokio::test]
async fn an_app_that_may_not_is_told_why(
    #[case] id: &str,
    #[case] secret: &str,
    #[case] kind: GrantKind,
) {
    let bench = Bench::new(id, Some(secret), kind).await;
    let error = bench.oauth.client_credentials().await.unwrap_err();
    let expected = if secret == "wrong" {
        matches!(error, AuthError::ClientRefused)
    } else {
        matches!(error, AuthError::AppTypeRefused | AuthError::ScopeRefused)
    };
    assert!(expected, "{}", shown(&error));
    bench.running.shutdown().await;
}

#[test]
fn the_default_scopes_are_granular() {
    assert!(!DEFAULT_SCOPES.contains(&"accounting.transactions"));
}
