//! How both sides are read for their comparison: from what is remembered, or everything anew.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use super::DriverError;
use super::contact_names::ContactNames;
use super::cursor::ProviderCursor;
use super::site::{ConnectionSite, World};
use crate::document::{ConnectionId, Document, DocumentKey, DocumentKind, ProviderDocumentId};
use crate::engine::{Binding, BindingKey, is_note_number};
use crate::mapping;
use crate::provider::{ChangesAfter, Snapshot};
use crate::tieout::{Comparison, Controls, Counts, Depth, Held, HostSide, compare};

/// One row of a tie-out.
#[derive(Clone, Debug, PartialEq)]
pub enum TieOutRow {
    /// A document of a host.
    Document(Box<Comparison>),
    /// A document at the provider that nobody here sent.
    Foreign(Box<Snapshot>),
}

/// What a tie-out came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TieOut {
    /// How many documents came to what.
    pub counts: Counts,
    /// Control totals; by account after a full one alone.
    pub controls: Controls,
    /// Up to when every change of a connection was known.
    pub complete_as_of: BTreeMap<ConnectionId, Option<chrono::DateTime<chrono::Utc>>>,
    /// Connections that could not be asked, with the reason: their documents are compared as remembered.
    pub unasked: BTreeMap<ConnectionId, String>,
    /// Names for the contacts that differ.
    names: ContactNames,
}

/// What a full tie-out of a connection would cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieOutCost {
    /// The connection.
    pub connection: ConnectionId,
    /// Documents that it is known to hold.
    pub documents: usize,
    /// Calls that reading them takes at least; documents of others in the organisation come on top.
    pub calls_min: usize,
}

/// Why a connection whose documents are bound is not asked: it was disconnected, or left the configuration.
const NOT_CONNECTED: &str = "it is not connected";

/// Documents of providers as they are now.
type Seen = BTreeMap<(ConnectionId, ProviderDocumentId), Snapshot>;

type Tell<'a> = &'a mut (dyn FnMut(&ConnectionId, TieOutRow) + Send);

impl World {
    /// What a full tie-out would cost, without asking anybody.
    pub async fn tie_out_cost(&self) -> Result<Vec<TieOutCost>, DriverError> {
        let mut documents: BTreeMap<(ConnectionId, DocumentKind), usize> = BTreeMap::new();
        for (slot, tally) in self.store.tallies().await?.slots {
            let of = documents.entry((slot.connection, slot.kind)).or_default();
            *of = of.saturating_add(usize::try_from(tally.posted).unwrap_or(usize::MAX));
        }
        Ok(self
            .connections
            .values()
            .map(|site| cost(site, &documents))
            .collect())
    }

    /// Compares every document of every host with what its provider holds, and tells each.
    ///
    /// [`Depth::Remembered`] reads the changes of every connection up to now, as collecting does, and again by
    /// identifier what is not as it was sent. [`Depth::Full`] reads every document of the kinds that travel, and
    /// shows those that nobody here sent; it stores nothing. A repeat compares again. What it came to when `stop` was
    /// cancelled before its end is only a part: look at `stop` before using it.
    pub async fn tie_out(
        &self,
        depth: Depth,
        stop: &CancellationToken,
        tell: Tell<'_>,
    ) -> Result<TieOut, DriverError> {
        let mut result = TieOut::default();
        let mut compared = BTreeSet::new();
        for site in self.connections.values() {
            if stop.is_cancelled() {
                return Ok(result);
            }
            let read = match depth {
                Depth::Remembered => self.collect_all(site, stop).await,
                Depth::Full => {
                    result.counts.foreign.get_or_insert(0);
                    self.compare_listed(site, stop, &mut compared, &mut result, tell)
                        .await
                }
            };
            match read {
                Ok(()) => {}
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => {
                    result.unasked.insert(site.id.clone(), error.chain());
                }
            }
        }
        let mut last = None;
        while let Some(mut some) = self.some_bindings(&mut last).await? {
            if stop.is_cancelled() {
                return Ok(result);
            }
            some.retain(|binding| !compared.contains(&binding.key));
            self.compare_remembered(depth, some, &mut result, tell)
                .await?;
        }
        self.note_completeness(depth, &mut result).await?;
        Ok(result)
    }

    /// Notes up to when every connection is known, those that were not asked included.
    async fn note_completeness(
        &self,
        depth: Depth,
        result: &mut TieOut,
    ) -> Result<(), DriverError> {
        let ids: BTreeSet<&ConnectionId> = self
            .connections
            .keys()
            .chain(result.unasked.keys())
            .collect();
        for id in ids {
            let cursor = ProviderCursor::read(self.store.as_ref(), id).await?;
            let known = match depth {
                Depth::Full if !result.unasked.contains_key(id) => Some(self.clock.now()),
                Depth::Full | Depth::Remembered => cursor.complete_as_of,
            };
            result.complete_as_of.insert(id.clone(), known);
        }
        Ok(())
    }

