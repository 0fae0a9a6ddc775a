//! How a person's consent is asked for, and when its answer is believed.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::oauth::printable;
use super::{AuthError, OAuth, TokenSet};

/// How long a person may take.
const CONSENT_WITHIN: TimeDelta = TimeDelta::minutes(30);

/// A consent that was begun and not yet answered. Good for one answer.
#[derive(Debug)]
pub struct Consent {
    state: CsrfToken,
    verifier: PkceCodeVerifier,
    begun_at: DateTime<Utc>,
}

impl Consent {
    /// Begins a consent: the address to open in a browser, and what is needed to believe the answer.
    ///
    /// Asks for the app's scopes with state and PKCE (S256), also for apps with a secret. Each call
    /// begins another consent.
    #[must_use]
    pub fn begin(oauth: &OAuth) -> (Url, Self) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = oauth
            .library
            .authorize_url(CsrfToken::new_random)
            .add_scopes(oauth.app.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        (
            url,
            Self {
                state,
                verifier,
                begun_at: oauth.clock.now(),
            },
        )
    }

    /// The state in the address, by which a service finds the consent that an answer belongs to.
    ///
    /// It is a secret until the answer came: do not log it.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.secret()
    }

    /// Whether a query carries this consent's state, so that a listener can pass over whatever else a
    /// browser or a stranger asks for. Says nothing of whether access was allowed.
    #[must_use]
    pub fn is_answered_by(&self, query: &str) -> bool {
        same(&Answer::read(query).state, self.state.secret())
    }

    /// Turns the answer into tokens. `query` is what follows the `?` in the address that Xero opened.
    ///
    /// The state is checked before anything else, also before an error is believed. Nothing is stored.
    pub async fn finish(self, oauth: &OAuth, query: &str) -> Result<TokenSet, AuthError> {
        let answer = Answer::read(query);
        if !self.is_answered_by(query) {
            return Err(AuthError::StateMismatch);
        }
        match answer.error.as_deref() {
            Some("access_denied") => return Err(AuthError::ConsentRefused),
            Some(other) => return Err(AuthError::ConsentFailed(printable(other))),
            None => {}
        }
        let code = answer
            .code
            .filter(|code| !code.is_empty())
            .ok_or(AuthError::CodeMissing)?;
        if oauth.clock.now() - self.begun_at > CONSENT_WITHIN {
            return Err(AuthError::ConsentExpired);
        }
        oauth.exchange_code(code, self.verifier.into_secret()).await
    }
}

#[derive(Default)]
struct Answer {
    state: String,
    code: Option<String>,
    error: Option<String>,
}

impl Answer {
    fn read(query: &str) -> Self {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match name.as_ref() {
                "state" => answer.state = value.into_owned(),
                "code" => answer.code = Some(value.into_owned()),
                "error" => answer.error = Some(value.into_owned()),
                _ => {}
            }
        }
        answer
    }
}

/// Compares hashes, so that the time taken says nothing about how much of the text is right.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes()) == Sha256::digest(other.as_bytes())
}
