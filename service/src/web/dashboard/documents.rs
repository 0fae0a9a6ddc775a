//! Every document: searched by number, filtered, page by page.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use maud::{Markup, html};
use tieout_core::engine::StateName;

use super::filters::{Listed, filters, pager, saved};
use super::{flash, rows};
use crate::browse::{self, Column, Page as ListPage, Wanted, Which};
use crate::output::counted;
use crate::web::entry::Caller;
use crate::web::front::Front;
use crate::web::page::{Page, Place, empty};
use crate::web::trouble::Trouble;

/// The list.
pub(super) const LISTED: Listed<'static> = Listed {
    path: "/documents",
    name: "documents",
    columns: &[
        Column::Contact,
        Column::Date,
        Column::Total,
        Column::Connection,
        Column::State,
        Column::Changed,
    ],
    states: &StateName::ALL,
};

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Html<String>, Trouble> {
    let wanted = Wanted::read(&pairs)?.on(LISTED.columns);
    let store = front.store();
    let found = browse::page(store.as_ref(), &wanted, Which::All).await?;
    let tallies = store.tallies().await?;
    let count = match wanted.text {
        Some(_) => None,
        None => tallies.documents(&wanted.filter(Which::All)),
    };
    let saved = saved(&front, &caller, (LISTED, &wanted)).await?;
    let content = html! {
        div class="head" { h1 { "Documents" } (places()) }
        (flash::said(&caller, &pairs))
        (filters(LISTED, &wanted, &front.shop.loaded().config))
        (saved)
        (head(&found, count))
        @if found.rows.is_empty() { (nothing(&wanted, &found)) }
        @else { (rows::table(&caller, (LISTED, &wanted), &found.rows, (None, &here(LISTED.path, &wanted)))) }
        (pager(LISTED.path, &wanted.query(), (wanted.after.is_none(), next(&found))))
    };
    let page = Page {
        title: "Documents",
        place: Place::Documents,
        caller: &caller,
        live: wanted.after.is_none(),
    };
    Ok(page.show(&content))
}

/// The lists that stand beside each other.
pub(super) fn places() -> Markup {
    html! {
        nav class="actions" aria-label="Lists" {
            a class="button" href="/documents" { "All documents" }
            a class="button" href="/integrations" { "Financial integrations" }
            a class="button" href="/exports" { "Exports" }
        }
    }
}

/// The address of a list as it is shown, to come back to.
pub(super) fn here(path: &str, wanted: &Wanted) -> String {
    let mut query = wanted.query();
    if let Some(after) = &wanted.after {
        query.push_str(&format!("&after={after}"));
    }
    format!("{path}?{query}")
}

/// The parameter that leads to the next page.
pub(super) fn next(found: &ListPage) -> Option<String> {
    found.next.as_ref().map(|next| format!("after={next}"))
}

/// How many there are.
pub(super) fn head(found: &ListPage, count: Option<u64>) -> Markup {
    html! {
        p class="quiet" role="status" {
            @match count {
                Some(count) => { (counted(count, "document", "documents")) },
                None => { (counted(found.rows.len(), "document", "documents")) " on this page" },
            }
            @if found.looked_through > 0 {
                ": " (counted(found.looked_through, "document", "documents"))
                " were looked through for the text; the next page looks further"
            }
        }
    }
}

fn nothing(wanted: &Wanted, found: &ListPage) -> Markup {
    if found.next.is_some() {
        return empty("Nothing yet: go on with the next page.");
    }
    if wanted.is_filtered() {
        return empty(
            "No document fits. Take a filter away, or look for the beginning of a number.",
        );
    }
    empty("No document has come yet. They appear as soon as a product tells of them.")
}
