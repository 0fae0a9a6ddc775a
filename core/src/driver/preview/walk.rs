//! In which order a preview goes through everything: what hosts hand over, then what is stored.

use std::collections::{BTreeMap, HashMap};

use super::decide::Aspirant;
use super::told::{Mark, Pass, Preview, PreviewOptions, PreviewSummary, mark};
use super::words::{stored, unasked};
use crate::document::{ConnectionId, DocumentKey};
use crate::driver::cursor::HostCursor;
use crate::driver::draft::Draft;
use crate::driver::site::{HostSite, World};
use crate::driver::{Asking, DriverError};
use crate::engine::{Binding, BindingKey, SkipReason, State, Wanted};
use crate::host::Record;

type Tell<'a> = &'a mut (dyn FnMut(Preview) + Send);

impl World {
    /// Tells, document by document, what would be done.
    ///
    /// Reads the hosts beyond what is stored and everything stored. Nothing is made, sent or acknowledged; charts and
    /// contacts that were found are remembered, so that the run which follows does not ask for them again. What both
    /// sides agree on is counted and not told.
    pub async fn preview(
        &self,
        options: &PreviewOptions,
        tell: Tell<'_>,
    ) -> Result<PreviewSummary, DriverError> {
        let mut pass = Pass {
            options: options.clone(),
            is_new_ground: self.is_new_ground().await?,
            ..Pass::default()
        };
        for site in self.hosts.values() {
            self.preview_host(site, &mut pass, tell).await?;
        }
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self
                .store
                .scan(last.as_ref(), self.limits.plan_documents_max)
                .await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            self.preview_stored(some, &mut pass, tell).await?;
        }
        self.preview_waiting(&mut pass, tell).await?;
        Ok(pass.summary)
    }

    /// What a host hands over beyond what is stored, as intake would take it.
    async fn preview_host(
        &self,
        site: &HostSite,
        pass: &mut Pass,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        // Nobody else takes pages meanwhile: a host may note beside its position what it read.
        let _alone = site.reader.lock().await;
        let position = HostCursor::read(self.store.as_ref(), &site.id)
            .await?
            .position;
        let newest = self.newest_pages(site, position.clone()).await?;
        let (mut position, mut page_number) = (position, 0_usize);
        loop {
            let page = site
                .host
                .changes(position.as_deref(), self.limits.intake_records_max)
                .await?;
            let mut draft = Draft::new(self.clock.now());
            for record in &page.records {
                if let Record::Unreadable {
                    place,
                    field,
                    message,
                    ..
                } = record
                {
                    pass.unreadable(place, field, message);
                    continue;
                }
                let key = key_of(site, record);
                // A later page says something newer of it.
                let is_newest = key.is_none_or(|key| {
                    newest
                        .get(&mark(&key))
                        .is_none_or(|newest| *newest == page_number)
                });
                if is_newest {
                    self.take_record(site, record, &mut draft).await?;
                }
            }
            let (bindings, documents) = draft.into_parts();
            self.preview_taken(bindings, documents, pass, tell).await?;
            if !page.more || page.position == position {
                return Ok(());
            }
            position = page.position;
            page_number += 1;
        }
    }

    /// On which page each document stands last; nothing where there is one page.
    async fn newest_pages(
        &self,
        site: &HostSite,
        mut position: Option<String>,
    ) -> Result<HashMap<Mark, usize>, DriverError> {
        let mut newest = HashMap::new();
        let mut page_number = 0;
        loop {
            let page = site
                .host
                .changes(position.as_deref(), self.limits.intake_records_max)
                .await?;
            if page_number == 0 && !page.more {
                return Ok(newest);
            }
            let keys = page.records.iter().filter_map(|it| key_of(site, it));
            newest.extend(keys.map(|key| (mark(&key), page_number)));
            if !page.more || page.position == position {
                return Ok(newest);
            }
            position = page.position;
            page_number += 1;
        }
    }

    async fn preview_taken(
        &self,
        bindings: Vec<Binding>,
        mut documents: BTreeMap<DocumentKey, crate::document::Document>,
        pass: &mut Pass,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        let lacking: Vec<DocumentKey> = bindings
            .iter()
            .map(|binding| binding.key.document.clone())
            .filter(|key| !documents.contains_key(key))
            .collect();
        let known = self.store.documents(&lacking).await?;
        documents.extend(
            lacking
                .into_iter()
                .zip(known)
                .filter_map(|(key, document)| Some((key, document?))),
        );
        let mut aspirants = Vec::new();
        for binding in bindings {
            pass.seen.insert(mark(&binding.key));
            if binding.has_left() || !pass.wants(&binding) {
                continue;
            }
            if let Some(document) = documents.get(&binding.key.document) {
                aspirants.push(Aspirant::new(binding, document.clone()));
            }
        }
        self.preview_page(aspirants, pass, tell).await
    }

    /// Stored bindings: those that the driver would decide about are decided, the others told as they stand.
    async fn preview_stored(
        &self,
        some: Vec<Binding>,
        pass: &mut Pass,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        let mut open = Vec::new();
        for binding in some {
            if binding.has_left()
                || !pass.wants(&binding)
                || pass.seen.contains(&mark(&binding.key))
            {
                continue;
            }
            let sort = sort(&binding, pass.is_new_ground);
            match sort {
                Sort::Open => open.push(binding),
                Sort::Told => {
                    pass.count(1);
                    tell(stored(&binding));
                }
                Sort::Settled => {
                    pass.count(1);
                    pass.summary.settled += 1;
                }
            }
        }
        let keys: Vec<DocumentKey> = open
            .iter()
            .map(|binding| binding.key.document.clone())
            .collect();
        let documents = self.store.documents(&keys).await?;
        let mut aspirants = Vec::new();
        for (binding, document) in open.into_iter().zip(documents) {
            match document {
                Some(document) if pass.is_new_ground => {
                    aspirants.extend(self.as_reviewed(binding, document).await?);
                }
                Some(document) => aspirants.push(Aspirant::new(binding, document)),
                None => {
                    pass.count(1);
                    tell(stored(&binding));
                }
            }
        }
        self.preview_page(aspirants, pass, tell).await
    }

    /// A document where the routes and settings of now send it.
    async fn as_reviewed(
        &self,
        binding: Binding,
        document: crate::document::Document,
    ) -> Result<Vec<Aspirant>, DriverError> {
        if binding.wanted == Wanted::Gone {
            return Ok(vec![Aspirant::new(binding, document)]);
        }
        let mut draft = Draft::new(self.clock.now());
        let known = self.known(&binding.key.document, &draft).await?;
        let is_new = self.arrive(&binding.key.document, &document, &known, &mut draft);
        if !is_new {
            return Ok(vec![Aspirant::new(binding, document)]);
        }
        let (bindings, _) = draft.into_parts();
        let there = bindings.into_iter().filter(|binding| !binding.has_left());
        Ok(there
            .map(|binding| Aspirant::new(binding, document.clone()))
            .collect())
    }

    async fn preview_page(
        &self,
        aspirants: Vec<Aspirant>,
        pass: &mut Pass,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        pass.count(aspirants.len());
        pass.waiting.extend(aspirants);
        // Many together share their questions.
        if pass.waiting.len() >= self.limits.plan_documents_max {
            self.preview_waiting(pass, tell).await?;
        }
        Ok(())
    }

    async fn preview_waiting(&self, pass: &mut Pass, tell: Tell<'_>) -> Result<(), DriverError> {
        let waiting = std::mem::take(&mut pass.waiting);
        self.preview_connections(waiting, pass, tell).await?;
        // What leaves one connection arrives at another, where it is only created.
        let arriving = std::mem::take(&mut pass.arriving);
        self.preview_connections(arriving, pass, tell).await
    }

    async fn preview_connections(
        &self,
        aspirants: Vec<Aspirant>,
        pass: &mut Pass,
        tell: Tell<'_>,
    ) -> Result<(), DriverError> {
        let mut by_connection: BTreeMap<ConnectionId, Vec<Aspirant>> = BTreeMap::new();
        for aspirant in aspirants {
            by_connection
                .entry(aspirant.binding.key.connection.clone())
                .or_default()
                .push(aspirant);
        }
        for (connection, aspirants) in by_connection {
            let Some(site) = self.connections.get(&connection) else {
                for aspirant in &aspirants {
                    tell(unasked(aspirant, &connection));
                }
                continue;
            };
            match self.draft_page(site, aspirants, pass).await {
                Ok(drafted) => drafted.into_iter().for_each(|one| tell(one.preview)),
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => {
                    let trouble = format!("connection {connection}: {}", error.chain());
                    if !pass.summary.unasked.contains(&trouble) {
                        pass.summary.unasked.push(trouble);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether nobody is to be asked and nothing is remembered.
    pub(super) fn is_silent(pass: &Pass) -> bool {
        pass.options.asking == Asking::Nobody
    }
}

/// How a stored binding is previewed.
enum Sort {
    /// The driver would decide about it.
    Open,
    /// It stands as it stands, and a person may want to know.
    Told,
    /// Both sides agree.
    Settled,
}

fn sort(binding: &Binding, is_new_ground: bool) -> Sort {
    match &binding.state {
        State::Waiting { .. } | State::Ready { .. } | State::Held { .. } => Sort::Open,
        State::Rejected { .. } if is_new_ground => Sort::Open,
        State::Skipped {
            reason: SkipReason::ByOperator { .. },
        } => Sort::Told,
        State::Skipped { .. } if is_new_ground => Sort::Open,
        State::Rejected { .. }
        | State::Skipped { .. }
        | State::Removed { .. }
        | State::InFlight(_)
        | State::Unsure { .. } => Sort::Told,
        State::Posted if binding.companions_to_compare().is_some() || has_companions(binding) => {
            Sort::Open
        }
        State::Posted if is_new_ground => Sort::Open,
        State::Posted | State::Voided | State::Detached => Sort::Settled,
    }
}

fn has_companions(binding: &Binding) -> bool {
    let mut items = binding.companions.items.values();
    items.any(|item| binding.lets_go(item))
}

fn key_of(site: &HostSite, record: &Record) -> Option<DocumentKey> {
    let (kind, id) = match record {
        Record::Document(document) => (document.kind(), document.id().clone()),
        Record::Removed { kind, id, .. } => (*kind, id.clone()),
        Record::Unreadable { .. } => return None,
    };
    Some(DocumentKey {
        host: site.id.clone(),
        kind,
        id,
    })
}
