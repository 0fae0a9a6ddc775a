//! What a plan costs: calls by what they are for, time at the allowed rate, bytes, and money under Xero's tiers.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};
use tieout_core::document::ConnectionId;
use tieout_core::driver::{Costs, Expense};
use tieout_core::provider::Toll;
use tieout_xero::limit::{
    AppMonth, LimitConfig, Purpose, Spending, TIERS, TIERS_CURRENCY, fitting_tier,
};

use crate::command::usage;
use crate::exit::Failure;
use crate::office::Office;
use crate::output::{bytes, say};

/// What a plan costs.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Price {
    connections: BTreeMap<ConnectionId, Part>,
    /// What each app's month costs with it.
    apps: Vec<Value>,
    #[serde(skip)]
    money: Vec<String>,
}

/// The part of one connection.
#[derive(Debug, Serialize)]
struct Part {
    #[serde(flatten)]
    costs: Costs,
    total: Toll,
    /// Calls that today has left for documents.
    calls_left_today: u32,
    /// How long it takes at the allowed rate, in minutes, if today's budget is enough.
    minutes: Option<u64>,
    /// On how many days it leaves; one where today's budget is enough. Absent where no day has a call for it.
    days: Option<u64>,
}

/// Prices what each connection's part takes.
pub(super) async fn price(
    office: &Office,
    costs: BTreeMap<ConnectionId, Costs>,
) -> Result<Price, Failure> {
    let usage = usage::read(office).await?;
    let config = &office.loaded.config;
    let mut price = Price::default();
    let mut down: BTreeMap<String, u64> = BTreeMap::new();
    for (name, costs) in costs {
        let organisation = usage.organisations.iter().find(|of| of.connection == name);
        let app = config.connections.get(&name).and_then(|it| config.app(it));
        let (Some(organisation), Some(app)) = (organisation, app) else {
            continue;
        };
        let part = part(costs, &organisation.spending, &app.limits);
        *down.entry(organisation.client_id.clone()).or_default() += part.total.bytes_down;
        price.connections.insert(name, part);
    }
    for app in &usage.apps {
        if let Some(down) = down.get(&app.client_id) {
            let (value, words) = money(&app.month, *down);
            price
                .apps
                .push(json!({ "app": app.client_id, "tiers": value }));
            price.money.push(words);
        }
    }
    Ok(price)
}

fn part(costs: Costs, spending: &Spending, limits: &LimitConfig) -> Part {
    let total = costs.total();
    let left = spending.left_for.get(&Purpose::Documents).copied();
    let calls_left_today = left.unwrap_or(spending.calls_left_today);
    let kept = limits
        .reserves
        .calls(Purpose::Documents, spending.calls_per_day);
    let a_day = u64::from(spending.calls_per_day.saturating_sub(kept));
    let beyond = total.calls_max.saturating_sub(u64::from(calls_left_today));
    let days = match beyond {
        0 => Some(1),
        _ if a_day == 0 => None,
        _ => Some(1 + beyond.div_ceil(a_day)),
    };
    let a_minute = u64::from(limits.calls_per_minute.max(1));
    Part {
        total,
        calls_left_today,
        minutes: (beyond == 0).then(|| total.calls_max.div_ceil(a_minute)),
        days,
        costs,
    }
}

/// What the month costs under each tier before and after so many more bytes are read.
fn money(month: &AppMonth, down: u64) -> (Value, String) {
    let so_far = month.egress.by_month_end.unwrap_or(month.egress.so_far);
    let more = |tier: &tieout_xero::limit::Tier| -> Option<(Decimal, Decimal)> {
        let (before, after) = (tier.cost(so_far)?, tier.cost(so_far.saturating_add(down))?);
        Some((after, after - before))
    };
    let tiers = TIERS.iter().map(|tier| {
        let costs = more(tier);
        json!({
            "tier": tier.name,
            "misfit": tier.misfit(&month.demand),
            "month": costs.map(|(month, _)| month.to_string()),
            "of_it_this_plan": costs.map(|(_, more)| more.to_string()),
        })
    });
    let fits = fitting_tier(&month.demand, so_far.saturating_add(down));
    let words = match fits.and_then(|tier| Some((tier, more(tier)?))) {
        Some((tier, (month, more))) => format!(
            "Money: {more} {TIERS_CURRENCY} of this month's {month}, under {}, the tier that this month's use fits.",
            tier.name
        ),
        None => "Money: no tier of a known price does for this month's use.".to_owned(),
    };
    (tiers.collect(), words)
}

impl Price {
    /// What it comes to on each connection, and the money: sentences.
    pub(crate) fn words(&self) -> Vec<String> {
        let of_connections = self.connections.iter();
        let of_connections = of_connections.filter(|(_, part)| part.total.calls_max > 0);
        let told = of_connections.map(|(name, part)| {
            format!(
                "Cost on {name}: {}, {}; about {} up, {} down.",
                calls(part.total),
                part.time(),
                bytes(part.total.bytes_up),
                bytes(part.total.bytes_down)
            )
        });
        told.chain(self.money.iter().cloned()).collect()
    }

    /// Prints a line for each connection, and the money.
    pub(super) fn print(&self) {
        for (name, part) in &self.connections {
            if part.total.calls_max == 0 {
                continue;
            }
            say!(
                "Cost on {name}: {}, {}; about {} up, {} down.",
                calls(part.total),
                part.time(),
                bytes(part.total.bytes_up),
                bytes(part.total.bytes_down)
            );
            let by = part.costs.expenses.iter().map(|(expense, toll)| {
                format!("{} {}{}", expense.as_str(), range(*toll), remark(*expense))
            });
            say!("  {}", by.collect::<Vec<_>>().join(", "));
        }
        for words in &self.money {
            say!("{words}");
        }
    }
}

impl Part {
    fn time(&self) -> String {
        match (self.minutes, self.days) {
            (Some(0 | 1), _) => "within a minute".to_owned(),
            (Some(minutes), _) => format!("about {minutes} minutes"),
            (None, Some(days)) => format!(
                "on about {days} days, since today has {} left for documents",
                self.calls_left_today
            ),
            (None, None) => "and no day has a call for it".to_owned(),
        }
    }
}

fn calls(toll: Toll) -> String {
    let word = if toll.calls_max == 1 { "call" } else { "calls" };
    format!("{} {word}", range(toll))
}

fn range(toll: Toll) -> String {
    match toll.calls_min == toll.calls_max {
        true => toll.calls_max.to_string(),
        false => format!("{} to {}", toll.calls_min, toll.calls_max),
    }
}

fn remark(expense: Expense) -> &'static str {
    match expense {
        Expense::Checks => " (only by `sync --plan`)",
        Expense::Chart
        | Expense::Contacts
        | Expense::Options
        | Expense::LookUps
        | Expense::Documents
        | Expense::Payments
        | Expense::Papers => "",
    }
}
