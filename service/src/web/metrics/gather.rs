//! The figures: from counts that the store keeps, from what the provider's budget writes down, and from this process.

use std::path::Path;

use chrono::{DateTime, Utc};
use tieout_core::driver::{HostCursor, ProviderCursor};
use tieout_core::store::{Filter, Tallies};

use super::counts::Counts;
use super::text::{Family, Kind};
use crate::command::{OrganisationUsage, read_usage};
use crate::exit::Failure;
use crate::office::store_folder;
use crate::web::api::Problem;
use crate::web::front::Front;

/// All figures, as they are now. Nobody is asked, and no document is walked over.
pub(super) async fn gather(front: &Front, counts: &Counts) -> Result<Vec<Family>, Problem> {
    let store = front.store();
    let tallies = store.tallies().await?;
    let usage = read_usage(&front.office("metrics")).await?;
    let mut families = documents(&tallies);
    families.extend(findings(&tallies));
    families.extend(calls(&usage.organisations));
    families.push(ages(front).await?);
    families.push(store_bytes(front).await?);
    families.extend(http(counts));
    families.extend(process(front));
    Ok(families)
}

fn documents(tallies: &Tallies) -> Vec<Family> {
    let mut all = Family::new(
        Kind::Gauge,
        "tieout_documents",
        "Documents by connection, host, kind and state.",
    );
    let mut owed = Family::new(
        Kind::Gauge,
        "tieout_documents_owed",
        "Documents whose host is still to be told something.",
    );
    let mut old = Family::new(
        Kind::Gauge,
        "tieout_documents_old_left",
        "Old documents that wait for their turn.",
    );
    for (slot, tally) in &tallies.slots {
        let labels = [
            ("connection", slot.connection.as_str()),
            ("host", slot.host.as_str()),
            ("kind", slot.kind.as_str()),
            ("state", slot.state.as_str()),
        ];
        all.put(&labels, &tally.documents);
        owed.put(&labels, &tally.owed);
        old.put(&labels, &tally.old_left);
    }
    vec![all, owed, old]
}

fn findings(tallies: &Tallies) -> Vec<Family> {
    let mut findings = Family::new(
        Kind::Gauge,
        "tieout_findings",
        "Findings that need somebody, by kind.",
    );
    for (rule, sum) in tallies.sums_by_rule(&Filter::default()) {
        findings.put(&[("rule", rule.as_str())], &sum.findings);
    }
    let mut in_need = Family::new(
        Kind::Gauge,
        "tieout_documents_in_need",
        "Documents that need somebody.",
    );
    in_need.put(&[], &tallies.sum(&Filter::default()).in_need);
    vec![findings, in_need]
}

fn calls(organisations: &[OrganisationUsage]) -> Vec<Family> {
    let mut left = Family::new(
        Kind::Gauge,
        "tieout_calls_left_today",
        "Calls that the provider allows today beyond those made.",
    );
    let mut allowed = Family::new(
        Kind::Gauge,
        "tieout_calls_per_day",
        "Calls that the provider allows a day.",
    );
    let mut today = Family::new(
        Kind::Gauge,
        "tieout_calls_today",
        "Calls made today (UTC), by what for.",
    );
    let mut refused = Family::new(
        Kind::Gauge,
        "tieout_calls_throttled_today",
        "Calls refused today (UTC) for a limit, by what for.",
    );
    for of in organisations {
        let connection = of.connection.as_str();
        left.put(&[("connection", connection)], &of.spending.calls_left_today);
        allowed.put(&[("connection", connection)], &of.spending.calls_per_day);
        for (errand, counter) in &of.spending.today {
            let labels = [("connection", connection), ("errand", errand.as_str())];
            today.put(&labels, &counter.calls);
            refused.put(&labels, &counter.throttled);
        }
    }
    vec![left, allowed, today, refused]
}

/// How long ago everything was last known. What was never read is left out: nobody knows how old that is.
async fn ages(front: &Front) -> Result<Family, Problem> {
    let mut family = Family::new(
        Kind::Gauge,
        "tieout_complete_age_seconds",
        "Seconds since everything of a connection or a host was known.",
    );
    let (store, now) = (front.store(), front.now());
    let config = &front.shop.loaded().config;
    let age = |at: DateTime<Utc>| (now - at).num_seconds().max(0);
    for name in config.connections.keys() {
        let cursor = ProviderCursor::read(store.as_ref(), name).await?;
        if let Some(at) = cursor.complete_as_of {
            family.put(&[("site", "connection"), ("name", name.as_str())], &age(at));
        }
    }
    for name in config.hosts.keys() {
        let cursor = HostCursor::read(store.as_ref(), name).await?;
        if let Some(at) = cursor.complete_as_of {
            family.put(&[("site", "host"), ("name", name.as_str())], &age(at));
        }
    }
    Ok(family)
}

async fn store_bytes(front: &Front) -> Result<Family, Problem> {
    let folder = store_folder(front.shop.loaded());
    let bytes = tokio::task::spawn_blocking(move || size(&folder)).await;
    let mut family = Family::new(
        Kind::Gauge,
        "tieout_store_bytes",
        "Bytes of the store on the disk.",
    );
    family.put(&[], &bytes.map_err(|error| Failure::of(&error))?);
    Ok(family)
}

/// The bytes of the files in a folder. One that goes away meanwhile counts nothing.
fn size(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        bytes += match entry.metadata() {
            Ok(of) if of.is_dir() => size(&entry.path()),
            Ok(of) => of.len(),
            Err(_) => 0,
        };
    }
    bytes
}

fn http(counts: &Counts) -> Vec<Family> {
    let mut requests = Family::new(
        Kind::Counter,
        "tieout_http_requests_total",
        "Requests answered, by address and status.",
    );
    let mut took = Family::new(
        Kind::Counter,
        "tieout_http_request_duration_seconds_total",
        "Time that answering them took.",
    );
    for ((method, path, status), count) in counts.all() {
        let status = status.to_string();
        let labels = [
            ("method", method.as_str()),
            ("route", path.as_str()),
            ("status", status.as_str()),
        ];
        requests.put(&labels, &count.requests);
        let micros = count.took.as_micros();
        let seconds = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        took.put(&labels, &seconds);
    }
    vec![requests, took]
}

fn process(front: &Front) -> Vec<Family> {
    let counts = front.shop.staff().world.progress.counts();
    let mut done = Family::new(
        Kind::Counter,
        "tieout_work_total",
        "What was done since the process began, or began anew.",
    );
    let all = [
        ("records_read", counts.records),
        ("records_unreadable", counts.unreadable),
        ("requests", counts.requests),
        ("posted", counts.posted),
        ("voided", counts.voided),
        ("held", counts.held),
        ("refused", counts.refused),
        ("in_doubt", counts.doubts),
        ("changes_read", counts.changes),
        ("delivered", counts.delivered),
    ];
    for (what, count) in all {
        done.put(&[("what", what)], &count);
    }
    let mut started = Family::new(
        Kind::Gauge,
        "process_start_time_seconds",
        "When the process began, or began anew, in seconds since 1970.",
    );
    started.put(&[], &front.began_at.timestamp());
    let mut build = Family::new(Kind::Gauge, "tieout_info", "The version of the program.");
    build.put(&[("version", env!("CARGO_PKG_VERSION"))], &1);
    vec![done, started, build]
}
