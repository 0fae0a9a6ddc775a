//! The third step: somebody allows access at Xero, and the browser comes back with the answer.

use std::sync::Arc;

use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tieout_core::document::ConnectionId;
use url::Url;

use super::organisation;
use crate::exit::Failure;
use crate::setup::consent::{self, Asked, Mended, NotConnected, redirect_uri};
use crate::web::dashboard::kit::{self, Step, Told};
use crate::web::entry::{AdminClick, Caller, Role};
use crate::web::front::Front;
use crate::web::page::{Page, Place, card, token};
use crate::web::trouble::Trouble;

/// Shows what is going to happen.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Query(told): Query<Told>,
    headers: HeaderMap,
    caller: Caller,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let name = kit::connection(&front, &name)?;
    let office = front.office(&caller.name);
    let flash = kit::flash(&office, &told).await?;
    let record = office
        .apps
        .connections
        .read(&name)
        .await
        .map_err(Failure::from)?;
    let again = record.as_ref().map(|record| record.tenant_name.as_str());
    let elsewhere = other_name(&front, &headers, &format!("/connections/{name}/consent"));
    let body = html! {
        (flash)
        @match again {
            Some(organisation) => { p { (name) " is connected to " strong { (organisation) } ". A new consent must be for the same organisation." } }
            None => {}
        }
        @match &elsewhere {
            Some(url) => { (card("Open it by its other name", &html! {
                p { "Xero sends the browser back to " code { (redirect_uri(&front)) } ". Whoever signed in under another name of \
                     this server is not known there." }
                p { a class="button primary" href=(url) { "Go on there" } }
            })) }
            None => { (card("Allow access", &allow(&front, &name, &caller))) }
        }
        (card("When Xero says no", &when_not(&front, &name)))
    };
    let page = page(&caller, &name, Step::Consent, &body);
    Ok(leading_to_xero(&front, &name, page))
}

