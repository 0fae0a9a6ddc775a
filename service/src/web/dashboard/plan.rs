//! A plan on a page: what would be created, changed and voided, what it costs, and the button that agrees to it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tieout_core::driver::{Preview, Verdict};

use super::connections::Nothing;
use super::kit;
use crate::command::outcome;
use crate::config::edit::{Edit, Fate};
use crate::exit::Failure;
use crate::output::money;
use crate::setup::{Planned, Shown};
use crate::web::entry::{AdminClick, Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, moment, scroll, token, words};
use crate::web::trouble::Trouble;

/// Begins the plan of a connection with the configuration as it is at work.
pub(super) async fn begin(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed {
        caller,
        form: Nothing {},
    }: Signed<Nothing>,
) -> Result<Redirect, Trouble> {
    caller.must(Role::Operator)?;
    let name = kit::connection(&front, &name)?;
    let office = front.office(&caller.name);
    let planned = front.plans.begin(office, name, None, front.renewal.end());
    Ok(Redirect::to(&format!("/plans/{}", planned.id)))
}

/// Shows a plan, or how far it is.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Trouble> {
    caller.must(Role::Operator)?;
    let planned = find(&front, &id)?;
    let title = format!("Plan for {}", planned.connection);
    let page = Page {
        title: &title,
        place: Place::Connections,
        caller: &caller,
        live: false,
    };
    let is_off = front
        .shop
        .loaded()
        .config
        .off
        .connections
        .contains(&planned.connection);
    let (content, is_made) = {
        let came_to = planned.lock();
        let body = match &*came_to {
            None => under_way(&planned),
            Some(Ok(shown)) => plan(shown),
            Some(Err(failure)) => html! { (kit::refusal(failure)) },
        };
        let is_made = came_to.is_some();
        let content = html! {
            p { a href={ "/connections/" (planned.connection) } { (planned.connection) } }
            h1 { (title) }
            @if let Some(edit) = &planned.edit { (change(edit)) }
            (body)
            @if is_made { (agree(&planned, is_off, &caller)) }
        };
        (content, is_made)
    };
    let mut response = page.show(&content).into_response();
    if !is_made && let Ok(again) = HeaderValue::from_str(&format!("1; url=/plans/{id}")) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("refresh"), again);
    }
    Ok(response)
}

