//! `tieout backfill`: how far old documents are and how long they take; `pause` and `resume` let them rest and go on.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tieout_core::document::ConnectionId;
use tieout_core::driver::{BackfillPause, BackfillStanding, backfill_standing};
use tieout_xero::capability::CAPABILITY;
use tieout_xero::limit::{Errand, Purpose, Spending};

use super::named_connection;
use crate::cli::{BackfillAction, BackfillArgs, Cli};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// How long old documents take from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// Calls that they may take of what is left today.
    pub(crate) calls_today: u64,
    /// Calls that they may take on a later day.
    pub(crate) calls_a_day: u64,
    /// Documents that a call carried so far, or that one can carry.
    pub(crate) documents_a_call: u64,
    /// How long it takes, if they ever get a call.
    pub(crate) left: Option<TimeDelta>,
}

/// Shows where old documents stand, or lets them rest or go on.
pub(super) async fn run(cli: &Cli, args: &BackfillArgs, office: &Office) -> Result<Exit, Failure> {
    let only = named_connection(office, args.connection.as_deref())?;
    let names: Vec<ConnectionId> = office
        .loaded
        .config
        .connections
        .keys()
        .filter(|name| only.as_ref().is_none_or(|only| only == *name))
        .cloned()
        .collect();
    match args.action {
        None => show(cli, office, &names).await,
        Some(action) => act(cli, office, &names, action).await,
    }
}

async fn act(
    cli: &Cli,
    office: &Office,
    names: &[ConnectionId],
    action: BackfillAction,
) -> Result<Exit, Failure> {
    let by = office.by.clone();
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let mut changed = BTreeMap::new();
    for name in names {
        let is_news = match action {
            BackfillAction::Pause => BackfillPause::begin(store, name, &by, now).await?,
            BackfillAction::Resume => BackfillPause::end(store, name, &by, now).await?,
        };
        changed.insert(name.as_str(), is_news);
    }
    if cli.json {
        output::json(&json!({ "changed": changed }));
        return Ok(Exit::Done);
    }
    for (name, is_news) in changed {
        match (action, is_news) {
            (BackfillAction::Pause, true) => {
                say!(
                    "{name}: old documents rest now. What is in the air lands; `tieout backfill resume` lets them go on."
                );
            }
            (BackfillAction::Pause, false) => say!("{name}: old documents rested already."),
            (BackfillAction::Resume, true) => say!("{name}: old documents go on."),
            (BackfillAction::Resume, false) => say!("{name}: old documents were not paused."),
        }
    }
    Ok(Exit::Done)
}

async fn show(cli: &Cli, office: &Office, names: &[ConnectionId]) -> Result<Exit, Failure> {
    let now = office.clock.now();
    let store = office.store.as_ref();
    let mut standing = backfill_standing(store, names.iter(), now).await?;
    standing.retain(|name, _| names.contains(name));
    let mut told: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, of) in &standing {
        let outlook = outlook(office, name, of, now).await?;
        if cli.json {
            let left_s = outlook.left.map(|left| left.num_seconds());
            let value = json!({
                "standing": of,
                "calls_today": outlook.calls_today,
                "calls_a_day": outlook.calls_a_day,
                "documents_a_call": outlook.documents_a_call,
                "left_s": left_s,
            });
            told.insert(name.as_str(), value);
        } else {
            print(name, of, &outlook, now);
        }
    }
    if cli.json {
        output::json(&json!({ "connections": told }));
    } else if standing.is_empty() {
        say!("There are no old documents.");
    }
    Ok(Exit::Done)
}

/// What the budget of a connection leaves to its old documents.
pub(crate) async fn outlook(
    office: &Office,
    name: &ConnectionId,
    of: &BackfillStanding,
    now: DateTime<Utc>,
) -> Result<Outlook, Failure> {
    let config = &office.loaded.config;
    let app = config
        .connections
        .get(name)
        .and_then(|connection| config.app(connection));
    let (Some(record), Some(app)) = (office.apps.connections.read(name).await?, app) else {
        return Ok(Outlook::default());
    };
    let tenant = record.tenant_id.to_string();
    let spending = Spending::read(office.store.as_ref(), &tenant, &app.limits, now).await?;
    Ok(expect(of, &spending, &app.limits, now))
}

