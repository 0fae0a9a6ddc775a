//! How the records of a host become bindings: routed, compared with what is known, planned where possible.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::cursor::{HostCursor, record};
use super::site::{HostSite, World};
use super::{DriverError, backoff};
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Document, DocumentKey};
use crate::engine::{
    Binding, BindingKey, Decision, Entry, Event, HostChange, State, Step, Wanted, host_changed, planned,
};
use crate::host::{HostPage, Record};
use crate::settings::RouteMiss;
use crate::store::{ChangeSet, Find, StoreError};

/// What one page of a host brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Records in it.
    pub records: usize,
    /// Whether another page waits now.
    pub more: bool,
}

/// Conflicts in a row before the page comes again later.
const CONFLICTS_MAX: usize = 8;

impl World {
    /// Takes one page of a host: stores it whole, then tells the host that it is stored.
    ///
    /// A crash at any point means that the same page comes again, which changes nothing twice.
    pub async fn take_page(&self, site: &HostSite) -> Result<Taken, DriverError> {
        let cursor = HostCursor::read(self.store.as_ref(), &site.id).await?;
        if let Some(position) = cursor.position.as_deref().filter(|_| !cursor.acknowledged) {
            self.acknowledge(site, position).await?;
        }
        let asked_at = self.clock.now();
        let page = site.host.changes(cursor.position.as_deref(), self.limits.intake_records_max).await?;
        let taken = Taken { records: page.records.len(), more: page.more };
        let complete_as_of = if page.more { cursor.complete_as_of } else { Some(asked_at) };
        let moved_on = page.position != cursor.position;
        let next = HostCursor {
            position: page.position.clone(),
            acknowledged: !moved_on,
            complete_as_of,
        };
        if moved_on || !page.records.is_empty() {
            self.store_page(site, &page, &next).await?;
        }
        if moved_on && let Some(position) = &page.position {
            self.acknowledge(site, position).await?;
        }
        self.progress.records(taken.records);
        Ok(taken)
    }

    async fn acknowledge(&self, site: &HostSite, position: &str) -> Result<(), DriverError> {
        site.host.acknowledge(position).await?;
        let mut cursor = HostCursor::read(self.store.as_ref(), &site.id).await?;
        if cursor.position.as_deref() == Some(position) && !cursor.acknowledged {
            cursor.acknowledged = true;
            let records = vec![record(HostCursor::key(&site.id), &cursor)];
            self.store.commit(ChangeSet { records, ..ChangeSet::default() }).await?;
        }
        Ok(())
    }

