//! How documents are found, linked to a record and pinned there.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::desk::RecordDesk;
use super::error::RecordError;
use super::keep::set;
use super::mirror::Kept;
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::host::{HostRecord, Trace};
use crate::panel::{DocumentRole, LinkedDocument, Row, View, occurs_in, rows, same, within};
use crate::provider::{DocumentsMeant, Opened, Organisation, Snapshot};

/// Documents that a search shows.
const FOUND_MAX: usize = 200;

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Found {
    /// The documents, newest first.
    pub rows: Vec<Row>,
    /// Whether there are more than are shown.
    pub more: bool,
}

impl RecordDesk<'_> {
    /// The live invoices and bills in whose number or reference a text occurs, dated between two days.
    pub async fn find(
        &self,
        part: &str,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    ) -> Result<Found, RecordError> {
        let organisation = self.organisation().await?;
        let (held, more) = self.like(part, (from, to)).await?;
        let held: Vec<&Snapshot> = held.iter().collect();
        let none = BTreeSet::new();
        let rows = rows(&held, &none, &none, |one| self.opens(&organisation, one));
        Ok(Found { rows, more })
    }

    /// Links a document to a record, or pins it there; by its number, its reference or its identifier. A repeat
    /// changes nothing but who and when.
    pub async fn add_document(
        &self,
        role: DocumentRole,
        record: &HostRecord,
        named: &str,
    ) -> Result<LinkedDocument, RecordError> {
        let held = self.one_document(named).await?;
        let link = LinkedDocument {
            kind: held.kind,
            id: held.id.clone(),
            number: held.number.clone(),
            by: self.by.to_owned(),
            at: self.now(),
        };
        let verb = match role {
            DocumentRole::Linked => "linked",
            DocumentRole::Pinned => "pinned",
        };
        let action = format!(
            "{} {verb} {} {} ({}) to {} {}",
            self.by, held.kind, held.number, held.id, self.host.id, record.key
        );
        let key = self.document_key(role, &record.key, &held.id);
        let mut records = vec![set(key, &link)];
        if role == DocumentRole::Linked {
            let kept = Kept::new(record.key.clone());
            records.push(set(self.mirrored_key(&record.key), &kept));
        }
        self.act(records, action).await?;
        self.leave_trace(record, &held, verb).await?;
        Ok(link)
    }

    /// Leaves word of it in the product, where the configuration wants that. The link stands whatever comes of it.
    async fn leave_trace(
        &self,
        record: &HostRecord,
        held: &Snapshot,
        verb: &str,
    ) -> Result<(), RecordError> {
        let records = self.records()?;
        if !records.drafting().leave_trace {
            return Ok(());
        }
        let trace = Trace {
            number: held.number.clone(),
            url: self.opens(&self.organisation().await?, held),
            text: format!(
                "{} {} was {verb} here by {}.",
                held.kind, held.number, self.by
            ),
        };
        let host = &self.host.id;
        match records.leave_trace(&record.key, &trace).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => tracing::warn!(%host, record = %record.key, why, "no trace was left"),
            Err(error) => tracing::warn!(%host, record = %record.key, %error, "no trace was left"),
        }
        Ok(())
    }

    /// Takes the link or the pin of a document away. Denied when there is none.
    pub async fn remove_document(
        &self,
        role: DocumentRole,
        record: &HostRecord,
        named: &str,
    ) -> Result<LinkedDocument, RecordError> {
        let known = self.documents_of(role, &record.key).await?;
        let named = named.trim();
        let mut meant: Vec<LinkedDocument> = known
            .into_iter()
            .filter(|link| link.id.as_str() == named || same(&link.number, named))
            .collect();
        let word = role.as_str();
        if meant.len() > 1 {
            let ids: Vec<&str> = meant.iter().map(|link| link.id.as_str()).collect();
            return Err(RecordError::denied(
                format!("several {word} documents are called `{named}`"),
                format!("Name it by its identifier: {}.", ids.join(", ")),
            ));
        }
        let Some(link) = meant.pop() else {
            let view = match role {
                DocumentRole::Linked => View::All,
                DocumentRole::Pinned => View::Pinned,
            };
            return Err(RecordError::denied(
                format!("no document `{named}` is {word} to {}", record.key),
                format!(
                    "`tieout record show {} {} --view {}` lists them.",
                    self.host.id,
                    record.key,
                    view.as_str()
                ),
            ));
        };
        let action = format!(
            "{} took away that {} {} ({}) is {word} to {} {}",
            self.by, link.kind, link.number, link.id, self.host.id, record.key
        );
        let key = self.document_key(role, &record.key, &link.id);
        let mut records = vec![(key, None)];
        if role == DocumentRole::Linked {
            let kept = Kept::new(record.key.clone());
            records.push(set(self.mirrored_key(&record.key), &kept));
        }
        self.act(records, action).await?;
        Ok(link)
    }

    /// Where a person opens a document.
    pub(super) fn opens(&self, organisation: &Organisation, held: &Snapshot) -> Option<String> {
        let of = Opened::Document(held.kind, &held.id);
        self.shown()?.address(organisation, &of)
    }

    async fn like(
        &self,
        part: &str,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    ) -> Result<(Vec<Snapshot>, bool), RecordError> {
        let part = part.trim();
        if part.is_empty() {
            return Err(RecordError::denied(
                "nothing to look for",
                "Give a part of a number or of a reference.",
            ));
        }
        let meant = DocumentsMeant {
            like: Some(part.to_owned()),
            from,
            to,
            documents_max: FOUND_MAX,
            ..DocumentsMeant::default()
        };
        let found = self.browse()?.documents(&meant).await?;
        // The provider may find more than was meant.
        let fits = |held: &Snapshot| {
            occurs_in(part, [Some(&held.number), held.reference.as_deref()])
                && within(held.date, from, to)
        };
        let fitting = found.documents.into_iter().filter(fits).collect();
        Ok((fitting, found.more))
    }

    async fn one_document(&self, named: &str) -> Result<Snapshot, RecordError> {
        let named = named.trim();
        let (held, more) = self.like(named, (None, None)).await?;
        let has_number = |held: &Snapshot| same(&held.number, named);
        let mut exact: Vec<Snapshot> = held
            .into_iter()
            .filter(|held| {
                has_number(held)
                    || held
                        .reference
                        .as_deref()
                        .is_some_and(|text| same(text, named))
            })
            .collect();
        if more {
            let numbered = self.by_number(named).await?;
            exact.extend(numbered);
            exact.sort_by(|one, other| one.id.cmp(&other.id));
            exact.dedup_by(|one, other| one.id == other.id);
        }
        if exact.is_empty()
            && let Ok(id) = ProviderDocumentId::new(named)
        {
            exact = self.by_id(id).await?;
        }
        if exact.len() > 1 {
            let names: Vec<String> = exact
                .iter()
                .map(|held| {
                    format!(
                        "{} {} of {} ({})",
                        held.kind, held.number, held.date, held.id
                    )
                })
                .collect();
            return Err(RecordError::denied(
                format!(
                    "several documents are called `{named}`: {}",
                    names.join(", ")
                ),
                "Name it by its identifier.",
            ));
        }
        let is_sure = |held: &Snapshot| has_number(held) || held.id.as_str() == named;
        if more && !exact.first().is_some_and(is_sure) {
            return Err(RecordError::denied(
                format!("`{named}` occurs in more than {FOUND_MAX} documents"),
                "Name the one by its identifier or its whole number.",
            ));
        }
        exact.pop().ok_or_else(|| {
            RecordError::denied(
                format!("no live invoice or bill is called `{named}`"),
                format!(
                    "`tieout record find {} TEXT` looks for a part of its number or reference.",
                    self.host.id
                ),
            )
        })
    }

    /// The live invoices and bills of a whole number, however many others it occurs in.
    async fn by_number(&self, number: &str) -> Result<Vec<Snapshot>, RecordError> {
        let numbers = [number.to_owned()];
        let mut found = Vec::new();
        for kind in [DocumentKind::Invoice, DocumentKind::Bill] {
            found.extend(self.site.provider.look_up(kind, &numbers).await?);
        }
        found.retain(|held: &Snapshot| held.status.is_live() && same(&held.number, number));
        Ok(found)
    }

    async fn by_id(&self, id: ProviderDocumentId) -> Result<Vec<Snapshot>, RecordError> {
        // Whatever else a person wrote is no identifier of a provider's, and asking for it may be refused.
        if id.as_str().len() < 32 {
            return Ok(Vec::new());
        }
        let link = |kind| LinkedDocument {
            kind,
            id: id.clone(),
            number: String::new(),
            by: String::new(),
            at: self.now(),
        };
        let mut found = self
            .of_links(&[link(DocumentKind::Invoice), link(DocumentKind::Bill)])
            .await?;
        found.retain(|held| held.status.is_live());
        found.dedup_by(|one, other| one.id == other.id);
        Ok(found)
    }
}
