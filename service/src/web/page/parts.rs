//! What pages share: states and amounts, tables, forms that change something, and what is shown where nothing is.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use tieout_core::advice::Advice;
use tieout_core::document::SettlementStatus;

use crate::exit::sentence;
use crate::web::entry::{Caller, TOKEN_FIELD};

/// How a state is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Done.
    Good,
    /// On its way.
    Open,
    /// Needs somebody.
    Bad,
    /// Out of it.
    Gone,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "chip good",
            Self::Open => "chip open",
            Self::Bad => "chip bad",
            Self::Gone => "chip",
        }
    }

    /// The tone of a binding's state, by its name.
    pub(crate) fn of_state(name: &str) -> Self {
        match name {
            "posted" | "voided" => Self::Good,
            "held" | "rejected" | "removed" | "unsure" => Self::Bad,
            "waiting" | "ready" | "in_flight" => Self::Open,
            _ => Self::Gone,
        }
    }

    /// That of how far a document is settled.
    pub(crate) fn of_settlement(status: SettlementStatus) -> Self {
        match status {
            SettlementStatus::Paid | SettlementStatus::Overpaid => Self::Good,
            SettlementStatus::Unpaid | SettlementStatus::PartlyPaid => Self::Open,
            SettlementStatus::Voided => Self::Gone,
        }
    }
}

/// A short word in a colour; the word alone says it all.
pub(crate) fn chip(tone: Tone, word: &str) -> Markup {
    html! { span class=(tone.class()) { (word.replace('_', " ")) } }
}

/// A moment, in UTC, as a machine and a person read it.
pub(crate) fn moment(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (at.format("%Y-%m-%d %H:%M:%S")) " UTC" } }
}

/// The same where there may be none.
pub(crate) fn moment_or(at: Option<DateTime<Utc>>, none: &str) -> Markup {
    match at {
        Some(at) => moment(at),
        None => html! { span class="quiet" { (none) } },
    }
}

/// What proves that a form comes from a page of ours that this person has open.
pub(crate) fn token(caller: &Caller) -> Markup {
    html! { input type="hidden" name=(TOKEN_FIELD) value=(caller.token); }
}

/// A part of a page under a head of its own.
pub(crate) fn card(head: &str, content: &Markup) -> Markup {
    html! { section class="card" { h2 { (head) } (content) } }
}

/// A wide thing, such as a table, that is moved sideways where there is no room; `name` tells it to who does not see it.
pub(crate) fn scroll(name: &str, content: &Markup) -> Markup {
    html! { div class="scroll" role="region" aria-label=(name) tabindex="0" { (content) } }
}

/// What is said where nothing is.
pub(crate) fn empty(words: &str) -> Markup {
    html! { p class="empty" { (words) } }
}

/// A sentence as the program says it, with what stands between backticks set as code.
pub(crate) fn words(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Something that a person should know or decide, with everything that is known about it.
pub(crate) fn finding(advice: &Advice) -> Markup {
    let finding = &advice.finding;
    html! {
        div class="finding" {
            p {
                strong { (sentence(advice.title).trim_end_matches('.')) }
                @if !finding.field.is_empty() { " " code { (finding.field) } }
                @if !finding.value.is_empty() { " = " code { (finding.value) } }
            }
            p { (words(&sentence(&finding.message))) }
            @if !finding.remedy.is_empty() { p class="remedy" { (words(&finding.remedy)) } }
            @if !finding.detail.is_empty() {
                details { summary { "The figures" } pre { (finding.detail.join("\n")) } }
            }
        }
    }
}
