//! Other systems that are told by signed events: where, about what, what came back, and what is sent again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};
use secrecy::ExposeSecret;
use tieout_notices::{
    Attempt, Endpoint, EndpointDraft, EndpointId, EventType, Outcome, ReplayWhat, ShownOnce,
    Standing, add_endpoint, attempts, change_endpoint, enable_endpoint, endpoint, endpoints,
    remove_endpoint, replay, rotate_secret,
};
use url::Url;

use super::{about, failed, only, only_fields, page};
use crate::exit::Failure;
use crate::setup::fields::Entered;
use crate::web::dashboard::kit;
use crate::web::entry::{AdminClick, Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Tone, card, chip, empty, moment, scroll, token};
use crate::web::trouble::Trouble;

/// Attempts that are shown.
const ATTEMPTS_SHOWN: usize = 100;

/// Every endpoint, and the form for a new one.
pub(super) async fn all(front: &Front, caller: &Caller) -> Result<Markup, Trouble> {
    let known = endpoints(front.store().as_ref()).await?;
    Ok(html! {
        @if known.is_empty() { (empty("No other system is told anything yet.")) }
        @else { (scroll("Webhooks", &html! {
            table {
                thead { tr { th { "Webhook" } th { "To" } th { "Events" } th { "About" } th { "Stands" } } }
                tbody { @for (endpoint, standing) in &known { tr {
                    th scope="row" { a href={ "/notifications/webhooks/" (endpoint.id) } { (endpoint.id) } }
                    td { code { (endpoint.url) } }
                    td { @if endpoint.events.is_empty() { "all" } @for event in &endpoint.events { (event.as_str()) br; } }
                    td { (about(&endpoint.only)) }
                    td { (stands(endpoint, standing)) }
                } } }
            }
        })) }
        details {
            summary { "Add one" }
            form method="post" action="/notifications/webhooks" {
                (token(caller))
                (kit::field("webhook-id", "Short name", "Small letters, figures and hyphens; it stays.", "",
                    &html! { input id="webhook-id" name="id" required autocomplete="off"; }))
                (fields(front, None))
                button class="primary" { "Add it, and show its secret" }
            }
        }
    })
}

/// Shows one.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    one(&front, &caller, &named(&id)?, &html! {}).await
}

async fn one(
    front: &Front,
    caller: &Caller,
    id: &EndpointId,
    above: &Markup,
) -> Result<Html<String>, Trouble> {
    let store = front.store();
    let (endpoint, standing) = endpoint(store.as_ref(), id).await.map_err(failed)?;
    let mut log = attempts(store.as_ref(), id).await?;
    log.truncate(ATTEMPTS_SHOWN);
    let base = format!("/notifications/webhooks/{id}");
    let is_off = endpoint.disabled || standing.stopped(&endpoint).is_some();
    let content = html! {
        p { a href="/notifications" { "Who is told what" } }
        h1 { "Webhook " (id) }
        (above)
        (card("Stands", &html! {
            p { (stands(&endpoint, &standing)) }
            div class="actions" {
                form method="post" action={ (base) "/test" } { (token(caller)) button { "Send a trial now" } }
                @if is_off { form method="post" action={ (base) "/enable" } { (token(caller)) button { "Switch on again" } } }
                form method="post" action={ (base) "/rotate" } data-sure="The one before signs beside it for 24 hours. Make a new secret?" {
                    (token(caller)) button { "Make a new secret" }
                }
                form method="post" action={ (base) "/remove" } data-sure="Everything that waits for it is forgotten. Remove it?" {
                    (token(caller)) button { "Remove it" }
                }
            }
        }))
        (card("What was delivered", &delivered(&log, &base, caller)))
        (card("Send again", &html! {
            form method="post" action={ (base) "/replay" } {
                (token(caller))
                (kit::field("since", "Everything since", "A day by UTC; events are kept for 30 days. Those that it took come again under the same identifier.", "",
                    &html! { input id="since" name="since" type="date" required; }))
                button { "Send it all again" }
            }
        }))
        (card("Where and what", &html! {
            form method="post" action=(base) {
                (token(caller))
                (fields(front, Some(&endpoint)))
                button class="primary" { "Save" }
            }
        }))
    };
    Ok(page(caller, "Webhook", &content))
}

