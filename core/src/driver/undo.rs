//! How documents are taken out of the books again: read as they are now, shown with what stands in the way, marked, worked off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::DriverError;
use super::apply::News;
use super::draft::Draft;
use super::only::Only;
use super::run::{Summary, name_of, work_off};
use super::site::{ConnectionSite, World};
use super::undo_shown::{as_shown, asks_for, not_shown, to_read};
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Document, DocumentKind, ProviderDocumentId};
use crate::engine::{
    Binding, BindingKey, Denied, Event, Inverse, Op, PlanInput, Step, cancel_undo, inverse,
    provider_changed, undo,
};
use crate::provider::{Chart, Posting, Snapshot};
use crate::store::{ChangeSet, StoreError};

/// Conflicts in a row before an act is given up.
const CONFLICTS_MAX: usize = 8;
/// Documents that are marked in one commit.
const MARKED_AT_ONCE_MAX: usize = 200;
/// Calls that a credit note takes: the invoice is read, the note made, both are read, it is allocated, both are read.
const NOTE_CALLS_MIN: usize = 7;
/// Why what was recognised has no inverse.
const THERE_BEFORE: &str = "it was at the provider before and was recognised, not sent; `tieout detach` ends the binding, and it stays";
/// Age at which the chart is read anew for an undo: a lock date of an hour ago is no answer.
const CHART_AGE_MAX: Duration = Duration::from_secs(60);

/// One document with what undoing it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Undoable {
    /// The binding, with what the provider showed just now.
    pub binding: Binding,
    /// What undoing it comes to.
    pub inverse: Inverse,
    /// What the provider showed, to be stored with the mark.
    snapshot: Option<Snapshot>,
}

impl Undoable {
    /// Whether [`undo_now`] has something to do for it, once it was marked: also for what an earlier command marked
    /// and did not bring to its end, be it that the host is not told yet.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        match &self.inverse {
            Inverse::Delete
            | Inverse::Void { .. }
            | Inverse::CreditNote(_)
            | Inverse::KeepOut
            | Inverse::Underway => true,
            Inverse::Nothing(_) => self.binding.is_to_be_undone() && !self.binding.due().is_empty(),
            Inverse::Refused(_) => false,
        }
    }
}

/// What an undo asks of a provider, at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoCost {
    /// The connection.
    pub connection: ConnectionId,
    /// Documents.
    pub documents: usize,
    /// Calls.
    pub calls_min: usize,
}

impl World {
    /// What looking at documents costs, without asking anybody. Where lock dates are not known well enough, the
    /// calls that read them come on top.
    pub async fn undo_look_cost(&self, keys: &[BindingKey]) -> Result<Vec<UndoCost>, DriverError> {
        let known = self.store.bindings(keys).await?;
        let wanted = to_read(known.iter().flatten());
        let counted = wanted
            .iter()
            .map(|((connection, kind), ids)| (connection, *kind, ids.len()));
        Ok(self.costs(counted, |site| site.provider.capability().look_up_max))
    }

    /// What taking these out of the books costs: the requests that void or delete, one for each payment that is
    /// taken back first, and one look at what changed before that; and for each credit note its looks and two requests.
    #[must_use]
    pub fn undo_cost(&self, rows: &[Undoable]) -> Vec<UndoCost> {
        let mut counts: BTreeMap<(&ConnectionId, DocumentKind), (usize, usize)> = BTreeMap::new();
        for row in rows {
            let payments = match &row.inverse {
                // What is under way is looked at once more, at least.
                Inverse::Delete | Inverse::Underway => 0,
                Inverse::Void { take_back } => take_back.len(),
                Inverse::CreditNote(_) => NOTE_CALLS_MIN - 1,
                Inverse::KeepOut | Inverse::Nothing(_) | Inverse::Refused(_) => continue,
            };
            let key = &row.binding.key;
            let count = counts
                .entry((&key.connection, key.document.kind))
                .or_default();
            count.0 += 1;
            count.1 += payments;
        }
        let documents = counts
            .iter()
            .map(|((connection, kind), (documents, _))| (*connection, *kind, *documents));
        let mut costs = self.costs(documents, |site| {
            site.provider.capability().batch_documents_max
        });
        let at_work = rows.iter().filter(|row| row.is_at_work());
        for site in self.to_read_first(at_work.map(|row| &row.binding)) {
            if let Some(cost) = costs.iter_mut().find(|cost| cost.connection == site.id) {
                cost.calls_min += 1;
            }
        }
        for ((connection, _), (_, payments)) in &counts {
            if let Some(cost) = costs
                .iter_mut()
                .find(|cost| cost.connection == **connection)
            {
                cost.calls_min += payments;
            }
        }
        costs
    }

