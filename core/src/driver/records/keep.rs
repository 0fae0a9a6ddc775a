//! Where links, pins and lists are kept in the store, and how a change is noted in the journal.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::desk::RecordDesk;
use super::error::RecordError;
use super::mirror::Kept;
use crate::document::{ConnectionId, ProviderContactId, ProviderDocumentId};
use crate::driver::cursor::{read, record};
use crate::engine::{ContentHash, Entry, Event};
use crate::host::{RecordKind, RecordRef};
use crate::panel::{ContactLink, DocumentRole, LinkedDocument};
use crate::store::{ChangeSet, RecordKey, Store, StoreError};

/// Links and pins of one record that are read, at most.
const KEPT_MAX: usize = 1_000;

/// A record of the store, set or removed.
pub(super) type Change = (RecordKey, Option<Vec<u8>>);

impl RecordDesk<'_> {
    pub(super) fn contact_key(&self, of: &RecordRef) -> RecordKey {
        RecordKey::new(&[
            "panel-contact",
            &self.here(),
            of.kind.as_str(),
            of.id.as_str(),
        ])
    }

    /// The fingerprint of host and connection: names in the store are at most 200 bytes.
    fn here(&self) -> String {
        let here = (&self.host.id, &self.site.id);
        ContentHash::of(&here).as_str().to_owned()
    }

    pub(super) async fn contact_link(
        &self,
        of: &RecordRef,
    ) -> Result<Option<ContactLink>, RecordError> {
        Ok(read(self.store(), &self.contact_key(of)).await?)
    }

    /// The links of people to contacts, of those whose company this was.
    pub(super) async fn links_of_people(
        &self,
        company: &RecordRef,
    ) -> Result<Vec<ContactLink>, RecordError> {
        let people = RecordKey::new(&["panel-contact", &self.here(), "contact"]);
        let prefix = format!("{people}/");
        let links: Vec<ContactLink> = kept(self.store(), &prefix, usize::MAX).await?;
        let of_it = |link: &ContactLink| link.company.as_ref() == Some(company);
        Ok(links.into_iter().filter(of_it).collect())
    }

    pub(super) fn document_key(
        &self,
        role: DocumentRole,
        of: &RecordRef,
        id: &ProviderDocumentId,
    ) -> RecordKey {
        RecordKey::from(format!(
            "{}{}",
            self.documents_prefix(role, of),
            // An identifier may hold what a path must not.
            RecordKey::new(&[id.as_str()])
        ))
    }

    fn documents_prefix(&self, role: DocumentRole, of: &RecordRef) -> String {
        let of = ContentHash::of(of);
        let here = self.here();
        let key = RecordKey::new(&["panel-document", role.as_str(), &here, of.as_str()]);
        format!("{key}/")
    }

    pub(super) async fn documents_of(
        &self,
        role: DocumentRole,
        of: &RecordRef,
    ) -> Result<Vec<LinkedDocument>, RecordError> {
        kept(self.store(), &self.documents_prefix(role, of), KEPT_MAX).await
    }

    pub(super) fn swept_key(&self, kind: RecordKind) -> RecordKey {
        RecordKey::new(&["panel-swept", &self.here(), kind.as_str()])
    }

    pub(super) fn mirrored_key(&self, of: &RecordRef) -> RecordKey {
        RecordKey::new(&[
            "panel-mirrored",
            &self.here(),
            of.kind.as_str(),
            of.id.as_str(),
        ])
    }

    /// The records whose fields are looked after, as far as anything was done about them yet.
    pub(super) async fn mirrored_records(&self) -> Result<Vec<Kept>, RecordError> {
        let prefix = format!("{}/", RecordKey::new(&["panel-mirrored", &self.here()]));
        kept(self.store(), &prefix, usize::MAX).await
    }

    /// Everything that was decided about contacts of records.
    pub(super) async fn all_links(&self) -> Result<Vec<ContactLink>, RecordError> {
        let prefix = format!("{}/", RecordKey::new(&["panel-contact", &self.here()]));
        kept(self.store(), &prefix, usize::MAX).await
    }

    pub(super) fn list_key(&self, contacts: &[ProviderContactId]) -> RecordKey {
        let mut ids: Vec<&str> = contacts.iter().map(ProviderContactId::as_str).collect();
        ids.sort_unstable();
        let of = ContentHash::of(&ids);
        RecordKey::new(&["panel-list", self.site.id.as_str(), of.as_str()])
    }

    /// When something last changed at the provider, as far as it was heard of.
    pub(super) async fn stirred_at(&self) -> Result<Option<DateTime<Utc>>, RecordError> {
        Ok(read(self.store(), &stir_key(&self.site.id)).await?)
    }

    /// What differs when there is something new to see beside a record: from the store alone.
    pub async fn mark(&self, of: &RecordRef) -> Result<String, RecordError> {
        let stirred = self.stirred_at().await?;
        let drafts = self.drafts(of).await?;
        let drafts: Vec<u64> = drafts.iter().map(|draft| draft.version).collect();
        Ok(format!("{stirred:?} {drafts:?}"))
    }

    /// Writes what a person decided with its line in the journal, all or nothing; no match comes between.
    pub(super) async fn act(
        &self,
        records: Vec<Change>,
        action: impl Into<String>,
    ) -> Result<(), RecordError> {
        let _alone = self.host.storing.lock().await;
        self.write(records, action).await
    }

    /// The same for whoever is alone already.
    pub(super) async fn write(
        &self,
        records: Vec<Change>,
        action: impl Into<String>,
    ) -> Result<(), RecordError> {
        let entry = Entry {
            at: self.now(),
            binding: None,
            event: Event::Operator {
                action: action.into(),
            },
            state: None,
        };
        let changes = ChangeSet {
            records,
            journal: vec![entry],
            ..ChangeSet::default()
        };
        Ok(self.store().commit(changes).await?)
    }

    /// Writes what is only remembered.
    pub(super) async fn keep(&self, records: Vec<Change>) -> Result<(), RecordError> {
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        Ok(self.store().commit(changes).await?)
    }
}

/// The record that tells that something changed at a connection's provider: lists that were read before it are old.
pub(in crate::driver) fn stirred(connection: &ConnectionId, at: DateTime<Utc>) -> Change {
    record(stir_key(connection), &at)
}

pub(super) fn set<T: Serialize>(key: RecordKey, value: &T) -> Change {
    record(key, value)
}

fn stir_key(connection: &ConnectionId) -> RecordKey {
    RecordKey::new(&["panel-stirred", connection.as_str()])
}

async fn kept<T: DeserializeOwned>(
    store: &dyn Store,
    prefix: &str,
    limit: usize,
) -> Result<Vec<T>, RecordError> {
    let mut found = Vec::new();
    for (key, value) in store.records(prefix, limit).await? {
        let one = serde_json::from_slice(&value).map_err(|error| StoreError::Corrupt {
            place: format!("record {key}"),
            message: error.to_string(),
        })?;
        found.push(one);
    }
    Ok(found)
}
