//! The contacts of an organisation as far as they are known, found by whatever the ladder asks for.

use std::collections::HashMap;

use crate::map::{normalised, plain_name};
use crate::wire::contact::Contact;

/// A merge that leads through more contacts than this leads nowhere.
const MERGES_MAX: usize = 8;

/// Contacts in the order in which they became known, each once, indexed once.
#[derive(Default)]
pub(super) struct Known {
    contacts: Vec<Contact>,
    /// The name of each without case, accents, punctuation and company suffix.
    normalised: Vec<String>,
    ids: HashMap<String, usize>,
    numbers: Index,
    names: Index,
    emails: Index,
    normalised_names: Index,
    words: Index,
}

/// Positions by a text, in order.
type Index = HashMap<String, Vec<usize>>;

impl Known {
    /// Adds the contacts that are not known yet.
    pub(super) fn add(&mut self, more: impl IntoIterator<Item = Contact>) {
        for contact in more {
            let at = self.contacts.len();
            if let Some(id) = contact.id.as_deref().map(str::to_lowercase) {
                if self.ids.contains_key(&id) {
                    continue;
                }
                self.ids.insert(id, at);
            }
            self.index(at, &contact);
            self.contacts.push(contact);
        }
    }

    fn index(&mut self, at: usize, contact: &Contact) {
        let name = contact.name.as_deref();
        let normalised = name.map(normalised).unwrap_or_default();
        let mut words: Vec<&str> = normalised.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        for word in words {
            push(&mut self.words, word.to_owned(), at);
        }
        for (index, key) in [
            (&mut self.numbers, contact.number.as_deref().map(folded)),
            (&mut self.names, name.map(plain_name)),
            (
                &mut self.emails,
                contact.email_address.as_deref().map(email_key),
            ),
            (&mut self.normalised_names, Some(normalised.clone())),
        ] {
            if let Some(key) = key.filter(|key| !key.is_empty()) {
                push(index, key, at);
            }
        }
        self.normalised.push(normalised);
    }

    /// The contacts of a contact number.
    pub(super) fn numbered(&self, number: &str) -> impl Iterator<Item = &Contact> {
        self.found(self.numbers.get(&folded(number)))
    }

    /// The contacts of a name that is the same to Xero.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Contact> {
        self.found(self.names.get(&plain_name(name)))
    }

    /// The contacts of an e-mail address.
    pub(super) fn reached_at(&self, email: &str) -> impl Iterator<Item = &Contact> {
        self.found(self.emails.get(&email_key(email)))
    }

    /// The contacts of a normalised name.
    pub(super) fn spelled(&self, normalised: &str) -> impl Iterator<Item = &Contact> {
        self.found(self.normalised_names.get(normalised))
    }

    /// The contacts whose normalised names hold a word, with those names.
    pub(super) fn with_word(&self, word: &str) -> impl Iterator<Item = (usize, &Contact, &str)> {
        let places = self.words.get(word).map(Vec::as_slice).unwrap_or_default();
        places
            .iter()
            .map(|&at| (at, &self.contacts[at], self.normalised[at].as_str()))
    }

    /// The contact that remains after every merge; the last known one when the trail ends or turns in a circle.
    pub(super) fn follow<'a>(&'a self, contact: &'a Contact) -> &'a Contact {
        let mut at = contact;
        for _ in 0..MERGES_MAX {
            match at
                .merged_to
                .as_deref()
                .and_then(|target| self.by_id(target))
            {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    /// The contacts that others were merged into and that are not known yet.
    pub(super) fn unknown_merge_targets(&self) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        for target in self
            .contacts
            .iter()
            .filter_map(|one| one.merged_to.as_deref())
        {
            if self.by_id(target).is_none()
                && !unknown.iter().any(|id| id.eq_ignore_ascii_case(target))
            {
                unknown.push(target.to_owned());
            }
        }
        unknown
    }

    fn by_id(&self, id: &str) -> Option<&Contact> {
        Some(&self.contacts[*self.ids.get(&id.to_lowercase())?])
    }

    fn found<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Contact> {
        let places = places.map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|&at| &self.contacts[at])
    }
}

fn push(index: &mut Index, key: String, at: usize) {
    index.entry(key).or_default().push(at);
}

fn folded(number: &str) -> String {
    number.to_lowercase()
}

fn email_key(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}
