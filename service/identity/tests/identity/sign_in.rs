//! A desk with an identity provider, and people who sign in there.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tieout_core::transport::Transport;
use tieout_identity::{
    Begun, Finished, Oidc, OidcConfig, OidcError, OidcRefusal, SignInConfig, Visitor,
};

use crate::idp::{CLIENT, ISSUER, Idp, SECRET};
use crate::support::Desk;

pub(crate) struct Scene {
    pub(crate) desk: Desk,
    pub(crate) idp: Arc<Idp>,
    pub(crate) oidc: Oidc,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl Fn(&mut OidcConfig)) -> Self {
        let desk = Desk::new();
        let idp = Arc::new(Idp::new(Arc::clone(&desk.clock)));
        let oidc = oidc(&desk, &idp, change);
        Self { desk, idp, oidc }
    }

    /// The same desk and provider under another configuration, as after a restart.
    pub(crate) fn restarted(self, change: impl Fn(&mut OidcConfig)) -> Self {
        let oidc = oidc(&self.desk, &self.idp, change);
        Self { oidc, ..self }
    }

    pub(crate) async fn begin(&self) -> Begun {
        self.oidc.begin("/documents?page=2").await.unwrap()
    }

    pub(crate) async fn finish(&self, begun: &Begun, query: &str) -> Result<Finished, OidcError> {
        let cookie = begun.cookie.expose_secret();
        self.oidc.finish(cookie, query, &Visitor::default()).await
    }

    /// The whole way of somebody with this account.
    pub(crate) async fn sign_in(&self, claims: &Value) -> Result<Finished, OidcError> {
        let begun = self.begin().await;
        let query = self.idp.visit(&begun.address, claims);
        self.finish(&begun, &query).await
    }

    /// Why somebody with this account is turned away.
    pub(crate) async fn refusal(&self, claims: &Value) -> OidcRefusal {
        refused(self.sign_in(claims).await)
    }

    pub(crate) async fn loot_sessions(&self) -> usize {
        let loot = self.desk.store.loot().await;
        loot.matches("identity/session/").count()
    }
}

pub(crate) fn refused(outcome: Result<Finished, OidcError>) -> OidcRefusal {
    match outcome {
        Err(OidcError::Refused(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

/// An account at the provider with a verified address.
pub(crate) fn account(subject: &str, email: &str) -> Value {
    json!({ "sub": subject, "email": email, "email_verified": true, "name": "Ann Example" })
}

fn oidc(desk: &Desk, idp: &Arc<Idp>, change: impl Fn(&mut OidcConfig)) -> Oidc {
    let mut config = config();
    change(&mut config);
    let public = "https://books.acme.test/tieout/".parse().unwrap();
    let transport = Arc::clone(idp) as Arc<dyn Transport>;
    Oidc::new(config, &public, Arc::clone(&desk.identity), transport).unwrap()
}

fn config() -> OidcConfig {
    let text = json!({ "oidc": {
        "issuer": ISSUER, "client_id": CLIENT,
    }});
    let config: SignInConfig = serde_json::from_value(text).unwrap();
    assert_eq!(config.mistakes(), []);
    OidcConfig {
        client_secret: Some(SecretString::from(SECRET)),
        ..config.oidc.unwrap()
    }
}
