//! Who looks at a page: found by the cookie of a session, sent to the sign-in where there is none; and how one comes in and goes.

mod oidc;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{
    ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequestParts, Path, Query, Request,
    State,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use maud::html;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tieout_identity::{Actor, Error, Fault, Kind, Session, SignedIn, TooSoon, Visitor, same};

use super::front::Front;
use super::page::narrow;
use super::trouble::Trouble;
use crate::exit::{Failure, chain};

pub(crate) use tieout_identity::Role;

/// The field of a form that proves where it comes from.
pub(crate) const TOKEN_FIELD: &str = "form_token";

/// Bytes of a form.
const FORM_BYTES_MAX: usize = 256 << 10;

/// Whoever asks for a page.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// As the journal names this person.
    pub(crate) name: String,
    /// As the audit of people and keys names this person.
    pub(crate) actor: Actor,
    /// What this person may do.
    pub(crate) role: Role,
    /// What forms of this session carry.
    pub(crate) token: String,
}

impl Caller {
    fn of(session: &Session) -> Self {
        let actor = session.person.actor();
        Self {
            name: actor.to_string(),
            actor,
            role: session.person.role,
            token: session.csrf_token().to_owned(),
        }
    }

    /// Whether this person may do what one of a role may.
    pub(crate) fn may(&self, wanted: Role) -> bool {
        self.role >= wanted
    }

    /// Fails for one who may not do what one of a role may.
    pub(crate) fn must(&self, wanted: Role) -> Result<(), Trouble> {
        if self.may(wanted) {
            return Ok(());
        }
        Err(Trouble::not_allowed(format!(
            "this takes the role `{wanted}`, and {} has the role `{}`",
            self.name, self.role
        )))
    }

    /// Whether a form or a request carries the proof of this session.
    pub(super) fn signs(&self, token: &str) -> bool {
        same(token, &self.token)
    }
}

/// A form that one of our own pages sent, with whoever sent it.
pub(crate) struct Signed<T> {
    /// Who sent it.
    pub(crate) caller: Caller,
    /// What is in it. For fields that come several times, a list of pairs.
    pub(crate) form: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Front>> for Signed<T> {
    type Rejection = Response;

    async fn from_request(request: Request, front: &Arc<Front>) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let session = session(front, &parts).await?;
        let bytes = axum::body::to_bytes(body, FORM_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE.into_response())?;
        let token = url::form_urlencoded::parse(&bytes).find(|(name, _)| name == TOKEN_FIELD);
        let token = token.map(|(_, token)| token.into_owned());
        session
            .check_form(&token.unwrap_or_default())
            .map_err(|refusal| Trouble::from(Error::from(refusal)).into_response())?;
        let request = Request::from_parts(parts, bytes.into());
        let form = Form::<T>::from_request(request, front).await;
        let Form(form) = form.map_err(IntoResponse::into_response)?;
        Ok(Self {
            caller: Caller::of(&session),
            form,
        })
    }
}

/// A button without fields that an admin pressed on one of our own pages.
pub(crate) struct AdminClick(pub(crate) Caller);

impl FromRequest<Arc<Front>> for AdminClick {
    type Rejection = Response;

    async fn from_request(request: Request, front: &Arc<Front>) -> Result<Self, Response> {
        let sent = Signed::<Vec<(String, String)>>::from_request(request, front).await?;
        let allowed = sent.caller.must(Role::Admin);
        allowed.map_err(IntoResponse::into_response)?;
        Ok(Self(sent.caller))
    }
}

impl FromRequestParts<Arc<Front>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, front: &Arc<Front>) -> Result<Self, Response> {
        Ok(Self::of(&session(front, parts).await?))
    }
}

impl OptionalFromRequestParts<Arc<Front>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        front: &Arc<Front>,
    ) -> Result<Option<Self>, Response> {
        let Some(cookie) = session_cookie(front, &parts.headers) else {
            return Ok(None);
        };
        match front.identity.session(cookie).await {
            Ok(session) => Ok(Some(Self::of(&session))),
            Err(Error::Refused(refusal)) if refusal.kind() == Kind::SignIn => Ok(None),
            Err(error) => Err(Trouble::from(error).into_response()),
        }
    }
}

/// The session of a request, or the way to the sign-in.
async fn session(front: &Front, parts: &Parts) -> Result<Session, Response> {
    let found = match session_cookie(front, &parts.headers) {
        Some(cookie) => front.identity.session(cookie).await,
        None => return Err(to_sign_in(parts)),
    };
    match found {
        Ok(session) => Ok(session),
        Err(Error::Refused(refusal)) if refusal.kind() == Kind::SignIn => Err(to_sign_in(parts)),
        Err(error) => Err(Trouble::from(error).into_response()),
    }
}