/// Adds one, and shows its secret once.
pub(super) async fn add(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let form = Entered(form);
    let draft = draft(named(form.get("id"))?, &form)?;
    let office = front.office(&caller.name);
    let machine = office.loaded.config.notify.this_machine();
    let (store, vault) = (office.store.as_ref(), office.apps.vault());
    let added = add_endpoint(store, vault, draft, machine, &caller.name, front.now()).await;
    let added = added.map_err(failed)?;
    shown(&front, &caller, &added.endpoint.id, &added.secret).await
}

/// Changes one.
pub(super) async fn change(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    caller.must(Role::Admin)?;
    let (id, store) = (named(&id)?, front.store());
    let (known, _) = endpoint(store.as_ref(), &id).await.map_err(failed)?;
    let mut draft = draft(id.clone(), &Entered(form))?;
    // What the form does not have stays.
    draft.groups = known.groups;
    draft.disabled = known.disabled;
    let machine = front.shop.loaded().config.notify.this_machine();
    let changed = change_endpoint(store.as_ref(), draft, machine, &caller.name, front.now()).await;
    changed.map_err(failed)?;
    Ok(Redirect::to(&format!("/notifications/webhooks/{id}")))
}

/// Sends a trial, and shows what came back.
pub(super) async fn test(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Html<String>, Trouble> {
    let id = named(&id)?;
    let answer = front
        .command(&["webhook", "test", "--", &id.to_string()], &caller.name)
        .await?;
    let attempt = answer.values.last().map(|value| value["attempt"].clone());
    let attempt = attempt.and_then(|value| serde_json::from_value::<Attempt>(value).ok());
    let told = html! {
        @if let Some(attempt) = attempt {
            section class="card" role="status" { h2 { "The trial" } p { (outcome(&attempt)) " " (line(&attempt)) } }
        }
    };
    one(&front, &caller, &id, &told).await
}

/// Switches one on again that was switched off.
pub(super) async fn enable(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    let id = named(&id)?;
    let enabled = enable_endpoint(front.store().as_ref(), &id, &caller.name, front.now()).await;
    enabled.map_err(failed)?;
    Ok(Redirect::to(&format!("/notifications/webhooks/{id}")))
}

/// Makes a new secret, and shows it once.
pub(super) async fn rotate(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Response, Trouble> {
    let id = named(&id)?;
    let office = front.office(&caller.name);
    let (store, vault) = (office.store.as_ref(), office.apps.vault());
    let secret = rotate_secret(store, vault, &id, &caller.name, front.now()).await;
    shown(&front, &caller, &id, &secret.map_err(failed)?).await
}

/// Sends again what was told: one event, or everything since a day.
pub(super) async fn again(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let (id, form) = (named(&id)?, Entered(form));
    let what = match (form.get("event"), form.get("since").parse::<NaiveDate>()) {
        ("", Ok(day)) => ReplayWhat::Range {
            since: day.and_time(NaiveTime::MIN).and_utc(),
            until: None,
        },
        ("", Err(_)) => return Err(Failure::config("write the day as 2026-01-31").into()),
        (event, _) => ReplayWhat::One(event.to_owned()),
    };
    let many = replay(front.store().as_ref(), &id, &what, front.now())
        .await
        .map_err(failed)?;
    let told = html! {
        p class="flash" role="status" {
            @match many {
                0 => { "Nothing was told in that time." }
                many => { "At most " (crate::output::counted(many, "event", "events")) " go there again, as far as it wanted them." }
            }
        }
    };
    one(&front, &caller, &id, &told).await
}

/// Removes one, with everything that waits for it.
pub(super) async fn remove(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    let removed = remove_endpoint(
        front.store().as_ref(),
        &named(&id)?,
        &caller.name,
        front.now(),
    )
    .await;
    removed.map_err(failed)?;
    Ok(Redirect::to("/notifications"))
}

/// The page of an endpoint with its new secret on it, which nobody keeps.
async fn shown(
    front: &Front,
    caller: &Caller,
    id: &EndpointId,
    secret: &ShownOnce,
) -> Result<Response, Trouble> {
    let told = html! {
        section class="card" role="status" {
            h2 { "Its secret" }
            p { "It is shown here and nowhere else: the other system checks by it that events come from here." }
            p { (kit::copied(secret.0.expose_secret())) }
        }
    };
    let mut response = one(front, caller, id, &told).await?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    Ok(response)
}

fn named(id: &str) -> Result<EndpointId, Trouble> {
    EndpointId::new(id).map_err(failed)
}

fn draft(id: EndpointId, form: &Entered) -> Result<EndpointDraft, Trouble> {
    let url = Url::parse(form.get("url"));
    let url =
        url.map_err(|error| Failure::config(format!("the address cannot be read: {error}")))?;
    let events = form.0.iter().filter(|(name, _)| name == "event");
    Ok(EndpointDraft {
        id,
        url,
        events: events
            .map(|(_, event)| EventType::from(event.as_str()))
            .collect(),
        only: only(form)?,
        groups: Vec::new(),
        disabled: false,
    })
}

fn fields(front: &Front, endpoint: Option<&Endpoint>) -> Markup {
    let url = endpoint
        .map(|endpoint| endpoint.url.to_string())
        .unwrap_or_default();
    let filter = endpoint
        .map(|endpoint| endpoint.only.clone())
        .unwrap_or_default();
    let wants = |event: &EventType| endpoint.is_some_and(|it| it.events.contains(event));
    html! {
        (kit::field("url", "Address", "https, outside this network.", "", &html! { input id="url" name="url" type="url" required value=(url); }))
        fieldset {
            legend { "Events" }
            small { "Nothing ticked: all of them." }
            @for event in EventType::KNOWN {
                p { label class="beside" { input type="checkbox" name="event" value=(event.as_str()) checked[wants(event)]; " " code { (event.as_str()) } } }
            }
        }
        (only_fields(&front.shop.loaded().config, &filter))
    }
}

fn delivered(log: &[Attempt], base: &str, caller: &Caller) -> Markup {
    if log.is_empty() {
        return empty("Nothing was sent there yet.");
    }
    scroll(
        "Deliveries",
        &html! {
            table {
                thead { tr { th { "When" } th { "Event" } th { "Try" } th { "What came back" } th { "" } } }
                tbody { @for attempt in log { tr {
                    td class="date" { (moment(attempt.at)) }
                    td { code { (attempt.kind.as_str()) } br; small { (attempt.event) } }
                    td { (attempt.attempt) }
                    td { (outcome(attempt)) " " (line(attempt)) @if let Some(at) = attempt.again_at { p class="quiet" { "again at " (moment(at)) } } }
                    td {
                        form method="post" action={ (base) "/replay" } {
                            (token(caller))
                            input type="hidden" name="event" value=(attempt.event);
                            button aria-label={ "Send " (attempt.event) " again" } { "Again" }
                        }
                    }
                } } }
            }
        },
    )
}

fn outcome(attempt: &Attempt) -> Markup {
    match attempt.outcome {
        Outcome::Taken => chip(Tone::Good, "taken"),
        Outcome::Failed => chip(Tone::Open, "failed"),
        Outcome::GivenUp => chip(Tone::Bad, "given up"),
        Outcome::Gone => chip(Tone::Bad, "gone"),
    }
}

/// What came back of an attempt.
fn line(attempt: &Attempt) -> String {
    let status = match attempt.status {
        Some(status) => format!("answered {status}"),
        None => "no answer".to_owned(),
    };
    match attempt.said.is_empty() {
        true => format!("{status} after {} ms", attempt.ms),
        false => format!("{status} after {} ms: {}", attempt.ms, attempt.said),
    }
}

fn stands(endpoint: &Endpoint, standing: &Standing) -> Markup {
    html! {
        @match (endpoint.disabled, standing.stopped(endpoint)) {
            (true, _) => { (chip(Tone::Open, "off")) " " }
            (false, Some(stopped)) => { (chip(Tone::Bad, "switched off")) " " (stopped.why) ". " }
            (false, None) => { (chip(Tone::Good, "on")) " " }
        }
        (standing.delivered) " taken"
        @for (count, word) in [(standing.waiting, "waiting"), (standing.given_up, "given up"), (standing.passed_over, "passed over")] {
            @if count > 0 { ", " (count) " " (word) }
        }
        @if let Some(since) = standing.failing_since { ", fails since " (moment(since)) }
    }
}
