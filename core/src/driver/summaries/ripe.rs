//! Which documents are to be moved now, and what each of them becomes: it joins, it is replaced, it waits, or it leaves.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rewrite::{Change, Moves};
use crate::document::{Document, DocumentId, HostId, Invoice};
use crate::driver::DriverError;
use crate::driver::cursor::HostCursor;
use crate::driver::plan::{Decisions, Subject};
use crate::driver::site::{ConnectionSite, World};
use crate::engine::{
    Binding, BindingKey, Decision, Lane, Priority, SkipReason, State, are_alike, as_it_was,
    is_alike, pays_by_itself, planned, waits_in_summary,
};
use crate::provider::ProviderError;
use crate::settings::Settings;
use crate::store::ChangeSet;

/// Documents decided about at once.
const DECIDED_MAX: usize = 500;

/// How much further each look goes when all that was looked at waits for hosts.
const WIDER: usize = 4;

/// How far a host was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HostRead {
    /// To its end, at this time.
    AsOf(DateTime<Utc>),
    /// It is being read, or never was.
    NotToItsEnd,
    /// Nobody reads it any more: nothing will come of it.
    ByNobody,
}

/// Documents by the summary that they are moved in.
type BySummary = BTreeMap<BindingKey, Vec<Change>>;

impl World {
    /// Moves what is due to be moved in the summaries of a connection, and tells members what became of theirs. Gives how
    /// much was done: until that is nothing, no summary is to be planned.
    ///
    /// A document whose period is over moves once its host was read to its end after that, so that nothing of the period is
    /// still to come; one that changed inside its summary moves at once. A host that is not read keeps nobody else waiting.
    pub(in crate::driver) async fn gather_summaries(
        &self,
        site: &ConnectionSite,
    ) -> Result<usize, DriverError> {
        let (now, many) = (self.clock.now(), self.limits.gather_documents_max);
        let within = self.store.due(&site.id, Lane::Within, now, many).await?;
        let (mut done, mut moves) = (0, Vec::new());
        for some in within.keys.chunks(DECIDED_MAX) {
            for binding in self.store.bindings(some).await?.into_iter().flatten() {
                match binding.roster.is_some() {
                    true => done += self.share(&binding.key).await?,
                    false => moves.push(binding.key),
                }
            }
        }
        moves.extend(self.ripe(site, now).await?);
        for some in moves.chunks(DECIDED_MAX) {
            done += self.move_some(site, some).await?;
        }
        Ok(done)
    }

    /// The first documents of which nothing more of their period can come from their hosts, those of hosts that are not read
    /// so far passed over.
    async fn ripe(
        &self,
        site: &ConnectionSite,
        now: DateTime<Utc>,
    ) -> Result<Vec<BindingKey>, DriverError> {
        let many = self.limits.gather_documents_max.max(1);
        let (mut limit, mut looked_at) = (many, 0);
        let mut read = BTreeMap::new();
        loop {
            let due = self.store.due(&site.id, Lane::Gather, now, limit).await?;
            let mut ripe = Vec::new();
            for some in due
                .keys
                .get(looked_at..)
                .unwrap_or_default()
                .chunks(DECIDED_MAX)
            {
                ripe.extend(self.ripe_of(some, &mut read).await?);
                if ripe.len() >= many {
                    return Ok(ripe);
                }
            }
            if !ripe.is_empty() || due.keys.len() < limit {
                return Ok(ripe);
            }
            looked_at = due.keys.len();
            limit = limit.saturating_mul(WIDER);
        }
    }

    /// Those of some documents whose hosts keep them waiting no longer.
    async fn ripe_of(
        &self,
        keys: &[BindingKey],
        read: &mut BTreeMap<HostId, HostRead>,
    ) -> Result<Vec<BindingKey>, DriverError> {
        let mut may_be = Vec::new();
        for key in keys {
            let host = &key.document.host;
            if !read.contains_key(host) {
                read.insert(host.clone(), self.host_read(host).await?);
            }
            // Most of a host that is being read are not even looked at.
            if read
                .get(host)
                .is_some_and(|read| *read != HostRead::NotToItsEnd)
            {
                may_be.push(key.clone());
            }
        }
        let bindings = self.store.bindings(&may_be).await?.into_iter().flatten();
        let is_ripe = |binding: &Binding| {
            let State::Skipped {
                reason: SkipReason::Gathers { leaves_at, .. },
            } = &binding.state
            else {
                return false;
            };
            match read.get(&binding.key.document.host) {
                Some(HostRead::AsOf(as_of)) => as_of >= leaves_at,
                Some(HostRead::ByNobody) => true,
                Some(HostRead::NotToItsEnd) | None => false,
            }
        };
        Ok(bindings.filter(is_ripe).map(|it| it.key).collect())
    }

    async fn host_read(&self, host: &HostId) -> Result<HostRead, DriverError> {
        if !self.hosts.contains_key(host) {
            return Ok(HostRead::ByNobody);
        }
        let cursor = HostCursor::read(self.store.as_ref(), host).await?;
        let complete = cursor.complete_as_of.filter(|_| !cursor.reading);
        Ok(complete.map_or(HostRead::NotToItsEnd, HostRead::AsOf))
    }

