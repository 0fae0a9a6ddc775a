//! The side of the page: connected apps, calls counted, lock dates, and faults to try.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::books::contact::{Contact, ContactStatus};
use crate::sandbox::Sandbox;
use crate::sync::lock;
use crate::webhooks::Standing;

use super::View;
use super::acts::FAULTS;
use super::books::ROWS_MAX;

/// The column, or nothing when there is no such organisation.
pub(super) fn column(sandbox: &Sandbox, view: &View, now: DateTime<Utc>) -> Option<Markup> {
    let (period, year) = sandbox.read(view.tenant, |books| {
        (books.profile.period_lock, books.profile.year_lock)
    })?;
    let text =
        |lock: Option<chrono::NaiveDate>| lock.map_or_else(String::new, |day| day.to_string());
    let act = |name: &str| format!("/books/{}/{name}", view.tenant);
    Some(html! {
        aside aria-label="Connections and tools" {
            (connections(sandbox, view))
            (calls(sandbox, view))
            section.card {
                h2 { "Lock dates" }
                form.stack method="post" action=(act("lock-dates")) {
                    label { "Closed for changes up to" input type="date" name="period" value=(text(period)); }
                    label { "Financial year closed up to" input type="date" name="year" value=(text(year)); }
                    button type="submit" { "Set lock dates" }
                }
            }
            section.card {
                h2 { "Make something go wrong" }
                form.stack method="post" action=(act("fault")) {
                    label { "On the next write of invoices"
                        select name="fault" { @for (name, told, _) in FAULTS { option value=(name) { (told) } } }
                    }
                    button type="submit" { "Arm it" }
                }
                @let armed = sandbox.faults().pending().len();
                @if armed > 0 { p.quiet { (armed) " waiting to happen" } }
            }
            (money(sandbox, view))
            (webhooks(sandbox))
            p { a href="/sandbox/switches" { "Switches and what is known about them" } }
            p.quiet.clock { "Its clock shows " (now.format("%-d %b %Y %H:%M")) " UTC" }
        }
    })
}

/// Money that is for no invoice yet.
fn money(sandbox: &Sandbox, view: &View) -> Markup {
    let contacts = sandbox
        .read(view.tenant, |books| {
            let active = |row: &&Contact| row.status == ContactStatus::Active;
            let rows = books.contacts.ledger.rows().iter().filter(active);
            rows.take(ROWS_MAX)
                .map(|row| (row.id, row.name.clone()))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default();
    let kinds = [
        ("RECEIVE-OVERPAYMENT", "Customer paid too much"),
        ("RECEIVE-PREPAYMENT", "Customer paid ahead"),
        ("SPEND-OVERPAYMENT", "We paid too much"),
        ("SPEND-PREPAYMENT", "We paid ahead"),
    ];
    html! {
        section.card {
            h2 { "Money on account" }
            form.stack method="post" action={ "/books/" (view.tenant) "/receive" } {
                label { "What happened" select name="kind" { @for (kind, words) in kinds { option value=(kind) { (words) } } } }
                label { "Contact" select name="contact" { @for (id, name) in &contacts { option value=(id) { (name) } } } }
                label { "Amount" input name="amount" inputmode="decimal" value="100.00"; }
                button type="submit" { "Book it" }
            }
        }
    }
}

fn webhooks(sandbox: &Sandbox) -> Markup {
    let known = sandbox.webhooks().list();
    html! {
        @if !known.is_empty() {
            section.card {
                h2 { "Webhooks" }
                ul.plain-list { @for hook in &known {
                    li {
                        (standing(hook.standing)) " · " (hook.delivered) " delivered"
                        @if hook.waiting > 0 { " · " (hook.waiting) " waiting" }
                        @if hook.failed > 0 { " · " (hook.failed) " failed" }
                        br; small { (hook.url) }
                    }
                } }
            }
        }
    }
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Checking => "Checking the intent to receive",
        Standing::IntentRequired => "Intent to receive required",
        Standing::Healthy => "OK",
        Standing::Retrying => "Retrying",
        Standing::Disabled => "Disabled",
    }
}

fn connections(sandbox: &Sandbox, view: &View) -> Markup {
    let names: Vec<String> = lock(&sandbox.identity)
        .connections()
        .iter()
        .filter(|known| known.tenant == view.tenant)
        .map(|known| {
            sandbox
                .app(&known.client_id)
                .map_or_else(|| known.client_id.clone(), |app| app.name.clone())
        })
        .collect();
    html! {
        section.card {
            h2 { "Connected apps" }
            @if names.is_empty() {
                p.empty { "None. Connect from the app's own pages." }
            } @else {
                ul.plain-list { @for name in &names { li { (name) } } }
                form method="post" action={ "/books/" (view.tenant) "/disconnect" } {
                    button.plain type="submit" { "Disconnect all" }
                }
            }
        }
    }
}

fn calls(sandbox: &Sandbox, view: &View) -> Markup {
    let counts = sandbox.counters().of(view.tenant);
    let refused: u64 = counts.refused.values().sum();
    html! {
        section.card {
            h2 { "Calls by apps" }
            @if counts.usage.is_empty() {
                p.empty { "No call yet." }
            } @else {
                table.small {
                    caption.hidden { "Calls by endpoint" }
                    thead { tr { th scope="col" { "Endpoint" } th.num scope="col" { "Calls" } th.num scope="col" { "kB out" } } }
                    tbody { @for (endpoint, used) in &counts.usage {
                        tr { th scope="row" { code { (endpoint) } } td.num { (used.calls) } td.num { (used.bytes_out / 1024) } }
                    } }
                }
                p.quiet { (refused) " refused for being too many · " (counts.bytes_in / 1024) " kB in · " (counts.bytes_out / 1024) " kB out" }
            }
        }
    }
}
