//! Sign-in at an identity provider by OpenID Connect: the code flow with PKCE, over our own transport.

mod admit;
mod claims;
mod error;
mod exchange;
mod flow;
mod jwks;
mod provider;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tieout_core::transport::Transport;
use url::Url;

use crate::jws::Jws;
use crate::secret::same;
use crate::{Fault, Identity, OidcConfig, SignedIn, Visitor};
use admit::Account;
use claims::{Claims, Expected};
pub use error::{OidcError, OidcRefusal, TokenFlaw};
use exchange::Got;
use flow::{Flow, Sealer, Seen};
use provider::{Metadata, Provider};

/// Longest query that a provider sends back, in bytes.
const QUERY_BYTES_MAX: usize = 8 * 1024;

/// An identity provider at which people sign in. One for each process.
pub struct Oidc {
    config: OidcConfig,
    redirect: Url,
    identity: Arc<Identity>,
    provider: Provider,
    sealer: Sealer,
    seen: Mutex<Seen>,
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where to send the browser.
    pub address: Url,
    /// What it must bring back, as a cookie that lives [`Oidc::COOKIE_LIFE_S`].
    pub cookie: SecretString,
}

/// A sign-in that led to a session.
#[derive(Debug)]
pub struct Finished {
    /// The session, and its cookie.
    pub signed_in: SignedIn,
    /// The path of ours that the person wanted to go to.
    pub return_to: String,
}

/// What a provider sends back through the browser.
#[derive(Default)]
struct Answer {
    state: String,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

impl Oidc {
    /// The path below the public address to which the provider sends the browser back.
    pub const CALLBACK_PATH: &str = "sign-in/oidc/callback";

    /// For how long a browser keeps the cookie of a sign-in, in seconds.
    pub const COOKIE_LIFE_S: i64 = flow::FLOW_LIFE.num_seconds();

    /// A provider, asked over a transport that follows no redirect. Asks nobody yet.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(
        config: OidcConfig,
        public_url: &Url,
        identity: Arc<Identity>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, Fault> {
        let mut redirect = public_url.clone();
        let folder = redirect.path().trim_end_matches('/').to_owned();
        redirect.set_path(&format!("{folder}/{}", Self::CALLBACK_PATH));
        redirect.set_query(None);
        redirect.set_fragment(None);
        let clock = Arc::clone(&identity.clock);
        Ok(Self {
            provider: Provider::new(config.issuer.clone(), transport, clock),
            config,
            redirect,
            identity,
            sealer: Sealer::new()?,
            seen: Mutex::default(),
        })
    }

    /// What the button says behind "Sign in with".
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The address to register with the provider.
    #[must_use]
    pub fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Asks the provider about itself and for its keys, and tells how many of them can be used: for whoever checks a
    /// configuration. The client's identifier and secret show only when somebody signs in.
    ///
    /// # Errors
    /// [`OidcError::Provider`] when it cannot be asked, calls itself otherwise, or publishes no key that can be used.
    pub async fn reach(&self) -> Result<usize, OidcError> {
        let metadata = self.provider.metadata().await?;
        self.provider.keys(&metadata).await
    }

    /// Begins a sign-in that ends at a path of ours; any other address becomes `/`.
    ///
    /// # Errors
    /// [`OidcError::Provider`] when the provider cannot be asked about itself, or a fault.
    pub async fn begin(&self, return_to: &str) -> Result<Begun, OidcError> {
        let metadata = self.provider.metadata().await?;
        let flow = Flow::begin(return_to, self.identity.now())?;
        Ok(Begun {
            address: exchange::address(&self.config, &metadata, &self.redirect, &flow),
            cookie: self.sealer.seal(&flow)?,
        })
    }

