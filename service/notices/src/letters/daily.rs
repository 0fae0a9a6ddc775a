//! The mail of the day: every document that did not go because of an error, and every removal that failed.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use tieout_core::check::{Finding, Rule};
use tieout_core::document::HostId;
use tieout_core::driver::unread;
use tieout_core::engine::{Binding, BindingKey, State, Wanted};
use tieout_core::store::{Store, StoreError};
use url::Url;

use super::gathered::Newest;
use super::letter::{Letter, Line, Section, counted};
use super::rows::section;
use crate::facts::{ToldConnection, told_connections};
use crate::people::{About, Group, division};
use crate::tally::{LISTED_MAX, Row, note};

/// Bindings looked at in one step of the walk.
const STEP_MAX: usize = 500;

/// What did not go, of one group.
#[derive(Default)]
pub(super) struct Day {
    unsent: Newest,
    unremoved: Newest,
    unchanged: Newest,
    beside: Newest,
    retried: Newest,
}

/// Where a document belongs in the mail of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// It is not in the books, and should be.
    Unsent,
    /// It is in the books, and should not be.
    Unremoved,
    /// It is in the books, and not as the host has it.
    Unchanged,
    /// Something beside it is not in order.
    Beside,
    /// It goes on by itself, and failed so far.
    Retried,
}

/// The moment of the day that came last.
pub(super) fn moment(now: DateTime<Utc>, at: NaiveTime) -> DateTime<Utc> {
    let today = now.date_naive().and_time(at).and_utc();
    match now >= today {
        true => today,
        false => today - TimeDelta::days(1),
    }
}

/// What did not go, for each group, in one walk over everything and in bounded room.
pub(super) async fn walk(store: &dyn Store, groups: &[Group]) -> Result<Vec<Day>, StoreError> {
    let mut days: Vec<Day> = groups.iter().map(|_| Day::default()).collect();
    let needs_division = groups.iter().any(|group| group.only.needs_division());
    let mut after: Option<BindingKey> = None;
    loop {
        let some = store.scan(after.as_ref(), STEP_MAX).await?;
        let Some(last) = some.last() else {
            return Ok(days);
        };
        after = Some(last.key.clone());
        let failed: Vec<(Sort, &Binding)> = some
            .iter()
            .filter_map(|binding| Some((sort(binding)?, binding)))
            .collect();
        let documents = match needs_division {
            true => {
                let keys: Vec<_> = failed
                    .iter()
                    .map(|(_, binding)| binding.key.document.clone())
                    .collect();
                store.documents(&keys).await?
            }
            false => failed.iter().map(|_| None).collect(),
        };
        for ((sort, binding), document) in failed.into_iter().zip(documents) {
            let division = document.as_ref().and_then(division);
            let about = About::binding(&binding.key, division);
            for (day, group) in days.iter_mut().zip(groups) {
                if group.only.takes(about) {
                    day.add(sort, binding);
                }
            }
        }
    }
}

/// Where a document belongs; nowhere while all is well with it.
fn sort(binding: &Binding) -> Option<Sort> {
    let mut findings = binding.findings();
    let is_removal = |it: &Finding| matches!(it.rule, Rule::VoidRefused | Rule::UndoRefused);
    let unwanted = match binding.wanted {
        Wanted::Gone => true,
        Wanted::Draft | Wanted::Live | Wanted::Unknown => binding.undo.is_some(),
    };
    let attempts = match &binding.state {
        State::Held { .. } | State::Rejected { .. } => {
            return Some(match (binding.is_bound(), unwanted) {
                (true, true) => Sort::Unremoved,
                (true, false) if findings.any(is_removal) => Sort::Unremoved,
                (true, false) => Sort::Unchanged,
                (false, _) => Sort::Unsent,
            });
        }
        State::Waiting { attempts, .. }
        | State::Ready { attempts, .. }
        | State::Unsure { attempts, .. } => *attempts,
        State::Skipped { .. }
        | State::InFlight(_)
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => 0,
    };
    match (findings.next().is_some(), attempts) {
        (true, _) => Some(Sort::Beside),
        (false, 0) => None,
        (false, _) => Some(Sort::Retried),
    }
}

