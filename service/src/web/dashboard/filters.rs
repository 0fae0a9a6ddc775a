//! The form above a list: what can be asked of it, the columns to choose, the lists that were saved, and the way to the next page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use tieout_core::engine::StateName;

use super::flash::{self, Went};
use crate::browse::{Column, KINDS, Layout, Scope, Wanted, delete_layout, layouts, save_layout};
use crate::config::Config;
use crate::exit::sentence;
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::token;
use crate::web::trouble::Trouble;

/// A page with a list on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'a> {
    /// Its address.
    pub(super) path: &'a str,
    /// Under what its saved lists are kept.
    pub(super) name: &'a str,
    /// The columns that it shows by itself.
    pub(super) columns: &'a [Column],
    /// The states that its documents can be in; none where nothing is to be chosen.
    pub(super) states: &'a [StateName],
}

/// The form.
pub(super) fn filters(listed: Listed<'_>, wanted: &Wanted, config: &Config) -> Markup {
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let connections = config.connections.keys().map(|it| it.as_str());
    let connections: Vec<&str> = connections.chain(["unrouted"]).collect();
    let hosts: Vec<&str> = config.hosts.keys().map(|it| it.as_str()).collect();
    html! {
        form class="filters" method="get" action=(listed.path) role="search" {
            @if let Some(rule) = &wanted.rule { input type="hidden" name="rule" value=(rule); }
            (field("number", "Number", "search", &value(&wanted.number)))
            (field("text", "Text", "search", &value(&wanted.text)))
            (choice("connection", "Connection", &connections, wanted.connection.as_ref().map(|it| it.as_str())))
            div class="actions" {
                button class="primary" { "Show" }
                @if wanted.is_filtered() || wanted.columns.is_some() { a class="button" href=(listed.path) { "All of them" } }
            }
            details open[is_open(wanted)] {
                summary { "More filters, order and columns" }
                div class="filters" {
                    (choice("host", "Product", &hosts, wanted.host.as_ref().map(|it| it.as_str())))
                    (choice("kind", "Kind", &KINDS.map(|it| it.as_str()), wanted.kind.map(|it| it.as_str())))
                    (field("from", "Changed from", "date", &day(wanted.from)))
                    (field("to", "Changed to", "date", &day(wanted.to)))
                    div {
                        label for="f-order" { "Order" }
                        select id="f-order" name="order" {
                            option value="newest" selected[!wanted.oldest] { "Newest first" }
                            option value="oldest" selected[wanted.oldest] { "Oldest first" }
                        }
                    }
                    div {
                        label for="f-rows" { "Rows on a page" }
                        input id="f-rows" name="rows" type="number" min="1" max="500" value=(wanted.rows);
                    }
                }
                (ticks(listed, wanted))
            }
        }
    }
}

/// Whether more is asked than stands in the first row of the form.
fn is_open(wanted: &Wanted) -> bool {
    wanted.host.is_some()
        || wanted.kind.is_some()
        || wanted.from.is_some()
        || wanted.to.is_some()
        || wanted.oldest
        || wanted.columns.is_some()
        || !wanted.states.is_empty()
}

/// States and columns.
fn ticks(listed: Listed<'_>, wanted: &Wanted) -> Markup {
    html! {
        @if !listed.states.is_empty() {
            fieldset {
                legend { "States" }
                @for state in listed.states {
                    label class="beside" {
                        input type="checkbox" name="state" value=(state) checked[wanted.states.contains(state)];
                        " " (state.as_str().replace('_', " "))
                    }
                }
            }
        }
        fieldset {
            legend { "Columns" }
            @for column in Column::ALL {
                label class="beside" {
                    input type="checkbox" name="columns" value=(column.as_str())
                        checked[wanted.shows(column, listed.columns)];
                    " " (column.title())
                }
            }
        }
    }
}

pub(super) fn field(name: &str, label: &str, kind: &str, value: &str) -> Markup {
    let id = format!("f-{name}");
    html! {
        div {
            label for=(id) { (label) }
            input id=(id) name=(name) type=(kind) value=(value);
        }
    }
}

pub(super) fn choice(name: &str, label: &str, all: &[&str], chosen: Option<&str>) -> Markup {
    let id = format!("f-{name}");
    let is_known = chosen.is_none_or(|chosen| all.contains(&chosen));
    html! {
        div {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                option value="" { "Any" }
                @for one in all {
                    option value=(one) selected[chosen == Some(*one)] { (one.replace('_', " ")) }
                }
                @if let Some(chosen) = chosen.filter(|_| !is_known) { option value=(chosen) selected { (chosen) } }
            }
        }
    }
}