    /// The connections whose changes are read before anything beside these documents is taken back.
    fn to_read_first<'a>(
        &self,
        bindings: impl Iterator<Item = &'a Binding>,
    ) -> Vec<&ConnectionSite> {
        let paid: BTreeSet<&ConnectionId> = bindings
            .filter(|binding| binding.has_payments_beside())
            .map(|binding| &binding.key.connection)
            .collect();
        let here = paid.into_iter().filter_map(|id| self.connections.get(id));
        here.map(Arc::as_ref)
            .filter(|site| !site.was_read())
            .collect()
    }

    fn costs<'a>(
        &self,
        counts: impl Iterator<Item = (&'a ConnectionId, DocumentKind, usize)>,
        at_once: impl Fn(&ConnectionSite) -> usize,
    ) -> Vec<UndoCost> {
        let mut costs: BTreeMap<ConnectionId, UndoCost> = BTreeMap::new();
        for (connection, _, documents) in counts {
            let Some(site) = self.connections.get(connection) else {
                continue;
            };
            let cost = costs.entry(connection.clone()).or_insert_with(|| UndoCost {
                connection: connection.clone(),
                documents: 0,
                calls_min: 0,
            });
            cost.documents += documents;
            cost.calls_min += documents.div_ceil(at_once(site).max(1));
        }
        costs.into_values().collect()
    }

    /// What undoing each document comes to, as the provider holds it now. Changes nothing: a repeat looks again.
    pub async fn look_at_undo(&self, keys: &[BindingKey]) -> Result<Vec<Undoable>, DriverError> {
        let known: Vec<Binding> = self
            .store
            .bindings(keys)
            .await?
            .into_iter()
            .flatten()
            .collect();
        let mut shown = self.as_they_are(&known).await?;
        let documents: Vec<_> = known.iter().map(|it| it.key.document.clone()).collect();
        let documents = self.store.documents(&documents).await?;
        let charts = self.charts_of(&known).await?;
        let mut rows = Vec::new();
        for (binding, document) in known.into_iter().zip(documents) {
            let snapshot = shown.remove(&binding.key);
            let mut row = self.undoable(binding, document.as_ref(), snapshot, &charts);
            if row.inverse.is_possible() && self.was_there_before(&row.binding).await? {
                row.inverse = Inverse::Nothing(THERE_BEFORE.to_owned());
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Whether the provider's document was not made by us but recognised, as the story of the binding tells.
    async fn was_there_before(&self, binding: &Binding) -> Result<bool, DriverError> {
        let Some(posted) = &binding.posted else {
            return Ok(false);
        };
        let pages = self.store.journal(&binding.story).await?;
        let entries = pages.iter().flat_map(|page| &page.entries);
        let own = entries.filter(|entry| entry.binding.as_ref() == Some(&binding.key));
        let begun = own.filter_map(|entry| {
            if let Event::Adopted { provider_id, .. } = &entry.event {
                return Some((provider_id, true));
            }
            let Event::Landed { op, provider_id } = &entry.event else {
                return None;
            };
            (*op == Op::Create).then_some((provider_id, false))
        });
        let mut begun = begun.filter(|(id, _)| id.as_str() == posted.id.as_str());
        // What was made and then bound again by a person was made all the same.
        Ok(begun.next().is_some_and(|(_, is_adopted)| is_adopted))
    }

    fn undoable(
        &self,
        binding: Binding,
        document: Option<&Document>,
        snapshot: Option<Snapshot>,
        charts: &Charts,
    ) -> Undoable {
        let now = self.clock.now();
        let policy = self.policy(&binding.key);
        let seen = snapshot
            .as_ref()
            .and_then(|snapshot| provider_changed(&binding, snapshot, policy, now))
            .map_or(binding, |step| step.binding);
        let is_absent = snapshot.is_none() && asks_for(&seen).is_some();
        let inverse = self.inverse_of(&seen, document, charts, snapshot.as_ref());
        let inverse = match inverse {
            Inverse::Delete | Inverse::Void { .. } | Inverse::CreditNote(_) if is_absent => {
                Inverse::Refused(not_shown(&seen))
            }
            inverse => inverse,
        };
        Undoable {
            binding: seen,
            inverse,
            snapshot,
        }
    }

    fn inverse_of(
        &self,
        binding: &Binding,
        document: Option<&Document>,
        charts: &Charts,
        shown: Option<&Snapshot>,
    ) -> Inverse {
        let connection = &binding.key.connection;
        match (
            self.connections.get(connection),
            charts.get(connection),
            document,
        ) {
            (Some(site), Some(chart), Some(document)) => {
                let input = PlanInput {
                    binding,
                    document,
                    settings: &site.settings,
                    chart,
                    capability: site.provider.capability(),
                };
                inverse(&input, shown, self.clock.now().date_naive())
            }
            (Some(_), Some(_), None) => Inverse::Refused(Finding::new(
                Rule::UndoRefused,
                "the store has no document for it",
                "Hand it over again from the host, and run the command again.",
            )),
            (_, _, _) => Inverse::Refused(Finding::new(
                Rule::UndoRefused,
                format!("the connection {connection} is not connected"),
                format!("Run `tieout connect {connection}`, and this command again."),
            )),
        }
    }

    /// What the provider holds for each binding now.
    async fn as_they_are(
        &self,
        known: &[Binding],
    ) -> Result<BTreeMap<BindingKey, Snapshot>, DriverError> {
        let mut shown = BTreeMap::new();
        for ((connection, kind), asked) in to_read(known.iter()) {
            let Some(site) = self.connections.get(&connection) else {
                continue;
            };
            let owners: BTreeMap<_, _> = asked.iter().map(|(key, id)| (id, key)).collect();
            let ids: Vec<ProviderDocumentId> = asked.iter().map(|(_, id)| id.clone()).collect();
            for some in ids.chunks(site.provider.capability().look_up_max.max(1)) {
                for snapshot in site.provider.read(kind, some).await? {
                    if let Some(key) = owners.get(&snapshot.id) {
                        shown.insert((*key).clone(), snapshot);
                    }
                }
            }
        }
        Ok(shown)
    }

    async fn charts_of(&self, known: &[Binding]) -> Result<Charts, DriverError> {
        let wanted: BTreeSet<&ConnectionId> = known
            .iter()
            .filter(|binding| asks_for(binding).is_some())
            .map(|binding| &binding.key.connection)
            .collect();
        let all: BTreeSet<&ConnectionId> = known.iter().map(|it| &it.key.connection).collect();
        let mut charts = Charts::new();
        for connection in all {
            let Some(site) = self.connections.get(connection) else {
                continue;
            };
            // What is out of the books already is not held up by a lock date.
            let age_max = match wanted.contains(connection) {
                true => CHART_AGE_MAX.min(self.limits.chart_age_max),
                false => self.limits.chart_age_max,
            };
            let (store, provider) = (self.store.as_ref(), site.provider.as_ref());
            let now = self.clock.now();
            let chart = site
                .book
                .chart_of_age(store, provider, age_max, now)
                .await?;
            charts.insert(connection.clone(), chart);
        }
        Ok(charts)
    }

    /// Marks documents to be taken out of the books, with what the provider showed of them: what can be done is
    /// decided anew from what is stored by then. Gives each as it is afterwards; what changed meanwhile may be
    /// refused now, and is not marked.
    ///
    /// The driver then takes them out: [`undo_now`], or the one that serves. A crash leaves some marked and the
    /// others as they were; a repeat goes on.
    pub async fn mark_undone(
        &self,
        rows: Vec<Undoable>,
        by: &str,
        because: Option<&str>,
    ) -> Result<Vec<Undoable>, DriverError> {
        let known: Vec<Binding> = rows.iter().map(|row| row.binding.clone()).collect();
        let charts = self.charts_of(&known).await?;
        let mut marked = Vec::new();
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<Undoable> = rows.by_ref().take(MARKED_AT_ONCE_MAX).collect();
            if some.is_empty() {
                return Ok(marked);
            }
            marked.extend(self.mark_some(some, &charts, (by, because)).await?);
        }
    }

    async fn mark_some(
        &self,
        rows: Vec<Undoable>,
        charts: &Charts,
        (by, because): (&str, Option<&str>),
    ) -> Result<Vec<Undoable>, DriverError> {
        let keys: Vec<BindingKey> = rows.iter().map(|row| row.binding.key.clone()).collect();
        let mut conflicts = 0;
        loop {
            let mut draft = Draft::new(self.clock.now());
            let mut marked = Vec::new();
            let known = self.subjects(&keys).await?;
            for ((binding, document), row) in known.into_iter().zip(&rows) {
                if !row.inverse.is_possible() {
                    marked.push(row.clone());
                    continue;
                }
                let policy = self.policy(&binding.key);
                let seen = row
                    .snapshot
                    .as_ref()
                    .and_then(|snapshot| provider_changed(&binding, snapshot, policy, draft.at));
                let current = seen.as_ref().map_or(&binding, |step| &step.binding);
                let inverse =
                    self.inverse_of(current, document.as_ref(), charts, row.snapshot.as_ref());
                let inverse = as_shown(&row.inverse, inverse);
                let note = match &inverse {
                    Inverse::CreditNote(note) => Some(Posting::clone(note)),
                    Inverse::Delete
                    | Inverse::Void { .. }
                    | Inverse::KeepOut
                    | Inverse::Underway
                    | Inverse::Nothing(_)
                    | Inverse::Refused(_) => None,
                };
                let step = undo(current, by, because, note, policy, draft.at);
                let (binding, step) = match step {
                    Ok(step) if inverse.is_possible() => (step.binding.clone(), Some(step)),
                    Ok(_) | Err(_) => (current.clone(), None),
                };
                marked.push(Undoable {
                    binding,
                    inverse,
                    snapshot: row.snapshot.clone(),
                });
                draft.step(seen);
                draft.step(step);
            }
            let mut changes = draft.into_changes(Vec::new());
            self.plan_freed_by(&mut changes).await?;
            let news = News::of(&changes);
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.announce(&news);
                    return Ok(marked);
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Lets a document stay that a person wanted out of the books, as long as it is not out of them.
    pub async fn cancel_undo(
        &self,
        key: &BindingKey,
        by: &str,
    ) -> Result<Result<Binding, Denied>, DriverError> {
        let at = self.clock.now();
        self.act(
            key,
            &ChangeSet::default(),
            |binding| -> Result<Step, Denied> {
                cancel_undo(binding, by, self.policy(&binding.key), at)
            },
        )
        .await
    }
}

/// Takes marked documents out of the books now, and tells their hosts; nothing is begun for any other document.
///
/// A delivery that an earlier run left is told, whatever it is about. Where payments go first, and this process has not read
/// the connection yet, its changes are read before: what they show of other documents is kept for the next run, as is what an
/// unreadable connection leaves undone.
/// Only for a process in which nothing else works on the store: what is in the air is taken for left over. What
/// fails stays marked for the next run. An error is a failing store.
pub async fn undo_now(
    world: &World,
    keys: &[BindingKey],
    stop: &CancellationToken,
) -> Result<Summary, DriverError> {
    let mut connections: BTreeSet<_> = keys.iter().map(|key| &key.connection).collect();
    let known = world.store.bindings(keys).await?;
    let read_first = world.to_read_first(known.iter().flatten());
    let mut summary = Summary::default();
    for site in read_first {
        // By the whole world: nothing of other documents may be overlooked or taken for anybody else's.
        world.recover(site).await?;
        let read = world.collect_all(site, stop).await;
        if summary.note(name_of(site), read)? {
            connections.remove(&site.id);
        }
    }
    let concerned = World {
        store: Arc::new(Only::of(Arc::clone(&world.store), keys)),
        clock: Arc::clone(&world.clock),
        // All of them: what is told of a document depends on what its host takes and on its connection's settings, and a
        // delivery that an earlier run left is about documents of any.
        hosts: world.hosts.clone(),
        connections: world.connections.clone(),
        routes: world.routes.clone(),
        limits: world.limits.clone(),
        progress: Arc::clone(&world.progress),
    };
    let hosts: BTreeSet<_> = keys.iter().map(|key| &key.document.host).collect();
    let worked = work_off(&Arc::new(concerned), &connections, &hosts, stop).await?;
    summary.troubles.extend(worked.troubles);
    Ok(summary)
}

type Charts = BTreeMap<ConnectionId, Arc<Chart>>;
