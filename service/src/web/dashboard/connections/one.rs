//! One connection: whose books it leads to, who allowed it, how it stands, and what can be done with it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Html;
use maud::{Markup, html};

use super::acts::Nothing;
use super::list::{access, switch};
use crate::command::{CheckReport, check_connection};
use crate::setup::{KnownConnection, known_connection};
use crate::web::dashboard::kit::{self, Told};
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, moment, moment_or, token};
use crate::web::trouble::Trouble;

/// Shows it.
pub(in crate::web::dashboard) async fn show(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Query(told): Query<Told>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    let office = front.office(&caller.name);
    let flash = kit::flash(&office, &told).await?;
    page(&front, &name, &caller, &flash).await
}

/// Asks Xero whether the access works and whether the settings fit the organisation, and shows what came of it.
pub(in crate::web::dashboard) async fn check(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed {
        caller,
        form: Nothing {},
    }: Signed<Nothing>,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Operator)?;
    let id = kit::connection(&front, &name)?;
    let office = front.office(&caller.name);
    let mut trial = office.trial(office.loaded.clone(), Some(&id)).await?;
    let staff = Arc::clone(&trial.staff);
    let report = check_connection(&mut trial.office, &staff, &id).await;
    trial.close().await;
    page(&front, &name, &caller, &checked(&report?, &name)).await
}

async fn page(
    front: &Arc<Front>,
    name: &str,
    caller: &Caller,
    above: &Markup,
) -> Result<Html<String>, Trouble> {
    let id = kit::connection(front, name)?;
    let mut office = front.office(&caller.name);
    let known = known_connection(&mut office, &id).await?;
    let known =
        known.ok_or_else(|| Trouble::not_found(format!("there is no connection `{name}`")))?;
    let page = Page {
        title: name,
        place: Place::Connections,
        caller,
        live: false,
    };
    let is_open = known.record.is_some() || known.books.is_some();
    let content = html! {
        p { a href="/connections" { "All connections" } }
        (above)
        div class="head" {
            h1 { (name) " " (access(&known)) }
            (switch("connections", name, known.is_off, caller))
        }
        @if !is_open { (next_step(&known, caller)) }
        (card("The organisation", &facts(&known)))
        @if is_open { (deeds(&known, caller)) }
        @if let Some(sandbox) = &known.sandbox { (card("The sandbox", &playground(sandbox))) }
        @if known.record.is_some() && caller.may(Role::Admin) { (end(&known, caller)) }
    };
    Ok(page.show(&content))
}

/// What is left to be done before it is connected.
fn next_step(known: &KnownConnection, caller: &Caller) -> Markup {
    let (words, path, button) = match known.consented_at {
        Some(_) => (
            "Somebody allowed access. What is left is to say which organisation it is.",
            "organisation",
            "Choose the organisation",
        ),
        None => (
            "Nobody has allowed access yet. Its documents wait meanwhile.",
            "consent",
            "Go on with the consent",
        ),
    };
    html! {
        section class="card" {
            h2 { "Not connected yet" }
            p { (words) }
            @if caller.may(Role::Admin) {
                p { a class="button primary" href={ "/connections/" (known.name) "/" (path) } { (button) } }
            }
        }
    }
}

fn facts(known: &KnownConnection) -> Markup {
    html! {
        dl class="facts" {
            dt { "Organisation" }
            dd {
                @match (&known.books, &known.record) {
                    (Some(books), _) => { code { (books) } }
                    (None, Some(record)) => { (record.tenant_name) br; small { code { (record.tenant_id) } } }
                    (None, None) => { span class="quiet" { "none yet" } }
                }
            }
            @if let Some(record) = &known.record {
                dt { "Allowed by" }
                dd { @match &record.by { Some(by) => { (by) } None => { span class="quiet" { "Xero did not say" } } } }
                dt { "Since" } dd { (moment(record.connected_at)) }
            }
            dt { "Access" }
            dd {
                (access(known))
                @if let Some(grant) = &known.grant {
                    @if let Some(message) = grant.message() { p { (crate::exit::sentence(&message)) } }
                    @if grant.needs_somebody() {
                        p { "Nothing goes there and nothing comes back until somebody allows it again: "
                            a href={ "/connections/" (known.name) "/consent" } { "ask for the consent" } "." }
                    }
                }
            }
            dt { "App" } dd { @if let Some(app) = &known.client_id { code { (app) } } }
            dt { "Complete as of" } dd { (moment_or(known.complete_as_of, "not read yet")) }
            @if known.is_off {
                dt { "Switched" } dd { (chip(Tone::Open, "off")) " Nothing leaves or enters, and nothing is lost meanwhile." }
            }
        }
    }
}

