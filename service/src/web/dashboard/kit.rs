//! What the pages share by which something is set up: what was done, the wait for the program, steps, fields.

use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tieout_core::document::ConnectionId;

use crate::config::edit::{Draft, Edit};
use crate::exit::Failure;
use crate::office::Office;
use crate::setup::{Deed, Outcome, Wish};
use crate::web::front::Front;
use crate::web::trouble::Trouble;

/// By which a page learns what was done before it was opened.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Told {
    told: Option<String>,
}

/// What was done before this page was opened, if anything was.
pub(super) async fn flash(office: &Office, told: &Told) -> Result<Markup, Trouble> {
    let Some(id) = &told.told else {
        return Ok(html! {});
    };
    let outcome = Outcome::read(office.store.as_ref(), id).await?;
    Ok(html! { @if let Some(outcome) = outcome { (banner(&outcome)) } })
}

/// What became of a wish.
pub(super) fn banner(outcome: &Outcome) -> Markup {
    html! {
        div class=(if outcome.done { "flash" } else { "flash bad" }) role="status" {
            p { (outcome.words) }
            @if let Some(advice) = &outcome.advice { p { (advice) } }
        }
    }
}

/// Something that could not be done, on the page that it was asked on.
pub(super) fn refusal(failure: &Failure) -> Markup {
    html! {
        div class="flash bad" role="alert" {
            @if failure.mistakes.is_empty() {
                p { (crate::exit::sentence(&failure.message)) }
            } @else {
                @for mistake in &failure.mistakes {
                    p { code { (mistake.path) } ": " (mistake.message) ". " (mistake.remedy) }
                }
            }
            @if let Some(advice) = &failure.advice { p { (advice) } }
        }
    }
}

/// Has a wish fulfilled, and leads to the page that waits for it.
pub(super) fn wished(front: &Front, wish: Wish) -> Response {
    let waiting = format!("/connections/wait/{}", wish.id);
    match front.renewal.wish(wish) {
        true => Redirect::to(&waiting).into_response(),
        false => Trouble::from(beginning_anew()).into_response(),
    }
}

/// Saves a change of the configuration, has it taken on, and leads to the page that waits for it.
pub(super) fn saved(
    front: &Front,
    edit: &Edit,
    by: &str,
    words: String,
    then: &str,
) -> Result<Response, Failure> {
    let now = front.office(by).clock.now();
    if !edit.is_change() {
        return Ok(Redirect::to(then).into_response());
    }
    if !front.renewal.is_open() {
        return Err(beginning_anew());
    }
    let copy = edit.save(now)?;
    tracing::info!(by, copy = %copy.display(), "the configuration was changed from a page");
    let deed = Deed::TakeOn { words };
    Ok(wished(front, Wish::new(deed, by, then)))
}

fn beginning_anew() -> Failure {
    Failure::new("the program is beginning anew, and nothing was done")
        .advise("Try again in a moment.")
}

/// A change of the file that the program works with.
pub(super) fn draft(front: &Front) -> Result<Draft, Failure> {
    Draft::begin(front.shop.loaded())
}

/// A connection of the configuration by the name in an address.
pub(super) fn connection(front: &Front, name: &str) -> Result<ConnectionId, Trouble> {
    let known = &front.shop.loaded().config.connections;
    let found = known.keys().find(|known| known.as_str() == name);
    found
        .cloned()
        .ok_or_else(|| Trouble::not_found(format!("there is no connection `{name}`")))
}

/// A field of a form: its name, what it is for, what is wrong with it.
pub(super) fn field(name: &str, label: &str, help: &str, wrong: &str, input: &Markup) -> Markup {
    html! {
        div class="field" {
            label for=(name) { (label) }
            (input)
            @if !help.is_empty() { small id={ (name) "-help" } { (help) } }
            @if !wrong.is_empty() { p class="wrong" id={ (name) "-wrong" } { (wrong) } }
        }
    }
}

/// A line to write in.
pub(super) fn line(name: &str, value: &str, wrong: &str) -> Markup {
    html! {
        input id=(name) name=(name) value=(value) autocomplete="off" spellcheck="false"
            aria-describedby={ (name) "-help" } aria-invalid=[(!wrong.is_empty()).then_some("true")];
    }
}

/// A text to take along: shown whole, and copied by a button where there are scripts.
pub(super) fn copied(text: &str) -> Markup {
    html! {
        span class="copied" {
            code { (text) }
            " " button type="button" class="plain" data-copy=(text) { "Copy" }
        }
    }
}

/// The steps by which a company is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    App,
    Company,
    Consent,
    Organisation,
    Ready,
}

impl Step {
    const ALL: [(Self, &'static str); 5] = [
        (Self::App, "The app"),
        (Self::Company, "The company"),
        (Self::Consent, "Consent"),
        (Self::Organisation, "Organisation"),
        (Self::Ready, "Check and plan"),
    ];
}

/// Where one is on the way.
pub(super) fn steps(at: Step) -> Markup {
    html! {
        nav aria-label="Steps" {
            ol class="steps" {
                @for (step, name) in Step::ALL {
                    li class=[(step < at).then_some("done")] aria-current=[(step == at).then_some("step")] { (name) }
                }
            }
        }
    }
}
