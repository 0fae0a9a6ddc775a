//! Whom a record is at the provider: as somebody linked it, else as both sides say alike; and how that is decided.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::desk::RecordDesk;
use super::error::RecordError;
use super::keep::set;
use crate::document::{HostId, ProviderContactId};
use crate::host::{HostRecord, RecordRef};
use crate::panel::{
    ContactLink, HowLinked, Match, MatchRule, match_contact, same, search_words, wanted_contact,
};
use crate::provider::{ContactAnswer, ContactCandidate, ContactCard, ContactsMeant, MatchedBy};

/// Contacts that are shown for a choice.
const SHOWN_MAX: usize = 20;

/// A party beside a record, and whom it is at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Party {
    /// The record of the party.
    pub record: RecordRef,
    /// Its name in the host.
    pub name: String,
    /// Whom it is.
    pub standing: PartyStanding,
}

/// Whom a party is at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartyStanding {
    /// This contact.
    Linked {
        /// The contact.
        contact: ContactCandidate,
        /// How that came about.
        link: ContactLink,
    },
    /// A person took the link away; nothing is matched by itself.
    Unlinked {
        /// That.
        link: ContactLink,
    },
    /// Several fit; a person decides.
    Ambiguous {
        /// They.
        candidates: Vec<ContactCandidate>,
    },
    /// Only an archived contact fits, which takes no documents.
    Archived {
        /// It.
        contact: ContactCandidate,
    },
    /// Nobody fits.
    Nobody,
}

impl PartyStanding {
    /// The contact, if there is one.
    #[must_use]
    pub fn contact(&self) -> Option<&ContactCandidate> {
        match self {
            Self::Linked { contact, .. } => Some(contact),
            Self::Unlinked { .. }
            | Self::Ambiguous { .. }
            | Self::Archived { .. }
            | Self::Nobody => None,
        }
    }
}

