//! The first step: the app registered at Xero, with the redirect URI to enter there and what it gives to enter here.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tieout_core::document::ConnectionId;
use tieout_xero::config::XeroConfig;

use crate::exit::Failure;
use crate::setup::EnteredApp;
use crate::setup::consent::redirect_uri;
use crate::web::dashboard::kit::{self, Step, Told};
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, card, token};
use crate::web::trouble::Trouble;

/// For whom the app is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct For {
    /// The connection that has, or gets, an app of its own.
    connection: Option<String>,
    /// Whether the app that is known is to be changed.
    #[serde(default)]
    change: Option<String>,
}

/// What is entered.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    connection: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    sandbox: String,
}

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Query(of): Query<For>,
    Query(told): Query<Told>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let flash = kit::flash(&front.office(&caller.name), &told).await?;
    let own = of.connection.unwrap_or_default();
    let known = known(&front, &own);
    let form = Form {
        client_id: known.map(|app| app.client_id.clone()).unwrap_or_default(),
        sandbox: known
            .and_then(|app| app.sandbox.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
        connection: own,
        client_secret: String::new(),
    };
    let is_entered = known.is_some() && of.change.is_none();
    Ok(page(&front, &caller, &form, is_entered, &flash))
}

/// Writes it down.
pub(super) async fn save(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Form>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    match write(&front, &caller, &form) {
        Ok(response) => Ok(response),
        Err(failure) => {
            let page = page(&front, &caller, &form, false, &kit::refusal(&failure));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn write(front: &Front, caller: &Caller, form: &Form) -> Result<Response, Failure> {
    let of = match form.connection.trim() {
        "" => None,
        name => Some(ConnectionId::new(name).map_err(|error| Failure::config(error.to_string()))?),
    };
    let redirect = redirect_uri(front);
    let app = EnteredApp {
        of: of.as_ref(),
        client_id: form.client_id.trim(),
        secret: form.client_secret.trim(),
        sandbox: form.sandbox.trim(),
        redirect: Some(&redirect).filter(|url| url.host_str() == Some("localhost")),
    };
    if let Some(problem) = app.problem() {
        return Err(Failure::config(problem));
    }
    let file = &front.shop.loaded().file;
    let former = app.former(file);
    let mut draft = kit::draft(front)?;
    let written = app.write(&mut draft, file).and_then(|()| draft.finish());
    let edit = match written {
        Ok(edit) => edit,
        Err(failure) => {
            former.put_back();
            return Err(failure);
        }
    };
    let then = match &of {
        Some(name) if front.shop.loaded().config.connections.contains_key(name) => {
            format!("/connections/{name}/consent")
        }
        Some(_) | None => "/connections/new/company".to_owned(),
    };
    // A new secret in the same file is no change of the configuration, and must be taken on all the same.
    if !edit.is_change() && !app.secret.is_empty() {
        let words = "The app's secret is taken on.".to_owned();
        let deed = crate::setup::Deed::TakeOn { words };
        return Ok(kit::wished(
            front,
            crate::setup::Wish::new(deed, &caller.name, then),
        ));
    }
    let words = "The app is written down.".to_owned();
    kit::saved(front, &edit, &caller.name, words, &then)
}

/// The app that is known already, unless it is the one that `tieout init` writes.
fn known<'a>(front: &'a Front, own: &str) -> Option<&'a XeroConfig> {
    let loaded = front.shop.loaded();
    let config = &loaded.config;
    let app = match config
        .connections
        .iter()
        .find(|(name, _)| name.as_str() == own)
    {
        Some((_, connection)) => config.app(connection),
        None => config.xero.as_ref(),
    };
    app.filter(|app| {
        let left = loaded.placeholders();
        !left
            .iter()
            .any(|mistake| mistake.message.contains(&app.client_id))
    })
}

fn page(
    front: &Arc<Front>,
    caller: &Caller,
    form: &Form,
    is_entered: bool,
    above: &Markup,
) -> Html<String> {
    let page = Page {
        title: "Connect a company",
        place: Place::Connections,
        caller,
        live: false,
    };
    let content = html! {
        p { a href="/connections" { "All connections" } }
        h1 { "Connect a company" }
        (kit::steps(Step::App))
        (above)
        @if is_entered { (card("The app", &entered(form))) }
        @else {
            (card("At Xero", &at_xero(front)))
            (card("Here", &fields(front, caller, form)))
        }
    };
    page.show(&content)
}

/// An app is there already.
fn entered(form: &Form) -> Markup {
    html! {
        p { "The app " code { (form.client_id) } " is in the configuration. Companies may share it." }
        @if !form.sandbox.is_empty() { p { "It leads to a local Xero at " code { (form.sandbox) } "." } }
        p class="actions" {
            a class="button primary" href="/connections/new/company" { "Go on with this app" }
            a class="button" href={ "/connections/new?change=yes&connection=" (form.connection) } { "Change it" }
        }
    }
}

fn at_xero(front: &Front) -> Markup {
    let redirect = redirect_uri(front);
    html! {
        ol {
            li { "Open " a href="https://developer.xero.com/app/manage" rel="noreferrer" { "developer.xero.com/app/manage" }
                ", sign in, and choose " strong { "New app" } ", then " strong { "Web app" } "." }
            li { "Enter this redirect URI there, byte for byte: " (kit::copied(redirect.as_str())) }
            li { "Under " strong { "Configuration" } ", copy the client id, and generate a secret." }
        }
    }
}

fn fields(front: &Front, caller: &Caller, form: &Form) -> Markup {
    let has_common = front.shop.loaded().config.xero.is_some();
    let secret = html! {
        input id="client_secret" name="client_secret" type="password" autocomplete="off" spellcheck="false" aria-describedby="client_secret-help";
    };
    html! {
        form method="post" action="/connections/new" {
            (token(caller))
            @if form.connection.is_empty() || !has_common {
                input type="hidden" name="connection" value=(form.connection);
            } @else {
                p { "This app is for " strong { (form.connection) } " alone." input type="hidden" name="connection" value=(form.connection); }
            }
            (kit::field("client_id", "Client id", "Public: it names the app.", "", &kit::line("client_id", &form.client_id, "")))
            (kit::field("client_secret", "Client secret", "It goes into a file beside the configuration that only this program's user can read, \
                and is never shown again. Leave it empty to keep the one that is there, or for an app without one.", "", &secret))
            details open[!form.sandbox.is_empty()] {
                summary { "A local Xero in place of the real one" }
                (kit::field("sandbox", "Its address", "For trying it out: `tieout sandbox xero` prints the address, a client id and a secret.", "",
                    &kit::line("sandbox", &form.sandbox, "")))
            }
            p { button class="primary" { "Go on" } }
        }
    }
}
