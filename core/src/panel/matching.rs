//! Which contact of the provider a record is: by what both say exactly, and never by a guess.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{plain, said, same};
use crate::host::{HostRecord, RecordKind};
use crate::provider::ContactCard;

/// What a record and a contact say alike.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MatchRule {
    /// The name: of a person first and last, of a company the whole.
    Name,
    /// An e-mail address, of persons only.
    Email,
}

impl MatchRule {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "e-mail",
        }
    }
}

/// What matching came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// This one and nobody else.
    Found(ContactCard, Vec<MatchRule>),
    /// Several; a person decides.
    Ambiguous(Vec<ContactCard>),
    /// Only one that takes no documents.
    Archived(ContactCard),
    /// Nobody.
    Nobody,
}

/// What a record is searched by at the provider, and what a match rests on: its name, and a person's e-mails.
#[must_use]
pub fn search_words(record: &HostRecord) -> Vec<String> {
    // A provider that searches letter by letter would find nothing behind two spaces.
    let name: Vec<&str> = record.name.split_whitespace().collect();
    let mut words = vec![name.join(" ")];
    if is_person(record.key.kind) {
        let emails = record.details.emails.iter();
        words.extend(emails.map(|email| email.trim().to_owned()));
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Matches a party of a host with contacts of the provider: a company by its name, a person by full name or e-mail.
///
/// Case and spacing do not count, anything else does. Whoever says both alike goes before those who say one; apart
/// from that several hits are ambiguous. What is archived counts only where nobody else fits.
#[must_use]
pub fn match_contact(record: &HostRecord, cards: &[ContactCard]) -> Match {
    if !record.key.kind.is_party() {
        return Match::Nobody;
    }
    let mut hits: Vec<(&ContactCard, Vec<MatchRule>)> = Vec::new();
    for card in cards {
        let rules = rules(record, card);
        if !rules.is_empty() && hits.iter().all(|(known, _)| known.id != card.id) {
            hits.push((card, rules));
        }
    }
    let live: Vec<_> = hits.iter().filter(|(card, _)| !card.archived).collect();
    if live.is_empty() {
        return match hits.as_slice() {
            [] => Match::Nobody,
            [(only, _)] => Match::Archived((*only).clone()),
            many => Match::Ambiguous(many.iter().map(|(card, _)| (*card).clone()).collect()),
        };
    }
    let most = live.iter().map(|(_, rules)| rules.len()).max();
    let best: Vec<_> = live
        .iter()
        .filter(|(_, rules)| Some(rules.len()) == most)
        .collect();
    match best.as_slice() {
        [(only, rules)] if live.len() == 1 || rules.len() > 1 => {
            Match::Found((*only).clone(), rules.clone())
        }
        _ => Match::Ambiguous(live.iter().map(|(card, _)| (*card).clone()).collect()),
    }
}

fn is_person(kind: RecordKind) -> bool {
    match kind {
        RecordKind::Contact | RecordKind::Lead => true,
        RecordKind::Company | RecordKind::Deal | RecordKind::Opportunity | RecordKind::Project => {
            false
        }
    }
}

fn rules(record: &HostRecord, card: &ContactCard) -> Vec<MatchRule> {
    let mut rules = Vec::new();
    if same(&record.name, &card.name)
        || (is_person(record.key.kind) && same(&record.name, &person(card)))
    {
        rules.push(MatchRule::Name);
    }
    let email = said(card.email.as_deref()).map(plain);
    let emails = record.details.emails.iter();
    if is_person(record.key.kind)
        && email.is_some_and(|email| emails.into_iter().any(|one| plain(one) == email))
    {
        rules.push(MatchRule::Email);
    }
    rules
}

/// The full name of a contact's person; nothing unless both parts are told.
fn person(card: &ContactCard) -> String {
    match (
        said(card.first_name.as_deref()),
        said(card.last_name.as_deref()),
    ) {
        (Some(first), Some(last)) => format!("{first} {last}"),
        (Some(_) | None, Some(_) | None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Phones, ProviderContactId};
    use crate::host::{Details, RecordRef};

    fn record(kind: RecordKind, name: &str, email: &str) -> HostRecord {
        HostRecord {
            mirrored: std::collections::BTreeMap::new(),
            key: RecordRef::new(kind, "1").unwrap(),
            name: name.to_owned(),
            details: Details {
                emails: vec![email.to_owned()],
                ..Details::default()
            },
            company: None,
            related: Vec::new(),
            stage: None,
            currency: None,
            amount: None,
            lines: Vec::new(),
            url: None,
            updated_at: None,
            version: None,
        }
    }

    fn card(id: &str, name: &str, email: &str) -> ContactCard {
        ContactCard {
            id: ProviderContactId::new(id).unwrap(),
            name: name.to_owned(),
            first_name: None,
            last_name: None,
            email: Some(email.to_owned()).filter(|email| !email.is_empty()),
            tax_number: None,
            phones: Phones::default(),
            addresses: Vec::new(),
            archived: false,
        }
    }

    fn found(record: &HostRecord, cards: &[ContactCard]) -> Option<String> {
        match match_contact(record, cards) {
            Match::Found(card, _) => Some(card.id.to_string()),
            Match::Ambiguous(_) | Match::Archived(_) | Match::Nobody => None,
        }
    }

    #[test]
    fn a_company_is_matched_by_its_name_without_case_and_spacing_and_by_nothing_else() {
        let acme = record(RecordKind::Company, " Acme  Pty Ltd", "a@acme.example");
        assert_eq!(
            found(&acme, &[card("1", "ACME pty ltd", "")]).as_deref(),
            Some("1")
        );
        assert_eq!(found(&acme, &[card("1", "Acme", "a@acme.example")]), None);
        assert_eq!(found(&acme, &[card("1", "Acmé Pty Ltd", "")]), None);
    }

    #[test]
    fn a_person_is_matched_by_name_or_by_email_and_by_both_before_one() {
        let ana = record(RecordKind::Contact, "Ana Rua", "Ana@x.example");
        assert_eq!(
            found(&ana, &[card("1", "Rua Holdings", "ana@X.example")]).as_deref(),
            Some("1")
        );
        assert_eq!(
            found(&ana, &[card("1", "ana rua", "")]).as_deref(),
            Some("1")
        );
        let mut by_parts = card("1", "Rua Holdings", "");
        (by_parts.first_name, by_parts.last_name) = (Some("Ana".into()), Some("RUA".into()));
        assert_eq!(found(&ana, &[by_parts]).as_deref(), Some("1"));
        let both = [
            card("1", "Ana Rua", ""),
            card("2", "Ana Rua", "ana@x.example"),
        ];
        assert_eq!(found(&ana, &both).as_deref(), Some("2"));
    }

    #[test]
    fn several_hits_are_ambiguous_and_an_archived_one_counts_only_alone() {
        let ana = record(RecordKind::Contact, "Ana Rua", "ana@x.example");
        let (one, two) = (
            card("1", "Ana Rua", ""),
            card("2", "Other", "ana@x.example"),
        );
        let both = [one.clone(), two.clone()];
        assert!(matches!(match_contact(&ana, &both), Match::Ambiguous(many) if many.len() == 2));
        let old = ContactCard {
            archived: true,
            ..two
        };
        assert_eq!(found(&ana, &[one, old.clone()]).as_deref(), Some("1"));
        assert!(matches!(match_contact(&ana, &[old]), Match::Archived(_)));
        assert_eq!(match_contact(&ana, &[]), Match::Nobody);
        let nameless = record(RecordKind::Company, "  ", "");
        assert_eq!(
            match_contact(&nameless, &[card("1", "", "")]),
            Match::Nobody
        );
        let deal = record(RecordKind::Deal, "Ana Rua", "");
        assert_eq!(
            match_contact(&deal, &[card("1", "Ana Rua", "")]),
            Match::Nobody
        );
    }
}
