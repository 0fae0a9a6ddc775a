//! The story of a document on its page: what makes each field, what the product said, what happened, what was said to the books.

use maud::{Markup, html};
use serde_json::Value;

use crate::browse::event_kind;
use crate::output::counted;
use crate::story::{CallShown, Compared, Exchange, Mapping, Revision, Told, words};
use crate::web::page::{Tone, chip, empty, moment, moment_or, scroll, words as with_code};

/// What makes each field, with the line of the configuration.
pub(super) fn mapping(mapping: &Mapping, file: &str) -> Markup {
    let compared = match mapping.compared {
        Compared::AsSent => "This is what was sent.",
        Compared::ChangedSince => {
            "As it would be sent now: document, settings or chart are others than when it was sent."
        }
        Compared::NotSent => "As it would be sent.",
        Compared::Unfit => "As far as it can be worked out.",
    };
    html! {
        p { (compared) }
        @for finding in &mapping.findings { p { (chip(Tone::Bad, "in the way")) " " (finding) } }
        (scroll("Fields", &html! {
            table class="stack" {
                thead { tr { th { "Field" } th { "Value" } th { "Made by" } th { "Where" } } }
                tbody {
                    @for field in &mapping.fields {
                        tr {
                            th scope="row" { code { (field.field) } }
                            td { (field.value) }
                            td { (with_code(&field.words)) }
                            td class="date" { @if let Some(line) = field.line { code { (file) ":" (line) } } }
                        }
                    }
                }
            }
        }))
    }
}

/// What the product said over time.
pub(super) fn revisions(revisions: &[Revision]) -> Markup {
    html! {
        @for revision in revisions.iter().rev() {
            article class="row" {
                h3 { "Revision " (revision.revision) " " small { (moment_or(revision.taken_at, "")) } }
                @if !revision.kept { p class="quiet" { "What it said is not kept." } }
                @if !revision.changed.is_empty() {
                    dl class="facts changes" {
                        @for change in &revision.changed {
                            dt { code { (change.field) } }
                            dd {
                                del { (change.before.as_deref().unwrap_or("–")) } " → "
                                ins { (change.after.as_deref().unwrap_or("–")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What happened, newest first.
pub(super) fn timeline(told: &Told) -> Markup {
    html! {
        @if told.entries.is_empty() { (empty("Nothing happened yet.")) }
        ol class="timeline" reversed {
            @for entry in told.entries.iter().rev() {
                li class=(event_kind(&entry.event)) {
                    (moment(entry.at)) " " (words(&entry.event))
                    @if let Some(state) = &entry.state { " " (chip(Tone::of_state(state), state)) }
                }
            }
        }
    }
}

/// What was said to the provider; bodies are folded, and what names people is masked.
pub(super) fn exchanges(exchanges: &[Exchange]) -> Markup {
    html! {
        @for exchange in exchanges.iter().rev() {
            @for call in exchange.calls.iter().rev() { (one_call(exchange, call)) }
        }
    }
}

fn one_call(exchange: &Exchange, call: &CallShown) -> Markup {
    let outcome = match (call.status, &call.no_reply) {
        (Some(status), _) => (
            if status < 400 { Tone::Good } else { Tone::Bad },
            status.to_string(),
        ),
        (None, Some(why)) => (Tone::Bad, why.clone()),
        (None, None) => (Tone::Bad, "no reply".to_owned()),
    };
    html! {
        details class="row" {
            summary {
                (moment(call.at)) " " (chip(outcome.0, &outcome.1)) " "
                code { (call.method) " " (call.path) } " "
                span class="quiet" {
                    (exchange.purpose) ", " (call.duration_ms) " ms"
                    @if let Some(attempt) = exchange.attempt.filter(|it| *it > 1) { ", attempt " (attempt) }
                    @if call.of > 1 { ", one of " (call.of) }
                }
            }
            (body("Asked", &call.headers, call.request.as_ref(), call.bytes))
            (body("Answered", &call.reply_headers, call.reply.as_ref(), call.reply_bytes))
            @if let Some(why) = &call.not_shown { p class="quiet" { (why) } }
        }
    }
}

fn body(head: &str, headers: &[(String, String)], body: Option<&Value>, bytes: u64) -> Markup {
    html! {
        @if !headers.is_empty() || body.is_some() || bytes > 0 {
            h3 { (head) }
            pre tabindex="0" {
                @for (name, value) in headers { (name) ": " (value) "\n" }
                @match body {
                    Some(body) => { (serde_json::to_string_pretty(body).unwrap_or_else(|_| body.to_string())) },
                    None => @if bytes > 0 { "(" (counted(bytes, "byte", "bytes")) ")" },
                }
            }
        }
    }
}
