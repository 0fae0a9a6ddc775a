//! How a draft is made of a record: proposed as a document of its host, and sent by the engine like any other, once.

use serde::Serialize;

use super::contact::{PartyStanding, several};
use super::desk::RecordDesk;
use super::error::RecordError;
use super::keep::{set, stirred};
use super::mirror::Kept;
use crate::document::{Currency, Document, DocumentId, DocumentKey, DocumentKind};
use crate::driver::DriverError;
use crate::engine::Binding;
use crate::host::{HostPage, HostRecord, Record, RecordRef};
use crate::mapping;
use crate::panel::{DraftLine, DraftWanted, LinkedDocument, draft, draft_id};
use crate::provider::{ContactAnswer, ContactCandidate, MatchedBy};
use crate::store::Find;

/// Drafts of one record.
const TURNS_MAX: u32 = 1_000;

/// What became of a draft.
#[derive(Clone, Debug, Serialize)]
pub struct Drafted {
    /// Whether it was made now; else it was there, and nothing was changed.
    pub is_new: bool,
    /// The contact at the provider.
    pub contact: Option<ContactCandidate>,
    /// Where it stands.
    pub binding: Binding,
}

impl RecordDesk<'_> {
    /// Proposes an invoice of a record; it is a draft at the provider. The contact is made on the way when nobody fits.
    ///
    /// A record that has a draft already gets none: that one is given back, unless a further one is wanted.
    pub async fn draft(
        &self,
        record: &HostRecord,
        (lines, currency): (&[DraftLine], Option<Currency>),
        wants_another: bool,
    ) -> Result<Drafted, RecordError> {
        let known = self.drafts(&record.key).await?;
        if let Some(last) = known.last()
            && !wants_another
        {
            return Ok(Drafted {
                is_new: false,
                contact: None,
                binding: last.clone(),
            });
        }
        let turn = u32::try_from(known.len()).unwrap_or(TURNS_MAX) + 1;
        let organisation = self.organisation().await?;
        let drafting = self.records()?.drafting();
        let mut wanted = DraftWanted {
            contact: "",
            turn,
            lines,
            currency,
            books: organisation.base_currency,
            date: organisation.day_of(self.now()),
            now: self.now(),
        };
        // Before a contact is made for it: a draft that cannot be leaves nothing behind.
        draft(record, drafting, &wanted)?;
        let contact = self.contact_for(record).await?;
        wanted.contact = &contact.name;
        let document = draft(record, drafting, &wanted)?;
        self.must_lead_here(&document)?;
        self.remember(&document, &contact).await?;
        let (binding, is_new) = self.hand_over(&document).await?;
        if !is_new {
            return Ok(Drafted {
                is_new,
                contact: None,
                binding,
            });
        }
        let action = format!(
            "{} drafted {} from {} {} for contact {} ({})",
            self.by,
            document.number(),
            self.host.id,
            record.key,
            contact.name,
            contact.id
        );
        // What is read from now on shows it when it is there; the fields of the record come to more by it.
        let stir = stirred(&self.site.id, self.now());
        let kept = Kept::new(record.key.clone());
        let mirrored = set(self.mirrored_key(&record.key), &kept);
        self.act(vec![stir, mirrored], action).await?;
        Ok(Drafted {
            is_new,
            contact: Some(contact),
            binding,
        })
    }

    /// The drafts of a record, the first at the front.
    pub(super) async fn drafts(&self, of: &RecordRef) -> Result<Vec<Binding>, RecordError> {
        let mut drafts = Vec::new();
        for turn in 1..=TURNS_MAX {
            // Of what cannot be drafted from there are no drafts.
            let Ok(id) = draft_id(of, turn) else { break };
            let Some(binding) = self.binding_of(id).await? else {
                break;
            };
            drafts.push(binding);
        }
        Ok(drafts)
    }

    /// Drafts that are not at the provider.
    pub(super) async fn waiting_drafts(&self, of: &RecordRef) -> Result<Vec<Binding>, RecordError> {
        let drafts = self.drafts(of).await?;
        let waits = |binding: &Binding| binding.posted.is_none();
        Ok(drafts.into_iter().filter(waits).collect())
    }

    /// Drafts that are at the provider: they are linked to their record by themselves.
    pub(super) async fn landed_drafts(
        &self,
        of: &RecordRef,
    ) -> Result<Vec<LinkedDocument>, RecordError> {
        let drafts = self.drafts(of).await?;
        let linked = drafts.iter().filter_map(|binding| {
            let posted = binding.posted.as_ref()?;
            posted.status.is_live().then(|| LinkedDocument {
                kind: DocumentKind::Invoice,
                id: posted.id.clone(),
                number: posted.number.clone(),
                by: "its draft".to_owned(),
                at: posted.updated_at,
            })
        });
        Ok(linked.collect())
    }

    /// The contact to whom a draft of a record is written.
    async fn contact_for(&self, record: &HostRecord) -> Result<ContactCandidate, RecordError> {
        let parties = self.parties(record).await?;
        let Some(party) = parties.first() else {
            return Err(RecordError::denied(
                format!("{} names no company and no person", record.key),
                "Give it one in the product, or draft from the company.",
            ));
        };
        match &party.standing {
            PartyStanding::Linked { contact, .. } => {
                let card = self.card(&contact.id).await?;
                if card.archived {
                    return Err(archived(contact));
                }
                Ok(ContactCandidate {
                    id: card.id,
                    name: card.name,
                })
            }
            PartyStanding::Unlinked { .. } => Err(RecordError::denied(
                format!("somebody unlinked {} ({})", party.record, party.name),
                format!(
                    "Link it: `tieout record link {} {} --contact NAME`.",
                    self.host.id, party.record
                ),
            )),
            PartyStanding::Ambiguous { candidates } => {
                let meant = (party.name.as_str(), candidates.as_slice());
                Err(several(&self.host.id, &party.record, meant))
            }
            PartyStanding::Archived { contact } => Err(archived(contact)),
            PartyStanding::Nobody => {
                let record = self.record(&party.record).await?;
                let link = self.create_contact(&record).await?;
                let id = link.contact.ok_or_else(|| {
                    RecordError::denied(
                        "the provider made no contact",
                        "Make it there, and link it.",
                    )
                })?;
                Ok(ContactCandidate {
                    id,
                    name: link.name,
                })
            }
        }
    }

    /// The routes must send the draft to the organisation whose contact it names.
    fn must_lead_here(&self, document: &Document) -> Result<(), RecordError> {
        match self.world.routes.connection(&self.host.id, document) {
            Ok(to) if *to == self.site.id => Ok(()),
            Ok(to) => Err(RecordError::denied(
                format!(
                    "the routes send such a draft to `{to}`, and not to `{}`",
                    self.site.id
                ),
                "Correct `[[routes]]` in the configuration.",
            )),
            Err(_) => Err(RecordError::denied(
                "no route takes such a draft",
                "Add one to `[[routes]]` in the configuration.",
            )),
        }
    }

    /// Remembers who the name on the draft is, so that no other contact is looked for.
    async fn remember(
        &self,
        document: &Document,
        contact: &ContactCandidate,
    ) -> Result<(), RecordError> {
        let Ok(wanted) = mapping::contact_wanted(&self.host.id, document, &self.site.settings)
        else {
            return Ok(());
        };
        // Where the settings name one contact for everybody, they are followed.
        if wanted.name
            != contact
                .name
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        {
            return Ok(());
        }
        let answer = ContactAnswer::Found {
            id: contact.id.clone(),
            by: MatchedBy::Name,
        };
        let found = vec![(wanted, answer)];
        let book = &self.site.book;
        Ok(book.remember_found(self.store(), found, self.now()).await?)
    }

    /// Stores the draft like a record that its host told. Gives where it stands, and whether it was made here.
    async fn hand_over(&self, document: &Document) -> Result<(Binding, bool), RecordError> {
        let _alone = self.host.reader.lock().await;
        // Somebody may have made the same draft meanwhile: that one stands.
        if let Some(binding) = self.binding_of(document.id().clone()).await? {
            return Ok((binding, false));
        }
        let page = HostPage {
            records: vec![Record::Document(Box::new(document.clone()))],
            position: None,
            more: false,
        };
        self.world.store_page(self.host, &page, None).await?;
        let binding = self.binding_of(document.id().clone()).await?;
        let binding = binding.ok_or_else(|| {
            let why = "the draft was stored and is not there".to_owned();
            let error = crate::store::StoreError::Corrupt {
                place: document.id().to_string(),
                message: why,
            };
            DriverError::Store(error)
        })?;
        Ok((binding, true))
    }

    async fn binding_of(&self, id: DocumentId) -> Result<Option<Binding>, RecordError> {
        let key = DocumentKey {
            host: self.host.id.clone(),
            kind: DocumentKind::Invoice,
            id,
        };
        let keys = self.store().find(&Find::Document(key)).await?;
        let mut bindings = self.store().bindings(&keys).await?.into_iter().flatten();
        Ok(bindings.find(|binding| !binding.has_left()))
    }
}

fn archived(contact: &ContactCandidate) -> RecordError {
    RecordError::denied(
        format!("contact {} ({}) is archived", contact.name, contact.id),
        "Restore it at the provider, or link another one.",
    )
}