    /// The next bindings of a walk over all; `None` at its end.
    async fn some_bindings(
        &self,
        last: &mut Option<BindingKey>,
    ) -> Result<Option<Vec<Binding>>, DriverError> {
        let some = self
            .store
            .scan(last.as_ref(), self.limits.plan_documents_max)
            .await?;
        *last = some.last().map(|binding| binding.key.clone());
        Ok((!some.is_empty()).then_some(some))
    }

    /// Lists everything of an organisation and compares what is bound, page by page.
    async fn compare_listed(
        &self,
        site: &ConnectionSite,
        stop: &CancellationToken,
        compared: &mut BTreeSet<BindingKey>,
        result: &mut TieOut,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        let mut after = ChangesAfter {
            cursor: None,
            since: None,
            kinds: site.provider.capability().documents.to_vec(),
        };
        after
            .kinds
            .retain(|kind| mapping::travels(*kind, &site.settings));
        let mut foreign = BTreeSet::new();
        // Notes by which an undo may have reversed an invoice, until that is seen; and those that did.
        let mut notes: BTreeMap<ProviderDocumentId, Snapshot> = BTreeMap::new();
        let mut reversing: BTreeSet<String> = BTreeSet::new();
        loop {
            let page = site.provider.changes(&after).await?;
            let bound = self.bound(site, &page.documents).await?;
            let ours: BTreeSet<&ProviderDocumentId> = bound.values().map(|one| &one.id).collect();
            for snapshot in &page.documents {
                let is_news = snapshot.status.is_live()
                    && !ours.contains(&snapshot.id)
                    && foreign.insert(snapshot.id.clone());
                match is_news && may_reverse(snapshot) {
                    true => notes.extend([(snapshot.id.clone(), snapshot.clone())]),
                    false if is_news => add_foreign(site, snapshot.clone(), result, tell),
                    false => {}
                }
            }
            let keys: Vec<BindingKey> = bound
                .keys()
                .filter(|key| !compared.contains(*key))
                .cloned()
                .collect();
            let bindings = self.store.bindings(&keys).await?;
            let bindings: Vec<Binding> = bindings.into_iter().flatten().collect();
            let documents = self.documents_of(&bindings).await?;
            for (binding, document) in bindings.iter().zip(&documents) {
                let Some((document, snapshot)) = document.as_ref().zip(bound.get(&binding.key))
                else {
                    continue;
                };
                let held = Held::seen(snapshot);
                self.add(binding, document, Some(&held), result, tell)
                    .await?;
                if is_reversed(binding, snapshot) {
                    let ids = snapshot.payments.iter().map(|it| it.id.to_string());
                    reversing.extend(ids);
                } else {
                    self.add_lines(site, binding, document, snapshot, result)
                        .await?;
                }
                compared.insert(binding.key.clone());
            }
            if !page.more || stop.is_cancelled() {
                break;
            }
            after.cursor = Some(page.cursor);
        }
        notes.retain(|id, _| !reversing.contains(id.as_str()));
        for note in notes.into_values() {
            add_foreign(site, note, result, tell);
        }
        Ok(())
    }

    /// Compares by what is remembered; what is not as it was sent is read again, many at a time.
    async fn compare_remembered(
        &self,
        depth: Depth,
        some: Vec<Binding>,
        result: &mut TieOut,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        let documents = self.documents_of(&some).await?;
        for binding in some.iter().filter(|binding| is_held(binding)) {
            let connection = &binding.key.connection;
            if !self.connections.contains_key(connection) {
                let why = || NOT_CONNECTED.to_owned();
                result.unasked.entry(connection.clone()).or_insert_with(why);
            }
        }
        let unclear = some.iter().filter(|binding| {
            let asked = !result.unasked.contains_key(&binding.key.connection);
            let edited = binding
                .posted
                .as_ref()
                .is_some_and(|posted| posted.edit.is_some());
            asked && is_held(binding) && (depth == Depth::Full || edited)
        });
        let (read, failed) = self.read_now(unclear).await;
        for (connection, error) in failed {
            match error {
                DriverError::Store(_) => return Err(error),
                error => result.unasked.insert(connection, error.chain()),
            };
        }
        for (binding, document) in some.iter().zip(&documents) {
            let Some(document) = document else { continue };
            let id = binding
                .posted
                .as_ref()
                .map(|posted| (binding.key.connection.clone(), posted.id.clone()));
            let seen = id.and_then(|id| read.get(&id)).map(Held::seen);
            let known = || binding.posted.as_ref().map(Held::of_last_look);
            let held = match depth {
                Depth::Full if !result.unasked.contains_key(&binding.key.connection) => seen,
                Depth::Full | Depth::Remembered => seen.or_else(known),
            };
            self.add(binding, document, held.as_ref(), result, tell)
                .await?;
        }
        Ok(())
    }