/// Begins the consent and sends the browser to Xero.
pub(super) async fn begin(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Response, Trouble> {
    let name = kit::connection(&front, &name)?;
    let mut office = front.office(&caller.name);
    match consent::ask(&front, &mut office, &name, &caller.token).await {
        Ok(Asked::Open(url)) => {
            tracing::info!(connection = %name, by = caller.name, "a consent is begun");
            Ok(Redirect::to(url.as_str()).into_response())
        }
        Ok(Asked::Granted) => organisation::go_on(&front, &caller, name).await,
        Err(failure) => {
            let refused = NotConnected {
                connection: Some(name),
                failure,
                mended: Mended::AtTheApp,
            };
            Ok(not_connected(&caller, &refused))
        }
    }
}

/// Takes the answer of the consent, for the session that began it.
pub(super) async fn answer(
    State(front): State<Arc<Front>>,
    RawQuery(query): RawQuery,
    caller: Option<Caller>,
) -> Result<Response, Trouble> {
    let Some(caller) = caller else {
        let told = Failure::config("nobody is signed in here who could have begun this consent")
            .advise(
                "Nothing was connected. Sign in, and begin the consent again in the same browser.",
            );
        return Err(Trouble::not_usable(told));
    };
    caller.must(Role::Admin)?;
    let mut office = front.office(&caller.name);
    let query = query.unwrap_or_default();
    match consent::answer(&front, &mut office, &query, &caller.token).await {
        Ok(name) => {
            tracing::info!(connection = %name, by = caller.name, "access was allowed");
            organisation::go_on(&front, &caller, name).await
        }
        Err(refused) => {
            tracing::warn!(
                by = caller.name,
                error = refused.failure.message,
                "a consent came to nothing"
            );
            Ok(not_connected(&caller, &refused))
        }
    }
}

/// The page of a consent that came to nothing.
pub(super) fn not_connected(caller: &Caller, refused: &NotConnected) -> Response {
    let again = refused
        .connection
        .as_ref()
        .map(|name| format!("/connections/{name}/consent"));
    let body = html! {
        (kit::refusal(&refused.failure))
        section class="card" {
            h2 { "Nothing was connected" }
            p class="actions" {
                @if let Some(again) = &again { a class="button primary" href=(again) { "Ask for the consent again" } }
                @if refused.mended == Mended::AtTheApp {
                    @match &refused.connection {
                        Some(name) => { a class="button" href={ "/connections/new?change=yes&connection=" (name) } { "Look at the app" } }
                        None => { a class="button" href="/connections/new?change=yes" { "Look at the app" } }
                    }
                }
                a class="button" href="/connections" { "All connections" }
            }
        }
    };
    let page = Page {
        title: "Nothing was connected",
        place: Place::Connections,
        caller,
        live: false,
    };
    let content = html! { h1 { "Connect a company" } (kit::steps(Step::Consent)) (body) };
    (StatusCode::UNPROCESSABLE_ENTITY, page.show(&content)).into_response()
}

pub(super) fn page(
    caller: &Caller,
    name: &ConnectionId,
    step: Step,
    body: &Markup,
) -> Html<String> {
    let page = Page {
        title: "Connect a company",
        place: Place::Connections,
        caller,
        live: false,
    };
    let content = html! {
        p { a href={ "/connections/" (name) } { (name) } }
        h1 { "Connect " (name) }
        (kit::steps(step))
        (body)
    };
    page.show(&content)
}

fn allow(front: &Front, name: &ConnectionId, caller: &Caller) -> Markup {
    let config = &front.shop.loaded().config;
    let app = config
        .connections
        .get(name)
        .and_then(|connection| config.app(connection));
    html! {
        p { "The next page is Xero's own. Sign in there as somebody who may connect apps to the organisation, choose the \
             organisation, and allow access. Xero then sends you back here." }
        @if let Some(app) = app {
            details {
                summary { "What is asked for" }
                p { "As the app " code { (app.client_id) } ":" }
                ul { @for scope in &app.scopes { li { code { (scope) } } } }
            }
        }
        form method="post" action={ "/connections/" (name) "/consent" } {
            (token(caller))
            button class="primary" { "Go to Xero" }
        }
    }
}

/// What Xero's own pages say without sending anybody back.
fn when_not(front: &Front, name: &ConnectionId) -> Markup {
    html! {
        p class="quiet" { "Some refusals stay on Xero's own page, and nobody is sent back:" }
        dl class="facts" {
            dt { "Invalid redirect_uri" }
            dd { "The app does not have this very text among its redirect URIs: " (kit::copied(redirect_uri(front).as_str())) }
            dt { "Unknown client" }
            dd { "The client id is not that of an app: " a href={ "/connections/new?change=yes&connection=" (name) } { "look at it" } "." }
            dt { "Invalid scope" }
            dd { "The app may not ask for one of the scopes. Apps made since March 2026 know only the granular ones." }
            dt { "The organisation cannot be connected" }
            dd { "An organisation takes two uncertified apps at most, and an app of the Starter tier five organisations: disconnect one \
                  that is not needed, or have the app's tier raised." }
        }
    }
}

/// Where the same page is under the name that Xero sends the browser back to, if it was opened under another one.
fn other_name(front: &Front, headers: &HeaderMap, path: &str) -> Option<Url> {
    let redirect = redirect_uri(front);
    let host = redirect.host_str()?;
    let wanted = match redirect.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let asked = headers.get(header::HOST)?.to_str().ok()?;
    if asked.eq_ignore_ascii_case(&wanted) {
        return None;
    }
    redirect.join(path).ok()
}

/// Lets the form of this page lead to Xero, which the policy of the other pages does not.
fn leading_to_xero(front: &Front, name: &ConnectionId, page: Html<String>) -> Response {
    let config = &front.shop.loaded().config;
    let app = config
        .connections
        .get(name)
        .and_then(|connection| config.app(connection));
    let to = match app.and_then(|app| app.sandbox.as_ref()) {
        Some(sandbox) => sandbox.origin().ascii_serialization(),
        None => "https://*.xero.com".to_owned(),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self' {to}; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = page.into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
