//! Everything that needs somebody: counted by kind, filtered, each with its cause, its fix and what can be decided.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use maud::{Markup, html};
use tieout_core::check::Rule;
use tieout_core::engine::StateName;
use tieout_core::store::{Need, Tallies};

use super::documents::{head, here, next};
use super::filters::{Listed, filters, pager, saved};
use super::{flash, rows};
use crate::browse::{self, Column, Page as ListPage, Wanted, Which};
use crate::web::entry::{Caller, Role};
use crate::web::front::Front;
use crate::web::page::{Page, Place, empty, token};
use crate::web::trouble::Trouble;

/// The list.
pub(super) const LISTED: Listed<'static> = Listed {
    path: "/findings",
    name: "findings",
    columns: &[
        Column::Contact,
        Column::Date,
        Column::Total,
        Column::Connection,
        Column::State,
        Column::Changed,
    ],
    states: &[
        StateName::Held,
        StateName::Rejected,
        StateName::Removed,
        StateName::Posted,
        StateName::Voided,
        StateName::Unsure,
        StateName::Skipped,
    ],
};

/// The form that ticked documents belong to.
const TICKS: &str = "many";

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Html<String>, Trouble> {
    let wanted = Wanted::read(&pairs)?.on(LISTED.columns);
    let store = front.store();
    let found = browse::page(store.as_ref(), &wanted, Which::InNeed).await?;
    let tallies = store.tallies().await?;
    let count = match wanted.text {
        Some(_) => None,
        None => tallies.documents(&wanted.filter(Which::InNeed)),
    };
    let saved = saved(&front, &caller, (LISTED, &wanted)).await?;
    let back = here(LISTED.path, &wanted);
    let ticks = caller.may(Role::Operator).then_some(TICKS);
    let content = html! {
        h1 { "Findings" }
        (flash::said(&caller, &pairs))
        (kinds(&tallies, &wanted))
        (filters(LISTED, &wanted, &front.shop.loaded().config))
        (saved)
        (head(&found, count))
        @if found.rows.is_empty() { (nothing(&wanted, &found)) }
        @else {
            @if ticks.is_some() { (many(&caller, &wanted)) }
            (rows::table(&caller, (LISTED, &wanted), &found.rows, (ticks, &back)))
        }
        (pager(LISTED.path, &wanted.query(), (wanted.after.is_none(), next(&found))))
    };
    let page = Page {
        title: "Findings",
        place: Place::Findings,
        caller: &caller,
        live: wanted.after.is_none(),
    };
    Ok(page.show(&content))
}

/// How many documents have a finding of each kind; one that is clicked is filtered by.
fn kinds(tallies: &Tallies, wanted: &Wanted) -> Markup {
    let mut filter = wanted.filter(Which::InNeed);
    filter.need = Need::Somebody;
    let sums = tallies.sums_by_rule(&filter);
    let link = |rule: Option<&Rule>| {
        let wanted = Wanted {
            rule: rule.cloned(),
            after: None,
            ..wanted.clone()
        };
        format!("/findings?{}", wanted.query())
    };
    html! {
        @if !sums.is_empty() || wanted.rule.is_some() {
            nav class="kinds" aria-label="Kinds of findings" {
                ul class="tiles" {
                    @for (rule, sum) in &sums {
                        @let is_chosen = wanted.rule.as_ref() == Some(*rule);
                        li {
                            a class="tile" href=(link((!is_chosen).then_some(*rule))) aria-current=[is_chosen.then_some("true")] {
                                strong { (sum.documents) }
                                span { (rule.kind().map_or(rule.as_str(), |kind| kind.title)) }
                            }
                        }
                    }
                }
                @if wanted.rule.is_some() { p { a href=(link(None)) { "Every kind" } } }
            }
            @if let Some(kind) = wanted.rule.as_ref().and_then(Rule::kind) {
                details class="card" {
                    summary { "What this kind means" }
                    p { (kind.meaning) }
                    ul { @for cause in kind.causes { li { (cause) } } }
                    @for mend in kind.mends {
                        p { strong { (mend.site.words()) ": " } (mend.how) " It goes " (mend.then.words()) "." }
                    }
                }
            }
        }
    }
}

/// What can be done with many at once: those that are ticked, or everything that the filter shows.
fn many(caller: &Caller, wanted: &Wanted) -> Markup {
    html! {
        form id=(TICKS) class="actions" method="post" action="/findings/many" {
            (token(caller))
            input type="hidden" name="query" value=(wanted.query());
            fieldset {
                legend { "Together" }
                div class="actions" {
                    div {
                        label for="many-which" { "Which" }
                        select id="many-which" name="which" {
                            option value="ticked" { "Those that are ticked" }
                            option value="all" { "Everything that the filter shows" }
                        }
                    }
                    button name="act" value="retry" { "Try again …" }
                    button name="act" value="skip" { "Never send …" }
                    button name="act" value="adopt" { "They are there already …" }
                }
            }
        }
    }
}

fn nothing(wanted: &Wanted, found: &ListPage) -> Markup {
    if found.next.is_some() {
        return empty("Nothing yet: go on with the next page.");
    }
    if wanted.is_filtered() {
        return empty("No finding fits. Take a filter away to see the others.");
    }
    empty("Nothing needs anybody: every document is where it should be, or on its way there.")
}
