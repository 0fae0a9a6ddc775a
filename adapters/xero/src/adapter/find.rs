//! How documents that were never sent are looked for: by number, and among what stands with their parties near their days.

use chrono::{Datelike, Days, NaiveDate};
use tieout_core::document::DocumentKind;
use tieout_core::provider::{Candidate, FindCost, ProviderError, Snapshot, Sought, candidates};

use super::read::Asked;
use crate::capability::CAPABILITY;
use crate::client::{Call, Client, chunks};
use crate::wire::Resource;

/// Days around its own on which a document is looked for by link and by reference: a connector that dated it
/// in another zone, or on the next working day.
const DAYS_AROUND: u64 = 3;

/// Days between two documents beyond which their lists are asked for apart.
const DAYS_BETWEEN_MAX: i64 = 31;

/// Statuses of documents that count or may come to count.
const LIVE: &str = "DRAFT,SUBMITTED,AUTHORISED,PAID";

/// The live documents that may be those that are looked for.
///
/// Invoices and bills: one call for every forty numbers, and one list of the parties for each run of days; their
/// conditions stand on fields that Xero filters by whatever the number of rows. Credit notes and purchase orders:
/// one list for each run of days, then each number that it does not show alone. Lists come a thousand documents
/// to a call.
pub(super) async fn find(
    client: &Client,
    kind: DocumentKind,
    sought: &[Sought],
) -> Result<Vec<Vec<Candidate>>, ProviderError> {
    let asked = Asked::looking(client, kind);
    let mut held: Vec<Snapshot> = Vec::new();
    for call in near(&asked, sought) {
        add(&mut held, asked.snapshots(&asked.every(&call).await?)?);
    }
    if asked.resource.is_asked_by_list {
        let numbers = numbers(sought);
        add(
            &mut held,
            asked.snapshots(&asked.by_numbers(&numbers).await?)?,
        );
        return Ok(candidates(sought, &held));
    }
    let met = candidates(sought, &held);
    let unmet: Vec<Sought> = sought
        .iter()
        .zip(met)
        .filter(|(_, met)| met.is_empty())
        .map(|(one, _)| one.clone())
        .collect();
    // A number that cannot be asked for alone is found out about when it is sent: these numbers are unique.
    for call in numbers(&unmet).iter().filter_map(|one| asked.number(one)) {
        add(&mut held, asked.snapshots(&asked.one(&call).await?)?);
    }
    Ok(candidates(sought, &held))
}

/// What [`find`] costs.
pub(super) fn cost(kind: DocumentKind, sought: &[Sought]) -> FindCost {
    let resource = Resource::of(kind);
    let numbers = numbers(sought);
    let lists = runs(sought).len();
    if resource.is_asked_by_list {
        let plain: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let parties = parties(sought);
        let lists = lists * party_lists(&parties).len();
        return FindCost::of(lists + chunks(&plain, CAPABILITY.look_up_max).len());
    }
    FindCost {
        calls_min: lists,
        calls_usual_max: lists + numbers.len(),
    }
}

/// The calls that list what stands near the days of the documents, in the order of identifiers: in the usual one,
/// that of the last change, a document that changes while pages are read would move another one past us.
fn near(asked: &Asked<'_>, sought: &[Sought]) -> Vec<Call> {
    let resource = asked.resource;
    let order = format!("{} ASC", resource.id_field);
    let parties = parties(sought);
    let mut calls = Vec::new();
    for (first, last) in runs(sought) {
        let list = asked.list().with("order", order.clone());
        let Some(of_type) = resource.r#type else {
            let list = list.with("DateFrom", first.to_string());
            calls.push(list.with("DateTo", last.to_string()));
            continue;
        };
        let condition = format!(
            r#"Type=="{of_type}" AND Date>={} AND Date<={}"#,
            literal(first),
            literal(last)
        );
        let list = list.with("where", condition);
        if !resource.is_asked_by_list {
            calls.push(list);
            continue;
        }
        for some in party_lists(&parties) {
            let list = list.clone().with("ContactIDs", some.join(","));
            calls.push(list.with("Statuses", LIVE));
        }
    }
    calls
}

/// The first and the last day of each list.
fn runs(sought: &[Sought]) -> Vec<(NaiveDate, NaiveDate)> {
    let around = Days::new(DAYS_AROUND);
    let mut days: Vec<NaiveDate> = sought.iter().map(|one| one.date).collect();
    days.sort_unstable();
    let mut runs: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        let (first, last) = (
            day.checked_sub_days(around).unwrap_or(day),
            day.checked_add_days(around).unwrap_or(day),
        );
        let joins = |end: NaiveDate| (first - end).num_days() <= DAYS_BETWEEN_MAX;
        match runs.last_mut() {
            Some((_, end)) if joins(*end) => *end = last,
            Some(_) | None => runs.push((first, last)),
        }
    }
    runs
}

/// The parties that exist at Xero, each once.
fn parties(sought: &[Sought]) -> Vec<&str> {
    let mut parties: Vec<&str> = sought
        .iter()
        .map(|one| one.contact.as_str())
        // One that is still to be made has no documents, and no identifier of Xero's.
        .filter(|id| is_identifier(id))
        .collect();
    parties.sort_unstable();
    parties.dedup();
    parties
}

fn party_lists<'a>(parties: &[&'a str]) -> Vec<Vec<&'a str>> {
    chunks(parties, CAPABILITY.look_up_max)
}

pub(super) fn is_identifier(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Every number once; case does not count.
fn numbers(sought: &[Sought]) -> Vec<String> {
    let mut numbers: Vec<String> = sought.iter().map(|one| one.number.clone()).collect();
    numbers.sort_unstable_by_key(|number| number.to_lowercase());
    numbers.dedup_by_key(|number| number.to_lowercase());
    numbers
}

pub(super) fn literal(day: NaiveDate) -> String {
    format!(
        "DateTime({}, {:02}, {:02})",
        day.year(),
        day.month(),
        day.day()
    )
}

/// Adds the documents that are not held yet.
fn add(held: &mut Vec<Snapshot>, more: Vec<Snapshot>) {
    for snapshot in more {
        if held.iter().all(|known| known.id != snapshot.id) {
            held.push(snapshot);
        }
    }
}
