//! Which documents of a store name a person, and who else may be meant.

use std::collections::{BTreeMap, BTreeSet};

use super::document::gather;
use super::eraser::Chosen;
use super::person::{Found, Judged, Named, Person};
use crate::document::{Document, DocumentKey, HostId};
use crate::engine::{Binding, Denied, not_erasable};

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub struct Search {
    person: Person,
    /// Documents that name the person.
    pub found: BTreeMap<DocumentKey, Found>,
    /// Who fits, by product, and in how many documents.
    pub people: BTreeMap<(HostId, Named), u64>,
    /// Who nearly fits, with what is not the same, and in how many documents.
    pub near: BTreeMap<(HostId, Named, String), u64>,
    chosen: Chosen,
}

/// Different people who nearly fit that are remembered, at most.
const NEAR_MAX: usize = 1_000;

impl Search {
    /// A search for somebody.
    #[must_use]
    pub fn of(person: Person) -> Self {
        let mut chosen = Chosen {
            person: person.clone(),
            ..Chosen::default()
        };
        person.name.iter().for_each(|name| chosen.terms.name(name));
        person
            .email
            .iter()
            .for_each(|email| chosen.terms.add(email));
        Self {
            person,
            chosen,
            ..Self::default()
        }
    }

    /// Looks at one document.
    pub fn look(&mut self, key: &DocumentKey, document: &Document) {
        match self.person.judge(&key.host, document) {
            Judged::Fits(found) => {
                gather(document, &found, &mut self.chosen.terms);
                for named in &found.named {
                    let who = (key.host.clone(), named.clone());
                    *self.people.entry(who).or_default() += 1;
                }
                self.found.insert(key.clone(), found);
            }
            Judged::Near(all) => {
                for (named, why) in all {
                    let who = (key.host.clone(), named, why);
                    if self.near.len() < NEAR_MAX || self.near.contains_key(&who) {
                        *self.near.entry(who).or_default() += 1;
                    }
                }
            }
            Judged::Other => {}
        }
    }

    /// Whether those who fit are more than one person, as far as a product's own identifiers and addresses tell.
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        let mut of_host: BTreeMap<&HostId, (BTreeSet<_>, BTreeSet<_>)> = BTreeMap::new();
        for (host, named) in self.people.keys() {
            let (ids, emails) = of_host.entry(host).or_default();
            if named.ids.is_empty() {
                emails.extend(named.email.as_ref().map(|it| it.to_lowercase()));
            } else {
                ids.insert(&named.ids);
            }
        }
        of_host
            .values()
            .any(|(ids, emails)| ids.len() > 1 || ids.is_empty() && emails.len() > 1)
    }

    /// Chooses the bindings of a document that names the person, or says why nothing may be erased from it yet.
    ///
    /// # Errors
    ///
    /// The first reason.
    pub fn choose(&mut self, key: &DocumentKey, bindings: &[Binding]) -> Result<(), Denied> {
        if let Some(denied) = bindings.iter().find_map(not_erasable) {
            self.chosen.spared.insert(key.clone());
            return Err(denied);
        }
        let Some(found) = self.found.get(key) else {
            return Ok(());
        };
        let is_party = found.is_party();
        for binding in bindings {
            self.chosen
                .bindings
                .insert(binding.key.clone(), binding.version);
            self.chosen.numbers.insert(binding.number.clone());
            let Some(posted) = &binding.posted else {
                continue;
            };
            self.chosen.provider_ids.insert(posted.id.to_string());
            self.chosen.numbers.insert(posted.number.clone());
            let stands = posted.seen.iter().chain(&posted.made).filter(|_| is_party);
            let contacts = stands.map(|it| it.contact.to_string());
            self.chosen.provider_ids.extend(contacts);
        }
        self.chosen.documents.insert(key.clone(), found.clone());
        Ok(())
    }

    /// What is to be erased.
    #[must_use]
    pub fn into_chosen(self) -> Chosen {
        self.chosen
    }
}
