//! The last step: whose books it is, whether the settings fit them, and the plan before anything is sent.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tieout_core::check::Finding;
use tieout_core::mapping::check_settings;
use tieout_core::provider::Chart;

use super::consent::page;
use crate::setup::known_connection;
use crate::web::dashboard::kit::{self, Step, Told};
use crate::web::dashboard::settings::{chart_of_age, wrong_of};
use crate::web::entry::{Caller, Role};
use crate::web::front::Front;
use crate::web::page::{Tone, card, chip, token};
use crate::web::trouble::Trouble;

/// How old the organisation's accounts may be here: opening the page again reads them once.
const AGE_MAX: Duration = Duration::from_secs(10 * 60);

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Query(told): Query<Told>,
    caller: Caller,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let name = kit::connection(&front, &name)?;
    let mut office = front.office(&caller.name);
    let flash = kit::flash(&office, &told).await?;
    let known = known_connection(&mut office, &name).await?;
    let Some(record) = known.as_ref().and_then(|known| known.record.as_ref()) else {
        // Nobody connected it, and what was done before says why.
        let body = html! { (flash) p { a class="button primary" href={ "/connections/" (name) "/consent" } { "Ask for the consent again" } } };
        return Ok(page(&caller, &name, Step::Consent, &body).into_response());
    };
    let chart = chart_of_age(&front, &caller, &name, AGE_MAX).await;
    let books = match &chart {
        Ok(Some(chart)) => {
            let settings = &front.shop.loaded().config.connections[&name].settings;
            books(chart, &check_settings(settings, chart), name.as_str())
        }
        Ok(None) => return Ok(Redirect::to(&format!("/connections/{name}")).into_response()),
        Err(failure) => kit::refusal(failure),
    };
    let body = html! {
        (flash)
        (card("Connected", &html! {
            dl class="facts" {
                dt { "Organisation" } dd { strong { (record.tenant_name) } }
                dt { "Allowed by" } dd { (record.by.as_deref().unwrap_or("Xero did not say")) }
            }
        }))
        (card("Do the settings fit its books?", &books))
        (card("Before anything is sent", &html! {
            p { (name) " is switched off: nothing was sent, and nothing is, until you switch it on. The plan shows, document by document, \
                what would be created, and what it costs." }
            div class="actions" {
                form method="post" action={ "/connections/" (name) "/plan" } { (token(&caller)) button class="primary" { "Show the plan" } }
                a class="button" href={ "/connections/" (name) "/settings" } { "Settings: accounts, tax, terms" }
                form method="post" action={ "/connections/" (name) "/check" } { (token(&caller)) button { "Check everything at Xero" } }
            }
        }))
    };
    Ok(page(&caller, &name, Step::Ready, &body).into_response())
}

fn books(chart: &Chart, findings: &[Finding], name: &str) -> Markup {
    let currencies: Vec<String> = chart.currencies.iter().map(ToString::to_string).collect();
    let tracking: Vec<&str> = chart.tracking.iter().map(|it| it.name.as_str()).collect();
    html! {
        dl class="facts" {
            dt { "Books in" } dd { (chart.organisation.base_currency) ", " (chart.organisation.country) }
            dt { "Currencies" } dd { @if currencies.is_empty() { (chart.organisation.base_currency) " alone" } @else { (currencies.join(", ")) } }
            dt { "Accounts" } dd { (chart.accounts.len()) }
            dt { "Tax rates" } dd { (chart.tax_rates.len()) }
            dt { "Tracking" } dd { @if tracking.is_empty() { "none in use" } @else { (tracking.join(", ")) } }
            @if let Some(day) = chart.organisation.locked_through() { dt { "Locked" } dd { "through " (day) } }
        }
        @if findings.is_empty() {
            p { (chip(Tone::Good, "fits")) " No setting stands in the way of a document." }
        } @else {
            p { (chip(Tone::Bad, "to mend")) " " (crate::output::counted(findings.len(), "setting", "settings")) " would hold documents:" }
            @for finding in findings {
                @let wrong = wrong_of(finding);
                div class="finding" {
                    p { a href={ "/connections/" (name) "/settings#" (wrong.key) } { code { (wrong.key) } } }
                    p { (wrong.words) }
                }
            }
        }
    }
}
