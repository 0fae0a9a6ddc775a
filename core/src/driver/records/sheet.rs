//! What a person sees beside a record: whom it is at the provider, which documents stand there, what they come to.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::contact::Party;
use super::desk::RecordDesk;
use super::error::RecordError;
use super::list::CONTACTS_MAX;
use crate::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use crate::engine::Binding;
use crate::host::{HostRecord, RecordKind, RecordRef};
use crate::panel::{
    Boxes, DocumentRole, LinkedDocument, Net, Overview, Row, View, boxes, net, occurs_in, overview,
    rows, totals_of, within,
};
use crate::provider::{ContactCard, Opened, Organisation, Snapshot, TotalsWanted};

/// Parties of one piece of business that are looked at.
const PARTIES_MAX: usize = 10;

/// What is to be seen.
#[derive(Clone, Debug, Default)]
pub struct SheetAsked {
    /// The view.
    pub view: View,
    /// Only documents in whose number or reference this occurs.
    pub search: Option<String>,
    /// Only those dated on this day or later.
    pub from: Option<NaiveDate>,
    /// Only those dated on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Only those of this kind.
    pub kind: Option<DocumentKind>,
}

/// What stands beside a record.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// The record.
    pub record: HostRecord,
    /// The organisation.
    pub organisation: String,
    /// The party that it is, or the parties that it is about.
    pub parties: Vec<Party>,
    /// The contact of a party, as the provider holds it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactCard>,
    /// Where the contact opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_url: Option<String>,
    /// What its invoices come to, by currency: those of its contacts, or those linked to an opportunity or a project.
    pub boxes: Vec<Boxes>,
    /// What everything of a contact comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overview: Option<Overview>,
    /// What linked documents come to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub net: Vec<Net>,
    /// The view of `rows`.
    pub view: View,
    /// The documents of the view.
    pub rows: Vec<Row>,
    /// Whether there are more documents than were read: then the sums of `boxes` and `rows` leave some out.
    pub more: bool,
    /// Documents that were linked or pinned and are not live any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<LinkedDocument>,
    /// Drafts that were made here and are not at the provider yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drafts: Vec<Binding>,
    /// As of when the documents are told.
    pub as_of: DateTime<Utc>,
}

/// The documents beside a record, and what people decided about them.
struct Beside {
    all: Vec<Snapshot>,
    more: bool,
    at: DateTime<Utc>,
    pinned: BTreeSet<ProviderDocumentId>,
    linked: BTreeSet<ProviderDocumentId>,
    gone: Vec<LinkedDocument>,
}