    /// Finishes a sign-in: `cookie` is what [`Oidc::begin`] gave, `query` what the provider sent the browser back with.
    /// Whatever comes of it, the cookie is to be removed.
    ///
    /// # Errors
    /// [`OidcRefusal`] for everything that a stranger, a wrong clock, a changed directory or an old window can bring; a
    /// repeat is refused. [`OidcError::Provider`] when the provider fails.
    pub async fn finish(
        &self,
        cookie: &str,
        query: &str,
        visitor: &Visitor,
    ) -> Result<Finished, OidcError> {
        let (flow, answer) = self.match_answer(cookie, query)?;
        if let Some(word) = answer.error {
            return Err(OidcRefusal::Denied(printable(&word)).into());
        }
        let metadata = self.provider.metadata().await?;
        // Another provider's code sent here would be tried at ours, and ours at theirs (RFC 9207).
        let named = answer.issuer.as_deref();
        let must_name = metadata.authorization_response_iss_parameter_supported;
        if named.map_or(must_name, |named| named != self.config.issuer) {
            return Err(OidcRefusal::IssuerForeign.into());
        }
        let code = answer.code.filter(|code| !code.is_empty());
        let code = code.ok_or(OidcRefusal::NoCode)?;
        let got = exchange::exchange(
            &self.config,
            &self.provider,
            &metadata,
            &self.redirect,
            &flow,
            &code,
        )
        .await?;
        let claims = self.claims(&metadata, &flow, &got).await?;
        let account = Account::of(&claims, &self.config);
        Ok(Finished {
            signed_in: self.identity.admit(account, visitor).await?,
            return_to: flow.return_to,
        })
    }

    /// The sign-in that an answer belongs to, once.
    fn match_answer(&self, cookie: &str, query: &str) -> Result<(Flow, Answer), OidcRefusal> {
        let now = self.identity.now();
        let flow = self.sealer.open(cookie, now)?;
        let answer = Answer::read(query)?;
        if !same(&answer.state, &flow.state) {
            return Err(OidcRefusal::StateForeign);
        }
        // One insertion, so a panic leaves nothing half done.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.once(&flow, now)?;
        Ok((flow, answer))
    }

    /// What the provider vouches for.
    async fn claims(
        &self,
        metadata: &Metadata,
        flow: &Flow,
        got: &Got,
    ) -> Result<Claims, OidcError> {
        let refused = |flaw| OidcError::from(OidcRefusal::Token(flaw));
        let token = Jws::split(got.id_token.expose_secret())
            .ok_or_else(|| refused(TokenFlaw::Malformed))?;
        if token.header.crit.is_some() {
            return Err(refused(TokenFlaw::Critical));
        }
        self.provider.check_signature(metadata, &token).await?;
        let expected = Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &flow.nonce,
            now: self.identity.now(),
        };
        let mut claims = Claims::check(&token.payload, &expected).map_err(refused)?;
        if let Some(userinfo) = metadata
            .userinfo_endpoint
            .as_ref()
            .filter(|_| claims.lacks(&self.config))
        {
            let bearer = got.access_token.expose_secret();
            let body = self.provider.get(userinfo.as_str(), Some(bearer)).await?;
            // Some providers answer with a signed token; what is in the ID token must do then.
            if let Ok(told) = serde_json::from_slice(&body) {
                claims.complete(told);
            }
        }
        Ok(claims)
    }
}

impl Answer {
    fn read(query: &str) -> Result<Self, OidcRefusal> {
        let mut answer = Self::default();
        if query.len() > QUERY_BYTES_MAX {
            return Err(OidcRefusal::StateForeign);
        }
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            match &*key {
                "state" => answer.state = value,
                "code" => answer.code = Some(value),
                "error" => answer.error = Some(value),
                "iss" => answer.issuer = Some(value),
                _ => {}
            }
        }
        Ok(answer)
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer", &self.config.issuer)
            .field("redirect", &self.redirect.as_str())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun([redacted])")
    }
}

/// A word from outside, short and harmless enough to show.
fn printable(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(200)
        .collect()
}
