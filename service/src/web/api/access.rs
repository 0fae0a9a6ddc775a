//! Who asks: found by an API key, or by the session of the dashboard; and what they may do.

use std::sync::Arc;

use axum::extract::OptionalFromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::problem::{Problem, Sort};
use crate::web::entry::{Caller, Role};
use crate::web::front::Front;
use crate::web::shield;

/// What a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    /// Sees everything.
    Read,
    /// Decides about documents.
    Operate,
}

impl Right {
    /// The scope of a key that gives it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }
}

/// Whoever asks.
#[derive(Clone, Debug)]
pub(super) struct ApiCaller {
    /// By what this one is counted; no secret.
    pub(super) id: String,
    /// As the journal names this one.
    pub(super) name: String,
    /// What this one may do.
    pub(super) rights: Vec<Right>,
}

/// The header by which a page of the dashboard proves where a change comes from.
pub(super) const TOKEN_HEADER: &str = "x-form-token";

impl ApiCaller {
    /// Fails for one who may not do this.
    pub(super) fn must(&self, right: Right) -> Result<(), Problem> {
        if self.rights.contains(&right) {
            return Ok(());
        }
        Err(Problem::new(
            Sort::NotAllowed,
            format!("{} has no scope `{}`", self.name, right.as_str()),
        )
        .advise("Ask an administrator for a key that has it."))
    }
}

/// Who sent a request.
pub(super) async fn caller(front: &Arc<Front>, parts: &mut Parts) -> Result<ApiCaller, Problem> {
    if let Some(key) = bearer(&parts.headers)? {
        return by_key(front, &key);
    }
    // A name that a stranger points here would let his page read with the cookie of whoever looks at it.
    if let Some((_, why)) = shield::refusal(&parts.method, &parts.headers, front.public_url()) {
        return Err(Problem::new(Sort::Misdirected, why.trim()));
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
    if parts.method != Method::GET && !is_signed {
        return Err(Problem::new(
            Sort::NotAllowed,
            "a change by the cookie of a session needs its form token",
        )
        .advise(format!(
            "Send the token of the page as `{TOKEN_HEADER}`, or use an API key."
        )));
    }
    let rights = match caller.role {
        Role::Viewer => vec![Right::Read],
        Role::Operator | Role::Admin => vec![Right::Read, Right::Operate],
    };
    Ok(ApiCaller {
        id: format!("person {}", caller.name),
        name: caller.name,
        rights,
    })
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

fn by_key(_front: &Arc<Front>, _key: &str) -> Result<ApiCaller, Problem> {
    Err(Problem::new(
        Sort::NotSignedIn,
        "this API key is not known here",
    ))
}

fn not_signed_in() -> Problem {
    Problem::new(Sort::NotSignedIn, "the request carries no API key").advise(
        "Send `Authorization: Bearer tieout_...`; an administrator makes a key with `tieout key add NAME`.",
    )
}
