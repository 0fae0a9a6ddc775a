//! Every organisation and every product: how each stands, and whether it is switched on.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use maud::{Markup, html};

use crate::setup::{KnownConnection, KnownHost, known_connections, known_hosts};
use crate::web::dashboard::kit::{self, Told};
use crate::web::entry::{Caller, Role};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, moment_or, scroll, token};
use crate::web::trouble::Trouble;

/// Shows them.
pub(in crate::web::dashboard) async fn show(
    State(front): State<Arc<Front>>,
    Query(told): Query<Told>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    let mut office = front.office(&caller.name);
    let connections = known_connections(&mut office).await?;
    let hosts = known_hosts(&office).await?;
    let page = Page {
        title: "Connections",
        place: Place::Connections,
        caller: &caller,
        live: true,
    };
    let content = html! {
        (kit::flash(&office, &told).await?)
        div class="head" {
            h1 { "Connections" }
            @if caller.may(Role::Admin) { a class="button primary" href="/connections/new" { "Connect a company" } }
        }
        @if kit::draft(&front).is_err() && caller.may(Role::Admin) { (file_changed(&caller)) }
        (card("Organisations", &organisations(&connections, &caller)))
        (card("Products", &products(&hosts, &caller)))
    };
    Ok(page.show(&content))
}

/// Somebody changed the file beside this program.
fn file_changed(caller: &Caller) -> Markup {
    html! {
        div class="flash bad" {
            p { "The configuration file was changed beside this program, which still works with the one before. Nothing can \
                 be changed from here until it is taken on." }
            form method="post" action="/connections/take-on" { (token(caller)) button { "Take it on now" } }
        }
    }
}

fn organisations(connections: &[KnownConnection], caller: &Caller) -> Markup {
    if connections.is_empty() {
        return html! {
            (empty("No organisation is connected yet."))
            @if caller.may(Role::Admin) {
                p { a class="button primary" href="/connections/new" { "Connect the first one" } }
            }
        };
    }
    scroll(
        "Organisations",
        &html! {
            table {
                thead { tr { th { "Connection" } th { "Organisation" } th { "Access" } th { "Complete as of" } th { "Switched" } } }
                tbody { @for known in connections { (organisation(known, caller)) } }
            }
        },
    )
}

fn organisation(known: &KnownConnection, caller: &Caller) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/connections/" (known.name) } { (known.name) } }
            td {
                @match (&known.books, &known.record) {
                    (Some(books), _) => { code { (books) } }
                    (None, Some(record)) => {
                        (record.tenant_name)
                        @if known.sandbox.is_some() { " " (chip(Tone::Gone, "sandbox")) }
                        @if let Some(by) = &record.by { p class="quiet" { "allowed by " (by) } }
                    }
                    (None, None) => { span class="quiet" { "none yet" } }
                }
            }
            td { (access(known)) }
            td class="date" { (moment_or(known.complete_as_of, "not read yet")) }
            td { (switch("connections", known.name.as_str(), known.is_off, caller)) }
        }
    }
}

/// How the access of a connection stands, in a chip.
pub(super) fn access(known: &KnownConnection) -> Markup {
    use crate::command::GrantState;
    let (tone, word) = match known.grant.as_ref().map(|grant| grant.state) {
        None if known.books.is_some() => (Tone::Good, "files"),
        None if known.consented_at.is_some() => (Tone::Open, "choose the organisation"),
        None => (Tone::Bad, "not connected"),
        Some(GrantState::Live) => (Tone::Good, "live"),
        Some(GrantState::Renewing) => (Tone::Open, "renewing"),
        Some(GrantState::Broken | GrantState::Missing) => (Tone::Bad, "gone"),
        Some(GrantState::Unreadable) => (Tone::Open, "not known"),
    };
    chip(tone, word)
}

fn products(hosts: &[KnownHost], caller: &Caller) -> Markup {
    if hosts.is_empty() {
        return empty("No product is in the configuration yet: add a [hosts.NAME] to it.");
    }
    scroll(
        "Products",
        &html! {
            table {
                thead { tr { th { "Product" } th { "By" } th { "Complete as of" } th { "Switched" } } }
                tbody {
                    @for host in hosts {
                        tr {
                            th scope="row" { (host.name) }
                            td { (host.kind) }
                            td class="date" { (moment_or(host.complete_as_of, "not read yet")) }
                            td { (switch("hosts", host.name.as_str(), host.is_off, caller)) }
                        }
                    }
                }
            }
        },
    )
}

/// Whether something is on, and the button that changes it for one who may.
pub(super) fn switch(what: &str, name: &str, is_off: bool, caller: &Caller) -> Markup {
    let (tone, word) = if is_off {
        (Tone::Open, "off")
    } else {
        (Tone::Good, "on")
    };
    let (to, deed, sure) = match is_off {
        true => ("on", "Switch on", ""),
        false => (
            "off",
            "Switch off",
            "Nothing leaves or enters it until it is on again. Switch it off?",
        ),
    };
    html! {
        span class="switch" {
            (chip(tone, word))
            @if caller.may(Role::Admin) {
                form method="post" action={ "/" (what) "/" (name) "/switch" } data-sure=[(!sure.is_empty()).then_some(sure)] {
                    (token(caller))
                    input type="hidden" name="to" value=(to);
                    button aria-label={ (deed) " " (name) } { (deed) }
                }
            }
        }
    }
}
