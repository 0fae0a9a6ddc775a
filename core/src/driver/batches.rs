//! Which documents came in which batch of a host: kept page by page, for as many batches as somebody may still name.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::{read, record};
use super::draft::Draft;
use super::site::{HostSite, World};
use crate::document::{Document, DocumentId, DocumentKey, DocumentKind, HostId};
use crate::engine::ContentHash;
use crate::host::HostPage;
use crate::store::{RecordKey, Store, StoreError};

/// Batches of one host that are remembered; the one that was added to longest ago goes first.
pub const BATCHES_MAX: usize = 200;
/// Batches that the documents of one page may name beside the page's own.
const NAMED_IN_PAGE_MAX: usize = 20;
/// Characters of a fingerprint in the name of a record: a host may call a batch anything.
const NAME_CHARS: usize = 16;
/// Pages of one batch that are read.
const PAGES_MAX: usize = 100_000;

/// Documents that a host handed over together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The host.
    pub host: HostId,
    /// What the host calls it.
    pub name: String,
    /// When its first document came.
    pub first_at: DateTime<Utc>,
    /// When its newest document came.
    pub last_at: DateTime<Utc>,
    /// How often a document of it was new or changed.
    pub documents: usize,
    /// Pages of documents that are stored.
    pages: usize,
}

/// The documents of a batch that one page of a host brought.
type Listed = Vec<(DocumentKind, DocumentId)>;

impl World {
    /// What is to be remembered of the batches of a page, once its documents are drafted. Documents that were handed
    /// over again without a change came with the batch that brought them first.
    pub(super) async fn batches_of(
        &self,
        site: &HostSite,
        page: &HostPage,
        draft: &Draft,
    ) -> Result<Vec<(RecordKey, Option<Vec<u8>>)>, DriverError> {
        let mut named: BTreeMap<String, Listed> = BTreeMap::new();
        let own = self.batch_of_page(site, page).await;
        for (key, document) in draft.documents() {
            let listed = (key.kind, key.id.clone());
            let within = own_batch(document).filter(|name| Some(*name) != own.as_deref());
            if let Some(name) = within
                && (named.contains_key(name) || named.len() < NAMED_IN_PAGE_MAX)
            {
                named
                    .entry(name.to_owned())
                    .or_default()
                    .push(listed.clone());
            }
            if let Some(name) = &own {
                named.entry(name.clone()).or_default().push(listed);
            }
        }
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = batches(self.store.as_ref(), &site.id).await?;
        let mut records = Vec::new();
        for (name, documents) in named {
            records.push(added(&mut known, &site.id, name, &documents, draft.at));
        }
        while known.len() > BATCHES_MAX {
            let oldest = known.remove(0);
            let pages = 0..oldest.pages;
            records.extend(pages.map(|page| (page_key(&oldest.host, &oldest.name, page), None)));
        }
        records.push(record(list_key(&site.id), &known));
        Ok(records)
    }

    async fn batch_of_page(&self, site: &HostSite, page: &HostPage) -> Option<String> {
        let position = page
            .position
            .as_deref()
            .filter(|_| !page.records.is_empty())?;
        match site.host.batch(position).await {
            Ok(batch) => batch,
            // It is a convenience for people: no page waits for it.
            Err(error) => {
                tracing::warn!(host = %site.id, %error, "the batch of a page is not known");
                None
            }
        }
    }
}

/// The batches of a host that are remembered, the one that was added to last at the end.
pub async fn batches(store: &dyn Store, host: &HostId) -> Result<Vec<Batch>, DriverError> {
    Ok(read(store, &list_key(host)).await?.unwrap_or_default())
}

/// The documents that a batch brought, each once, in the order of their keys.
pub async fn batch_documents(
    store: &dyn Store,
    batch: &Batch,
) -> Result<Vec<DocumentKey>, DriverError> {
    let prefix = format!("{}/", folder(&batch.host, &batch.name));
    let mut keys = Vec::new();
    for (record, value) in store.records(&prefix, PAGES_MAX).await? {
        let listed: Listed =
            serde_json::from_slice(&value).map_err(|error| StoreError::Corrupt {
                place: format!("record {record}"),
                message: error.to_string(),
            })?;
        keys.extend(listed.into_iter().map(|(kind, id)| DocumentKey {
            host: batch.host.clone(),
            kind,
            id,
        }));
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}

/// Adds documents to a batch, which then is the newest; gives the record with them.
fn added(
    known: &mut Vec<Batch>,
    host: &HostId,
    name: String,
    documents: &[(DocumentKind, DocumentId)],
    at: DateTime<Utc>,
) -> (RecordKey, Option<Vec<u8>>) {
    let place = known.iter().position(|batch| batch.name == name);
    let mut batch = match place {
        Some(place) => known.remove(place),
        None => Batch {
            host: host.clone(),
            name,
            first_at: at,
            last_at: at,
            documents: 0,
            pages: 0,
        },
    };
    let key = page_key(host, &batch.name, batch.pages);
    batch.last_at = at;
    batch.documents += documents.len();
    batch.pages += 1;
    known.push(batch);
    record(key, &documents)
}

/// The batch that a document names itself.
fn own_batch(document: &Document) -> Option<&str> {
    match document {
        Document::Invoice(invoice) => invoice.batch_id.as_deref(),
        Document::Bill(_) | Document::PurchaseOrder(_) => None,
    }
}

fn list_key(host: &HostId) -> RecordKey {
    RecordKey::new(&["batches", host.as_str()])
}

fn folder(host: &HostId, name: &str) -> RecordKey {
    let name = ContentHash::of_bytes(name.as_bytes());
    RecordKey::new(&["batch", host.as_str(), &name.as_str()[..NAME_CHARS]])
}

fn page_key(host: &HostId, name: &str, page: usize) -> RecordKey {
    RecordKey::from(format!("{}/{page:08}", folder(host, name)))
}
