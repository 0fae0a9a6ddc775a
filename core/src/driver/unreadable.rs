//! What is done about a changed document that cannot be read: ours is asked for again, anybody else's passed over once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::DriverError;
use super::cursor::{read, record};
use super::site::{ConnectionSite, World};
use crate::check::{Finding, Rule};
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{BindingKey, Entry, Event};
use crate::provider::{ErrorKind, ProviderError, Snapshot, Unreadable};
use crate::store::{Find, RecordKey};

/// Documents of somebody else that are remembered as told; beyond it the memory starts anew.
const TOLD_MAX: usize = 1_000;

/// What became of documents that could not be read.
#[derive(Default)]
pub(super) struct Strange {
    /// Those that could be read after all.
    pub(super) documents: Vec<Snapshot>,
    /// Ours that could not, each with the reason.
    pub(super) ours: BTreeMap<BindingKey, String>,
    /// What is told of those of somebody else.
    pub(super) notes: Vec<Entry>,
    /// Those of which was told.
    pub(super) records: Vec<(RecordKey, Option<Vec<u8>>)>,
}

impl World {
    /// Looks into documents that could not be read.
    ///
    /// One that a binding holds is read again by its identifier. One of somebody else is told of once. An
    /// error means that the provider could not be asked: the documents come again.
    pub(super) async fn look_into(
        &self,
        site: &ConnectionSite,
        unreadable: &[Unreadable],
        at: DateTime<Utc>,
    ) -> Result<Strange, DriverError> {
        let mut strange = Strange::default();
        if unreadable.is_empty() {
            return Ok(strange);
        }
        let key = RecordKey::new(&["unreadable", site.id.as_str()]);
        let told = read::<BTreeSet<ProviderDocumentId>>(self.store.as_ref(), &key).await?;
        let mut told = told.unwrap_or_default();
        let before = told.len();
        for one in unreadable {
            let posted = Find::Posted {
                connection: site.id.clone(),
                id: one.id.clone(),
            };
            let owners = self.store.find(&posted).await?;
            if owners.is_empty() {
                if told.len() >= TOLD_MAX {
                    told.clear();
                }
                if told.insert(one.id.clone()) {
                    tracing::warn!(connection = %site.id, document = %one.id, why = one.why, "passed over a document that cannot be read");
                    strange.notes.push(passed_over(site, one, at));
                }
                continue;
            }
            match read_one(site, one.kind, &one.id).await? {
                Ok(snapshot) => strange.documents.push(snapshot),
                Err(why) => {
                    let ours = owners.into_iter().map(|owner| (owner, why.clone()));
                    strange.ours.extend(ours);
                }
            }
        }
        if told.len() != before {
            strange.records.push(record(key, &told));
        }
        Ok(strange)
    }

    /// The documents of identifiers; those that cannot be read apart, so that they keep none of the others.
    pub(super) async fn read_apart(
        &self,
        site: &ConnectionSite,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<(Vec<Snapshot>, Vec<Unreadable>), DriverError> {
        match site.provider.read(kind, ids).await {
            Ok(documents) => return Ok((documents, Vec::new())),
            Err(error) if error.kind == ErrorKind::BadReply => {}
            Err(error) => return Err(error.into()),
        }
        let (mut documents, mut unreadable) = (Vec::new(), Vec::new());
        for id in ids {
            match site.provider.read(kind, std::slice::from_ref(id)).await {
                Ok(found) => documents.extend(found),
                Err(error) if error.kind == ErrorKind::BadReply => unreadable.push(Unreadable {
                    kind,
                    id: id.clone(),
                    number: None,
                    why: error.message,
                }),
                Err(error) => return Err(error.into()),
            }
        }
        Ok((documents, unreadable))
    }
}

async fn read_one(
    site: &ConnectionSite,
    kind: DocumentKind,
    id: &ProviderDocumentId,
) -> Result<Result<Snapshot, String>, ProviderError> {
    match site.provider.read(kind, std::slice::from_ref(id)).await {
        Ok(found) => Ok(found
            .into_iter()
            .find(|snapshot| snapshot.id == *id)
            .ok_or_else(|| "it is not found by its identifier".to_owned())),
        Err(error) if error.kind == ErrorKind::BadReply => Ok(Err(error.message)),
        Err(error) => Err(error),
    }
}

/// The journal's line about a document of somebody else.
fn passed_over(site: &ConnectionSite, one: &Unreadable, at: DateTime<Utc>) -> Entry {
    let number = one.number.as_deref().unwrap_or_default();
    let finding = Finding::new(
        Rule::UnreadableAtProvider,
        format!(
            "passed over the {} {number} ({}) of `{}`, which cannot be read and is none of ours: {}",
            one.kind, one.id, site.id, one.why
        ),
        "Nothing, unless it should be one of ours: then look at it in the accounting system.",
    );
    Entry {
        at,
        binding: None,
        event: Event::RecordUnreadable {
            finding: finding.at("number", number),
        },
        state: None,
    }
}
