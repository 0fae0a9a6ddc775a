//! How the records of a host become bindings: routed, compared with what is known, planned where possible.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::apply::News;
use super::cursor::{HostCursor, record};
use super::draft::Draft;
use super::site::{HostSite, World};
use super::{DriverError, backoff};
use crate::check::{Finding, Rule};
use crate::document::{Document, DocumentKey};
use crate::engine::{
    Binding, Decision, Entry, Event, HostChange, handed_over_again, held_as_handed_over,
    host_changed, planned,
};
use crate::host::{DocumentRef, HostPage, Record, Repeat};
use crate::spans::{followed, taking, told};
use crate::store::{ChangeSet, StoreError};

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
    /// A crash at any point means that the same page comes again, which changes nothing twice. Two who take
    /// pages of one site take one after the other.
    pub async fn take_page(&self, site: &HostSite) -> Result<Taken, DriverError> {
        let _alone = site.reader.lock().await;
        followed(taking(&site.id), self.take_next(site)).await
    }

    async fn take_next(&self, site: &HostSite) -> Result<Taken, DriverError> {
        let cursor = HostCursor::read(self.store.as_ref(), &site.id).await?;
        if let Some(position) = cursor.position.as_deref().filter(|_| !cursor.acknowledged) {
            self.acknowledge(site, position).await?;
        }
        let asked_at = self.clock.now();
        let page = site
            .host
            .changes(cursor.position.as_deref(), self.limits.intake_records_max)
            .await?;
        let taken = Taken {
            records: page.records.len(),
            more: page.more,
        };
        let complete_as_of = if page.more {
            cursor.complete_as_of
        } else {
            Some(asked_at)
        };
        let moved_on = page.position != cursor.position;
        let next = HostCursor {
            position: page.position.clone(),
            acknowledged: !moved_on,
            complete_as_of,
            reading: page.more,
        };
        if moved_on || !page.records.is_empty() || !page.more {
            self.store_page(site, &page, Some(&next)).await?;
        }
        if moved_on && let Some(position) = &page.position {
            self.acknowledge(site, position).await?;
        }
        self.progress.records(taken.records);
        told(taken.records);
        Ok(taken)
    }

    async fn acknowledge(&self, site: &HostSite, position: &str) -> Result<(), DriverError> {
        site.host.acknowledge(position).await?;
        let mut cursor = HostCursor::read(self.store.as_ref(), &site.id).await?;
        if cursor.position.as_deref() == Some(position) && !cursor.acknowledged {
            cursor.acknowledged = true;
            let records = vec![record(HostCursor::key(&site.id), &cursor)];
            self.store
                .commit(ChangeSet {
                    records,
                    ..ChangeSet::default()
                })
                .await?;
        }
        Ok(())
    }

    /// Stores records all at once: those of a page with the position after it, those of a push without one.
    pub(super) async fn store_page(
        &self,
        site: &HostSite,
        page: &HostPage,
        cursor: Option<&HostCursor>,
    ) -> Result<(), DriverError> {
        let _alone = site.storing.lock().await;
        let mut conflicts = 0;
        loop {
            let mut draft = Draft::new(self.clock.now());
            let known = self.note_unread(site, page, &mut draft).await?;
            for record in &page.records {
                match record {
                    Record::Unreadable { place, .. } if known.contains(place) => {}
                    record => self.take_record(site, record, &mut draft).await?,
                }
            }
            if let Some(position) = page.position.as_deref().filter(|_| cursor.is_some())
                && (conflicts > 0 || !draft.repeats.is_empty())
            {
                tell_repeats(site, position, &draft).await;
            }
            let mut records = self.batches_of(site, page, &draft).await?;
            let key = HostCursor::key(&site.id);
            records.extend(cursor.map(|cursor| record(key, cursor)));
            let mut changes = draft.into_changes(records);
            self.plan_freed_by(&mut changes).await?;
            let news = News::of(&changes);
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.announce(&news);
                    return Ok(());
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) async fn take_record(
        &self,
        site: &HostSite,
        record: &Record,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        match record {
            Record::Document(document) => {
                let document = without_members(document);
                self.take_document(site, &document, draft).await
            }
            Record::Removed { kind, id, revision } => {
                let key = DocumentKey {
                    host: site.id.clone(),
                    kind: *kind,
                    id: id.clone(),
                };
                self.take_removal(site, &key, *revision, draft).await
            }
            Record::Unreadable {
                place,
                field,
                message,
                ..
            } => {
                tracing::warn!(host = %site.id, place, field, message, "a record cannot be read");
                draft.note(refused(place, field, message, draft.at));
                Ok(())
            }
        }
    }

    async fn take_document(
        &self,
        site: &HostSite,
        document: &Document,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        let key = DocumentKey {
            host: site.id.clone(),
            kind: document.kind(),
            id: document.id().clone(),
        };
        let known = self.known(&key, draft).await?;
        if known.iter().any(|binding| binding.roster.is_some()) {
            draft.note(refused(
                &key.to_string(),
                "id",
                "it has the identifier of a summary that was made here",
                draft.at,
            ));
            return Ok(());
        }
        // A late repeat says nothing, wherever it would have gone.
        if known
            .iter()
            .any(|binding| binding.revision > document.revision())
        {
            return Ok(());
        }
        let revision = document.revision();
        if self
            .is_of_before_removal(&key, revision, &known, draft)
            .await?
        {
            return Ok(());
        }
        let is_repeat = self.is_known_elsewhere(&site.id, document, &known)
            || is_as_it_was_erased(document, &known);
        if !is_repeat && self.arrive(&key, document, &known, draft) {
            if !known.is_empty() {
                self.keep_replaced(&key, document, draft).await?;
            }
            draft.keep(key, document);
            return Ok(());
        }
        let change = HostChange::of(document);
        for binding in &known {
            draft.repeats.extend(repeat_of(binding, &change));
            draft.step(handed_over_again(binding, &change, draft.at));
        }
        Ok(())
    }

    async fn take_removal(
        &self,
        site: &HostSite,
        key: &DocumentKey,
        revision: Option<u64>,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        let numbers_changes = site.host.capability().numbers_changes;
        if let Some(revision) = revision.filter(|_| numbers_changes) {
            self.remember_removal(key, revision, draft).await?;
        }
        let known = self.known(key, draft).await?;
        // What another connection has by now is let go there; a summary is ours, and no host lets it go.
        let ours = |binding: &Binding| !binding.has_left() && binding.roster.is_none();
        for known in known.into_iter().filter(ours) {
            let (policy, at) = (self.policy(&known.key), draft.at);
            let revision = match numbers_changes {
                true => revision,
                // What the host tells after this is no late repeat.
                false => Some(known.revision),
            };
            let change = HostChange::removed(&known, revision);
            let Some(step) = host_changed(&known.key, Some(&known), &change, policy, at) else {
                continue;
            };
            // What was never sent needs nobody's plan to be gone.
            let next = step
                .binding
                .posted
                .is_none()
                .then(|| planned(&step.binding, &Decision::Gone, policy, at));
            draft.step(Some(step));
            draft.step(next.flatten());
        }
        Ok(())
    }
}