    async fn move_some(
        &self,
        site: &ConnectionSite,
        keys: &[BindingKey],
    ) -> Result<usize, DriverError> {
        let subjects = self.subjects(keys).await?;
        let free: Vec<Subject> = subjects.iter().map(as_if_free).collect();
        let is_old = |(binding, _): &Subject| binding.priority() == Priority::Backfill;
        let priority = match free.iter().all(is_old) {
            true => Priority::Backfill,
            false => Priority::Current,
        };
        let decisions = match self.decide(site, &free).await {
            Err(error) if self.rest_backfill(site, priority, &error) => return Ok(0),
            Err(DriverError::Provider(error)) => return Ok(unasked(site, error)),
            decisions => decisions?,
        };
        let mut moves = BySummary::new();
        let mut joining: BTreeMap<(HostId, DocumentId), Vec<Change>> = BTreeMap::new();
        let (mut otherwise, mut held) = (Vec::new(), BTreeMap::new());
        for (binding, document) in subjects {
            let Some((version, decision)) = decisions.get(&binding.key) else {
                continue;
            };
            if *version != binding.version {
                continue;
            }
            let invoice = document.and_then(invoice);
            match (binding.summary_key(), decision, invoice) {
                (Some(summary), decision, invoice) => {
                    match inside(&binding, decision, invoice, &site.settings) {
                        Inside::Moves(moved) => {
                            moves.entry(summary).or_default().push((binding, moved));
                        }
                        Inside::Waits(findings) => drop(held.insert(binding.key, findings)),
                    }
                }
                (
                    None,
                    Decision::Skip(SkipReason::Gathers {
                        into, leaves_at, ..
                    }),
                    Some(invoice),
                ) if *leaves_at <= self.clock.now() => {
                    let group = (binding.key.document.host.clone(), into.clone());
                    let change = (binding, Moves::Joins(Box::new(invoice)));
                    joining.entry(group).or_default().push(change);
                }
                (None, _, _) => otherwise.push(binding.key),
            }
        }
        let mut done = self.planned_otherwise(&otherwise, &decisions).await?;
        let at = self.clock.now();
        let keys: Vec<BindingKey> = held.keys().cloned().collect();
        done += self
            .apply(&keys, ChangeSet::default(), |binding| {
                let findings = held.get(&binding.key)?.clone();
                waits_in_summary(binding, findings, self.policy(&binding.key), at)
            })
            .await?;
        for (summary, changes) in moves {
            done += self.rewrite(&summary, changes).await?;
        }
        for ((_, into), changes) in joining {
            done += self.join(&into, changes).await?;
        }
        Ok(done)
    }

    /// What is not gathered any more is planned like every other document.
    async fn planned_otherwise(
        &self,
        keys: &[BindingKey],
        decisions: &Decisions,
    ) -> Result<usize, DriverError> {
        let at = self.clock.now();
        let moved = self
            .apply(keys, ChangeSet::default(), |binding| {
                let (version, decision) = decisions.get(&binding.key)?;
                (*version == binding.version)
                    .then(|| planned(binding, decision, self.policy(&binding.key), at))
                    .flatten()
            })
            .await?;
        for key in keys {
            let decision = decisions.get(key).map(|(_, decision)| decision);
            if matches!(decision, Some(Decision::Skip(SkipReason::RoutedTo(_)))) {
                self.leave(key).await?;
            }
        }
        Ok(moved)
    }
}

/// A document as it would be decided about if it travelled in no summary.
fn as_if_free((binding, document): &Subject) -> Subject {
    let free = Binding {
        summary: None,
        ..binding.clone()
    };
    (free, document.clone())
}

fn invoice(document: Document) -> Option<Invoice> {
    match document {
        Document::Invoice(invoice) => Some(invoice),
        Document::Bill(_) | Document::PurchaseOrder(_) => None,
    }
}

/// What becomes of a member that was looked at.
enum Inside {
    Moves(Moves),
    Waits(Vec<crate::check::Finding>),
}

/// What becomes of a member by what would be done with it alone. What would travel otherwise by the settings of now alone
/// stays in a summary that was sent.
fn inside(
    binding: &Binding,
    decision: &Decision,
    invoice: Option<Invoice>,
    settings: &Settings,
) -> Inside {
    if binding.is_carried_as_wanted() {
        return Inside::Moves(Moves::StaysAsItIs);
    }
    if let Decision::Hold(findings) = decision {
        return Inside::Waits(as_it_was(binding, findings.clone()));
    }
    let group = binding.summary.as_ref().map(|it| &it.group);
    let (Some(group), Some(invoice)) = (group, invoice) else {
        return Inside::Moves(Moves::Leaves);
    };
    Inside::Moves(match decision {
        Decision::Skip(SkipReason::Gathers { into, .. }) if into == group => {
            Moves::IsReplaced(Box::new(invoice))
        }
        Decision::Skip(SkipReason::Gathers { into, .. }) if are_alike(into, group) => {
            Moves::StaysIfSent(Box::new(invoice))
        }
        Decision::Create(_) if pays_by_itself(&invoice, settings) => Moves::Leaves,
        Decision::Create(posting) if is_alike(group, &binding.key, posting) => {
            Moves::StaysIfSent(Box::new(invoice))
        }
        Decision::Skip(SkipReason::BeforeSyncFrom(_)) => Moves::StaysIfSent(Box::new(invoice)),
        Decision::Create(_)
        | Decision::Update(_)
        | Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Leave(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_)
        | Decision::Hold(_) => Moves::Leaves,
    })
}

/// They stay due, and are asked about again; what else waits on this connection goes on meanwhile.
fn unasked(site: &ConnectionSite, error: ProviderError) -> usize {
    site.note_access(&error);
    site.note_failure(DriverError::Provider(error).chain());
    0
}
