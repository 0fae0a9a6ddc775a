//! The first page: whether both sides agree, up to when that is known, and what needs somebody.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use tieout_core::document::ConnectionId;

use crate::browse::document_path;
use crate::command::{ConnectionStanding, InNeed, Standing, whole_standing};
use crate::output::counted;
use crate::web::entry::Caller;
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, finding, moment_or, scroll};
use crate::web::trouble::Trouble;

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    let mut office = front.office(&caller.name);
    let standing = whole_standing(&mut office).await?;
    let page = Page {
        title: "Overview",
        place: Place::Overview,
        caller: &caller,
        live: true,
    };
    Ok(page.show(&content(&standing)))
}

fn content(standing: &Standing) -> Markup {
    html! {
        h1 { (head(standing)) }
        (card("Organisations", &connections(standing)))
        (card("Products", &hosts(standing)))
        (card("Needs somebody", &in_need(standing)))
    }
}

fn head(standing: &Standing) -> String {
    if !standing.is_in_need() {
        return "Nothing needs anybody".to_owned();
    }
    match standing.needs_somebody {
        0 => "Something needs somebody".to_owned(),
        many => format!(
            "{} somebody",
            counted(many, "document needs", "documents need")
        ),
    }
}

fn connections(standing: &Standing) -> Markup {
    if standing.connections.is_empty() {
        return empty("No organisation is in the configuration yet.");
    }
    scroll(
        "Organisations",
        &html! {
            table {
                thead { tr { th { "Connection" } th { "Organisation" } th { "Complete as of" } th { "Documents" } } }
                tbody {
                    @for (name, of) in &standing.connections { (connection(name, of)) }
                }
            }
        },
    )
}

fn connection(name: &ConnectionId, of: &ConnectionStanding) -> Markup {
    let unrouted = *name == ConnectionId::unrouted();
    html! {
        tr {
            th scope="row" {
                @if unrouted { "No connection claims them" } @else { (name) }
            }
            td {
                @match &of.organisation {
                    Some(organisation) => { (organisation) }
                    None if unrouted => {}
                    None => { (chip(Tone::Bad, "not connected")) }
                }
                @if let Some(grant) = of.grant.as_ref().filter(|grant| grant.needs_somebody()) {
                    " " (chip(Tone::Bad, "access is gone"))
                    @if let Some(message) = grant.message() { p class="quiet" { (message) } }
                }
            }
            td class="date" { (moment_or(of.complete_as_of, "not read yet")) }
            td {
                @for (state, count) in &of.states {
                    a class="count" href={ "/documents?connection=" (name) "&state=" (state) } {
                        (chip(Tone::of_state(state), state)) " " (count)
                    }
                }
                @if of.owed > 0 { span class="quiet" { (of.owed) " to tell the host about" } }
            }
        }
    }
}

fn hosts(standing: &Standing) -> Markup {
    html! {
        ul class="plain" {
            @for (host, at) in &standing.hosts {
                li { strong { (host) } " complete as of " (moment_or(*at, "not read yet")) }
            }
        }
        @if standing.failed.count > 0 {
            p { (chip(Tone::Bad, "files")) " " (standing.failed.count) " could not be taken" }
        }
    }
}

fn in_need(standing: &Standing) -> Markup {
    if standing.documents.is_empty() {
        return empty("No document needs anybody.");
    }
    html! {
        @for document in &standing.documents { (needy(document)) }
        @if standing.truncated { p { a href="/findings" { "All of them" } } }
    }
}

fn needy(document: &InNeed) -> Markup {
    let key = &document.document;
    html! {
        article class="row" {
            h3 {
                a href=(document_path(key)) { (document.number) }
                " " small { (key) " on " (document.connection) }
                " " (chip(Tone::of_state(document.state), document.state))
            }
            @for advice in &document.findings { (finding(advice)) }
        }
    }
}
