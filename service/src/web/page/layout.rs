//! The frame of every page: where one is, where one can go, and who one is.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use crate::web::assets;
use crate::web::entry::{Caller, Role};

/// A place of the dashboard, as the menu names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Whether everything agrees.
    Overview,
    /// What needs somebody.
    Findings,
    /// Every document.
    Documents,
    /// What happened.
    Journal,
    /// The comparison of both sides.
    TieOut,
    /// What is old and goes out slowly.
    Backfill,
    /// Organisations and products.
    Connections,
    /// What calls cost.
    Usage,
    /// Who may do what, and who is told what.
    People,
}

impl Place {
    const ALL: [Self; 9] = [
        Self::Overview,
        Self::Findings,
        Self::Documents,
        Self::Journal,
        Self::TieOut,
        Self::Backfill,
        Self::Connections,
        Self::Usage,
        Self::People,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Findings => "Findings",
            Self::Documents => "Documents",
            Self::Journal => "Journal",
            Self::TieOut => "Tie-out",
            Self::Backfill => "Backfill",
            Self::Connections => "Connections",
            Self::Usage => "Usage",
            Self::People => "People",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Findings => "/findings",
            Self::Documents => "/documents",
            Self::Journal => "/journal",
            Self::TieOut => "/tie-out",
            Self::Backfill => "/backfill",
            Self::Connections => "/connections",
            Self::Usage => "/usage",
            Self::People => "/people",
        }
    }

    /// Who sees it in the menu.
    fn from(self) -> Role {
        match self {
            Self::People => Role::Admin,
            Self::Overview
            | Self::Findings
            | Self::Documents
            | Self::Journal
            | Self::TieOut
            | Self::Backfill
            | Self::Connections
            | Self::Usage => Role::Viewer,
        }
    }
}

/// A page of the dashboard.
pub(crate) struct Page<'a> {
    /// What it is about, for the browser's tab and for the head of the page.
    pub(crate) title: &'a str,
    /// Where it belongs in the menu.
    pub(crate) place: Place,
    /// Who looks at it.
    pub(crate) caller: &'a Caller,
    /// Whether it looks again by itself when something was written.
    pub(crate) live: bool,
}

impl Page<'_> {
    /// The whole page with this content.
    pub(crate) fn show(&self, content: &Markup) -> Html<String> {
        let body = html! {
            a class="skip" href="#main" { "Skip to the content" }
            header class="top" {
                a class="brand" href="/" { img src=(assets::address("tieout.svg")) alt="" width="28" height="28"; "tieout" }
                nav class="menu" aria-label="Main" {
                    @for place in Place::ALL {
                        @if self.caller.may(place.from()) {
                            a href=(place.path()) aria-current=[(place == self.place).then_some("page")] { (place.name()) }
                        }
                    }
                }
                form class="who" method="post" action="/sign-out" {
                    (super::token(self.caller))
                    span title=(self.caller.role.word()) { (self.caller.name) }
                    button class="plain" { "Sign out" }
                }
            }
            main id="main" tabindex="-1" data-live[self.live] { (content) }
            p id="said" class="hidden" role="status" aria-live="polite" {}
        };
        frame(self.title, &body)
    }
}

/// A page of one card, for somebody who is not inside.
pub(crate) fn narrow(title: &str, content: &Markup) -> Html<String> {
    let body = html! {
        main id="main" class="narrow" {
            p class="brand" { img src=(assets::address("tieout.svg")) alt="" width="28" height="28"; "tieout" }
            section class="card" { h1 { (title) } (content) }
        }
    };
    frame(title, &body)
}

fn frame(title: &str, body: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · tieout" }
                link rel="icon" href=(assets::address("tieout.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::address("tieout.css"));
                script src=(assets::address("tieout.js")) defer {}
            }
            body { (body) }
        }
    };
    Html(page.into_string())
}
