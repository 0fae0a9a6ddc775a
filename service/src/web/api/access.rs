//! Who asks: found by an API key, or by the session of the dashboard; and what they may do.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use tieout_identity::{Actor, Error, Refusal, Scope, TooSoon};

use super::panel;
use super::problem::{Problem, Sort};
use crate::web::entry::Caller;
use crate::web::front::Front;
use crate::web::shield;

/// Whoever asks.
#[derive(Clone, Debug)]
pub(crate) struct ApiCaller {
    /// By what this one is counted; no secret, and another one's is another.
    pub(super) id: String,
    /// With whom it shares its part of the replies that are kept: nobody, or the users of all panels, of whom there may be
    /// any number.
    pub(super) shares_with: String,
    /// As the journal names this one.
    pub(super) name: String,
    /// As the audit of people and keys names this one.
    pub(super) actor: Actor,
    /// What this one may do.
    pub(super) scopes: BTreeSet<Scope>,
}

/// The header by which a page of the dashboard proves where a change comes from.
pub(super) const TOKEN_HEADER: &str = "x-form-token";

impl ApiCaller {
    /// Whoever holds the key that a request carries; without one nobody.
    pub(crate) async fn by_key(
        front: &Front,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        match bearer(headers)? {
            Some(key) => by_key(front, Some(peer.ip()), &key).await,
            None => Err(not_signed_in()),
        }
    }

    /// Fails for one who may not do this.
    pub(crate) fn must(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        let refusal = Refusal::NotAllowed { needs: scope };
        let detail = format!("{refusal}, and {} does not have it", self.name);
        Err(Problem::new(Sort::NotAllowed, detail).advise(refusal.advice()))
    }
}

/// Who sent a request. A key goes before a session.
pub(super) async fn caller(front: &Arc<Front>, parts: &mut Parts) -> Result<ApiCaller, Problem> {
    if let Some(key) = bearer(&parts.headers)? {
        // Keys have no dots; signed tokens have two.
        if key.contains('.') {
            return panel::by_token(front, &parts.uri, &key);
        }
        return by_key(front, peer(parts), &key).await;
    }
    // A name that a stranger points here would let his page read with the cookie of whoever looks at it.
    if let Some((status, why)) = shield::refusal(&parts.method, &parts.headers, front.public_url())
    {
        let sort = match status {
            StatusCode::MISDIRECTED_REQUEST => Sort::Misdirected,
            _ => Sort::NotAllowed,
        };
        return Err(Problem::new(sort, why.trim()));
    }
    let found = <Caller as OptionalFromRequestParts<Arc<Front>>>::from_request_parts(parts, front);
    let found = found.await.map_err(|_| not_signed_in())?;
    by_session(parts, found.ok_or_else(not_signed_in)?)
}

fn by_session(parts: &Parts, caller: Caller) -> Result<ApiCaller, Problem> {
    let given = parts
        .headers
        .get(TOKEN_HEADER)
        .and_then(|it| it.to_str().ok());
    let is_signed = given.is_some_and(|given| caller.signs(given));
    let is_look = parts.method == Method::GET || parts.method == Method::HEAD;
    if !is_look && !is_signed {
        return Err(Problem::new(
            Sort::NotAllowed,
            "a change by the cookie of a session needs its form token",
        )
        .advise(format!(
            "Send the token of the page as `{TOKEN_HEADER}`, or use an API key."
        )));
    }
    let id = format!("person {}", caller.name);
    Ok(ApiCaller {
        shares_with: id.clone(),
        id,
        name: caller.name,
        actor: caller.actor,
        scopes: caller.role.scopes(),
    })
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip())
}

/// The key of a request, if it carries one.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(key.trim().to_owned()))
        }
        _ => Err(not_signed_in()),
    }
}

async fn by_key(front: &Front, peer: Option<IpAddr>, text: &str) -> Result<ApiCaller, Problem> {
    let now = front.now();
    let key = match front.identity.key(text).await {
        Ok(key) => key,
        Err(Error::Fault(fault)) => {
            tracing::error!(error = %fault, "a key cannot be looked up");
            return Err(Problem::new(Sort::Broken, "keys cannot be looked up"));
        }
        Err(Error::Refused(refusal)) => {
            // Counted after the look: behind a proxy everybody comes from one address, and a key that works is never
            // turned away for those that do not.
            if let Some(peer) = peer {
                front.gate.key(peer, now).map_err(too_soon)?;
                front.gate.bad_key(peer, now);
            }
            return Err(
                Problem::new(Sort::NotSignedIn, refusal.to_string()).advise(refusal.advice())
            );
        }
    };
    front.gate.call(key.id, now).map_err(too_soon)?;
    // A scope includes others, which the caller of the key knows.
    let caller = key.caller();
    let scopes = Scope::ALL.into_iter().filter(|scope| caller.may(*scope));
    let id = format!("key {}", key.id);
    Ok(ApiCaller {
        shares_with: id.clone(),
        id,
        name: caller.who.to_string(),
        actor: caller.who.clone(),
        scopes: scopes.collect(),
    })
}

pub(super) fn too_soon(error: TooSoon) -> Problem {
    Problem::new(Sort::TooMany, error.to_string())
        .advise("Wait as long as `Retry-After` says.")
        .retry_after(error.retry_after_s)
}

fn not_signed_in() -> Problem {
    Problem::new(Sort::NotSignedIn, "the request carries no API key").advise(
        "Send `Authorization: Bearer tieout_...`; an administrator makes a key with `tieout key add NAME`.",
    )
}
