//! Which documents stand beside a record: read from the provider, kept for a while, and read again when anything was
//! heard to have changed there.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::desk::RecordDesk;
use super::error::RecordError;
use super::keep::set;
use crate::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use crate::driver::cursor::read;
use crate::panel::LinkedDocument;
use crate::provider::{DocumentsMeant, Snapshot};

/// Documents of the contacts of one record that are read and kept.
pub(super) const DOCUMENTS_MAX: usize = 5_000;
/// Contacts whose documents are read together.
pub(super) const CONTACTS_MAX: usize = 40;

/// Documents beside a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// They.
    pub documents: Vec<Snapshot>,
    /// Whether there are more than are read.
    pub more: bool,
    /// As of when.
    pub at: DateTime<Utc>,
}

impl RecordDesk<'_> {
    /// The documents of contacts: as they are kept, unless they are older than a look at the provider may be, or
    /// something was heard to have changed since.
    pub(super) async fn list(&self, contacts: &[ProviderContactId]) -> Result<Listed, RecordError> {
        if contacts.is_empty() {
            return Ok(Listed {
                at: self.now(),
                ..Listed::default()
            });
        }
        let key = self.list_key(contacts);
        let kept: Option<Listed> = read(self.store(), &key).await?;
        if let Some(kept) = kept
            && self.is_fresh(kept.at).await?
        {
            return Ok(kept);
        }
        // Before the question: what changes while it is answered is news.
        let at = self.now();
        let meant = DocumentsMeant {
            contacts: contacts.iter().take(CONTACTS_MAX).cloned().collect(),
            documents_max: DOCUMENTS_MAX,
            ..DocumentsMeant::default()
        };
        let found = self.browse()?.documents(&meant).await?;
        let mut listed = Listed {
            documents: found.documents,
            more: found.more || contacts.len() > CONTACTS_MAX,
            at,
        };
        for document in &mut listed.documents {
            document.lines = Vec::new();
        }
        self.keep(vec![set(key, &listed)]).await?;
        Ok(listed)
    }

    /// Documents that somebody linked or pinned, as they are now; those that are gone are absent.
    pub(super) async fn of_links(
        &self,
        links: &[LinkedDocument],
    ) -> Result<Vec<Snapshot>, RecordError> {
        let mut found = Vec::new();
        for kind in [DocumentKind::Invoice, DocumentKind::Bill] {
            let of_kind = links.iter().filter(|link| link.kind == kind);
            let ids: Vec<ProviderDocumentId> = of_kind.map(|link| link.id.clone()).collect();
            let most = self.site.provider.capability().look_up_max.max(1);
            for some in ids.chunks(most) {
                found.extend(self.site.provider.read(kind, some).await?);
            }
        }
        Ok(found)
    }

    pub(super) async fn is_fresh(&self, at: DateTime<Utc>) -> Result<bool, RecordError> {
        let age = (self.now() - at).to_std();
        let is_young = age.is_ok_and(|age| age < self.world.limits.provider_poll);
        let stirred = self.stirred_at().await?;
        Ok(is_young && stirred.is_none_or(|stirred| stirred < at))
    }
}
