//! A document in a list: its cells, what was found about it, and the deeds that it allows.

use maud::{Markup, html};
use rust_decimal::Decimal;
use tieout_core::advice::{Action, Advice};
use tieout_core::check::kinds::Act;
use tieout_core::document::{ConnectionId, Currency};

use super::filters::Listed;
use crate::browse::{Column, Row, Wanted, document_path, escaped, spelled};
use crate::web::entry::{Caller, Role};
use crate::web::page::{Tone, chip, finding, moment, scroll, token};

/// An amount with all the places that it has, at least those of its currency.
pub(super) fn figure(amount: Decimal, currency: Currency) -> String {
    let amount = amount.normalize();
    let places = amount.scale().max(currency.minor_digits());
    let places = usize::try_from(places).unwrap_or_default();
    format!("{amount:.places$}")
}

/// A list of documents as a table. `ticks` is the form that ticked ones belong to.
pub(super) fn table(
    caller: &Caller,
    (listed, wanted): (Listed<'_>, &Wanted),
    rows: &[Row],
    (ticks, back): (Option<&str>, &str),
) -> Markup {
    let columns = Column::ALL
        .into_iter()
        .filter(|it| wanted.shows(*it, listed.columns));
    let columns: Vec<Column> = columns.collect();
    html! {
        section class="card list" { (cells(caller, &columns, rows, (ticks, back))) }
    }
}

fn cells(
    caller: &Caller,
    columns: &[Column],
    rows: &[Row],
    (ticks, back): (Option<&str>, &str),
) -> Markup {
    scroll(
        "Documents",
        &html! {
            table class="documents" {
                thead {
                    tr {
                        @if let Some(form) = ticks {
                            th { input type="checkbox" data-all aria-label="Tick all on this page" form=(form); }
                        }
                        th { "Number" }
                        @for column in columns {
                            th class=[(*column == Column::Total).then_some("num")] { (column.title()) }
                        }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @if let Some(form) = ticks {
                                td { input type="checkbox" name="key" value=(spelled(&row.key)) form=(form) data-row aria-label={ "Tick " (row.number) }; }
                            }
                            th scope="row" { a href=(document_path(&row.key.document)) { (shown(&row.number)) } }
                            @for column in columns { (cell(row, *column)) }
                        }
                        @if !row.findings.is_empty() {
                            tr class="under" {
                                @if ticks.is_some() { td {} }
                                td colspan=(columns.len() + 1) { (found(caller, row, back)) }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn cell(row: &Row, column: Column) -> Markup {
    html! {
        @match column {
            Column::Contact => td { (row.contact) },
            Column::Date => td class="date" { (row.date) },
            Column::Total => td class="num" {
                @if let Some((totals, currency)) = &row.totals { (figure(totals.gross, *currency)) " " small { (currency) } }
            },
            Column::Kind => td { (row.key.document.kind.as_str().replace('_', " ")) },
            Column::Connection => td {
                @if row.key.connection == ConnectionId::unrouted() {
                    span class="quiet" { @if row.has_left { "none claimed it" } @else { "none claims it" } }
                }
                @else { (row.key.connection) }
            },
            Column::Host => td { (row.key.document.host) },
            Column::State => td { span title=(row.state_words) { (chip(Tone::of_state(row.state), row.state)) } },
            Column::Changed => td class="date" { (moment(row.changed_at)) },
            Column::Provider => td {
                @if let Some((number, status)) = &row.posted { (number) " " small { (status) } }
            },
        }
    }
}

/// A number as it can be clicked: one of spaces alone too.
pub(super) fn shown(number: &str) -> &str {
    if number.trim().is_empty() {
        "(no number)"
    } else {
        number
    }
}

/// What was found about a document, and what can be done about it.
pub(super) fn found(caller: &Caller, row: &Row, back: &str) -> Markup {
    let key = spelled(&row.key);
    let mends = row.findings.iter().enumerate();
    let mends: Vec<Markup> = mends
        .filter_map(|it| mend(caller, &key, it, back))
        .collect();
    html! {
        @for advice in &row.findings {
            (finding(advice))
        }
        (deeds(caller, row, &mends, back))
    }
}

/// The way to the setting that mends a finding, for one who may change it.
fn mend(
    caller: &Caller,
    key: &str,
    (index, advice): (usize, &Advice),
    back: &str,
) -> Option<Markup> {
    let setting = &advice.finding.setting;
    if setting.is_empty() || !caller.may(Role::Admin) {
        return None;
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("key", key)
        .append_pair("finding", &index.to_string())
        .append_pair("back", back)
        .finish();
    Some(
        html! { a class="button" href=(format!("/findings/mend?{query}")) { "Set " code { (setting) } } },
    )
}

/// What can be decided about a document, each once.
fn deeds(caller: &Caller, row: &Row, mends: &[Markup], back: &str) -> Markup {
    let mut actions: Vec<&Action> = Vec::new();
    for action in row.findings.iter().flat_map(|it| &it.actions) {
        if !actions.iter().any(|known| known.act == action.act) {
            actions.push(action);
        }
    }
    let acts: Vec<Act> = actions.iter().map(|it| it.act).collect();
    let is_live = row
        .posted
        .as_ref()
        .is_some_and(|(_, status)| !matches!(status.as_str(), "voided" | "deleted"));
    html! {
        div class="actions deeds" {
            @for mend in mends { (mend) }
            @if caller.may(Role::Operator) {
                (buttons(caller, row, &acts, back))
                @if is_live { a class="button" href=(path_with(row, "undo", back)) { "Undo …" } }
            }
            a class="button" href=(document_path(&row.key.document)) { "Its whole story" }
        }
    }
}

/// The buttons of the decisions that are possible.
pub(super) fn buttons(caller: &Caller, row: &Row, acts: &[Act], back: &str) -> Markup {
    let has = |act: Act| acts.contains(&act);
    let is_adoptable = [
        Act::Adopt,
        Act::AdoptAs,
        Act::AdoptNone,
        Act::AdoptOverwrite,
    ]
    .into_iter()
    .any(has);
    html! {
        @if has(Act::Retry) { (deed(caller, row, ("retry", "Try again"), back)) }
        @if has(Act::UndoCancel) { (deed(caller, row, ("undo_cancel", "Let it stay after all"), back)) }
        @if is_adoptable { a class="button" href=(path_with(row, "adopt", back)) { "It is there already …" } }
        @if has(Act::Skip) {
            details class="deed" {
                summary class="button" { "Never send it …" }
                form method="post" action="/documents/decide" {
                    (token(caller)) (fields(row, "skip", back))
                    label { "Why" input name="because" maxlength="200"; }
                    button { "Never send it" }
                }
            }
        }
        @if has(Act::Detach) {
            form method="post" action="/documents/decide"
                data-sure={ "Leave " (row.number) " alone from now on? What the books hold stays, and nothing is sent or told any more." } {
                (token(caller)) (fields(row, "detach", back))
                button { "Leave it alone" }
            }
        }
        @if has(Act::Connect) || has(Act::ConnectAgain) { a class="button" href="/connections" { "Connect …" } }
    }
}

fn deed(caller: &Caller, row: &Row, (act, word): (&str, &str), back: &str) -> Markup {
    html! {
        form method="post" action="/documents/decide" {
            (token(caller)) (fields(row, act, back))
            button { (word) }
        }
    }
}

fn fields(row: &Row, act: &str, back: &str) -> Markup {
    html! {
        input type="hidden" name="act" value=(act);
        input type="hidden" name="key" value=(spelled(&row.key));
        input type="hidden" name="back" value=(back);
    }
}

/// A page about a document on its connection.
pub(super) fn path_with(row: &Row, what: &str, back: &str) -> String {
    format!(
        "{}/{what}?connection={}&back={}",
        document_path(&row.key.document),
        escaped(row.key.connection.as_str()),
        escaped(back)
    )
}
