//! The side of the page: connected apps, calls counted, lock dates, and faults to try.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::sandbox::Sandbox;
use crate::sync::lock;

use super::View;
use super::acts::FAULTS;

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
            p.quiet.clock { "Its clock shows " (now.format("%-d %b %Y %H:%M")) " UTC" }
        }
    })
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
