//! How transitions become durable: read, decide, commit, and again if somebody was faster.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::tape::marks_of_bindings;
use super::{DriverError, World};
use crate::check::Rule;
use crate::document::{ConnectionId, HostId};
use crate::engine::{Binding, BindingKey, Entry, Event, Step};
use crate::exchange::{self, Tape};
use crate::store::{ChangeSet, StoreError};

/// Conflicts in a row before a turn gives up and comes again.
const CONFLICTS_MAX: usize = 8;

impl World {
    /// Applies a transition to some bindings and commits the outcome together with `base`.
    ///
    /// Transitions are pure, so a conflict is answered by reading and deciding again. `base` is
    /// committed even when no binding changes. Gives how many bindings changed.
    pub(super) async fn apply<C: Into<Change>>(
        &self,
        keys: &[BindingKey],
        base: ChangeSet,
        transition: impl Fn(&Binding) -> Option<C> + Send,
    ) -> Result<usize, DriverError> {
        let mut conflicts = 0;
        let tape = exchange::current();
        loop {
            let (mut changes, mut freed) = (base.clone(), Vec::new());
            for binding in self.store.bindings(keys).await?.into_iter().flatten() {
                if let Some(change) = transition(&binding) {
                    let change = change.into();
                    freed.extend(self.freed(&binding, &change.binding));
                    changes.bindings.push(change.binding);
                    changes.journal.extend(change.entry);
                }
            }
            let moved = changes.bindings.len();
            self.plan_freed(&freed, &mut changes).await?;
            let news = News::of(&changes);
            let calls = self.take_along(&tape, &mut changes);
            match self.store.commit(changes).await {
                Ok(()) => {
                    if let Some(tape) = &tape {
                        tape.taken(calls);
                    }
                    self.announce(&news);
                    return Ok(moved);
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Puts what was said to a provider into the change set that its outcome is in. Gives how many calls that is.
    fn take_along(&self, tape: &Option<Arc<Tape>>, changes: &mut ChangeSet) -> usize {
        let Some(tape) = tape else { return 0 };
        let changed = changes.bindings.iter().map(|it| it.key.clone());
        let changed: Vec<BindingKey> = changed.collect();
        let (records, calls) = tape.records(&changed, &marks_of_bindings(&changes.bindings));
        changes.records.extend(records);
        calls
    }

    /// Counts what was committed and wakes whoever has work by it.
    pub(super) fn announce(&self, news: &News) {
        let progress = &self.progress;
        progress.planned(news.planned);
        progress.held(news.held);
        progress.skipped(news.skipped);
        progress.refused(news.refused);
        progress.doubts(news.doubts);
        progress.unreadable(news.unreadable);
        progress.adopted(news.adopted);
        progress.ignored(news.ignored);
        for host in news.hosts.iter().filter_map(|id| self.hosts.get(id)) {
            host.owed.notify_one();
        }
        let connections = news.connections.iter();
        for connection in connections.filter_map(|id| self.connections.get(id)) {
            connection.work.notify_one();
        }
    }
}

/// A changed binding, with what the journal says of it if it is worth a line.
pub(super) struct Change {
    binding: Binding,
    entry: Option<Entry>,
}

impl From<Step> for Change {
    fn from(step: Step) -> Self {
        Self {
            binding: step.binding,
            entry: Some(step.entry),
        }
    }
}

impl From<Binding> for Change {
    fn from(binding: Binding) -> Self {
        Self {
            binding,
            entry: None,
        }
    }
}

/// What a change set means to those who wait, taken before the store swallows it.
#[derive(Debug, Default)]
pub(super) struct News {
    hosts: BTreeSet<HostId>,
    connections: BTreeSet<ConnectionId>,
    planned: usize,
    held: usize,
    skipped: usize,
    refused: usize,
    doubts: usize,
    unreadable: usize,
    adopted: usize,
    ignored: usize,
}

impl News {
    pub(super) fn of(changes: &ChangeSet) -> Self {
        let mut news = Self::default();
        for BindingKey {
            document,
            connection,
        } in changes.bindings.iter().map(|binding| &binding.key)
        {
            if !news.hosts.contains(&document.host) {
                news.hosts.insert(document.host.clone());
            }
            if !news.connections.contains(connection) {
                news.connections.insert(connection.clone());
            }
        }
        changes.journal.iter().for_each(|entry| news.count(entry));
        news
    }

    fn count(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Held { .. } => self.held += 1,
            Event::Planned { op: Some(_), .. } => self.planned += 1,
            Event::Planned { op: None, .. } => {
                self.skipped += usize::from(entry.state.as_deref() == Some("skipped"));
            }
            Event::Adopted { .. } => self.adopted += 1,
            Event::Ignored { .. } => self.ignored += 1,
            Event::InDoubt { .. } => self.doubts += 1,
            Event::Refused { .. } => self.refused += 1,
            Event::RecordUnreadable { finding } => {
                // What is at the provider and none of ours is no record of a host.
                self.unreadable += usize::from(finding.rule != Rule::UnreadableAtProvider);
            }
            Event::HostChanged { .. }
            | Event::Departed { .. }
            | Event::Landed { .. }
            | Event::Resolved { .. }
            | Event::PutBack { .. }
            | Event::ProviderChanged { .. }
            | Event::Delivered { .. }
            | Event::DeliveryRefused { .. }
            | Event::Companion { .. }
            | Event::Operator { .. } => {}
        }
    }
}
