//! Who is told what without asking: groups of people by mail, other systems by signed events.

mod groups;
mod hooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use maud::{Markup, html};
use tieout_core::document::{ConnectionId, HostId};
use tieout_notices::{DeskError, Filter};

use crate::command::notice_failed;
use crate::config::Config;
use crate::exit::Failure;
use crate::setup::fields::Entered;
use crate::web::entry::{Caller, Role};
use crate::web::front::Front;
use crate::web::page::{Page, Place, card};
use crate::web::trouble::Trouble;

pub(super) fn routes() -> Router<Arc<Front>> {
    Router::new()
        .route("/notifications", get(show))
        .route("/notifications/groups", post(groups::add))
        .route(
            "/notifications/groups/{id}",
            get(groups::show).post(groups::change),
        )
        .route("/notifications/groups/{id}/test", post(groups::test))
        .route("/notifications/groups/{id}/remove", post(groups::remove))
        .route("/notifications/webhooks", post(hooks::add))
        .route(
            "/notifications/webhooks/{id}",
            get(hooks::show).post(hooks::change),
        )
        .route("/notifications/webhooks/{id}/test", post(hooks::test))
        .route("/notifications/webhooks/{id}/enable", post(hooks::enable))
        .route("/notifications/webhooks/{id}/rotate", post(hooks::rotate))
        .route("/notifications/webhooks/{id}/replay", post(hooks::again))
        .route("/notifications/webhooks/{id}/remove", post(hooks::remove))
}

/// Shows both.
async fn show(State(front): State<Arc<Front>>, caller: Caller) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let content = html! {
        p { a href="/people" { "People, roles and keys" } }
        h1 { "Who is told what" }
        (card("Groups of people, by mail", &groups::all(&front, &caller).await?))
        (card("Other systems, by webhooks", &hooks::all(&front, &caller).await?))
    };
    Ok(page(&caller, "Notifications", &content))
}

fn page(caller: &Caller, title: &str, content: &Markup) -> Html<String> {
    let page = Page {
        title,
        place: Place::People,
        caller,
        live: false,
    };
    page.show(content)
}

/// What somebody is told about: everything, or only of these.
fn about(filter: &Filter) -> Markup {
    html! {
        @if filter.is_everything() { "everything" }
        @else {
            @for host in &filter.hosts { "product " (host) " " }
            @for connection in &filter.connections { "company " (connection) " " }
            @for division in &filter.divisions { "division " (division) " " }
        }
    }
}

/// The part of a form that says what somebody is told about.
fn only_fields(config: &Config, filter: &Filter) -> Markup {
    html! {
        fieldset {
            legend { "Only about" }
            small { "Nothing ticked and nothing written: about everything." }
            @for name in config.hosts.keys() {
                p { label class="beside" { input type="checkbox" name="host" value=(name) checked[filter.hosts.contains(name)]; " product " (name) } }
            }
            @for name in config.connections.keys() {
                p { label class="beside" { input type="checkbox" name="connection" value=(name) checked[filter.connections.contains(name)]; " company " (name) } }
            }
            // Without an identifier: a page has this more than once.
            div class="field" {
                label { "Divisions, one a line" textarea name="divisions" rows="2" { (filter.divisions.join("\n")) } }
            }
        }
    }
}

fn only(form: &Entered) -> Result<Filter, Failure> {
    let all = |name: &'static str| form.0.iter().filter(move |(known, _)| known == name);
    let bad = |error: tieout_core::document::IdError| Failure::config(error.to_string());
    let hosts = all("host").map(|(_, value)| HostId::new(value.as_str()).map_err(bad));
    let connections =
        all("connection").map(|(_, value)| ConnectionId::new(value.as_str()).map_err(bad));
    let divisions = form
        .get("divisions")
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty());
    Ok(Filter {
        hosts: hosts.collect::<Result<_, _>>()?,
        connections: connections.collect::<Result<_, _>>()?,
        divisions: divisions.map(str::to_owned).collect(),
    })
}

/// Why something could not be done, for whoever asked.
fn failed(error: DeskError) -> Trouble {
    match &error {
        DeskError::Unknown { .. } => Trouble::not_found(error.to_string()),
        DeskError::Store(_)
        | DeskError::Bad { .. }
        | DeskError::Taken { .. }
        | DeskError::NoKey
        | DeskError::Vault(_) => notice_failed(error).into(),
    }
}
