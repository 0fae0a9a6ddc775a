//! What calls are left and spent, by whom and on what, and what the month costs: from the store, without a call.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use maud::{Markup, html};
use tieout_xero::limit::{
    Counter, Errand, Misfit, Spending, TIERS, TIERS_CURRENCY, TIERS_SINCE, TIERS_SOURCE, Tier,
    fitting_tier,
};

use super::chart::{Bar, bars, meter};
use crate::command::{AppUsage, OrganisationUsage, Usage, at_this_rate, read_usage, total_of};
use crate::output::bytes;
use crate::web::entry::Caller;
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, scroll};
use crate::web::trouble::Trouble;

/// Days that are drawn.
const DAYS_DRAWN: i64 = 31;

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    let usage = read_usage(&front.office(&caller.name)).await?;
    let page = Page {
        title: "Usage",
        place: Place::Usage,
        caller: &caller,
        live: true,
    };
    Ok(page.show(&content(&usage)))
}

fn content(usage: &Usage) -> Markup {
    html! {
        h1 { "Calls and costs" }
        @if usage.organisations.is_empty() { (empty("No organisation is connected yet.")) }
        @for of in &usage.organisations { (organisation(of, usage.now)) }
        @for (tenant, spending) in &usage.gone {
            @let total = total_of(&spending.month);
            p class="quiet" {
                "The organisation " code { (tenant) } " has no connection any more: " (total.calls) " calls, "
                (bytes(total.bytes_received)) " down this month."
            }
        }
        @for app in &usage.apps { (of_app(app, usage.now)) }
    }
}

fn organisation(of: &OrganisationUsage, now: DateTime<Utc>) -> Markup {
    let spending = &of.spending;
    let spent = u64::from(
        spending
            .calls_per_day
            .saturating_sub(spending.calls_left_today),
    );
    html! {
        section class="card" id=(of.connection) {
            h2 { (of.name) " " small { (of.connection) } }
            div class="figures" {
                div {
                    strong { (spending.calls_left_today) } " of " (spending.calls_per_day) " calls left today"
                    @if spending.calls_left_today == 0 { " " (chip(Tone::Bad, "none left")) }
                    (meter("Calls of today", spent, u64::from(spending.calls_per_day)))
                }
                p { (anew(spending)) }
                p {
                    (spending.calls_this_minute) " of " (spending.calls_per_minute) " calls this minute, "
                    (spending.calls_last_hour) " in the last hour" (at_this_rate(spending)) "."
                }
            }
            (by_hour(of, now))
            (by_day(of, now))
            (by_errand(of, now))
        }
    }
}

/// When the day's budget begins anew.
fn anew(spending: &Spending) -> String {
    match (spending.begins_anew_at, spending.begins_anew_by) {
        (Some(at), _) => format!("The day's budget begins anew at {}.", short(at)),
        (None, Some(by)) => format!(
            "The day's budget begins anew by {}; Xero has not shown the hour yet.",
            short(by)
        ),
        (None, None) => "It was never called yet.".to_owned(),
    }
}

fn by_hour(of: &OrganisationUsage, now: DateTime<Utc>) -> Markup {
    let today = of.spending.days.get(&now.date_naive());
    let calls = |hour: u32| {
        today
            .and_then(|day| day.hours.get(&hour))
            .copied()
            .unwrap_or_default()
    };
    let hours: Vec<Bar> = (0..24)
        .map(|hour| Bar {
            label: format!("{hour:02}"),
            value: calls(hour),
            told: format!("{hour:02}:00 UTC: {} calls", calls(hour)),
        })
        .collect();
    let total: u64 = hours.iter().map(|bar| bar.value).sum();
    let rows = hours.iter().filter(|bar| bar.value > 0);
    html! {
        h3 { "Today by the hour" }
        (bars(&format!("hours-{}", of.connection), "Calls of today by the hour, UTC", &format!("{total} calls in all"), &hours, None))
        details { summary { "As a table" }
            table class="thin" {
                thead { tr { th { "Hour, UTC" } th class="num" { "Calls" } } }
                tbody { @for bar in rows { tr { th scope="row" { (bar.label) ":00" } td class="num" { (bar.value) } } } }
            }
        }
    }
}

fn by_day(of: &OrganisationUsage, now: DateTime<Utc>) -> Markup {
    let today = now.date_naive();
    let first = today - TimeDelta::days(DAYS_DRAWN - 1);
    let days: Vec<(NaiveDate, Counter)> = first
        .iter_days()
        .take_while(|day| *day <= today)
        .map(|day| {
            let errands = of.spending.days.get(&day).map(|day| total_of(&day.errands));
            (day, errands.unwrap_or_default())
        })
        .collect();
    let drawn: Vec<Bar> = days
        .iter()
        .map(|(day, counter)| Bar {
            label: day.format("%d %b").to_string(),
            value: counter.calls,
            told: format!(
                "{day}: {} calls, {} down",
                counter.calls,
                bytes(counter.bytes_received)
            ),
        })
        .collect();
    let told = format!(
        "The busiest day of this month had {} calls",
        of.spending.busiest_day_calls
    );
    let limit = Some(u64::from(of.spending.calls_per_day));
    let rows = days.iter().rev().filter(|(_, counter)| counter.calls > 0);
    html! {
        h3 { "The last " (DAYS_DRAWN) " days" }
        (bars(&format!("days-{}", of.connection), "Calls by the day, UTC", &told, &drawn, limit))
        details { summary { "As a table" }
            (scroll(&format!("Calls of {} by the day", of.connection), &html! {
                table class="thin" {
                    thead { tr { th { "Day, UTC" } th class="num" { "Calls" } th class="num" { "Up" } th class="num" { "Down" } } }
                    tbody { @for (day, counter) in rows { tr {
                        th scope="row" { (day) }
                        td class="num" { (counter.calls) }
                        td class="num" { (bytes(counter.bytes_sent)) }
                        td class="num" { (bytes(counter.bytes_received)) }
                    } } }
                }
            }))
        }
    }
}

