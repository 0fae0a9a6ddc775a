//! Which of the known contacts is the wanted one: a ladder of rungs, the surer ones first, and never a guess.

use std::collections::BTreeMap;

use tieout_core::document::ProviderContactId;
use tieout_core::provider::{ContactAnswer, ContactCandidate, ContactWanted, MatchedBy};

use super::known::Known;
use crate::map::{marker, normalised};
use crate::wire::contact::{Contact, ContactStatus};

/// Near matches that are offered.
const NEAR_MAX: usize = 5;

/// The answer for a wanted contact among the known ones, archived and merged ones included.
///
/// The contact number and the exact name are sure: when they lead to archived contacts only, the answer
/// is that, and no weaker rung is tried. An e-mail address counts when exactly one active contact has it.
pub(super) fn climb(wanted: &ContactWanted, known: &Known) -> ContactAnswer {
    let number = wanted.number.as_deref().map(marker);
    let by_number = match &number {
        Some(number) => rung(known, known.numbered(number)),
        None => Rung::default(),
    };
    let by_name = rung(known, known.named(&wanted.name));
    let by_email = match &wanted.email {
        Some(email) => rung(known, known.reached_at(email)),
        None => Rung::default(),
    };
    let archived = by_number
        .archived
        .clone()
        .or_else(|| by_name.archived.clone());
    if let Some(answer) = by_number
        .settled(MatchedBy::Number, &by_email)
        .or_else(|| by_name.settled(MatchedBy::Name, &by_email))
    {
        return answer;
    }
    if let Some(contact) = archived {
        return ContactAnswer::Archived { contact };
    }

    if let [one] = by_email.active.as_slice() {
        return ContactAnswer::Found {
            id: one.id.clone(),
            by: MatchedBy::Email,
        };
    }
    let plain = normalised(&wanted.name);
    let by_normalised = rung(known, known.spelled(&plain));
    if let Some(answer) = by_normalised.settled(MatchedBy::NormalisedName, &by_email) {
        return answer;
    }
    match by_normalised.archived {
        Some(contact) => ContactAnswer::Archived { contact },
        None => ContactAnswer::Missing {
            near: near(&plain, known),
        },
    }
}

/// Whether knowing more contacts cannot change an answer: a search by number brings every contact of that number.
pub(super) fn is_settled(answer: &ContactAnswer) -> bool {
    matches!(
        answer,
        ContactAnswer::Found {
            by: MatchedBy::Number,
            ..
        }
    )
}

/// What one rung holds, merges followed.
#[derive(Default)]
struct Rung {
    active: Vec<ContactCandidate>,
    archived: Option<ContactCandidate>,
}

impl Rung {
    /// The answer, if the rung has an active contact. Of several the one that also has the e-mail address is it.
    fn settled(&self, by: MatchedBy, by_email: &Self) -> Option<ContactAnswer> {
        let mut reached = self
            .active
            .iter()
            .filter(|one| by_email.active.iter().any(|other| other.id == one.id));
        match (self.active.as_slice(), reached.next(), reached.next()) {
            ([], _, _) => None,
            ([one], _, _) | (_, Some(one), None) => Some(ContactAnswer::Found {
                id: one.id.clone(),
                by,
            }),
            (several, _, _) => Some(ContactAnswer::Ambiguous {
                candidates: several.to_vec(),
            }),
        }
    }
}

fn rung<'a>(known: &'a Known, fitting: impl Iterator<Item = &'a Contact>) -> Rung {
    let mut rung = Rung::default();
    for contact in fitting {
        let remaining = known.follow(contact);
        let Some(candidate) = candidate(remaining) else {
            continue;
        };
        if !is_active(remaining) {
            rung.archived.get_or_insert(candidate);
        } else if !rung.active.iter().any(|known| known.id == candidate.id) {
            rung.active.push(candidate);
        }
    }
    rung
}

/// Active, and not merged into another one that nobody could find.
fn is_active(contact: &Contact) -> bool {
    let status = match &contact.status {
        None | Some(ContactStatus::Active) => true,
        Some(ContactStatus::Archived | ContactStatus::GdprRequest | ContactStatus::Other(_)) => {
            false
        }
    };
    status && contact.merged_to.is_none()
}

fn candidate(contact: &Contact) -> Option<ContactCandidate> {
    Some(ContactCandidate {
        id: ProviderContactId::new(contact.id.as_deref()?).ok()?,
        name: contact.name.clone().unwrap_or_default(),
    })
}

/// Active contacts that share at least half of the words of the longer name, the closest first.
fn near(plain: &str, known: &Known) -> Vec<ContactCandidate> {
    let words: Vec<&str> = plain.split_whitespace().collect();
    let mut shared: BTreeMap<usize, (usize, &Contact, &str)> = BTreeMap::new();
    for word in &words {
        for (at, contact, name) in known.with_word(word) {
            shared.entry(at).or_insert((0, contact, name)).0 += 1;
        }
    }
    let mut scored: Vec<(usize, ContactCandidate)> = shared
        .into_values()
        .filter(|(_, contact, _)| is_active(contact))
        .filter_map(|(shared, contact, name)| {
            let of = words.len().max(name.split_whitespace().count());
            let close = shared * 2 >= of;
            close.then_some((shared * 100 / of, candidate(contact)?))
        })
        .collect();
    scored.sort_by(|one, other| {
        other
            .0
            .cmp(&one.0)
            .then_with(|| one.1.name.cmp(&other.1.name))
    });
    scored
        .into_iter()
        .map(|(_, candidate)| candidate)
        .take(NEAR_MAX)
        .collect()
}