impl RecordDesk<'_> {
    /// Whom a party is. A match is kept for a day, while the record says the same; a repeat then asks nobody.
    pub async fn party(&self, record: &HostRecord) -> Result<Party, RecordError> {
        let standing = self.standing(record).await?;
        Ok(Party {
            record: record.key.clone(),
            name: record.name.clone(),
            standing,
        })
    }

    async fn standing(&self, record: &HostRecord) -> Result<PartyStanding, RecordError> {
        let words = search_words(record);
        if let Some(link) = self.contact_link(&record.key).await?
            && link.counts(&words, self.now())
        {
            return Ok(as_linked(link));
        }
        let mut cards: Vec<ContactCard> = Vec::new();
        for word in &words {
            let found = self
                .browse()?
                .contacts(&ContactsMeant::Like(word.clone()))
                .await?;
            cards.extend(found);
        }
        match match_contact(record, &cards) {
            Match::Found(card, rules) => {
                let how = HowLinked::Matched { rules, words };
                let link = self.link_to(record, &card, how);
                let link = self.keep_match(record, link).await?;
                Ok(as_linked(link))
            }
            Match::Ambiguous(cards) => Ok(PartyStanding::Ambiguous {
                candidates: cards.iter().take(SHOWN_MAX).map(candidate).collect(),
            }),
            Match::Archived(card) => Ok(PartyStanding::Archived {
                contact: candidate(&card),
            }),
            Match::Nobody => Ok(PartyStanding::Nobody),
        }
    }

    /// Keeps a match, unless somebody decided meanwhile: a person's word goes before. Gives what stands then.
    async fn keep_match(
        &self,
        record: &HostRecord,
        link: ContactLink,
    ) -> Result<ContactLink, RecordError> {
        let _alone = self.host.storing.lock().await;
        let known = self.contact_link(&record.key).await?;
        let words = search_words(record);
        match known {
            Some(known) if known.counts(&words, self.now()) => return Ok(known),
            // The same again is no news.
            Some(known) if known.contact == link.contact => {
                self.keep(vec![set(self.contact_key(&record.key), &link)])
                    .await?;
                return Ok(link);
            }
            Some(_) | None => {}
        }
        let action = format!(
            "{} {} ({}) is matched with contact {} ({}) by {}",
            self.host.id,
            record.key,
            record.name,
            link.name,
            link.contact.as_ref().map_or("", |id| id.as_str()),
            told(&link.how)
        );
        let records = vec![set(self.contact_key(&record.key), &link)];
        self.write(records, action).await?;
        Ok(link)
    }

    /// The contacts in which a text occurs, active ones first, for a person who looks for one.
    pub async fn search_contacts(&self, text: &str) -> Result<Vec<ContactCard>, RecordError> {
        let meant = ContactsMeant::Like(text.trim().to_owned());
        let mut found = self.browse()?.contacts(&meant).await?;
        found.sort_by(|one, other| (one.archived, &one.name).cmp(&(other.archived, &other.name)));
        found.truncate(SHOWN_MAX);
        Ok(found)
    }

    /// Links a record to the contact of an identifier or an exact name. A repeat links it again, by whoever says so.
    pub async fn link_contact(
        &self,
        record: &HostRecord,
        named: &str,
    ) -> Result<ContactLink, RecordError> {
        self.must_be_party(record)?;
        let card = self.one_contact(&record.key, named).await?;
        if card.archived {
            return Err(RecordError::denied(
                format!("contact {} ({}) is archived", card.name, card.id),
                "Restore it at the provider, or link another one.",
            ));
        }
        let link = self.link_to(record, &card, HowLinked::Person);
        let action = format!(
            "{} linked {} {} ({}) to contact {} ({})",
            self.by, self.host.id, record.key, record.name, card.name, card.id
        );
        let key = self.contact_key(&record.key);
        self.act(vec![set(key, &link)], action).await?;
        Ok(link)
    }

    /// Takes the link of a record away; nothing is matched by itself any more. Gives whom it was.
    pub async fn unlink_contact(
        &self,
        record: &HostRecord,
    ) -> Result<Option<ContactLink>, RecordError> {
        self.must_be_party(record)?;
        let was = self.contact_link(&record.key).await?;
        let gone = ContactLink {
            contact: None,
            name: String::new(),
            how: HowLinked::Person,
            company: record.company.clone(),
            record: record.key.clone(),
            by: self.by.to_owned(),
            at: self.now(),
        };
        let action = format!(
            "{} unlinked {} {} ({})",
            self.by, self.host.id, record.key, record.name
        );
        let key = self.contact_key(&record.key);
        self.act(vec![set(key, &gone)], action).await?;
        Ok(was.filter(|link| link.contact.is_some()))
    }

    /// Makes the contact of a record and links it. One that is there already is linked, never made twice.
    /// Denied when somebody there only has the same e-mail address or a name like it: that is a person's to decide.
    pub async fn create_contact(&self, record: &HostRecord) -> Result<ContactLink, RecordError> {
        self.must_be_party(record)?;
        let wanted = wanted_contact(&self.host.id, record);
        if wanted.name.is_empty() {
            return Err(RecordError::denied(
                format!("{} has no name", record.key),
                "Give it one in the product.",
            ));
        }
        let answers = self
            .site
            .provider
            .resolve_contacts(std::slice::from_ref(&wanted))
            .await?;
        let (id, by) = match answers.into_iter().next() {
            Some(ContactAnswer::Found { id, by }) => match by {
                MatchedBy::Number | MatchedBy::Name | MatchedBy::Created => (id, by),
                // Engines may take that for a match; a link stands for good, so nobody is guessed here.
                MatchedBy::Email | MatchedBy::NormalisedName | MatchedBy::Other(_) => {
                    return Err(self.near(record, &self.card(&id).await?, &by));
                }
            },
            Some(ContactAnswer::Archived { contact }) => {
                return Err(RecordError::denied(
                    format!(
                        "contact {} ({}) has this name and is archived",
                        contact.name, contact.id
                    ),
                    "Restore it at the provider, or rename it there.",
                ));
            }
            Some(ContactAnswer::Ambiguous { candidates }) => {
                let meant = (record.name.as_str(), candidates.as_slice());
                return Err(several(&self.host.id, &record.key, meant));
            }
            Some(ContactAnswer::Refused { messages }) => {
                return Err(RecordError::denied(
                    format!("the provider made no contact: {}", messages.join("; ")),
                    "Correct the record in the product.",
                ));
            }
            Some(ContactAnswer::Missing { .. }) | None => {
                return Err(RecordError::denied(
                    "the provider made no contact and does not say why",
                    "Make it there, and link it.",
                ));
            }
        };
        let is_new = by == MatchedBy::Created;
        let card = self.one_contact(&record.key, id.as_str()).await?;
        let how = match is_new {
            true => HowLinked::Created,
            false => HowLinked::Person,
        };
        let link = self.link_to(record, &card, how);
        let verb = if is_new {
            "made"
        } else {
            "linked the existing"
        };
        let action = format!(
            "{} {verb} contact {} ({}) for {} {}",
            self.by, card.name, card.id, self.host.id, record.key
        );
        let key = self.contact_key(&record.key);
        self.act(vec![set(key, &link)], action).await?;
        Ok(link)
    }

    /// The card of a linked contact as it is now, of a merged one that of the one that remains. Denied when there is
    /// none.
    pub(super) async fn card(&self, id: &ProviderContactId) -> Result<ContactCard, RecordError> {
        let meant = ContactsMeant::Ids(vec![id.clone()]);
        let found = self.browse()?.contacts(&meant).await?;
        found.into_iter().next().ok_or_else(|| {
            RecordError::denied(
                format!("contact {id} is not at the provider any more"),
                "It was removed there: link the record to another one.",
            )
        })
    }

    /// The contacts of identifiers as they are now, each under the identifier that was asked for: of one that was
    /// merged it is the one that remains. Those that are gone are absent. One call, and one for each that was merged.
    pub(super) async fn cards(
        &self,
        ids: &[ProviderContactId],
    ) -> Result<BTreeMap<ProviderContactId, ContactCard>, RecordError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let browse = self.browse()?;
        let found = browse.contacts(&ContactsMeant::Ids(ids.to_vec())).await?;
        let mut cards = BTreeMap::new();
        for id in ids {
            let known = found.iter().find(|card| card.id == *id).cloned();
            let card = match known {
                Some(card) => Some(card),
                // Asked for alone, it is told who remains of it.
                None => {
                    let alone = ContactsMeant::Ids(vec![id.clone()]);
                    browse.contacts(&alone).await?.into_iter().next()
                }
            };
            if let Some(card) = card {
                cards.insert(id.clone(), card);
            }
        }
        Ok(cards)
    }

    /// Lets the link of a party follow a merge, with a line in the journal, and tells the contact's name of now.
    pub(super) async fn follow(
        &self,
        party: &mut Party,
        cards: &BTreeMap<ProviderContactId, ContactCard>,
    ) -> Result<(), RecordError> {
        let PartyStanding::Linked { contact, link } = &mut party.standing else {
            return Ok(());
        };
        let Some(card) = cards.get(&contact.id) else {
            return Ok(());
        };
        if card.id != contact.id {
            let moved = ContactLink {
                contact: Some(card.id.clone()),
                name: card.name.clone(),
                ..link.clone()
            };
            let action = format!(
                "contact {} ({}) was merged into {} ({}): {} {} follows",
                contact.name, contact.id, card.name, card.id, self.host.id, party.record
            );
            let _alone = self.host.storing.lock().await;
            // Whatever somebody decided meanwhile stands.
            if self.contact_link(&party.record).await?.as_ref() == Some(&*link) {
                let key = self.contact_key(&party.record);
                self.write(vec![set(key, &moved)], action).await?;
            }
            *link = moved;
        }
        *contact = candidate(card);
        Ok(())
    }

    /// The one contact of an identifier or an exact name.
    async fn one_contact(
        &self,
        record: &RecordRef,
        named: &str,
    ) -> Result<ContactCard, RecordError> {
        let named = named.trim();
        if let Ok(id) = ProviderContactId::new(named) {
            let found = self
                .browse()?
                .contacts(&ContactsMeant::Ids(vec![id]))
                .await?;
            if let Some(card) = found.into_iter().next() {
                return Ok(card);
            }
        }
        let meant = ContactsMeant::Like(named.to_owned());
        let found = self.browse()?.contacts(&meant).await?;
        let mut exact: Vec<ContactCard> = found
            .iter()
            .filter(|card| same(&card.name, named))
            .cloned()
            .collect();
        if exact.iter().any(|card| !card.archived) {
            exact.retain(|card| !card.archived);
        }
        match exact.len() {
            1 => Ok(exact.remove(0)),
            0 => {
                let near: Vec<ContactCandidate> = found.iter().map(candidate).collect();
                let near: Vec<String> = near.iter().take(5).map(shown).collect();
                Err(RecordError::denied(
                    format!("no contact is called `{named}`"),
                    match near.is_empty() {
                        true => {
                            let host = &self.host.id;
                            format!(
                                "Look for it with `tieout record contacts {host} TEXT`, or make it: `tieout record link {host} {record} --create`."
                            )
                        }
                        false => format!("Those that come near: {}.", near.join(", ")),
                    },
                ))
            }
            _ => {
                let many: Vec<ContactCandidate> = exact.iter().map(candidate).collect();
                Err(several(&self.host.id, record, (named, &many)))
            }
        }
    }

    /// A contact that may be the record's, which a person decides.
    fn near(&self, record: &HostRecord, card: &ContactCard, by: &MatchedBy) -> RecordError {
        let alike = match by {
            MatchedBy::Email => "e-mail address",
            MatchedBy::Number
            | MatchedBy::Name
            | MatchedBy::NormalisedName
            | MatchedBy::Created
            | MatchedBy::Other(_) => "name, written otherwise",
        };
        RecordError::denied(
            format!(
                "contact {} has the same {alike}, and may be {} ({}) or somebody else",
                shown(&candidate(card)),
                record.key,
                record.name
            ),
            format!(
                "If it is the one, link it: `tieout record link {} {} --contact {}`; else make the contact at the \
                 provider, and link that one.",
                self.host.id, record.key, card.id
            ),
        )
    }

    fn link_to(&self, record: &HostRecord, card: &ContactCard, how: HowLinked) -> ContactLink {
        ContactLink {
            contact: Some(card.id.clone()),
            name: card.name.clone(),
            how,
            company: record.company.clone(),
            record: record.key.clone(),
            by: self.by.to_owned(),
            at: self.now(),
        }
    }
}

