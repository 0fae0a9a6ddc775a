//! What a document is looked for by when it may be at the provider already, and what makes another one the same.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Posting, Snapshot};
use crate::document::ProviderContactId;

/// By which mark a document of the provider is recognised, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It carries our link back to the host.
    Link,
    /// It carries the number.
    Number,
    /// Its reference names the document, or all that is told of it but the number is the same.
    Reference,
    /// A person said so.
    Person,
}

impl Mark {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Number => "number",
            Self::Reference => "reference",
            Self::Person => "a person",
        }
    }
}

/// A document that was never sent, as it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The number that it would get.
    pub number: String,
    /// The reference that it would get.
    pub reference: Option<String>,
    /// The link that it would carry; absent when it names more than one document.
    pub url: Option<String>,
    /// The other party.
    pub contact: ProviderContactId,
    /// The accounting date.
    pub date: NaiveDate,
    /// What it comes to.
    pub gross: Decimal,
    /// Whether its number stands on one document alone; else it counts with the party, or with date and amount.
    pub number_is_unique: bool,
}

impl Sought {
    /// What to look for before a posting is sent.
    #[must_use]
    pub fn of(posting: &Posting, number_is_unique: bool) -> Self {
        Self {
            number: posting.number.clone(),
            reference: posting.reference.clone(),
            url: posting.url.clone(),
            contact: posting.contact.clone(),
            date: posting.date,
            gross: posting.totals.gross,
            number_is_unique,
        }
    }

    /// The strongest mark by which a live document may be the one that is looked for, if any.
    ///
    /// A reference alone names a claim or an order on many documents, so it counts only when it is the
    /// document's own number, or when party, date and amount agree as well.
    #[must_use]
    pub fn mark(&self, held: &Snapshot) -> Option<Mark> {
        if !held.status.is_live() {
            return None;
        }
        let same_party = held.contact == self.contact;
        let same_amount = held.totals.gross == self.gross;
        let same_figures = held.date == self.date && same_amount;
        if self.url.is_some() && held.url == self.url {
            return Some(Mark::Link);
        }
        if same_text(&held.number, &self.number)
            && (self.number_is_unique || same_party || same_figures)
        {
            return Some(Mark::Number);
        }
        let reference = held.reference.as_deref().map(str::trim).unwrap_or_default();
        if reference.is_empty() {
            return None;
        }
        let names_it = same_text(reference, &self.number) && (same_party || same_amount);
        let wanted = self.reference.as_deref().unwrap_or_default();
        let is_alike = same_text(reference, wanted) && same_party && same_figures;
        (names_it || is_alike).then_some(Mark::Reference)
    }
}

/// Providers compare texts without case.
fn same_text(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// A document of the provider that may be the one that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The document as it is now.
    pub snapshot: Snapshot,
    /// By which mark.
    pub mark: Mark,
}

/// What a search before the first sending costs in calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FindCost {
    /// At least.
    pub calls_min: usize,
    /// At most, where no list is longer than a page.
    pub calls_usual_max: usize,
}

impl FindCost {
    /// Just so many.
    #[must_use]
    pub fn of(calls: usize) -> Self {
        Self {
            calls_min: calls,
            calls_usual_max: calls,
        }
    }
}

impl std::ops::AddAssign for FindCost {
    fn add_assign(&mut self, other: Self) {
        self.calls_min += other.calls_min;
        self.calls_usual_max += other.calls_usual_max;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;

    fn sought() -> Sought {
        Sought {
            url: Some("https://host.example/1".to_owned()),
            reference: Some("Claim 7".to_owned()),
            ..Sought::of(&sample::posting(), true)
        }
    }

    fn mark(sought: &Sought, change: impl FnOnce(&mut Snapshot)) -> Option<Mark> {
        let mut held = Snapshot {
            number: "AUTO-9".to_owned(),
            ..sample::snapshot()
        };
        change(&mut held);
        sought.mark(&held)
    }

    #[test]
    fn the_strongest_mark_counts_and_removed_documents_have_none() {
        let link = sought().url;
        assert_eq!(
            mark(&sought(), |held| held.url = link.clone()),
            Some(Mark::Link)
        );
        assert_eq!(
            mark(&sought(), |held| held.number = "inv-1".to_owned()),
            Some(Mark::Number)
        );
        assert_eq!(
            mark(&sought(), |held| held.reference =
                Some(" INV-1 ".to_owned())),
            Some(Mark::Reference)
        );
        assert_eq!(
            mark(&sought(), |held| {
                held.number = "INV-1".to_owned();
                held.status = crate::provider::SnapshotStatus::Voided;
            }),
            None
        );
        assert_eq!(mark(&sought(), |_| {}), None);
    }

    #[test]
    fn a_shared_reference_counts_only_with_party_date_and_amount() {
        let alike = |held: &mut Snapshot| held.reference = Some("claim 7".to_owned());
        assert_eq!(mark(&sought(), alike), Some(Mark::Reference));
        assert_eq!(
            mark(&sought(), |held| {
                alike(held);
                held.date = held.date.succ_opt().unwrap();
            }),
            None
        );
        assert_eq!(
            mark(&sought(), |held| {
                alike(held);
                held.totals.gross += Decimal::ONE;
            }),
            None
        );
    }

    #[test]
    fn where_numbers_may_stand_twice_the_party_or_the_figures_must_agree() {
        let sought = Sought {
            number_is_unique: false,
            ..sought()
        };
        let other = |held: &mut Snapshot| {
            held.number = "INV-1".to_owned();
            held.contact = ProviderContactId::new("other").unwrap();
        };
        assert_eq!(mark(&sought, other), Some(Mark::Number));
        assert_eq!(
            mark(&sought, |held| {
                other(held);
                held.totals.gross += Decimal::ONE;
            }),
            None
        );
    }
}
