//! How far old documents are, how long they take, and that they rest or go on.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;
use tieout_core::document::ConnectionId;
use tieout_core::driver::{BackfillStanding, backfill_standing};

use super::chart::progress;
use super::kit;
use crate::command::{Outlook, outlook, span};
use crate::exit::Failure;
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, chip, empty, moment, token};
use crate::web::trouble::Trouble;

/// What to do with the old documents of a connection.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    connection: String,
    action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Pause,
    Resume,
}

/// What was done before the page was opened.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Done {
    done: Option<Action>,
    of: Option<String>,
}

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Query(done): Query<Done>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    let office = front.office(&caller.name);
    let now = office.clock.now();
    let names = office.loaded.config.connections.keys();
    let standing = backfill_standing(office.store.as_ref(), names.clone(), now).await?;
    let known: Vec<&ConnectionId> = names.filter(|name| standing.contains_key(*name)).collect();
    let mut parts = Vec::with_capacity(known.len());
    for name in known {
        let of = &standing[name];
        let ahead = outlook(&office, name, of, now).await?;
        parts.push(part(name, of, &ahead, now, &caller));
    }
    let page = Page {
        title: "Backfill",
        place: Place::Backfill,
        caller: &caller,
        live: true,
    };
    let content = html! {
        h1 { "Old documents" }
        (said(&done))
        p class="quiet" {
            "Documents dated more than 31 days before they came go out with what today's leave of the budget. Today's always go first."
        }
        @if parts.is_empty() { section class="card" { (empty("There are no old documents.")) } }
        @for part in &parts { (part) }
    };
    Ok(page.show(&content))
}

/// Lets them rest, or lets them go on.
pub(super) async fn act(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Wanted>,
) -> Result<Response, Trouble> {
    caller.must(Role::Operator)?;
    let connection = kit::connection(&front, &form.connection)?;
    let (word, done) = match form.action {
        Action::Pause => ("pause", "pause"),
        Action::Resume => ("resume", "resume"),
    };
    let words = ["backfill", word, "--connection", connection.as_str()];
    let answer = front.command(&words, &caller.name).await?;
    if answer.exit != crate::exit::Exit::Done {
        return Err(Failure::new(answer.notices.join(" ")).into());
    }
    let to = format!("/backfill?done={done}&of={connection}");
    Ok(Redirect::to(&to).into_response())
}

fn said(done: &Done) -> Markup {
    let of = done.of.as_deref().unwrap_or_default();
    html! {
        @match done.done {
            Some(Action::Pause) => { p class="flash" role="status" { "Old documents of " (of) " rest now. What is in the air lands." } }
            Some(Action::Resume) => { p class="flash" role="status" { "Old documents of " (of) " go on." } }
            None => {}
        }
    }
}

fn part(
    name: &ConnectionId,
    of: &BackfillStanding,
    ahead: &Outlook,
    now: DateTime<Utc>,
    caller: &Caller,
) -> Markup {
    let all = of.left + of.sent + of.held;
    let (action, word) = match of.pause {
        Some(_) => ("resume", "Let them go on"),
        None => ("pause", "Let them rest"),
    };
    html! {
        section class="card" {
            div class="head" {
                h2 { (name) }
                @if caller.may(Role::Operator) && (of.left > 0 || of.pause.is_some()) {
                    form method="post" action="/backfill" {
                        (token(caller))
                        input type="hidden" name="connection" value=(name);
                        input type="hidden" name="action" value=(action);
                        button { (word) }
                    }
                }
            }
            p { strong { (of.sent) } " of " (all) " sent, " strong { (of.left) } " left"
                @if of.held > 0 { ", " a href={ "/findings?connection=" (name) } { (of.held) " held" } } }
            (progress("Old documents sent", of.sent, all))
            @if let Some(pause) = &of.pause {
                p { (chip(Tone::Open, "resting")) " since " (moment(pause.at)) ", at the wish of " (pause.by) "." }
            }
            dl class="facts" {
                dt { "In the last hour" } dd { (of.sent_last_hour) }
                dt { "In the last day" } dd { (of.sent_last_day) }
                @if of.left > 0 && of.pause.is_none() {
                    dt { "Calls for them" }
                    dd { (ahead.calls_today) " today, about " (ahead.calls_a_day) " on a usual day, " (ahead.documents_a_call) " documents a call" }
                    dt { "Done by" }
                    dd {
                        @match ahead.left {
                            Some(left) => { "about " (moment(now + left)) ", in " (span(left)) }
                            None => { "not in sight: today's work needs the whole budget" }
                        }
                    }
                }
            }
        }
    }
}