/// Whether this is what a document was when a person's data was erased from it: then nothing is new, and nothing is kept.
fn is_as_it_was_erased(document: &Document, known: &[Binding]) -> bool {
    let mut erased = known.iter().filter(|it| it.erased.is_some()).peekable();
    erased.peek().is_some() && {
        let change = HostChange::of(document);
        erased.any(|it| it.content == change.content && it.wanted == change.wanted)
    }
}

/// Tells a host what it handed over again. It is a convenience for people: no page waits for it.
async fn tell_repeats(site: &HostSite, position: &str, draft: &Draft) {
    if let Err(error) = site.host.repeated(position, &draft.repeats).await {
        tracing::warn!(host = %site.id, %error, "what was handed over again is not told");
    }
}

fn repeat_of(binding: &Binding, change: &HostChange) -> Option<Repeat> {
    let held = held_as_handed_over(binding, change)?;
    Some(Repeat {
        document: DocumentRef {
            kind: binding.key.document.kind,
            id: binding.key.document.id.clone(),
            number: binding.number.clone(),
        },
        revision: change.revision,
        provider_id: held.id.clone(),
        provider_number: held.number.clone(),
        provider_status: held.status.to_string(),
    })
}

/// A document as a host may hand it over: it makes no summaries.
fn without_members(document: &Document) -> Cow<'_, Document> {
    match document {
        Document::Invoice(invoice) if invoice.is_summary() => {
            let mut plain = invoice.clone();
            plain.forget_members();
            Cow::Owned(Document::Invoice(plain))
        }
        Document::Invoice(_) | Document::Bill(_) | Document::PurchaseOrder(_) => {
            Cow::Borrowed(document)
        }
    }
}

/// The journal's line about a record that cannot be read.
fn refused(place: &str, field: &str, message: &str, at: DateTime<Utc>) -> Entry {
    let finding = Finding::new(
        Rule::RecordUnreadable,
        format!("{place}: {message}"),
        "Correct the record in the host and hand it over again.",
    );
    Entry {
        at,
        binding: None,
        event: Event::RecordUnreadable {
            finding: finding.at(field, place),
        },
        state: None,
    }
}

/// When to look at a host again.
pub(super) fn next_look(world: &World, site: &HostSite) -> DateTime<Utc> {
    backoff::after(world.clock.now(), site.poll(&world.limits))
}