    async fn store_page(&self, site: &HostSite, page: &HostPage, cursor: &HostCursor) -> Result<(), DriverError> {
        let mut conflicts = 0;
        loop {
            let mut draft = Draft { at: self.clock.now(), ..Draft::default() };
            for record in &page.records {
                self.take_record(site, record, &mut draft).await?;
            }
            let touched: Vec<BindingKey> = draft.bindings.keys().cloned().collect();
            let happened = draft.journal.clone();
            let changes = draft.into_changes(record(HostCursor::key(&site.id), cursor));
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.count(&happened);
                    self.wake(&touched);
                    return Ok(());
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn take_record(&self, site: &HostSite, record: &Record, draft: &mut Draft) -> Result<(), DriverError> {
        match record {
            Record::Document(document) => self.take_document(site, document, draft).await,
            Record::Removed { kind, id, revision } => {
                let key = DocumentKey { host: site.id.clone(), kind: *kind, id: id.clone() };
                for known in self.known(&key, draft).await? {
                    let change = HostChange::removed(&known, *revision);
                    let policy = self.policy(&known.key);
                    draft.step(host_changed(&known.key, Some(&known), &change, policy, draft.at));
                }
                Ok(())
            }
            Record::Unreadable { place, field, message } => {
                draft.refuse(place, field, message);
                Ok(())
            }
        }
    }

    async fn take_document(&self, site: &HostSite, document: &Document, draft: &mut Draft) -> Result<(), DriverError> {
        let key = DocumentKey { host: site.id.clone(), kind: document.kind(), id: document.id().clone() };
        let known = self.known(&key, draft).await?;
        // A document that a provider holds or may hold stays with its connection.
        let bound = known.iter().find(|binding| is_bound(binding)).map(|binding| binding.key.connection.clone());
        let (connection, miss) = match (bound, self.routes.connection(&site.id, document)) {
            (Some(connection), _) => (connection, None),
            (None, Ok(connection)) => (connection.clone(), None),
            (None, Err(miss)) => (ConnectionId::unrouted(), Some(miss)),
        };
        let left_behind = known.iter().find(|binding| binding.key.connection == ConnectionId::unrouted());
        if let Some(left_behind) = left_behind.filter(|_| miss.is_none()) {
            draft.step(leave(left_behind, &connection, draft.at));
        }
        let key = BindingKey { document: key, connection };
        let known = known.iter().find(|binding| binding.key == key);
        let (policy, at) = (self.policy(&key), draft.at);
        let Some(step) = host_changed(&key, known, &HostChange::of(document), policy, at) else { return Ok(()) };
        let next = match miss {
            // What nobody claims and the host let go is nobody's business.
            Some(_) if step.binding.wanted == Wanted::Gone => planned(&step.binding, &Decision::Gone, policy, at),
            Some(miss) => Some(unrouted(&step.binding, &miss, at).telling(policy, at)),
            None => self
                .plan_at_hand(&step.binding, document, at)
                .and_then(|decision| planned(&step.binding, &decision, policy, at)),
        };
        draft.step(Some(step));
        draft.step(next);
        draft.documents.insert(key.document, document.clone());
        Ok(())
    }

    /// The bindings of a document: from this page if it was in it before, else from the store.
    async fn known(&self, key: &DocumentKey, draft: &Draft) -> Result<Vec<Binding>, DriverError> {
        let keys = self.store.find(&Find::Document(key.clone())).await?;
        let stored = self.store.bindings(&keys).await?.into_iter().flatten();
        let mut known: BTreeMap<BindingKey, Binding> =
            stored.map(|binding| (binding.key.clone(), binding)).collect();
        let drafted = draft.bindings.iter().filter(|(drafted, _)| drafted.document == *key);
        known.extend(drafted.map(|(key, binding)| (key.clone(), binding.clone())));
        Ok(known.into_values().collect())
    }
}

/// Whether a provider holds the document or may hold it.
fn is_bound(binding: &Binding) -> bool {
    let in_the_air = matches!(binding.state, State::InFlight(_) | State::Unsure { .. });
    in_the_air || binding.posted.as_ref().is_some_and(|posted| posted.status.is_live())
}

/// The step that holds a document which no route claims.
pub(super) fn unrouted(binding: &Binding, miss: &RouteMiss, at: DateTime<Utc>) -> Step {
    let division = miss.division.as_deref().unwrap_or_default();
    let company = miss.company.as_ref().map(ToString::to_string).unwrap_or_else(|| "none".to_owned());
    let finding = Finding::new(
        Rule::Unrouted,
        format!("no route claims the document (company {company}, currency {})", miss.currency),
        "Add a [[routes]] entry that fits it.",
    )
    .at("business_division", division);
    let mut held = binding.clone();
    held.state = State::Held { findings: vec![finding.clone()] };
    let entry = Entry {
        at,
        binding: Some(held.key.clone()),
        event: Event::Held { findings: vec![finding] },
        state: Some(held.state.name().to_owned()),
    };
    Step { binding: held, entry }
}

/// The step by which a document that no route claimed goes to the connection that claims it now.
pub(super) fn leave(binding: &Binding, connection: &ConnectionId, at: DateTime<Utc>) -> Option<Step> {
    if binding.state == State::Detached {
        return None;
    }
    let mut left = binding.clone();
    left.state = State::Detached;
    left.deliver_at = None;
    left.changed_at = at;
    let entry = Entry {
        at,
        binding: Some(left.key.clone()),
        event: Event::Planned { op: None, why: format!("routed to {connection}") },
        state: Some(left.state.name().to_owned()),
    };
    Some(Step { binding: left, entry })
}

/// What a page comes to before it is committed.
#[derive(Default)]
struct Draft {
    at: DateTime<Utc>,
    bindings: BTreeMap<BindingKey, Binding>,
    documents: BTreeMap<DocumentKey, Document>,
    journal: Vec<Entry>,
}

impl Draft {
    fn step(&mut self, step: Option<Step>) {
        if let Some(step) = step {
            self.journal.push(step.entry);
            self.bindings.insert(step.binding.key.clone(), step.binding);
        }
    }

    fn refuse(&mut self, place: &str, field: &str, message: &str) {
        let finding = Finding::new(
            Rule::RecordUnreadable,
            format!("{place}: {message}"),
            "Correct the record in the host and hand it over again.",
        );
        let finding = finding.at(field, place);
        self.journal.push(Entry { at: self.at, binding: None, event: Event::RecordUnreadable { finding }, state: None });
    }

    fn into_changes(self, cursor: (crate::store::RecordKey, Option<Vec<u8>>)) -> ChangeSet {
        ChangeSet {
            bindings: self.bindings.into_values().collect(),
            documents: self.documents.into_iter().collect(),
            journal: self.journal,
            records: vec![cursor],
            ..ChangeSet::default()
        }
    }
}

/// When to look at a host again.
pub(super) fn next_look(world: &World) -> DateTime<Utc> {
    backoff::after(world.clock.now(), world.limits.host_poll)
}
