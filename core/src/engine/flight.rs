//! One request about to be made or in the air: what is stored before its first byte leaves.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{BindingKey, ContentHash, Difference, Op};
use crate::check::show;
use crate::document::{ConnectionId, Currency, DocumentKind, LineId, ProviderContactId, Totals};
use crate::provider::{Posting, Snapshot};

/// Identifies a flight: the fingerprint of its members, its payload and its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlightId(pub String);

impl fmt::Display for FlightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request with its members, durable from before it leaves until its outcome is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Identifies it; also the idempotency key towards the provider.
    pub id: FlightId,
    /// Where it goes.
    pub connection: ConnectionId,
    /// What is asked.
    pub op: Op,
    /// Of which kind of document.
    pub kind: DocumentKind,
    /// The documents in it, in the order of the request.
    pub members: Vec<FlightMember>,
    /// When it was first sent: the idempotency window counts from here.
    pub departed_at: DateTime<Utc>,
}

impl Flight {
    /// What was sent for each member.
    #[must_use]
    pub fn sent(&self) -> BTreeMap<&BindingKey, Option<&Sent>> {
        self.members
            .iter()
            .map(|member| (&member.binding, member.sent.as_ref()))
            .collect()
    }
}

/// One document of a flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlightMember {
    /// The binding.
    pub binding: BindingKey,
    /// The fingerprint of what is sent for it. A repeat is only the same request if this still holds.
    pub payload: ContentHash,
    /// What it should become; absent for a void.
    pub sent: Option<Sent>,
}

/// What is remembered of a posting that was sent: enough to know the document again, and to keep
/// the identity of its lines, when the host has changed it since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The fingerprint of the whole posting.
    pub posting: ContentHash,
    /// Its number.
    pub number: String,
    /// Who owes.
    pub contact: ProviderContactId,
    /// The reference field.
    pub reference: Option<String>,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    pub due_date: Option<NaiveDate>,
    /// Its currency.
    pub currency: Currency,
    /// What it must come to.
    pub totals: Totals,
    /// The host's lines in order.
    pub lines: Vec<LineId>,
    /// The link back to the host. Whatever else somebody changed, a document that carries it is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Sent {
    /// What to remember of a posting.
    #[must_use]
    pub fn of(posting: &Posting) -> Self {
        Self {
            posting: ContentHash::of(posting),
            number: posting.number.clone(),
            contact: posting.contact.clone(),
            reference: posting.reference.clone(),
            date: posting.date,
            due_date: posting.due_date,
            currency: posting.currency,
            totals: posting.totals,
            lines: posting.lines.iter().map(|line| line.line.clone()).collect(),
            url: posting.url.clone(),
        }
    }

    /// Whether the provider's document carries the link that was sent.
    #[must_use]
    pub fn is_linked(&self, snapshot: &Snapshot) -> bool {
        self.url.is_some() && self.url == snapshot.url
    }

    /// Whether the provider's document is what was asked for, but for the party that it names.
    #[must_use]
    pub fn is_but_for_contact(&self, snapshot: &Snapshot) -> bool {
        let moved = Self {
            contact: snapshot.contact.clone(),
            ..self.clone()
        };
        moved.differences(snapshot).is_empty()
    }

    /// Where the provider's document is not what was asked for, as far as both tell.
    #[must_use]
    pub fn differences(&self, snapshot: &Snapshot) -> Vec<Difference> {
        let due = self.due_date.filter(|_| snapshot.due_date.is_some());
        let lines = (snapshot.lines.len(), self.lines.len());
        let rows = [
            ("number", self.number.clone(), snapshot.number.clone()),
            (
                "contact",
                self.contact.to_string(),
                snapshot.contact.to_string(),
            ),
            ("date", self.date.to_string(), snapshot.date.to_string()),
            (
                "due date",
                text(due.as_ref()),
                text(snapshot.due_date.as_ref().filter(|_| due.is_some())),
            ),
            (
                "currency",
                self.currency.to_string(),
                snapshot.currency.to_string(),
            ),
            (
                "net",
                show::amount_of(self.totals.net, self.currency),
                show::amount_of(snapshot.totals.net, snapshot.currency),
            ),
            (
                "tax",
                show::amount_of(self.totals.tax, self.currency),
                show::amount_of(snapshot.totals.tax, snapshot.currency),
            ),
            (
                "gross",
                show::amount_of(self.totals.gross, self.currency),
                show::amount_of(snapshot.totals.gross, snapshot.currency),
            ),
            (
                "reference",
                text(self.reference.as_ref()),
                text(snapshot.reference.as_ref()),
            ),
            (
                "lines",
                lines.1.to_string(),
                if lines.0 == 0 {
                    lines.1.to_string()
                } else {
                    lines.0.to_string()
                },
            ),
        ];
        rows.into_iter()
            .filter(|(_, asked, held)| asked != held)
            .map(|(field, host, provider)| Difference {
                field: field.to_owned(),
                host,
                provider,
            })
            .collect()
    }
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}
