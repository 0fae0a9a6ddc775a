//! What an ID token must say, and whom it is then about.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::TokenFlaw;
use crate::jws::seconds;
use crate::secret::same;
use crate::{Email, OidcConfig};

/// By how much clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// Longest identifier of a person at a provider, in bytes (OpenID Connect Core 1.0, 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// What an ID token is compared with.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// The claims of a token whose signature is right.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims, if they say what they must (OpenID Connect Core 1.0, 3.1.3.7).
    pub(super) fn check(payload: &[u8], expected: &Expected<'_>) -> Result<Self, TokenFlaw> {
        let claims: Map<String, Value> =
            serde_json::from_slice(payload).map_err(|_| TokenFlaw::Malformed)?;
        let claims = Self(claims);
        if claims.text("iss") != Some(expected.issuer) {
            return Err(TokenFlaw::Issuer);
        }
        claims.check_audience(expected.client_id)?;
        claims.check_time(expected.now)?;
        let nonce = claims.text("nonce").unwrap_or_default();
        if !same(nonce, expected.nonce) {
            return Err(TokenFlaw::Nonce);
        }
        let subject = claims.subject();
        if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
            return Err(TokenFlaw::Subject);
        }
        Ok(claims)
    }

    fn check_audience(&self, client_id: &str) -> Result<(), TokenFlaw> {
        let audience = words(self.0.get("aud"));
        if !audience.iter().any(|it| it == client_id) {
            return Err(TokenFlaw::Audience);
        }
        match self.0.get("azp") {
            None if audience.len() == 1 => Ok(()),
            Some(Value::String(party)) if party == client_id => Ok(()),
            _ => Err(TokenFlaw::AuthorizedParty),
        }
    }

    fn check_time(&self, now: DateTime<Utc>) -> Result<(), TokenFlaw> {
        let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
        let moment = |claim: &str| seconds(self.0.get(claim));
        let ends = moment("exp").ok_or(TokenFlaw::Expired)?;
        if ends.saturating_add(leeway) <= now {
            return Err(TokenFlaw::Expired);
        }
        let begins = |claim: &str| match self.0.get(claim) {
            None => Ok(()),
            Some(_) => match moment(claim) {
                Some(at) if at.saturating_sub(leeway) <= now => Ok(()),
                _ => Err(TokenFlaw::NotYet),
            },
        };
        begins("nbf")?;
        begins("iat")
    }

    /// Whom the provider knows them as.
    pub(super) fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// Whether something is missing that the provider may tell when it is asked for it.
    pub(super) fn lacks(&self, config: &OidcConfig) -> bool {
        self.text("email").is_none()
            || (config.asks_for_groups() && self.at(&config.roles.claim).is_none())
    }

    /// Takes what is missing from what the provider told when it was asked, if that is about the same person.
    pub(super) fn complete(&mut self, told: Map<String, Value>) {
        if told.get("sub").and_then(Value::as_str) != Some(self.subject()) {
            return;
        }
        // An address counts with the word on it, and both come from one place.
        let mut told = told;
        if self.text("email").is_some() {
            told.remove("email");
            told.remove("email_verified");
        } else {
            self.0.remove("email_verified");
        }
        for (claim, value) in told {
            self.0.entry(claim).or_insert(value);
        }
    }

    /// The address, if there is one that people may have here.
    pub(super) fn email(&self) -> Option<Email> {
        self.text("email")?.parse().ok()
    }

    /// Whether the provider calls the address verified. One of them writes it as a text.
    pub(super) fn email_verified(&self) -> bool {
        match self.0.get("email_verified") {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(verified)) => verified == "true",
            _ => false,
        }
    }

    /// What they are called.
    pub(super) fn name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// The words of a claim: one, or a list.
    pub(super) fn groups(&self, claim: &str) -> Vec<String> {
        words(self.at(claim))
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }

    /// A claim by its name, which may hold dots itself, or along a path.
    fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let mut parts = path.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }
}

fn words(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(list)) => {
            let words = list.iter().filter_map(Value::as_str);
            words.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