/// Saves the change that a plan was made for, and has it taken on.
pub(super) async fn save(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Response, Trouble> {
    let planned = find(&front, &id)?;
    let Some(edit) = &planned.edit else {
        return Err(Failure::config("this plan changes no configuration").into());
    };
    let name = &planned.connection;
    let words = format!("The settings of {name} are saved, and count from now on.");
    let then = format!("/connections/{name}");
    Ok(kit::saved(&front, edit, &caller.name, words, &then)?)
}

fn find(front: &Front, id: &str) -> Result<Arc<Planned>, Trouble> {
    front.plans.find(id).ok_or_else(|| {
        Trouble::not_found("this plan is not kept any more: the program began anew since, or many others were made")
    })
}

fn under_way(planned: &Planned) -> Markup {
    html! {
        section class="card" role="status" {
            p { "The plan is being made: " strong { (planned.looked_at()) } " documents were looked at so far. Nothing is sent." }
            p class="quiet" { "Asked for at " (moment(planned.asked_at)) ". This page goes on by itself." }
            p { a href={ "/plans/" (planned.id) } { "Look again" } }
        }
    }
}

fn change(edit: &Edit) -> Markup {
    card(
        "What changes in the file",
        &html! {
            pre class="difference" {
                @for line in &edit.lines {
                    @match line.fate {
                        Fate::Kept => { span { "  " (line.text) "\n" } }
                        Fate::Removed => { del { "- " (line.text) "\n" } }
                        Fate::Added => { ins { "+ " (line.text) "\n" } }
                    }
                }
            }
            @for other in &edit.overridden {
                p { (chip(Tone::Bad, "no effect")) " " code { (other.key) } " is decided by " code { (other.variable) } " of the environment." }
            }
        },
    )
}

fn plan(shown: &Shown) -> Markup {
    let gathered = &shown.gathered;
    let summary = &gathered.summary;
    html! {
        @for trouble in summary.unasked.iter().chain(&summary.unreadable) { p class="flash bad" { (trouble) } }
        @if gathered.counts.is_empty() {
            section class="card" { (empty("Nothing is to be done.")) }
        } @else {
            ul class="tiles" {
                @for (word, count) in &gathered.counts { li { strong { (count) } span { (word) } } }
            }
        }
        @for (why, count) in gathered.skipped.reasons() {
            p class="quiet" { (crate::output::counted(count, "document is", "documents are")) " skipped: " (why) }
        }
        @if summary.settled > 0 { p class="quiet" { (crate::output::counted(summary.settled, "document agrees", "documents agree")) " on both sides already." } }
        @for words in gathered.cost.words() { p { (words) } }
        @if !shown.documents.is_empty() { (card("Document by document", &documents(shown))) }
    }
}

fn documents(shown: &Shown) -> Markup {
    html! {
        (scroll("Documents of the plan", &html! {
            table class="stack" {
                thead { tr { th { "Document" } th { "What" } th { "Company" } th { "Contact" } th class="num" { "Total" } th { "Why" } } }
                tbody { @for preview in &shown.documents { (document(preview)) } }
            }
        }))
        @if shown.is_cut { p class="quiet" { "The first " (shown.documents.len()) " of them." } }
    }
}

fn document(preview: &Preview) -> Markup {
    let key = &preview.binding.document;
    let tone = match preview.verdict {
        Verdict::Create | Verdict::Update | Verdict::Beside => Tone::Good,
        Verdict::Void | Verdict::InDoubt => Tone::Open,
        Verdict::Held => Tone::Bad,
        Verdict::Skipped | Verdict::LeftAlone => Tone::Gone,
    };
    let total = preview.gross.zip(preview.currency);
    html! {
        tr {
            th scope="row" { (preview.number) br; small { (key) } }
            td { (chip(tone, outcome(preview.verdict))) }
            td { (preview.binding.connection) }
            td { (preview.contact) @if preview.creates_contact { " " (chip(Tone::Open, "new")) } }
            td class="num" { @if let Some((gross, currency)) = total { (money(gross, currency)) } }
            td { (why(preview)) }
        }
    }
}

fn why(preview: &Preview) -> Markup {
    html! {
        @if preview.findings.is_empty() { (words(&preview.why)) }
        @for finding in &preview.findings {
            div class="finding" { p { (words(&crate::exit::sentence(&finding.message))) } p class="remedy" { (words(&finding.remedy)) } }
        }
        @for note in &preview.notes { p class="quiet" { (note) } }
        @for what in &preview.beside { p class="quiet" { "beside: " (what) } }
        @if let Some(changes) = &preview.changes {
            @for change in changes { p { (change.field) ": " del { (change.provider) } " " ins { (change.host) } } }
        }
        @if let Some(intention) = &preview.intention {
            details { summary { "Every field" }
                dl class="facts" { @for (field, value) in &intention.fields { dt { (field) } dd { (value) } } }
            }
        }
    }
}

/// The button that lets it happen.
fn agree(planned: &Planned, is_off: bool, caller: &Caller) -> Markup {
    let name = &planned.connection;
    html! {
        div class="actions" {
            @if planned.edit.is_some() && caller.may(Role::Admin) {
                form method="post" action={ "/plans/" (planned.id) "/save" } { (token(caller)) button class="primary" { "Save the settings" } }
                a class="button" href={ "/connections/" (name) "/settings" } { "Back to the settings" }
            }
            @if planned.edit.is_none() && is_off && caller.may(Role::Admin) {
                form method="post" action={ "/connections/" (name) "/switch" } {
                    (token(caller))
                    input type="hidden" name="to" value="on";
                    button class="primary" { "Switch " (name) " on, and begin" }
                }
                a class="button" href={ "/connections/" (name) "/settings" } { "Change the settings first" }
            }
            @if planned.edit.is_none() {
                form method="post" action={ "/connections/" (name) "/plan" } { (token(caller)) button { "Make the plan anew" } }
            }
        }
    }
}