fn expect(
    of: &BackfillStanding,
    spending: &Spending,
    limits: &tieout_xero::limit::LimitConfig,
    now: DateTime<Utc>,
) -> Outlook {
    let is_old = |errand: &Errand| *errand == Errand::Backfill;
    let days = spending.days.values();
    let by_old: u64 = days
        .clone()
        .flat_map(|day| &day.errands)
        .filter(|(errand, _)| is_old(errand))
        .map(|(_, counter)| counter.calls)
        .sum();
    let by_others: u64 = days.map(|day| day.calls()).sum::<u64>() - by_old;
    let counted_days = spending.counted_since.map_or(1, |since| {
        ((now.date_naive() - since).num_days() + 1)
            .max(1)
            .unsigned_abs()
    });
    let kept = limits
        .reserves
        .calls(Purpose::Backfill, spending.calls_per_day);
    // Whatever today's work takes on a usual day comes first, and takes it from above the reserve.
    let others = by_others / counted_days;
    let calls_a_day = u64::from(spending.calls_per_day - kept).saturating_sub(others);
    let batch = u64::try_from(CAPABILITY.batch_documents_max).unwrap_or(u64::MAX);
    let documents_a_call = match of.sent.checked_div(by_old) {
        Some(0) | None => batch,
        Some(documents) => documents.min(batch),
    };
    let calls_today = spending.left_for.get(&Purpose::Backfill).copied();
    let calls_today = u64::from(calls_today.unwrap_or_default());
    let calls = of.left.div_ceil(documents_a_call.max(1));
    let left = match calls.checked_sub(calls_today) {
        None | Some(0) => minutes(calls.div_ceil(u64::from(limits.calls_per_minute))),
        Some(_) if calls_a_day == 0 => None,
        Some(later) => {
            let whole_days = i64::try_from(later.div_ceil(calls_a_day)).ok();
            let first = spending
                .begins_anew_by
                .map_or(TimeDelta::days(1), |by| by - now);
            whole_days
                .and_then(|days| TimeDelta::try_days(days - 1))
                .and_then(|days| days.checked_add(&first))
        }
    };
    Outlook {
        calls_today,
        calls_a_day,
        documents_a_call,
        left,
    }
}

fn minutes(count: u64) -> Option<TimeDelta> {
    TimeDelta::try_minutes(i64::try_from(count).ok()?)
}

fn print(name: &ConnectionId, of: &BackfillStanding, outlook: &Outlook, now: DateTime<Utc>) {
    let all = of.left + of.sent + of.held;
    say!(
        "{name}: {} of {all} old documents sent, {} left, {} held",
        of.sent,
        of.left,
        of.held
    );
    if let Some(pause) = &of.pause {
        say!(
            "  {} They rest since {}, at the wish of {}; `tieout backfill resume` lets them go on.",
            output::bad(),
            moment(pause.at),
            output::short(&pause.by)
        );
    }
    if of.sent_last_day > 0 {
        say!(
            "  {} in the last hour, {} in the last day",
            of.sent_last_hour,
            of.sent_last_day
        );
    }
    if of.left == 0 || of.pause.is_some() {
        return;
    }
    let budget = format!(
        "{} calls are left for them today and about {} on a usual day, {} documents a call",
        outlook.calls_today, outlook.calls_a_day, outlook.documents_a_call
    );
    match outlook.left {
        Some(left) => say!(
            "  {budget}: done by about {}, in {}",
            moment(now + left),
            span(left)
        ),
        None => say!("  {budget}: today's work needs the whole budget"),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A time in its largest unit.
pub(crate) fn span(time: TimeDelta) -> String {
    match (time.num_days(), time.num_hours(), time.num_minutes()) {
        (0, 0, minutes) => format!("{} min", minutes.max(1)),
        (0, hours, _) => format!("{hours} h"),
        (days, _, _) => format!("{days} d"),
    }
}