    async fn add(
        &self,
        binding: &Binding,
        document: &Document,
        held: Option<&Held<'_>>,
        result: &mut TieOut,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        let connection = &binding.key.connection;
        let mut comparison = compare(binding, &HostSide::of(document), held);
        result.counts.add(&comparison);
        result.controls.add(connection, &comparison);
        let (names, store) = (&mut result.names, self.store.as_ref());
        names.put_into(&mut comparison, store, connection).await?;
        tell(connection, TieOutRow::Document(Box::new(comparison)));
        Ok(())
    }

    /// Adds a document's lines to their accounts, where the settings say to which they belong.
    async fn add_lines(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
        document: &Document,
        snapshot: &Snapshot,
        result: &mut TieOut,
    ) -> Result<(), DriverError> {
        let (store, provider) = (self.store.as_ref(), site.provider.as_ref());
        let now = self.clock.now();
        let chart = site.book.chart(store, provider, &self.limits, now).await?;
        let capability = provider.capability();
        let posting = mapping::posting_to_compare(
            document,
            &site.settings,
            &chart,
            capability,
            &snapshot.contact,
        );
        if let Ok(posting) = posting
            && snapshot.status.is_live()
        {
            let kind = binding.key.document.kind;
            let (host, held) = (HostSide::of(document), Held::seen(snapshot));
            result
                .controls
                .add_lines(&site.id, kind, &host, &posting, &held);
        }
        Ok(())
    }

    async fn documents_of(
        &self,
        bindings: &[Binding],
    ) -> Result<Vec<Option<Document>>, DriverError> {
        let keys: Vec<DocumentKey> = bindings
            .iter()
            .map(|binding| binding.key.document.clone())
            .collect();
        Ok(self.store.documents(&keys).await?)
    }

    /// Reads documents by identifier: what was given, and which connections failed before they had given all.
    async fn read_now<'a>(
        &self,
        some: impl Iterator<Item = &'a Binding>,
    ) -> (Seen, BTreeMap<ConnectionId, DriverError>) {
        let mut wanted: BTreeMap<(ConnectionId, DocumentKind), Vec<ProviderDocumentId>> =
            BTreeMap::new();
        for binding in some {
            if let Some(posted) = &binding.posted {
                let group = (binding.key.connection.clone(), binding.key.document.kind);
                wanted.entry(group).or_default().push(posted.id.clone());
            }
        }
        let (mut read, mut failed) = (Seen::new(), BTreeMap::new());
        for ((connection, kind), ids) in wanted {
            let Some(site) = self.connections.get(&connection) else {
                continue;
            };
            for some in ids.chunks(site.provider.capability().look_up_max.max(1)) {
                // One that failed is not asked for more.
                if failed.contains_key(&connection) {
                    break;
                }
                match site.provider.read(kind, some).await {
                    Ok(snapshots) => {
                        let named = snapshots.into_iter();
                        read.extend(named.map(|one| ((connection.clone(), one.id.clone()), one)));
                    }
                    Err(error) => {
                        failed.insert(connection.clone(), error.into());
                    }
                }
            }
        }
        (read, failed)
    }
}

/// Whether the provider held it, as far as is remembered.
/// Counts and tells a document that nobody here sent.
fn add_foreign(site: &ConnectionSite, held: Snapshot, result: &mut TieOut, tell: Tell<'_>) {
    *result.counts.foreign.get_or_insert(0) += 1;
    tell(&site.id, TieOutRow::Foreign(Box::new(held)));
}

/// Whether a document may be the note by which an undo reversed an invoice.
fn may_reverse(snapshot: &Snapshot) -> bool {
    snapshot.kind == DocumentKind::CreditNote && is_note_number(&snapshot.number)
}

/// Whether notes of an undo reverse an invoice as it was just seen: neither is in the accounts then.
fn is_reversed(binding: &Binding, held: &Snapshot) -> bool {
    let settled = held.amount_paid + held.amount_credited;
    binding.is_reversed_by(&held.status, &held.payments, settled, held.amount_due)
}

fn is_held(binding: &Binding) -> bool {
    let posted = binding.posted.as_ref();
    posted.is_some_and(|posted| posted.status.is_live())
}

fn cost(
    site: &ConnectionSite,
    documents: &BTreeMap<(ConnectionId, DocumentKind), usize>,
) -> TieOutCost {
    let capability = site.provider.capability();
    let kinds = capability.documents.iter();
    let counts = kinds
        .filter(|kind| mapping::travels(**kind, &site.settings))
        .map(|kind| {
            documents
                .get(&(site.id.clone(), *kind))
                .copied()
                .unwrap_or_default()
        });
    let (mut all, mut calls_min) = (0, 0);
    for count in counts {
        all += count;
        // One more shows that there are no others.
        calls_min += count / capability.page_documents_max.max(1) + 1;
    }
    TieOutCost {
        connection: site.id.clone(),
        documents: all,
        calls_min,
    }
}
