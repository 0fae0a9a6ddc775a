//! How one comes in with an account at the identity provider of the organisation: out to it, and back.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tieout_identity::{Oidc, OidcError};

use super::{cookie, let_in, secure, status_of, visitor};
use crate::exit::Failure;
use crate::web::front::Front;
use crate::web::trouble::Trouble;

/// What is known of a sign-in until the provider sends the browser back.
const FLOW_COOKIE: &str = "tieout-flow";
/// Where it is sent, and where alone it goes.
const FLOW_PATH: &str = "/sign-in/oidc";

/// Where one was going.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
}

pub(super) fn routes() -> Router<Arc<Front>> {
    Router::new()
        .route(FLOW_PATH, get(begin))
        .route("/sign-in/oidc/callback", get(finish))
}

async fn begin(
    State(front): State<Arc<Front>>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let begun = provider(&front)?.begin(&wanted.next).await?;
    let cookie = begun.cookie.expose_secret();
    let set = flow_cookie(&front, cookie, Oidc::COOKIE_LIFE_S);
    let to = Redirect::to(begun.address.as_str());
    Ok(([(header::SET_COOKIE, set)], to).into_response())
}

async fn finish(
    State(front): State<Arc<Front>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let gone = AppendHeaders([(header::SET_COOKIE, flow_cookie(&front, "", 0))]);
    let finishing = async {
        front.gate.sign_in(from.ip(), front.now())?;
        let flow = cookie(&headers, FLOW_COOKIE).unwrap_or_default();
        let query = query.unwrap_or_default();
        let visitor = visitor(&front, &headers);
        let finished = provider(&front)?.finish(flow, &query, &visitor).await?;
        Ok(let_in(&front, &finished.signed_in, &finished.return_to))
    };
    let answer: Result<Response, Trouble> = finishing.await;
    (gone, answer).into_response()
}

fn flow_cookie(front: &Front, value: &str, lasts_s: i64) -> String {
    let secure = secure(front);
    format!(
        "{FLOW_COOKIE}={value}; Path={FLOW_PATH}; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{secure}"
    )
}

fn provider(front: &Front) -> Result<&Oidc, Trouble> {
    front
        .oidc
        .as_ref()
        .ok_or_else(|| Trouble::not_found("no identity provider is configured: sign in by a link"))
}

impl From<OidcError> for Trouble {
    fn from(error: OidcError) -> Self {
        match error {
            OidcError::Refused(refusal) => {
                let status = status_of(refusal.kind());
                Self::told(
                    status,
                    Failure::new(refusal.to_string()).advise(refusal.advice()),
                )
            }
            OidcError::Provider(why) => {
                tracing::warn!(%why, "the identity provider failed");
                let failure = Failure::new("the identity provider did not answer as it should")
                    .advise("Try again in a moment, or sign in by a link.");
                Self::told(StatusCode::BAD_GATEWAY, failure)
            }
            OidcError::Fault(fault) => fault.into(),
        }
    }
}
