//! Who is let in: a client with its secret, a user with a password, and tokens that last an hour.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::account::Iinsight;
use super::json::Json;
use super::{CLIENT_ID, CLIENT_SECRET, PASSWORD, USERNAME};

const LIFE_SECONDS: i64 = 3_600;

/// The tokens that were given out.
#[derive(Default)]
pub(super) struct Access {
    issued: u64,
    tokens: BTreeMap<String, DateTime<Utc>>,
    /// Each works once.
    refresh: Option<String>,
}

impl Access {
    /// A new pair; what was given out before keeps its hour, but refreshes no more.
    fn grant(&mut self, now: DateTime<Utc>) -> Response {
        self.issued += 1;
        let (token, refresh) = (
            format!("access-{}", self.issued),
            format!("refresh-{}", self.issued),
        );
        self.tokens
            .insert(token.clone(), now + TimeDelta::seconds(LIFE_SECONDS));
        self.refresh = Some(refresh.clone());
        let reply = json!({
            "access_token": token, "expires_in": LIFE_SECONDS, "token_type": "Bearer", "refresh_token": refresh,
        });
        Json(reply).into_response()
    }

    pub(super) fn forget(&mut self) {
        self.tokens.clear();
        self.refresh = None;
    }

    pub(super) fn expire(&mut self) {
        self.tokens.clear();
    }

    /// Whether a request carries a token that is good.
    pub(super) fn lets_in(&self, headers: &HeaderMap, now: DateTime<Utc>) -> bool {
        let sent = headers
            .get(header::AUTHORIZATION)
            .and_then(|it| it.to_str().ok());
        let token = sent.and_then(|text| text.strip_prefix("Bearer "));
        token
            .and_then(|token| self.tokens.get(token))
            .is_some_and(|until| *until > now)
    }
}

type Fields = BTreeMap<String, String>;

pub(super) async fn login(
    State(account): State<Iinsight>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let given = |name: &str| fields.get(name).map(String::as_str);
    if !is_client(&headers) {
        return refused("invalid_client");
    }
    if given("grant_type") != Some("password") {
        return refused("unsupported_grant_type");
    }
    if given("username") != Some(USERNAME) || given("password") != Some(PASSWORD) {
        return refused("invalid_grant");
    }
    let mut books = account.books();
    let now = books.now();
    books.access.grant(now)
}

pub(super) async fn refresh(
    State(account): State<Iinsight>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    if !is_client(&headers) {
        return refused("invalid_client");
    }
    let mut books = account.books();
    let is_ours = books.access.refresh.is_some()
        && fields.get("refresh_token") == books.access.refresh.as_ref();
    if fields.get("grant_type").map(String::as_str) != Some("refresh_token") || !is_ours {
        return refused("invalid_grant");
    }
    let now = books.now();
    books.access.grant(now)
}

fn is_client(headers: &HeaderMap) -> bool {
    let key = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    headers
        .get(header::AUTHORIZATION)
        .is_some_and(|sent| *sent == format!("Basic {key}"))
}

fn refused(why: &str) -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": why }))).into_response()
}