impl Day {
    fn add(&mut self, sort: Sort, binding: &Binding) {
        let finding = binding.findings().next();
        let row = Row {
            key: Some(binding.key.clone()),
            connection: None,
            number: binding.number.clone(),
            at: binding.changed_at,
            rule: finding.map(|it| it.rule.clone()),
            field: finding.map(|it| it.field.clone()).unwrap_or_default(),
            note: finding.map(|it| note(&it.message)).unwrap_or_default(),
            remedy: String::new(),
        };
        let place = match sort {
            Sort::Unsent => &mut self.unsent,
            Sort::Unremoved => &mut self.unremoved,
            Sort::Unchanged => &mut self.unchanged,
            Sort::Beside => &mut self.beside,
            Sort::Retried => &mut self.retried,
        };
        place.add(binding.changed_at, row);
    }
}

/// The mail of the day of a group; `None` when everything went and such a mail is not wanted.
pub(super) async fn daily(
    store: &dyn Store,
    group: &Group,
    day: Day,
    hosts: &[HostId],
    base: Option<&Url>,
    always: Always,
) -> Result<Option<Letter>, StoreError> {
    let mut sections = connections(store, group).await?;
    let (unsent, unremoved) = (day.unsent.tallied(), day.unremoved.tallied());
    let told = [
        counted(unsent.count, "document not sent", "documents not sent"),
        counted(unremoved.count, "removal failed", "removals failed"),
    ];
    for (title, tallied) in [
        ("Not sent because of an error", unsent),
        (
            "Not deleted or voided, though the host let it go",
            unremoved,
        ),
        (
            "Changed in the host, and not in the books",
            day.unchanged.tallied(),
        ),
        (
            "In the books, with something beside it not in order",
            day.beside.tallied(),
        ),
        (
            "Failed so far, and tried again by itself",
            day.retried.tallied(),
        ),
    ] {
        sections.extend(section(store, title, &tallied, base).await?);
    }
    sections.extend(unread_records(store, group, hosts).await?);
    if sections.is_empty() && always == Always::No {
        return Ok(None);
    }
    let opening = match sections.is_empty() {
        true => "Everything went: nothing is left behind.".to_owned(),
        false => "What did not go, as it stands now.".to_owned(),
    };
    Ok(Some(Letter {
        subject: format!("tieout, the day: {} ({})", told.join(", "), group.name),
        opening,
        sections,
        page: base.map(Url::to_string),
    }))
}

/// Whether there is a mail when there is nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Always {
    Yes,
    No,
}

/// Connections that somebody must allow anew: what belongs to them waits.
async fn connections(store: &dyn Store, group: &Group) -> Result<Vec<Section>, StoreError> {
    let mut lines = Vec::new();
    for (connection, told) in told_connections(store).await? {
        if !group.only.takes_connection(&connection) {
            continue;
        }
        if let ToldConnection {
            needs_consent: Some(needs),
            ..
        } = told
        {
            lines.push(Line {
                name: format!("connection {connection}"),
                told: vec![needs.message, needs.remedy],
                ..Line::default()
            });
        }
    }
    Ok(match lines.is_empty() {
        true => Vec::new(),
        false => vec![Section {
            title: format!("Organisations without access: {}", lines.len()),
            about: vec!["What belongs to them waits, and nothing of it is lost.".to_owned()],
            lines,
            more: 0,
        }],
    })
}

/// Records of hosts that nobody could read, of the hosts that a group is told about.
async fn unread_records(
    store: &dyn Store,
    group: &Group,
    hosts: &[HostId],
) -> Result<Option<Section>, StoreError> {
    let only = &group.only;
    if !only.connections.is_empty() || only.needs_division() {
        return Ok(None);
    }
    let known: BTreeSet<&HostId> = hosts.iter().collect();
    let (mut lines, mut count) = (Vec::new(), 0_u64);
    for host in known {
        if !only.hosts.is_empty() && !only.hosts.contains(host) {
            continue;
        }
        for one in unread(store, host).await? {
            count += 1;
            if lines.len() < LISTED_MAX {
                lines.push(Line {
                    name: note(&one.place),
                    of: format!("of {host}"),
                    told: vec![note(&one.message)],
                    ..Line::default()
                });
            }
        }
    }
    let listed = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    Ok((count > 0).then(|| Section {
        title: format!("Records of hosts that cannot be read: {count}"),
        about: Vec::new(),
        lines,
        more: count.saturating_sub(listed),
    }))
}