/// The way to the next page, and back to the first.
pub(super) fn pager(path: &str, query: &str, (is_first, next): (bool, Option<String>)) -> Markup {
    let with = |more: &str| match (query.is_empty(), more.is_empty()) {
        (true, true) => path.to_owned(),
        (true, false) => format!("{path}?{more}"),
        (false, true) => format!("{path}?{query}"),
        (false, false) => format!("{path}?{query}&{more}"),
    };
    html! {
        @if !is_first || next.is_some() {
            nav class="actions pager" aria-label="Pages" {
                @if !is_first { a class="button" href=(with("")) { "First page" } }
                @if let Some(next) = next { a class="button" rel="next" href=(with(&next)) { "Next page" } }
            }
        }
    }
}

/// The lists that this person can open, and the form that saves this one.
pub(super) async fn saved(
    front: &Front,
    caller: &Caller,
    (listed, wanted): (Listed<'_>, &Wanted),
) -> Result<Markup, Trouble> {
    let known = layouts(front.store().as_ref(), listed.name, &caller.name).await?;
    let query = wanted.query();
    Ok(html! {
        @if !known.is_empty() {
            nav class="actions layouts" aria-label="Saved lists" {
                span class="quiet" { "Saved:" }
                @for layout in &known {
                    span class="layout" {
                        a class="button" href=(format!("{}?{}", listed.path, layout.query))
                            aria-current=[(layout.query == query).then_some("true")] { (layout.name) }
                        @if layout.scope == Scope::Everybody { span class="quiet" { " for everybody" } }
                        @if may_delete(caller, layout) {
                            form method="post" action="/layouts/delete" data-sure={ "Delete the saved list " (layout.name) "?" } {
                                (token(caller))
                                input type="hidden" name="page" value=(listed.name);
                                input type="hidden" name="back" value=(listed.path);
                                input type="hidden" name="name" value=(layout.name);
                                input type="hidden" name="everybody" value=(if layout.scope == Scope::Everybody { "yes" } else { "" });
                                button class="plain" aria-label={ "Delete the saved list " (layout.name) } { "×" }
                            }
                        }
                    }
                }
            }
        }
        details class="save" {
            summary { "Save this list" }
            form class="filters" method="post" action="/layouts/save" {
                (token(caller))
                input type="hidden" name="page" value=(listed.name);
                input type="hidden" name="back" value=(listed.path);
                input type="hidden" name="query" value=(query);
                div {
                    label for=(format!("save-{}", listed.name)) { "Name" }
                    input id=(format!("save-{}", listed.name)) name="name" required maxlength="60";
                }
                @if caller.may(Role::Operator) {
                    label class="beside" { input type="checkbox" name="everybody" value="yes"; " for everybody" }
                }
                button { "Save" }
            }
        }
    })
}

fn may_delete(caller: &Caller, layout: &Layout) -> bool {
    match layout.scope {
        Scope::Own => layout.owner == caller.name,
        Scope::Everybody => caller.may(Role::Operator),
    }
}

/// Saves a list under a name: a viewer's own, and for everybody where an operator says so.
pub(super) async fn save(
    State(front): State<Arc<Front>>,
    signed: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    let scope = scope(&caller, &form)?;
    let query = value(&form, "query");
    // What is kept can be read back, or is not kept.
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let wanted = Wanted::read(&pairs)?;
    let layout = Layout {
        name: value(&form, "name").to_owned(),
        owner: caller.name.clone(),
        scope,
        query: wanted.query(),
        saved_at: front.shop.staff().world.clock.now(),
    };
    let to = format!("{}?{}", value(&form, "back"), layout.query);
    let page = page_of(&form)?;
    match save_layout(front.store().as_ref(), page, &layout).await {
        Ok(()) => {
            let words = vec![format!("“{}” is saved.", layout.name.trim())];
            Ok(flash::back(&caller, &to, Went::Well, words))
        }
        Err(failure) => Ok(flash::back(
            &caller,
            &to,
            Went::Badly,
            vec![sentence(&failure.message)],
        )),
    }
}

/// Deletes a saved list.
pub(super) async fn delete(
    State(front): State<Arc<Front>>,
    signed: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    let scope = scope(&caller, &form)?;
    let name = value(&form, "name");
    let which = (scope, caller.name.as_str(), name);
    delete_layout(front.store().as_ref(), page_of(&form)?, which).await?;
    let words = vec![format!("“{name}” is deleted.")];
    Ok(flash::back(
        &caller,
        value(&form, "back"),
        Went::Well,
        words,
    ))
}

/// Whose shelf is meant; what is for everybody is an operator's.
fn scope(caller: &Caller, form: &[(String, String)]) -> Result<Scope, Trouble> {
    if value(form, "everybody") != "yes" {
        return Ok(Scope::Own);
    }
    caller.must(Role::Operator)?;
    Ok(Scope::Everybody)
}

fn page_of(form: &[(String, String)]) -> Result<&str, Trouble> {
    let page = value(form, "page");
    match ["findings", "documents"].contains(&page) {
        true => Ok(page),
        false => Err(Trouble::not_found("there is no such list")),
    }
}

/// A field of a form; empty where it is not there.
pub(super) fn value<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    let found = form.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value.as_str())
}
