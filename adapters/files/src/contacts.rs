//! How a wanted contact is found, and made when nobody fits.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tieout_core::document::{Address, Phones, ProviderContactId};
use tieout_core::provider::{
    ContactAnswer, ContactCandidate, ContactWanted, MatchedBy, ProviderError,
};

use crate::books::{Books, free_name, unreadable};
use crate::chart::front;

const OPERATION: &str = "resolve contacts";
const FOLDER: &str = "contacts";

/// Near names that are offered.
const NEAR_MAX: usize = 5;

/// A contact's file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Party {
    name: String,
    number: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    tax_number: Option<String>,
    phones: Phones,
    address: Option<Address>,
    /// A person put it away: documents for it are refused.
    archived: bool,
    /// It is the contact of this file now.
    merged_into: Option<String>,
}

/// Everybody in the books.
pub(crate) struct Parties(Vec<(ProviderContactId, Party)>);

/// One answer for each wanted contact, in order. Looks before it makes, so that a repeat makes nobody twice.
pub(crate) async fn resolve(
    books: &Arc<Books>,
    wanted: &[ContactWanted],
) -> Result<Vec<ContactAnswer>, ProviderError> {
    let wanted = wanted.to_vec();
    let work = move |books: &Books| {
        let _alone = books.alone();
        front(books, OPERATION)?;
        let mut parties = Parties::read(books, OPERATION)?;
        let answers = wanted.iter().map(|one| match parties.climb(one) {
            ContactAnswer::Missing { .. } if one.create_missing => parties.make(books, one),
            answer => Ok(answer),
        });
        answers.collect()
    };
    books.ask(OPERATION, work).await
}

impl Parties {
    pub(crate) fn read(books: &Books, operation: &'static str) -> Result<Self, ProviderError> {
        let mut all = Vec::new();
        for found in books.all::<Party>(operation, FOLDER)? {
            let id = ProviderContactId::new(&*found.name).map_err(|error| {
                unreadable(
                    operation,
                    &format!("{FOLDER}/{}", found.name),
                    &error.to_string(),
                )
            })?;
            all.push((id, found.says));
        }
        Ok(Self(all))
    }

    /// Whether documents may be for a contact; `None` where there is no such contact.
    pub(crate) fn is_active(&self, id: &ProviderContactId) -> Option<bool> {
        let (_, party) = self.0.iter().find(|(known, _)| known == id)?;
        Some(!party.archived && party.merged_into.is_none())
    }

    /// Who is wanted: by number, by name, and by an address that one alone has. What is sure leads to archived ones too.
    fn climb(&self, wanted: &ContactWanted) -> ContactAnswer {
        let numbered = |it: &Party| wanted.number.is_some() && it.number == wanted.number;
        let named = |it: &Party| same(&it.name, &wanted.name);
        let sure = [
            (MatchedBy::Number, self.fitting(&numbered)),
            (MatchedBy::Name, self.fitting(&named)),
        ];
        let mut away = None;
        for (by, rung) in sure {
            let (archived, active): (Vec<_>, Vec<_>) =
                rung.into_iter().partition(|(_, is_archived)| *is_archived);
            let mut active = active.into_iter().map(|(contact, _)| contact);
            match (active.next(), active.next()) {
                (Some(one), None) => return ContactAnswer::Found { id: one.id, by },
                (Some(one), Some(other)) => {
                    let candidates = [one, other].into_iter().chain(active).collect();
                    return ContactAnswer::Ambiguous { candidates };
                }
                (None, _) => away = away.or(archived.into_iter().next()),
            }
        }
        if let Some((contact, _)) = away {
            return ContactAnswer::Archived { contact };
        }
        let email = wanted
            .email
            .as_deref()
            .filter(|email| !email.trim().is_empty());
        let reached = |it: &Party| match (&it.email, email) {
            (Some(held), Some(wanted)) => same(held, wanted),
            (None, _) | (_, None) => false,
        };
        if let [(one, false)] = self.fitting(&reached).as_slice() {
            let id = one.id.clone();
            let by = MatchedBy::Email;
            return ContactAnswer::Found { id, by };
        }
        let words = |name: &str| name.to_lowercase();
        let wanted = words(&wanted.name);
        let first = wanted.split_whitespace().next().unwrap_or_default();
        let near = |it: &Party| words(&it.name).split_whitespace().any(|word| word == first);
        let near = self
            .fitting(&near)
            .into_iter()
            .filter(|(_, archived)| !archived);
        ContactAnswer::Missing {
            near: near.map(|(contact, _)| contact).take(NEAR_MAX).collect(),
        }
    }

    /// The contacts that fit, each once, merges followed, with whether it is archived.
    fn fitting(&self, fits: &dyn Fn(&Party) -> bool) -> Vec<(ContactCandidate, bool)> {
        let mut found: Vec<(ContactCandidate, bool)> = Vec::new();
        for (id, party) in self.0.iter().filter(|(_, party)| fits(party)) {
            let (id, party) = self.remaining(id, party);
            if found.iter().all(|(known, _)| known.id != *id) {
                let (id, name) = (id.clone(), party.name.clone());
                // One that was merged into nobody is of no use either.
                let is_away = party.archived || party.merged_into.is_some();
                found.push((ContactCandidate { id, name }, is_away));
            }
        }
        found
    }

    /// The contact that one became.
    fn remaining<'a>(
        &'a self,
        mut id: &'a ProviderContactId,
        mut party: &'a Party,
    ) -> (&'a ProviderContactId, &'a Party) {
        // No longer than there are contacts: a person may merge two into each other.
        for _ in &self.0 {
            let into = party.merged_into.as_deref();
            match self
                .0
                .iter()
                .find(|(known, _)| Some(known.as_str()) == into)
            {
                Some((next, remaining)) => (id, party) = (next, remaining),
                None => break,
            }
        }
        (id, party)
    }

    fn make(
        &mut self,
        books: &Books,
        wanted: &ContactWanted,
    ) -> Result<ContactAnswer, ProviderError> {
        let name = wanted.name.trim();
        if name.is_empty() {
            let messages = vec!["a contact needs a name".to_owned()];
            return Ok(ContactAnswer::Refused { messages });
        }
        let file = free_name(name, self.0.iter().map(|(id, _)| id.as_str()));
        let party = Party {
            name: name.to_owned(),
            number: wanted.number.clone(),
            email: wanted.email.clone(),
            first_name: wanted.first_name.clone(),
            last_name: wanted.last_name.clone(),
            tax_number: wanted.tax_number.clone(),
            phones: wanted.phones.clone(),
            address: wanted.address.clone(),
            archived: false,
            merged_into: None,
        };
        books.write(OPERATION, FOLDER, &file, &party)?;
        let id =
            ProviderContactId::new(&*file).expect("a free name has at most 61 plain characters");
        self.0.push((id.clone(), party));
        let by = MatchedBy::Created;
        Ok(ContactAnswer::Found { id, by })
    }
}

/// People write names and addresses with and without capitals.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