fn deeds(known: &KnownConnection, caller: &Caller) -> Markup {
    let base = format!("/connections/{}", known.name);
    html! {
        section class="card" aria-label="What can be done" {
            div class="actions" {
                @if caller.may(Role::Operator) {
                    form method="post" action={ (base) "/check" } { (token(caller)) button { "Check the credentials" } }
                }
                @if caller.may(Role::Operator) {
                    form method="post" action={ (base) "/plan" } { (token(caller)) button { "Show the plan" } }
                }
                @if caller.may(Role::Admin) {
                    a class="button" href={ (base) "/settings" } { "Settings" }
                    @if known.books.is_none() { a class="button" href={ (base) "/consent" } { "Ask for the consent again" } }
                }
                @if known.books.is_none() { a class="button" href={ "/usage#" (known.name) } { "Calls and costs" } }
                a class="button" href={ "/documents?connection=" (known.name) } { "Documents" }
            }
        }
    }
}

/// What a check came to.
fn checked(report: &CheckReport, name: &str) -> Markup {
    html! {
        section class="card" role="status" {
            h2 {
                @match report.problems.len() {
                    0 => { (chip(Tone::Good, "works")) " Everything is in order" }
                    many => { (chip(Tone::Bad, "problems")) " " (crate::output::counted(many, "problem", "problems")) }
                }
            }
            ul class="plain" { @for fine in &report.fine { li { (chip(Tone::Good, "ok")) " " (fine) } } }
            @for problem in &report.problems {
                div class="finding" {
                    p { code { (problem.key) } }
                    p { (crate::exit::sentence(&problem.message)) }
                    p class="remedy" { (problem.remedy) }
                }
            }
            @if !report.problems.is_empty() { p { a href={ "/connections/" (name) "/settings" } { "To the settings" } } }
        }
    }
}

fn playground(sandbox: &url::Url) -> Markup {
    html! {
        p { "This connection leads to a local Xero with invented books, at " code { (sandbox) } "." }
        p {
            a class="button" href=(sandbox) { "Open its books" }
            " There people pay, edit and void, and its choices and limits are set."
        }
        details {
            summary { "Faults" }
            p { "A call can be answered slowly, wrongly or not at all, to see what comes of it:" }
            pre { (fault(sandbox)) }
        }
    }
}

/// How a fault is ordered at a sandbox.
fn fault(sandbox: &url::Url) -> String {
    let base = sandbox.as_str().trim_end_matches('/');
    format!(
        "curl -X POST {base}/_control/faults -H 'content-type: application/json' \\\n  -d '{{\"method\": \"PUT\", \
         \"path\": \"/Invoices\", \"fault\": {{\"kind\": \"lost_after_commit\"}}}}'"
    )
}

fn end(known: &KnownConnection, caller: &Caller) -> Markup {
    let sure = "Nothing goes to this organisation any more, and nothing comes back, until somebody allows it again. \
                What was sent stays there. Disconnect it?";
    html! {
        section class="card" {
            h2 { "Disconnect" }
            p { "The connection ends at Xero, and its tokens are forgotten here. What was sent stays there, and what is \
                 remembered of it stays here: connected to the same organisation again, it goes on where it was." }
            form method="post" action={ "/connections/" (known.name) "/disconnect" } data-sure=(sure) {
                (token(caller))
                p { label class="beside" { input type="checkbox" name="sure" value="yes" required; " Yes, end it" } }
                button { "Disconnect " (known.name) }
            }
        }
    }
}