/// Who comes back here afterwards, if the request asked for a page.
fn to_sign_in(parts: &Parts) -> Response {
    if parts.method != Method::GET {
        return Redirect::to("/sign-in").into_response();
    }
    let here = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

pub(super) fn routes(front: &Arc<Front>) -> Router {
    Router::new()
        .route("/sign-in", get(sign_in))
        .route("/sign-in/link/{token}", get(look).post(follow))
        .route("/sign-out", post(sign_out))
        .merge(oidc::routes())
        .with_state(Arc::clone(front))
}

/// Where one was going.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
}

/// Says how one comes in.
async fn sign_in(State(front): State<Arc<Front>>, Query(wanted): Query<Wanted>) -> Html<String> {
    narrow(
        "Sign in",
        &html! {
            @if let Some(oidc) = &front.oidc {
                form method="get" action="/sign-in/oidc" {
                    input type="hidden" name="next" value=(wanted.next);
                    p { button class="primary" { "Sign in with " (oidc.name()) } }
                }
                p { "Or by a link:" }
            }
            p { "Open the sign-in link that you were given. It works once, within a quarter of an hour." }
            p { "An administrator makes one on the page People, or on the machine of this server:" }
            pre { "tieout person link you@example.com" }
            p class="quiet" { "The very first: " code { "tieout person add you@example.com --role admin" } }
        },
    )
}

/// Shows whose link it is. It is used by the button alone: programs that look into mails open links.
async fn look(
    State(front): State<Arc<Front>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(token): Path<String>,
) -> Result<Response, Trouble> {
    let looked = front.identity.look_at_link(&token).await;
    let person = counted(&front, from, looked)?;
    let page = narrow(
        "Sign in",
        &html! {
            p { "You are " strong { (person.name) } " (" (person.email) ")." }
            form method="post" { button class="primary" autofocus { "Sign in" } }
        },
    );
    Ok(([(header::REFERRER_POLICY, "no-referrer")], page).into_response())
}

async fn follow(
    State(front): State<Arc<Front>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let visitor = visitor(&front, &headers);
    let followed = front.identity.follow_link(&token, &visitor).await;
    let signed_in = counted(&front, from, followed)?;
    Ok(let_in(&front, &signed_in, "/"))
}

/// Counts a link that leads nowhere: behind a proxy everybody comes from one address, and nobody who has a link is to be kept
/// out by those who guess.
fn counted<T>(front: &Front, from: SocketAddr, tried: Result<T, Error>) -> Result<T, Trouble> {
    if let Err(Error::Refused(_)) = &tried {
        front.gate.sign_in(from.ip(), front.now())?;
    }
    Ok(tried?)
}

async fn sign_out(
    State(front): State<Arc<Front>>,
    headers: HeaderMap,
    _form: Signed<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    if let Some(cookie) = session_cookie(&front, &headers) {
        front.identity.sign_out(cookie).await?;
    }
    let gone = format!(
        "{}=; Path=/; Max-Age=0{}",
        front.cookie_name(),
        secure(&front)
    );
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}

/// What a browser tells by itself.
pub(crate) fn visitor(front: &Front, headers: &HeaderMap) -> Visitor {
    let agent = headers.get(header::USER_AGENT);
    Visitor {
        former: session_cookie(front, headers).map(str::to_owned),
        agent: agent.and_then(|it| it.to_str().ok()).map(str::to_owned),
    }
}

/// Gives the browser its session, and sends it on to a page of ours.
pub(crate) fn let_in(front: &Front, signed_in: &SignedIn, next: &str) -> Response {
    let lasts_s = i64::from(front.shop.loaded().config.sign_in.session_h) * 3_600;
    let set = format!(
        "{}={}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{}",
        front.cookie_name(),
        signed_in.cookie.expose_secret(),
        secure(front)
    );
    ([(header::SET_COOKIE, set)], Redirect::to(next)).into_response()
}

fn secure(front: &Front) -> &'static str {
    if front.is_secure() { "; Secure" } else { "" }
}

fn session_cookie<'h>(front: &Front, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie(headers, front.cookie_name())
}

fn cookie<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line: &HeaderValue| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let ours = pairs.filter_map(|pair| pair.trim().split_once('='));
    ours.filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
        .next()
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => {
                let status = status_of(refusal.kind());
                let failure = Failure::new(refusal.to_string()).advise(refusal.advice());
                Self::told(status, failure)
            }
            Error::Fault(fault) => fault.into(),
        }
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::SignIn => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = chain(&fault), "the list of people failed");
        Failure::new("the list of people cannot be read now").into()
    }
}

impl From<TooSoon> for Trouble {
    fn from(too_soon: TooSoon) -> Self {
        Self::told(
            StatusCode::TOO_MANY_REQUESTS,
            Failure::new(too_soon.to_string()),
        )
    }
}
