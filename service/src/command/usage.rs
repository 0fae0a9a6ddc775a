//! `tieout usage`: what was spent of Xero's budget, by whom and on what, and what the month comes to; from the store alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use comfy_table::CellAlignment;
use serde_json::{Value, json};
use tieout_core::document::ConnectionId;
use tieout_xero::config::XeroConfig;
use tieout_xero::limit::{
    AppMonth, Counter, Errand, Errands, Forecast, Misfit, Spending, TIERS, TIERS_CURRENCY,
    TIERS_SINCE, TIERS_SOURCE, Tier, counted_organisations, fitting_tier, sum,
};

use crate::cli::{Cli, UsageArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, bytes, say};

/// Everything that is shown.
pub(crate) struct Usage {
    /// When it was read.
    pub(crate) now: DateTime<Utc>,
    /// Each connected organisation.
    pub(crate) organisations: Vec<OrganisationUsage>,
    /// Each app, over all its organisations.
    pub(crate) apps: Vec<AppUsage>,
    /// Organisations that were called once and have no connection any more.
    pub(crate) gone: Vec<(String, Spending)>,
}

/// One connected organisation.
pub(crate) struct OrganisationUsage {
    /// Its connection.
    pub(crate) connection: ConnectionId,
    /// Its name.
    pub(crate) name: String,
    /// The app through which it is called.
    pub(crate) client_id: String,
    /// Calls of a day that the configuration assumes until Xero's replies show another number.
    pub(crate) assumed_per_day: u32,
    /// What was spent and what is left.
    pub(crate) spending: Spending,
}

/// One app, over all its organisations.
pub(crate) struct AppUsage {
    /// Its client id.
    pub(crate) client_id: String,
    /// What its month comes to.
    pub(crate) month: AppMonth,
}

/// Prints what was spent.
pub(super) async fn run(cli: &Cli, args: &UsageArgs, office: &Office) -> Result<Exit, Failure> {
    let usage = read(office).await?;
    let only = super::named_connection(office, args.connection.as_deref())?;
    let usage = match &only {
        Some(name) => usage.of(name),
        None => usage,
    };
    if cli.json {
        output::json(&as_json(&usage));
    } else {
        print(&usage);
    }
    Ok(Exit::Done)
}

impl Usage {
    /// The same of one connection and its app. The month of the app stays that of all its organisations: that is what is paid for.
    fn of(mut self, connection: &ConnectionId) -> Self {
        self.organisations.retain(|of| of.connection == *connection);
        let apps: BTreeSet<&str> = self
            .organisations
            .iter()
            .map(|of| of.client_id.as_str())
            .collect();
        self.apps
            .retain(|app| apps.contains(app.client_id.as_str()));
        self.gone.clear();
        self
    }
}

/// Reads the store, in which this process writes down first what it has spent; nothing is asked of Xero.
pub(crate) async fn read(office: &Office) -> Result<Usage, Failure> {
    office.note_down_calls().await;
    let now = office.clock.now();
    let store = office.store.as_ref();
    let config = &office.loaded.config;
    let mut left = counted_organisations(store).await?;
    let mut organisations = Vec::new();
    for (name, connection) in &config.connections {
        let (Some(record), Some(app)) = (
            office.apps.connections.read(name).await?,
            config.app(connection),
        ) else {
            continue;
        };
        let tenant = record.tenant_id.to_string();
        left.remove(&tenant);
        organisations.push(OrganisationUsage {
            connection: name.clone(),
            name: record.tenant_name,
            client_id: app.client_id.clone(),
            assumed_per_day: app.limits.calls_per_day,
            spending: Spending::read(store, &tenant, &app.limits, now).await?,
        });
    }
    let mut gone = Vec::new();
    if let Some(common) = &config.xero {
        for tenant in left {
            let spending = Spending::read(store, &tenant, &common.limits, now).await?;
            gone.push((tenant, spending));
        }
    }
    let apps = apps(&organisations, &gone, config.xero.as_ref(), now);
    Ok(Usage {
        now,
        organisations,
        apps,
        gone,
    })
}