impl RecordDesk<'_> {
    /// What stands beside a record now. Nothing is changed but what is remembered; a repeat costs fewer calls.
    pub async fn sheet(&self, key: &RecordRef, asked: &SheetAsked) -> Result<Sheet, RecordError> {
        let record = self.record(key).await?;
        self.sheet_of(record, asked).await
    }

    /// The same of a record that was read.
    pub(super) async fn sheet_of(
        &self,
        record: HostRecord,
        asked: &SheetAsked,
    ) -> Result<Sheet, RecordError> {
        let mut parties = self.parties(&record).await?;
        let organisation = self.organisation().await?;
        let (contacts, card) = self.contacts_of(&record, &mut parties).await?;
        let beside = self.beside(&record, &contacts).await?;
        let today = organisation.day_of(self.now());
        let counted: Vec<&Snapshot> = beside.all.iter().collect();
        // What was pinned, or linked to a party, may be of somebody else, whose money is not this one's.
        let is_own = |held: &&Snapshot| match record.key.kind {
            RecordKind::Contact | RecordKind::Lead | RecordKind::Company | RecordKind::Deal => {
                contacts.contains(&held.contact)
            }
            RecordKind::Opportunity | RecordKind::Project => beside.linked.contains(&held.id),
        };
        let own_documents: Vec<&Snapshot> = counted.iter().copied().filter(is_own).collect();
        let in_view = |held: &&Snapshot| {
            let is_pinned = beside.pinned.contains(&held.id);
            let search = asked.search.as_deref();
            asked.view.shows(held, is_pinned, today)
                && asked.kind.is_none_or(|kind| kind == held.kind)
                && within(held.date, asked.from, asked.to)
                && search.is_none_or(|part| {
                    occurs_in(part, [Some(&held.number), held.reference.as_deref()])
                })
        };
        let shown: Vec<&Snapshot> = counted.iter().copied().filter(in_view).collect();
        let overview = match &card {
            Some(card) => Some(self.overview(&card.id, &beside, &organisation).await?),
            None => None,
        };
        let linked: Vec<&Snapshot> = counted
            .iter()
            .copied()
            .filter(|held| beside.linked.contains(&held.id))
            .collect();
        let contact_url = card.as_ref().and_then(|card| {
            let of = Opened::Contact(&card.id);
            self.shown()?.address(&organisation, &of)
        });
        Ok(Sheet {
            rows: rows(&shown, &beside.pinned, &beside.linked, |held| {
                self.opens(&organisation, held)
            }),
            boxes: boxes(&own_documents, today)?,
            net: net(&linked)?,
            organisation: organisation.name.clone(),
            parties,
            contact: card,
            contact_url,
            overview,
            view: asked.view,
            more: beside.more,
            drafts: self.waiting_drafts(&record.key).await?,
            gone: beside.gone,
            as_of: beside.at,
            record,
        })
    }

    /// The record itself where it is a party, else those that it is about.
    pub(super) async fn parties(&self, record: &HostRecord) -> Result<Vec<Party>, RecordError> {
        if record.key.kind.is_party() {
            return Ok(vec![self.party(record).await?]);
        }
        let mut parties = Vec::new();
        for key in self.party_keys(record).await? {
            if let Some(party) = self.records()?.record(&key).await? {
                parties.push(self.party(&party).await?);
            }
        }
        Ok(parties)
    }

    /// The parties of a piece of business, its company first; those of a project may stand at its opportunity.
    async fn party_keys(&self, record: &HostRecord) -> Result<Vec<RecordRef>, RecordError> {
        let near = |record: &HostRecord| -> Vec<RecordRef> {
            let people = record.related.iter().filter(|key| key.kind.is_party());
            record.company.iter().chain(people).cloned().collect()
        };
        let mut keys = near(record);
        if keys.is_empty()
            && let Some(of) = record.related.iter().find(|key| !key.kind.is_party())
            && let Some(of) = self.records()?.record(of).await?
        {
            keys = near(&of);
        }
        let mut met = BTreeSet::new();
        keys.retain(|key| met.insert(key.clone()));
        keys.truncate(PARTIES_MAX);
        Ok(keys)
    }

    /// Whose documents stand beside a record: a contact's own; a company's and those of its people that were linked;
    /// a deal's parties'. Beside opportunities and projects stand linked documents alone. Links follow merges; with
    /// the contact that the record itself is.
    async fn contacts_of(
        &self,
        record: &HostRecord,
        parties: &mut [Party],
    ) -> Result<(Vec<ProviderContactId>, Option<ContactCard>), RecordError> {
        let own = parties.iter().filter_map(|party| party.standing.contact());
        let mut ids: Vec<ProviderContactId> = own.map(|contact| contact.id.clone()).collect();
        if record.key.kind == RecordKind::Company {
            let people = self.links_of_people(&record.key).await?;
            ids.extend(people.into_iter().filter_map(|link| link.contact));
        }
        let mut met = BTreeSet::new();
        ids.retain(|id| met.insert(id.clone()));
        // One more than is read tells that there are more.
        ids.truncate(CONTACTS_MAX + 1);
        let cards = self.cards(&ids).await?;
        let own = match (record.key.kind.is_party(), parties.first()) {
            (true, Some(party)) => party.standing.contact(),
            (true, None) | (false, _) => None,
        };
        let card = match own {
            Some(contact) => match cards.get(&contact.id) {
                Some(card) => Some(card.clone()),
                // It says why there is none.
                None => Some(self.card(&contact.id).await?),
            },
            None => None,
        };
        for party in parties.iter_mut() {
            self.follow(party, &cards).await?;
        }
        match record.key.kind {
            RecordKind::Opportunity | RecordKind::Project => ids.clear(),
            RecordKind::Contact | RecordKind::Lead | RecordKind::Deal | RecordKind::Company => {}
        }
        let mut met = BTreeSet::new();
        let ids = ids.into_iter().map(|id| match cards.get(&id) {
            Some(card) => card.id.clone(),
            None => id,
        });
        let ids = ids.filter(|id| met.insert(id.clone())).collect();
        Ok((ids, card))
    }

    async fn beside(
        &self,
        record: &HostRecord,
        contacts: &[ProviderContactId],
    ) -> Result<Beside, RecordError> {
        let linked = self.documents_of(DocumentRole::Linked, &record.key).await?;
        let pinned = self.documents_of(DocumentRole::Pinned, &record.key).await?;
        let mut linked = linked;
        linked.extend(self.landed_drafts(&record.key).await?);
        let listed = self.list(contacts).await?;
        let mut all = listed.documents;
        let of_links = linked.iter().chain(&pinned);
        let mut absent: Vec<LinkedDocument> = of_links
            .filter(|link| all.iter().all(|held| held.id != link.id))
            .cloned()
            .collect();
        absent.sort_by(|one, other| one.id.cmp(&other.id));
        absent.dedup_by(|one, other| one.id == other.id);
        let read = self.of_links(&absent).await?;
        all.extend(read.into_iter().filter(|held| held.status.is_live()));
        absent.retain(|link| all.iter().all(|held| held.id != link.id));
        let ids = |links: &[LinkedDocument]| links.iter().map(|link| link.id.clone()).collect();
        Ok(Beside {
            pinned: ids(&pinned),
            linked: ids(&linked),
            gone: absent,
            more: listed.more,
            at: listed.at,
            all,
        })
    }

    /// The overview of a contact: from what was read, or asked for where that left something out.
    async fn overview(
        &self,
        contact: &ProviderContactId,
        beside: &Beside,
        organisation: &Organisation,
    ) -> Result<Overview, RecordError> {
        let wanted = TotalsWanted {
            contact: contact.clone(),
            currency: organisation.base_currency,
            today: organisation.day_of(self.now()),
        };
        if beside.more
            && let Some(clerk) = self.site.provider.clerk()
        {
            return Ok(overview(&clerk.contact_totals(&wanted).await?)?);
        }
        let of_it: Vec<&Snapshot> = beside
            .all
            .iter()
            .filter(|held| held.contact == *contact)
            .collect();
        Ok(overview(&totals_of(&of_it, &wanted)?)?)
    }
}
