//! Everything that happened, newest first: over all, or of one connection, product, case, document, time or kind of event.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use maud::{Markup, html};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::engine::Entry;

use super::filters::{choice, field, pager, value};
use super::rows::shown;
use crate::browse::{
    EVENTS, HappeningsPage, HappeningsWanted, Moment, document_path, event_kind, happenings,
};
use crate::config::Config;
use crate::exit::Failure;
use crate::output::counted;
use crate::story::words;
use crate::web::entry::Caller;
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, chip, empty, moment, scroll};
use crate::web::trouble::Trouble;

/// Lines on a page.
const LINES: usize = 100;

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Html<String>, Trouble> {
    let wanted = read(&pairs)?;
    let config = &front.shop.loaded().config;
    let hosts: Vec<HostId> = config.hosts.keys().cloned().collect();
    let found = happenings(front.store().as_ref(), &wanted, &hosts).await?;
    let next = found.next.map(|next| format!("before={next}"));
    let content = html! {
        h1 { "Journal" }
        (form(&wanted, config))
        @if let Some(documents) = found.documents {
            p class="quiet" { "Of " (counted(documents, "document", "documents")) "." }
        }
        @if found.entries.is_empty() { (nothing(&wanted, &found)) } @else { section class="card list" { (table(&found)) } }
        @if found.is_cut { p class="quiet" { "This far was looked; the next page looks further back." } }
        (pager("/journal", &query(&wanted), (wanted.before.is_none(), next)))
    };
    let page = Page {
        title: "Journal",
        place: Place::Journal,
        caller: &caller,
        live: wanted.before.is_none(),
    };
    Ok(page.show(&content))
}

/// What an address asks for.
fn read(pairs: &[(String, String)]) -> Result<HappeningsWanted, Failure> {
    let text = |name: &str| {
        let text = value(pairs, name).trim();
        (!text.is_empty()).then(|| text.chars().take(200).collect::<String>())
    };
    let unusable =
        |name: &str| Failure::config(format!("this is no {name} that can be looked for"));
    let day = |name: &str| {
        let day = text(name).map(|day| day.parse());
        day.transpose().map_err(|_| unusable(name))
    };
    let event = text("event");
    let known = |name: &String| EVENTS.iter().map(|(known, _)| *known).find(|it| it == name);
    Ok(HappeningsWanted {
        connection: text("connection")
            .map(ConnectionId::new)
            .transpose()
            .map_err(|_| unusable("connection"))?,
        host: text("host")
            .map(HostId::new)
            .transpose()
            .map_err(|_| unusable("product"))?,
        case: text("case"),
        document: text("document"),
        event: match &event {
            None => None,
            Some(name) => Some(known(name).ok_or_else(|| unusable("event"))?),
        },
        from: day("from")?,
        to: day("to")?,
        before: match text("before") {
            None => None,
            Some(at) => Some(Moment::read(&at).ok_or_else(|| unusable("place"))?),
        },
        lines: LINES,
    })
}

fn query(wanted: &HappeningsWanted) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            pairs.append_pair(name, &value);
        }
    };
    put(
        "connection",
        wanted.connection.as_ref().map(ToString::to_string),
    );
    put("host", wanted.host.as_ref().map(ToString::to_string));
    put("case", wanted.case.clone());
    put("document", wanted.document.clone());
    put("event", wanted.event.map(str::to_owned));
    put("from", wanted.from.map(|day| day.to_string()));
    put("to", wanted.to.map(|day| day.to_string()));
    pairs.finish()
}

fn form(wanted: &HappeningsWanted, config: &Config) -> Markup {
    let connections: Vec<&str> = config.connections.keys().map(|it| it.as_str()).collect();
    let hosts: Vec<&str> = config.hosts.keys().map(|it| it.as_str()).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    html! {
        form class="filters" method="get" action="/journal" role="search" {
            (choice("connection", "Connection", &connections, wanted.connection.as_ref().map(|it| it.as_str())))
            (choice("host", "Product", &hosts, wanted.host.as_ref().map(|it| it.as_str())))
            (field("case", "Case number", "search", &text(&wanted.case)))
            (field("document", "Document", "search", &text(&wanted.document)))
            (field("from", "From", "date", &day(wanted.from)))
            (field("to", "To", "date", &day(wanted.to)))
            div {
                label for="f-event" { "What" }
                select id="f-event" name="event" {
                    option value="" { "Anything" }
                    @for (name, words) in EVENTS { option value=(name) selected[wanted.event == Some(name)] { (words) } }
                }
            }
            div class="actions" {
                button class="primary" { "Show" }
                @if !query(wanted).is_empty() { a class="button" href="/journal" { "Everything" } }
            }
        }
    }
}

fn table(found: &HappeningsPage) -> Markup {
    scroll(
        "What happened",
        &html! {
            table class="stack" {
                thead { tr { th { "When" } th { "Document" } th { "Connection" } th { "What happened" } th { "State" } } }
                tbody { @for entry in &found.entries { (line(entry, found)) } }
            }
        },
    )
}

fn line(entry: &Entry, found: &HappeningsPage) -> Markup {
    html! {
        tr class=(event_kind(&entry.event)) {
            td class="date" { (moment(entry.at)) }
            @match &entry.binding {
                Some(key) => {
                    th scope="row" {
                        a href=(document_path(&key.document)) title=(key.document) {
                            (found.numbers.get(key).map_or(key.document.id.as_str(), |number| shown(number)))
                        }
                    }
                    td { (key.connection) }
                },
                None => { td {} td {} },
            }
            td { (words(&entry.event)) }
            td { @if let Some(state) = &entry.state { (chip(Tone::of_state(state), state)) } }
        }
    }
}

fn nothing(wanted: &HappeningsWanted, found: &HappeningsPage) -> Markup {
    if found.next.is_some() {
        return empty("Nothing yet: go on with the next page.");
    }
    match (&wanted.case, found.documents) {
        (Some(case), Some(0)) => html! {
            p class="empty" { "No document is about the case " strong { (case) } ". Write its number as the product does." }
        },
        (None, Some(0)) => empty("No document of this number is known."),
        (_, _) if query(wanted).is_empty() => empty("Nothing has happened yet."),
        (_, _) => empty("Nothing of that happened. Take a filter away, or choose a longer time."),
    }
}
