//! The settings of a connection: changed on a page, tried against the organisation's chart, saved after their plan was seen.

mod inputs;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use tieout_core::check::Finding;
use tieout_core::document::ConnectionId;
use tieout_core::driver::remembered_chart;
use tieout_core::mapping::check_settings;
use tieout_core::provider::Chart;
use tieout_core::settings::{Route, Settings};

pub(super) use inputs::{Inputs, MORE};

use super::connections::Nothing;
use super::kit::{self, Told};
use crate::config::edit::Edit;
use crate::exit::Failure;
use crate::setup::fields::{Entered, FIELDS, SECTIONS, Wrong, tree};
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, moment, token};
use crate::web::trouble::Trouble;

/// What the form says of the file that it was made from.
const MARK: &str = "mark";

/// Shows the form.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Query(told): Query<Told>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let name = kit::connection(&front, &name)?;
    let office = front.office(&caller.name);
    let draft = kit::draft(&front)?;
    let mut form = filled(&settings(&front, &name));
    form.0.push((MARK.to_owned(), draft.mark()));
    let flash = kit::flash(&office, &told).await?;
    let shown = Shown {
        name: &name,
        form: &form,
        wrong: &[],
        above: flash,
    };
    page(&front, &caller, &shown).await
}

/// Looks at what was entered: refuses what cannot be, and begins the plan of what can.
pub(super) async fn look(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let name = kit::connection(&front, &name)?;
    let form = Entered(form);
    let office = front.office(&caller.name);
    let again = async |wrong: &[Wrong], above: Markup, status: StatusCode| {
        let shown = Shown {
            name: &name,
            form: &form,
            wrong,
            above,
        };
        let page = page(&front, &caller, &shown).await?;
        Ok((status, page).into_response())
    };
    if form.has(MORE) {
        return again(&[], html! {}, StatusCode::OK).await;
    }
    let edit = match edited(&front, &name, &form) {
        Ok(Ok(edit)) => edit,
        Ok(Err(wrong)) => {
            return again(&wrong, html! {}, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(failure) => {
            let told = kit::refusal(&failure);
            return again(&[], told, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    if !edit.is_change() {
        let told = html! { p class="flash" role="status" { "Nothing is different from what counts now." } };
        return again(&[], told, StatusCode::OK).await;
    }
    let chart = remembered_chart(office.store.as_ref(), &name).await?;
    let wrong = chart.map_or_else(Vec::new, |chart| {
        refused_by_chart(&front, &name, &edit, &chart)
    });
    if !wrong.is_empty() {
        return again(&wrong, html! {}, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let planned = front
        .plans
        .begin(office, name, Some(edit), front.renewal.end());
    Ok(Redirect::to(&format!("/plans/{}", planned.id)).into_response())
}

/// Reads the chart of the organisation anew, for the choices of the form.
pub(super) async fn read_chart(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed {
        caller,
        form: Nothing {},
    }: Signed<Nothing>,
) -> Result<Redirect, Trouble> {
    caller.must(Role::Operator)?;
    let name = kit::connection(&front, &name)?;
    chart_of_age(&front, &caller, &name, Duration::ZERO).await?;
    Ok(Redirect::to(&format!("/connections/{name}/settings")))
}

/// The chart of an organisation, no older than an age, also where the connection is switched off. `None` where nobody
/// has connected it.
pub(super) async fn chart_of_age(
    front: &Front,
    caller: &Caller,
    name: &ConnectionId,
    age_max: Duration,
) -> Result<Option<Arc<Chart>>, Failure> {
    let office = front.office(&caller.name);
    let now = office.clock.now();
    let at_work = front.shop.staff().world.connections.get(name);
    if let Some(site) = at_work {
        return Ok(Some(site.chart(office.store.as_ref(), age_max, now).await?));
    }
    let trial = office.trial(office.loaded.clone(), Some(name)).await?;
    let chart = match trial.staff.world.connections.get(name) {
        Some(site) => Some(site.chart(office.store.as_ref(), age_max, now).await),
        None => None,
    };
    trial.close().await;
    Ok(chart.transpose()?)
}

/// The settings of a connection, or those of a new one.
fn settings(front: &Front, name: &ConnectionId) -> Settings {
    let known = front.shop.loaded().config.connections.get(name);
    known.map_or_else(Settings::default, |known| known.settings.clone())
}

/// The form that says what the settings are.
pub(super) fn filled(settings: &Settings) -> Entered {
    let current = tree(settings);
    Entered(
        FIELDS
            .iter()
            .flat_map(|field| field.fill(&current))
            .collect(),
    )
}

/// The edit that a form asks for, or what is wrong with its fields. Fails where the file is not the one that the form was
/// made from, or would be wrong elsewhere.
fn edited(
    front: &Front,
    name: &ConnectionId,
    form: &Entered,
) -> Result<Result<Edit, Vec<Wrong>>, Failure> {
    let mut draft = kit::draft(front)?;
    draft.expect(form.get(MARK))?;
    let current = tree(&settings(front, name));
    let mut wrong = Vec::new();
    for field in FIELDS {
        match field.read(form, &current) {
            Ok(Some(entered)) => {
                field.write(&mut draft, name, &current, &entered)?;
            }
            Ok(None) => {}
            Err(problem) => wrong.push(problem),
        }
    }
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    match draft.finish() {
        Ok(edit) => Ok(Ok(edit)),
        Err(failure) => of_fields(failure, name).map(Err),
    }
}

/// The mistakes of a file at the fields of the form; the failure itself where one is elsewhere.
pub(super) fn of_fields(failure: Failure, name: &ConnectionId) -> Result<Vec<Wrong>, Failure> {
    let above = format!("connections.{name}.settings.");
    let own = failure.mistakes.iter().map(|mistake| {
        Some(Wrong {
            key: mistake.path.strip_prefix(&above)?.to_owned(),
            words: crate::exit::sentence(&mistake.message),
        })
    });
    let own: Option<Vec<Wrong>> = own.collect();
    own.filter(|own| !own.is_empty()).ok_or(failure)
}

/// What the organisation's chart refuses of the new settings and did not refuse of the old ones.
fn refused_by_chart(front: &Front, name: &ConnectionId, edit: &Edit, chart: &Chart) -> Vec<Wrong> {
    let Some(after) = edit.after.config.connections.get(name) else {
        return Vec::new();
    };
    let before = check_settings(&settings(front, name), chart);
    let findings = check_settings(&after.settings, chart);
    let news = findings.iter().filter(|finding| !before.contains(finding));
    news.map(wrong_of).collect()
}

/// A finding about the settings as something wrong in the form.
pub(super) fn wrong_of(finding: &Finding) -> Wrong {
    let mut words = crate::exit::sentence(&finding.message);
    for more in [&finding.remedy, &finding.detail.join("; ")] {
        if !more.is_empty() {
            words = format!("{words} {more}");
        }
    }
    Wrong {
        key: finding.field.clone(),
        words,
    }
}

struct Shown<'a> {
    name: &'a ConnectionId,
    form: &'a Entered,
    wrong: &'a [Wrong],
    above: Markup,
}

async fn page(
    front: &Arc<Front>,
    caller: &Caller,
    shown: &Shown<'_>,
) -> Result<Html<String>, Trouble> {
    let name = shown.name;
    let office = front.office(&caller.name);
    let chart = remembered_chart(office.store.as_ref(), name).await?;
    let inputs = Inputs {
        form: shown.form,
        wrong: shown.wrong,
        chart: chart.as_ref(),
    };
    let elsewhere = shown.wrong.iter().filter(|wrong| {
        !FIELDS
            .iter()
            .any(|field| !inputs.wrong(field.key).is_empty() && wrong.key.starts_with(field.key))
    });
    let title = format!("Settings of {name}");
    let page = Page {
        title: &title,
        place: Place::Connections,
        caller,
        live: false,
    };
    let content = html! {
        p { a href={ "/connections/" (name) } { (name) } }
        h1 { (title) }
        (shown.above)
        @if !shown.wrong.is_empty() {
            div class="flash bad" role="alert" {
                p { "Nothing was changed: " (crate::output::counted(shown.wrong.len(), "field", "fields")) " cannot stay so." }
                @for wrong in elsewhere { p { code { (wrong.key) } ": " (wrong.words) } }
            }
        }
        (about_chart(chart.as_ref().map(|chart| (chart.organisation.name.as_str(), chart.as_of)), name, caller))
        form method="post" action={ "/connections/" (name) "/settings" } {
            (token(caller))
            input type="hidden" name=(MARK) value=(shown.form.get(MARK));
            // What the enter key presses.
            button class="hidden" tabindex="-1" aria-hidden="true" { "Look" }
            @for (section, about) in SECTIONS {
                (card(section, &html! {
                    p class="quiet" { (about) }
                    div class="fields" {
                        @for field in FIELDS.iter().filter(|field| field.section == section) { (inputs.field(field)) }
                    }
                }))
            }
            p class="actions stuck" { button class="primary" { "See what this would change" } }
        }
        (card("Which documents come here", &routes(&front.shop.loaded().config.routes.0, name)))
        (card("Only in the file", &only_in_the_file(&settings(front, name))))
    };
    Ok(page.show(&content))
}

fn about_chart(
    chart: Option<(&str, DateTime<Utc>)>,
    name: &ConnectionId,
    caller: &Caller,
) -> Markup {
    html! {
        div class="actions" {
            @match chart {
                Some((organisation, at)) => {
                    span class="quiet" { "Choices are those of " (organisation) ", as of " (moment(at)) "." }
                }
                None => { span class="quiet" { "The organisation's accounts are not known here yet: codes are entered as they are." } }
            }
            form method="post" action={ "/connections/" (name) "/chart" } { (token(caller)) button class="plain" { "Read them anew" } }
        }
    }
}

/// What leads documents to a connection.
pub(super) fn routes(all: &[Route], name: &ConnectionId) -> Markup {
    let own: Vec<(usize, &Route)> = all
        .iter()
        .enumerate()
        .filter(|(_, route)| route.connection == *name)
        .collect();
    html! {
        @if all.is_empty() { p { "Every document: it is the only company." } }
        @else if own.is_empty() { p { (chip(Tone::Bad, "none")) " No route leads here." } }
        ol {
            @for (index, route) in &own {
                li value=(index + 1) {
                    @match &route.host { Some(host) => { "of " strong { (host) } } None => { "of every product" } }
                    @if let Some(divisions) = &route.divisions { ", of " (crate::output::counted(divisions.len(), "division", "divisions")) " " strong { (divisions.join(", ")) } }
                    @if let Some(kinds) = &route.kinds { ", kinds " @for kind in kinds { (kind.as_str()) " " } }
                    @if let Some(companies) = &route.companies { ", billed to " @for company in companies { (company) " " } }
                    @if let Some(currencies) = &route.currencies { ", in " @for currency in currencies { (currency) " " } }
                }
            }
        }
    }
}

/// What a connection has that the form does not.
fn only_in_the_file(settings: &Settings) -> Markup {
    let methods = settings
        .host_payments
        .as_ref()
        .map_or(0, |it| it.accounts_by_method.len());
    html! {
        p class="quiet" { "These are kept as they are; they are written in the configuration file itself." }
        dl class="facts" {
            dt { "Accounts by several conditions" } dd { (settings.accounts.choices.len()) }
            dt { "Rules for single fields" } dd { (settings.rules.len()) }
            dt { "Accounts by the method of a payment" } dd { (methods) }
        }
    }
}
