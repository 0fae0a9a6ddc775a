//! Which of the known contacts is the wanted one: a ladder of rungs, the surer ones first, and never a guess.

use tieout_core::document::ProviderContactId;
use tieout_core::provider::{ContactAnswer, ContactCandidate, ContactWanted, MatchedBy};

use crate::map::{marker, normalised, same_name};
use crate::wire::contact::{Contact, ContactStatus};

/// A merge that leads through more contacts than this leads nowhere.
const MERGES_MAX: usize = 8;
/// Near matches that are offered.
const NEAR_MAX: usize = 5;

/// The answer for a wanted contact among the known ones, archived and merged ones included.
///
/// The contact number and the exact name are sure: when they lead to archived contacts only, the answer
/// is that, and no weaker rung is tried. An e-mail address counts when exactly one active contact has it.
pub(super) fn climb(wanted: &ContactWanted, known: &[Contact]) -> ContactAnswer {
    let number = wanted.number.as_deref().map(marker);
    let by_number = rung(known, |contact| {
        number.is_some()
            && contact.number.as_deref().map(str::to_lowercase)
                == number.as_deref().map(str::to_lowercase)
    });
    let by_name = rung(known, |contact| {
        contact
            .name
            .as_deref()
            .is_some_and(|name| same_name(name, &wanted.name))
    });
    let archived = by_number
        .archived
        .clone()
        .or_else(|| by_name.archived.clone());
    if let Some(answer) = by_number
        .settled(MatchedBy::Number)
        .or_else(|| by_name.settled(MatchedBy::Name))
    {
        return answer;
    }
    if let Some(contact) = archived {
        return ContactAnswer::Archived { contact };
    }

    let by_email = rung(known, |contact| {
        same_email(contact.email_address.as_deref(), wanted.email.as_deref())
    });
    if let [one] = by_email.active.as_slice() {
        return ContactAnswer::Found {
            id: one.id.clone(),
            by: MatchedBy::Email,
        };
    }
    let plain = normalised(&wanted.name);
    let by_normalised = rung(known, |contact| {
        !plain.is_empty()
            && contact
                .name
                .as_deref()
                .is_some_and(|name| normalised(name) == plain)
    });
    if let Some(answer) = by_normalised.settled(MatchedBy::NormalisedName) {
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

/// The contacts that others were merged into and that are not known yet.
pub(super) fn unknown_merge_targets(known: &[Contact]) -> Vec<String> {
    let mut unknown: Vec<String> = Vec::new();
    for target in known
        .iter()
        .filter_map(|contact| contact.merged_to.as_deref())
    {
        if by_id(known, target).is_none()
            && !unknown.iter().any(|id| id.eq_ignore_ascii_case(target))
        {
            unknown.push(target.to_owned());
        }
    }
    unknown
}

/// What one rung holds, merges followed.
struct Rung {
    active: Vec<ContactCandidate>,
    archived: Option<ContactCandidate>,
}

impl Rung {
    /// The answer, if the rung has an active contact.
    fn settled(&self, by: MatchedBy) -> Option<ContactAnswer> {
        match self.active.as_slice() {
            [] => None,
            [one] => Some(ContactAnswer::Found {
                id: one.id.clone(),
                by,
            }),
            several => Some(ContactAnswer::Ambiguous {
                candidates: several.to_vec(),
            }),
        }
    }
}

fn rung(known: &[Contact], fits: impl Fn(&Contact) -> bool) -> Rung {
    let mut rung = Rung {
        active: Vec::new(),
        archived: None,
    };
    for contact in known.iter().filter(|contact| fits(contact)) {
        let remaining = follow(known, contact);
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

/// The contact that remains after every merge; the last known one when the trail ends or turns in a circle.
fn follow<'a>(known: &'a [Contact], contact: &'a Contact) -> &'a Contact {
    let mut at = contact;
    for _ in 0..MERGES_MAX {
        match at
            .merged_to
            .as_deref()
            .and_then(|target| by_id(known, target))
        {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn by_id<'a>(known: &'a [Contact], id: &str) -> Option<&'a Contact> {
    known.iter().find(|contact| {
        contact
            .id
            .as_deref()
            .is_some_and(|known| known.eq_ignore_ascii_case(id))
    })
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

fn same_email(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            !other.trim().is_empty() && one.trim().eq_ignore_ascii_case(other.trim())
        }
        (None | Some(_), _) => false,
    }
}

/// Active contacts that share at least half of the words of the longer name, the closest first.
fn near(plain: &str, known: &[Contact]) -> Vec<ContactCandidate> {
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let mut scored: Vec<(usize, ContactCandidate)> = known
        .iter()
        .filter(|contact| is_active(contact))
        .filter_map(|contact| {
            let name = normalised(contact.name.as_deref()?);
            let theirs: Vec<&str> = name.split(' ').collect();
            let shared = words.iter().filter(|word| theirs.contains(word)).count();
            let of = words.len().max(theirs.len());
            let close = shared > 0 && shared * 2 >= of;
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