fn by_errand(of: &OrganisationUsage, now: DateTime<Utc>) -> Markup {
    let spending = &of.spending;
    let month = now.format("%B").to_string();
    let rows = Errand::ALL
        .into_iter()
        .filter(|errand| spending.month.contains_key(errand));
    let rows = rows.map(|errand| {
        let today = spending.today.get(&errand).copied().unwrap_or_default();
        let month = spending.month.get(&errand).copied().unwrap_or_default();
        (errand.as_str(), today, month)
    });
    let all = ("all", total_of(&spending.today), total_of(&spending.month));
    let refused = all.2.throttled;
    html! {
        h3 { "What they were about" }
        (scroll(&format!("Calls of {} by errand", of.connection), &html! {
            table {
                thead {
                    tr { td {} th colspan="3" scope="colgroup" { "Today" } th colspan="3" scope="colgroup" { (month) } }
                    tr { th { "Errand" } @for _ in 0..2 { th class="num" { "Calls" } th class="num" { "Up" } th class="num" { "Down" } } }
                }
                tbody {
                    @for (name, today, month) in rows.chain([all]) {
                        tr {
                            th scope="row" { (name) }
                            @for counter in [today, month] {
                                td class="num" { (counter.calls) }
                                td class="num" { (bytes(counter.bytes_sent)) }
                                td class="num" { (bytes(counter.bytes_received)) }
                            }
                        }
                    }
                }
            }
        }))
        @if refused > 0 { p { (chip(Tone::Bad, "refused")) " " (refused) " calls were refused for a limit this month." } }
        @if let Some(day) = spending.counted_since { p class="quiet" { "Days are those of UTC; counted since " (day) "." } }
    }
}

fn of_app(app: &AppUsage, now: DateTime<Utc>) -> Markup {
    let (demand, egress) = (&app.month.demand, app.month.egress);
    let fewer = app.month.egress_without_echoes;
    let needed = egress.by_month_end.unwrap_or(egress.so_far);
    let fits = fitting_tier(demand, needed);
    let ends = match (egress.by_month_end, fewer.by_month_end) {
        (Some(all), Some(fewer)) => format!(
            "{} by the month's end ({} without the replies to writes): the rest of the month like the last {} whole days.",
            bytes(all),
            bytes(fewer),
            egress.whole_days
        ),
        (_, _) => format!(
            "What the month comes to is not known yet: {} whole days were counted, and two are needed.",
            egress.whole_days
        ),
    };
    let head = format!("The app's {}", now.format("%B %Y"));
    card(
        &head,
        &html! {
            p { code { (app.client_id) } ", " (crate::output::counted(u64::from(demand.connections), "organisation", "organisations")) " connected" }
            p { (bytes(egress.so_far)) " read so far (" (bytes(fewer.so_far)) " without the replies to writes). " (ends) }
            p {
                @match fits {
                    Some(tier) => { (chip(Tone::Good, tier.name)) " does for this month's use." }
                    None => { (chip(Tone::Bad, "none")) " No tier allows " (demand.busiest_day_calls) " calls a day on one organisation." }
                }
            }
            (scroll("Tiers of Xero", &tiers(app)))
            p class="quiet" {
                "Prices in " (TIERS_CURRENCY) " without tax, from " (TIERS_SINCE) " (" (TIERS_SOURCE) "). The Organisation \
                 endpoint is free and not counted; whether Xero bills the replies to writes is not documented, so the costs count them."
            }
        },
    )
}

fn tiers(app: &AppUsage) -> Markup {
    let egress = app.month.egress;
    html! {
        table {
            thead { tr {
                th { "Tier" } th class="num" { "Organisations" } th class="num" { "Calls a day" } th class="num" { "Included" }
                th class="num" { "So far" } th class="num" { "By the month's end" } th { "Fits" }
            } }
            tbody { @for tier in &TIERS { tr {
                th scope="row" { (tier.name) }
                td class="num" { (tier.connections_max.map_or_else(|| "any".to_owned(), |most| most.to_string())) }
                td class="num" { (tier.calls_per_day) }
                td class="num" { (included(tier)) }
                td class="num" { (cost(tier, Some(egress.so_far))) }
                td class="num" { (cost(tier, egress.by_month_end)) }
                td {
                    @match tier.misfit(&app.month.demand) {
                        Some(Misfit::Connections) => { (chip(Tone::Bad, "too few organisations")) }
                        Some(Misfit::Calls) => { (chip(Tone::Bad, "too few calls a day")) }
                        None => { (chip(Tone::Good, "yes")) " needs " (tier.needs) }
                    }
                }
            } } }
        }
    }
}

fn included(tier: &Tier) -> String {
    match (tier.included_gb, tier.fee_cents) {
        (Some(gigabytes), _) => format!("{gigabytes} GB"),
        (None, Some(_)) => "not charged".to_owned(),
        (None, None) => "agreed".to_owned(),
    }
}

fn cost(tier: &Tier, bytes: Option<u64>) -> String {
    let cost = bytes.and_then(|bytes| tier.cost(bytes));
    cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string())
}

fn short(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