/// The month of each app. What is connected no more counts for the common app, since nobody knows better.
fn apps(
    organisations: &[OrganisationUsage],
    gone: &[(String, Spending)],
    common: Option<&XeroConfig>,
    now: DateTime<Utc>,
) -> Vec<AppUsage> {
    let common = common.map(|app| app.client_id.as_str());
    let known = organisations.iter().map(|of| of.client_id.as_str());
    let known: BTreeSet<&str> = known.chain(common.filter(|_| !gone.is_empty())).collect();
    let app = |client_id: &str| {
        let ours = organisations.iter().filter(|of| of.client_id == client_id);
        let theirs = gone.iter().filter(|_| common == Some(client_id));
        let connections = u32::try_from(ours.clone().count()).unwrap_or(u32::MAX);
        let spendings = ours.map(|of| &of.spending);
        let spendings = spendings.chain(theirs.map(|(_, spending)| spending));
        AppUsage {
            client_id: client_id.to_owned(),
            month: AppMonth::of(&spendings, connections, now),
        }
    };
    known.into_iter().map(app).collect()
}

fn as_json(usage: &Usage) -> Value {
    let organisations: BTreeMap<&str, Value> = usage
        .organisations
        .iter()
        .map(|of| {
            let spending = json!(of.spending);
            let value = json!({
                "organisation": of.name,
                "app": of.client_id,
                "calls_per_day_configured": of.assumed_per_day,
                "spending": spending,
            });
            (of.connection.as_str(), value)
        })
        .collect();
    let apps: Vec<Value> = usage
        .apps
        .iter()
        .map(|app| {
            let read = app.month.egress;
            let bytes = read.by_month_end.unwrap_or(read.so_far);
            let tiers = TIERS.iter().map(|tier| tier_json(tier, &app.month));
            json!({
                "app": app.client_id,
                "month": app.month,
                "fits": fitting_tier(&app.month.demand, bytes).map(|tier| tier.name),
                "tiers": tiers.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "as_of": usage.now,
        "organisations": organisations,
        "apps": apps,
        "prices": { "source": TIERS_SOURCE, "since": TIERS_SINCE, "currency": TIERS_CURRENCY },
    })
}

fn tier_json(tier: &Tier, month: &AppMonth) -> Value {
    let cost = |bytes: Option<u64>| Some(tier.cost(bytes?)?.to_string());
    let (all, fewer) = (month.egress, month.egress_without_echoes);
    json!({
        "tier": tier,
        "fee": tier.fee().map(|fee| fee.to_string()),
        "misfit": tier.misfit(&month.demand),
        "cost_so_far": cost(Some(all.so_far)),
        "cost_so_far_without_echoes": cost(Some(fewer.so_far)),
        "cost_by_month_end": cost(all.by_month_end),
        "cost_by_month_end_without_echoes": cost(fewer.by_month_end),
    })
}

fn print(usage: &Usage) {
    for of in &usage.organisations {
        print_organisation(of, usage.now);
    }
    if usage.organisations.is_empty() {
        say!("No organisation is connected: run `tieout connect`.");
    }
    for (tenant, spending) in &usage.gone {
        let total = total(&spending.month);
        say!(
            "The organisation {tenant} has no connection any more: {} calls, {} down this month.\n",
            total.calls,
            bytes(total.bytes_received)
        );
    }
    for app in &usage.apps {
        print_app(app, usage.now);
    }
}

fn print_organisation(of: &OrganisationUsage, now: DateTime<Utc>) {
    let spending = &of.spending;
    say!(
        "{}{}{:#} ({})",
        output::bold(),
        output::short(&of.name),
        output::bold(),
        of.connection
    );
    let anew = match (spending.begins_anew_at, spending.begins_anew_by) {
        (Some(at), _) => format!("the day's budget begins anew at {}", moment(at)),
        (None, Some(by)) => format!(
            "the day's budget begins anew by {}; Xero has not shown the hour yet",
            moment(by)
        ),
        (None, None) => "never called yet".to_owned(),
    };
    say!(
        "  {} of {} calls left today; {anew}",
        spending.calls_left_today,
        spending.calls_per_day
    );
    if spending.calls_per_day != of.assumed_per_day {
        say!(
            "  Xero's replies show {} calls a day; the {} of `calls_per_day` counted until the first of them.",
            spending.calls_per_day,
            of.assumed_per_day
        );
    }
    say!(
        "  {} of {} calls this minute, {} in the last hour{}",
        spending.calls_this_minute,
        spending.calls_per_minute,
        spending.calls_last_hour,
        at_this_rate(spending)
    );
    print_errands(spending, now);
}

/// When the day runs out at the rate of the last hour: what follows a count of calls.
pub(crate) fn at_this_rate(spending: &Spending) -> String {
    match spending.runs_out_at {
        _ if spending.calls_left_today == 0 => ": nothing is left today".to_owned(),
        Some(at) => format!(": at this rate nothing is left at {}", moment(at)),
        None if spending.calls_last_hour == 0 => String::new(),
        None => ": at this rate the day's budget lasts".to_owned(),
    }
}

fn print_errands(spending: &Spending, now: DateTime<Utc>) {
    let mut table = output::table(&["", "calls", "up", "down", "calls", "up", "down"]);
    table.set_header([
        "",
        "today",
        "up",
        "down",
        &now.format("%B").to_string(),
        "up",
        "down",
    ]);
    let row = |name: &str, today: Counter, month: Counter| {
        let mut cells = vec![format!("  {name}")];
        for counter in [today, month] {
            cells.push(counter.calls.to_string());
            cells.push(bytes(counter.bytes_sent));
            cells.push(bytes(counter.bytes_received));
        }
        cells
    };
    let of = |errands: &Errands, errand| errands.get(&errand).copied().unwrap_or_default();
    for errand in Errand::ALL {
        if spending.month.contains_key(&errand) {
            let (today, month) = (of(&spending.today, errand), of(&spending.month, errand));
            table.add_row(row(errand.as_str(), today, month));
        }
    }
    table.add_row(row("all", total(&spending.today), total(&spending.month)));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say!("{table}");
    let refused = total(&spending.month).throttled;
    if refused > 0 {
        say!("  {refused} calls were refused for a limit this month");
    }
    match spending.counted_since {
        Some(day) => say!("  Days are those of UTC; counted since {day}.\n"),
        None => say!(""),
    }
}

fn print_app(app: &AppUsage, now: DateTime<Utc>) {
    let AppMonth {
        demand,
        egress,
        egress_without_echoes: fewer,
    } = app.month;
    say!(
        "{}The app {}{:#}: {} connected, {} in {}",
        output::bold(),
        output::short(&app.client_id),
        output::bold(),
        demand.connections,
        bytes(egress.so_far),
        now.format("%B %Y")
    );
    say!(
        "  read so far      {}; {} without the replies to writes",
        bytes(egress.so_far),
        bytes(fewer.so_far)
    );
    say!("  by month's end   {}", heading(egress, fewer));
    print_tiers(&app.month);
    let needed = egress.by_month_end.unwrap_or(egress.so_far);
    match fitting_tier(&demand, needed) {
        Some(tier) => say!("  {} does for this month's use.", tier.name),
        None => say!(
            "  {} no tier allows {} calls a day on one organisation.",
            output::bad(),
            demand.busiest_day_calls
        ),
    }
    say!(
        "  Prices in {TIERS_CURRENCY} without tax, from {TIERS_SINCE} ({TIERS_SOURCE}). The Organisation endpoint is free and
  not counted; whether Xero bills the replies to writes is not documented, so the costs count them."
    );
}

fn heading(egress: Forecast, fewer: Forecast) -> String {
    match (egress.by_month_end, fewer.by_month_end) {
        (Some(all), Some(fewer)) => format!(
            "{}; {} without: the rest of the month like the last {} whole days",
            bytes(all),
            bytes(fewer),
            egress.whole_days
        ),
        (_, _) => format!(
            "too little data: {} whole days were counted, two are needed",
            egress.whole_days
        ),
    }
}

fn print_tiers(month: &AppMonth) {
    let mut table = output::table(&[]);
    table.set_header([
        "  tier",
        "connections",
        "calls a day",
        "included",
        "so far",
        "by month's end",
        "",
    ]);
    for tier in &TIERS {
        let cost = |bytes: Option<u64>| {
            let cost = bytes.and_then(|bytes| tier.cost(bytes));
            cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string())
        };
        let included = match (tier.included_gb, tier.fee_cents) {
            (Some(gigabytes), _) => format!("{gigabytes} GB"),
            (None, Some(_)) => "not charged".to_owned(),
            (None, None) => "agreed".to_owned(),
        };
        let connections = tier.connections_max.map(|most| most.to_string());
        let why = match tier.misfit(&month.demand) {
            Some(Misfit::Connections) => "too few connections".to_owned(),
            Some(Misfit::Calls) => "too few calls a day".to_owned(),
            None => format!("needs {}", tier.needs),
        };
        table.add_row([
            format!("  {}", tier.name),
            connections.unwrap_or_else(|| "any".to_owned()),
            tier.calls_per_day.to_string(),
            included,
            cost(Some(month.egress.so_far)),
            cost(month.egress.by_month_end),
            why,
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(5) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say!("{table}");
}

/// What all errands come to.
pub(crate) fn total(errands: &Errands) -> Counter {
    let one = sum(std::iter::once(errands));
    one.values()
        .fold(Counter::default(), |so_far, counter| so_far.plus(*counter))
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
