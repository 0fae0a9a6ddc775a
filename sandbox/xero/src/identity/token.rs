//! The token endpoint: which grant gives which tokens, and the error word for each thing that is wrong.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::json;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::options::{App, AppKind};
use crate::sandbox::Sandbox;
use crate::sync::lock;

use super::state::TokenSet;
use super::{jwt, scopes};

type Form = Vec<(String, String)>;

/// Answers `POST /connect/token`.
#[must_use]
pub fn exchange(sandbox: &Sandbox, parts: &Parts, body: &[u8], now: DateTime<Utc>) -> Answer {
    match try_exchange(sandbox, parts, body, now) {
        Ok(tokens) => Answer::json(StatusCode::OK, &tokens),
        Err(error) => refuse(error),
    }
}

/// Answers `POST /connect/revocation`: 200 without a body, also for a token that is not known.
#[must_use]
pub fn revoke(sandbox: &Sandbox, parts: &Parts, body: &[u8]) -> Answer {
    let form = read_form(body);
    match caller(sandbox, parts, &form) {
        Ok(app) => {
            let token = field(&form, "token").unwrap_or_default();
            lock(&sandbox.identity).revoke(&app.client_id, token);
            Answer::text(StatusCode::OK, "")
        }
        Err(error) => refuse(error),
    }
}

fn refuse(error: &'static str) -> Answer {
    Answer::json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
}

fn try_exchange(
    sandbox: &Sandbox,
    parts: &Parts,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<TokenSet, &'static str> {
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Err("invalid_request");
    }
    let form = read_form(body);
    let app = caller(sandbox, parts, &form)?;
    match field(&form, "grant_type") {
        Some("authorization_code") => by_code(sandbox, app, &form, now),
        Some("refresh_token") => by_refresh(sandbox, app, &form, now),
        Some("client_credentials") => by_credentials(sandbox, app, &form, now),
        Some(_) | None => Err("unsupported_grant_type"),
    }
}

fn by_code(
    sandbox: &Sandbox,
    app: &App,
    form: &Form,
    now: DateTime<Utc>,
) -> Result<TokenSet, &'static str> {
    match app.kind {
        AppKind::Web | AppKind::Pkce => {}
        AppKind::Custom { .. } => return Err("unauthorized_client"),
    }
    let text = field(form, "code").ok_or("invalid_grant")?;
    let mut identity = lock(&sandbox.identity);
    let code = identity.take_code(text, now).ok_or("invalid_grant")?;
    let same_app = code.client_id == app.client_id;
    let same_address = field(form, "redirect_uri") == Some(code.redirect_uri.as_str());
    if !same_app
        || !same_address
        || !proves(code.challenge.as_deref(), field(form, "code_verifier"))
    {
        return Err("invalid_grant");
    }
    Ok(identity.issue(&app.client_id, &code.scopes, code.auth_event, now))
}

/// A verifier of 43 to 128 characters whose hash is the challenge.
fn proves(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            (43..=128).contains(&verifier.len()) && jwt::s256(verifier) == challenge
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn by_refresh(
    sandbox: &Sandbox,
    app: &App,
    form: &Form,
    now: DateTime<Utc>,
) -> Result<TokenSet, &'static str> {
    let token = field(form, "refresh_token").ok_or("invalid_grant")?;
    let answer = sandbox.switches().grace_answer;
    lock(&sandbox.identity)
        .refresh(&app.client_id, token, answer, now)
        .ok_or("invalid_grant")
}

fn by_credentials(
    sandbox: &Sandbox,
    app: &App,
    form: &Form,
    now: DateTime<Utc>,
) -> Result<TokenSet, &'static str> {
    // Clients were seen to send `scopes` here, and Xero takes it.
    let asked = field(form, "scope")
        .or_else(|| field(form, "scopes"))
        .unwrap_or_default();
    let asked: Vec<String> = scopes::split(asked)
        .into_iter()
        .filter(|scope| scope != "offline_access")
        .collect();
    if !asked
        .iter()
        .all(|scope| scopes::exists(scope, app.broad_scopes))
    {
        return Err("invalid_scope");
    }
    let mut identity = lock(&sandbox.identity);
    match app.kind {
        AppKind::Custom { tenant } => {
            let known = identity
                .connections_of(&app.client_id)
                .map(|known| known.auth_event)
                .next();
            let auth_event = known.unwrap_or_else(|| identity.next_id());
            if known.is_none() {
                identity.connect(&app.client_id, &[tenant], auth_event, now);
            }
            Ok(identity.issue(&app.client_id, &asked, auth_event, now))
        }
        AppKind::Web if asked.iter().all(|scope| scope == "app.connections") => {
            let auth_event = identity.next_id();
            Ok(identity.issue(&app.client_id, &asked, auth_event, now))
        }
        AppKind::Web => Err("invalid_scope"),
        AppKind::Pkce => Err("unauthorized_client"),
    }
}

/// The app that calls, by Basic header or by form fields. PKCE apps name themselves and prove nothing here.
fn caller<'a>(sandbox: &'a Sandbox, parts: &Parts, form: &Form) -> Result<&'a App, &'static str> {
    let (id, secret) = match parts.headers.get(header::AUTHORIZATION) {
        Some(value) => basic(value.to_str().unwrap_or_default()).ok_or("invalid_client")?,
        None => match field(form, "client_id") {
            Some(id) => (
                id.to_owned(),
                field(form, "client_secret").map(str::to_owned),
            ),
            None => return Err("invalid_request"),
        },
    };
    if id.is_empty() {
        return Err("invalid_request");
    }
    let app = sandbox.app(&id).ok_or("invalid_client")?;
    let secret = secret.filter(|secret| !secret.is_empty());
    if app.client_secret == secret {
        Ok(app)
    } else {
        Err("invalid_client")
    }
}

fn basic(value: &str) -> Option<(String, Option<String>)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id), Some(form_decode(secret))))
}

/// Clients that follow RFC 6749 encode id and secret before they join them.
fn form_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    form_urlencoded::parse(format!("x={text}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

pub(super) fn read_form(body: &[u8]) -> Form {
    form_urlencoded::parse(body).into_owned().collect()
}

pub(super) fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// Answers `GET /.well-known/openid-configuration` with addresses on the host that was asked.
#[must_use]
pub fn discovery(parts: &Parts) -> Answer {
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost");
    let base = format!("http://{host}");
    Answer::json(
        StatusCode::OK,
        &json!({
            "issuer": "https://identity.xero.com",
            "authorization_endpoint": format!("{base}/identity/connect/authorize"),
            "token_endpoint": format!("{base}/connect/token"),
            "revocation_endpoint": format!("{base}/connect/revocation"),
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }),
    )
}
