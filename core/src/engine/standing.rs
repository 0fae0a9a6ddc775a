//! What a document is at the provider beside its sums: who owes, the days, and where its lines are booked.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ContentHash;
use crate::document::ProviderContactId;
use crate::provider::Snapshot;

/// A document as the provider showed it, as far as its sums do not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who owes.
    pub contact: ProviderContactId,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<NaiveDate>,
    /// The fingerprint of the accounts, tax types and amounts of its lines; absent when the provider told none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<ContentHash>,
}

impl Standing {
    /// How a document of the provider stands.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let lines: Vec<_> = snapshot
            .lines
            .iter()
            .map(|line| {
                let amounts = (line.amount.normalize(), line.tax_amount.normalize());
                (amounts, &line.account_code, &line.tax_type)
            })
            .collect();
        Self {
            contact: snapshot.contact.clone(),
            date: snapshot.date,
            due_date: snapshot.due_date,
            lines: (!lines.is_empty()).then(|| ContentHash::of(&lines)),
        }
    }

    /// Whether both are booked alike; what one of them does not tell is no difference.
    #[must_use]
    pub fn books_as(&self, other: &Self) -> bool {
        match (&self.lines, &other.lines) {
            (Some(these), Some(those)) => these == those,
            (None, _) | (_, None) => true,
        }
    }

    /// Which parts are not the same, in words.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let day =
            |day: Option<NaiveDate>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
        let mut found = Vec::new();
        if self.contact != now.contact {
            found.push(format!("contact {} to {}", self.contact, now.contact));
        }
        if self.date != now.date {
            found.push(format!("date {} to {}", self.date, now.date));
        }
        if self.due_date != now.due_date {
            found.push(format!(
                "due date {} to {}",
                day(self.due_date),
                day(now.due_date)
            ));
        }
        if !self.books_as(now) {
            found.push("accounts, tax types or amounts of lines".to_owned());
        }
        found
    }
}