fn as_linked(link: ContactLink) -> PartyStanding {
    match &link.contact {
        Some(id) => PartyStanding::Linked {
            contact: ContactCandidate {
                id: id.clone(),
                name: link.name.clone(),
            },
            link,
        },
        None => PartyStanding::Unlinked { link },
    }
}

/// A record to which several contacts would fit.
pub(super) fn several(
    host: &HostId,
    record: &RecordRef,
    (named, candidates): (&str, &[ContactCandidate]),
) -> RecordError {
    let names: Vec<String> = candidates.iter().take(SHOWN_MAX).map(shown).collect();
    let first = candidates.first().map_or("ID", |one| one.id.as_str());
    RecordError::denied(
        format!("several contacts fit `{named}`: {}", names.join(", ")),
        format!(
            "Choose one by its identifier, such as `tieout record link {host} {record} --contact {first}`."
        ),
    )
}

fn candidate(card: &ContactCard) -> ContactCandidate {
    ContactCandidate {
        id: card.id.clone(),
        name: card.name.clone(),
    }
}

fn shown(candidate: &ContactCandidate) -> String {
    format!("{} ({})", candidate.name, candidate.id)
}

fn told(how: &HowLinked) -> String {
    match how {
        HowLinked::Matched { rules, .. } => {
            let words: Vec<&str> = rules.iter().map(|rule| MatchRule::as_str(*rule)).collect();
            words.join(" and ")
        }
        HowLinked::Person | HowLinked::Created => String::new(),
    }
}
