//! What a binding remembers of the summary that it travels in, or of the documents that it joins.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Carried, PartThere};
use crate::document::{DocumentId, DocumentKey, Payment, Settlement, decimal};
use crate::engine::{Binding, BindingKey, ContentHash, SkipReason, State, Wanted};

/// That a document travels inside a summary: of its own host, on its own connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The summary.
    pub summary: DocumentId,
    /// What the summary is the first of, or a further one.
    pub group: DocumentId,
    /// Its number.
    pub number: String,
    /// The fingerprint of the document as the summary has it.
    pub content: ContentHash,
    /// What the summary has it come to, with tax.
    #[serde(with = "decimal")]
    pub gross: Decimal,
    /// What is its own of what became of the summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
    /// Whether the summary is written without it by now, and the provider may still hold it there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaving: bool,
}

/// The documents that a summary joins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The period, such as `2026-W47`.
    pub period: String,
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
    /// What this is the first of, or a further one.
    pub group: DocumentId,
    /// Its members, by date and number.
    pub members: Vec<DocumentId>,
    /// Documents that it is written without by now, and that go nowhere else before the provider holds it so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<DocumentId>,
    /// The fingerprint of what the members were last told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<ContentHash>,
    /// How much of what settles it the members have been told.
    #[serde(with = "decimal")]
    pub settled: Decimal,
    /// What the provider holds of each document, in its order there, where the summary is written otherwise by now; absent
    /// where it holds every member as it is written, or no summary at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<Vec<PartThere>>,
    /// The same of what it was written with since and was sent, the newest last: a request of which nobody saw the end may
    /// have been done after all, or be done yet.
    #[serde(
        default,
        alias = "aboard",
        deserialize_with = "each_or_the_last",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub sent: Vec<Vec<PartThere>>,
    /// Whether it was sent as it is written by now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sent: bool,
}

/// What was sent, of a base that may be older: once only the request in the air was kept, without a list around it.
fn each_or_the_last<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<PartThere>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Last(Vec<PartThere>),
        Each(Vec<Vec<PartThere>>),
    }
    Ok(match Stored::deserialize(from)? {
        Stored::Last(parts) => vec![parts],
        Stored::Each(all) => all,
    })
}

impl Binding {
    /// The binding of the summary that it travels in.
    #[must_use]
    pub fn summary_key(&self) -> Option<BindingKey> {
        let membership = self.summary.as_ref()?;
        Some(self.beside(&membership.summary))
    }

    /// The bindings of the documents that a summary joins, in order; none of any other document.
    #[must_use]
    pub fn member_keys(&self) -> Vec<BindingKey> {
        let members = self.roster.iter().flat_map(|roster| &roster.members);
        members.map(|member| self.beside(member)).collect()
    }

    /// The binding of another invoice of the same host on the same connection.
    #[must_use]
    pub fn beside(&self, id: &DocumentId) -> BindingKey {
        BindingKey {
            document: DocumentKey {
                host: self.key.document.host.clone(),
                kind: self.key.document.kind,
                id: id.clone(),
            },
            connection: self.key.connection.clone(),
        }
    }

    /// Whether the summary carries it just as its host wants it.
    #[must_use]
    pub fn is_carried_as_wanted(&self) -> bool {
        let summary = self.summary.as_ref();
        let is_carried = summary.is_some_and(|it| it.content == self.content && !it.leaving);
        self.wanted == Wanted::Live && is_carried
    }

    /// Whether it waits for its period to close.
    #[must_use]
    pub fn gathers(&self) -> bool {
        matches!(
            self.state,
            State::Skipped {
                reason: SkipReason::Gathers { .. }
            }
        )
    }

    /// Whether documents may still join it: it was never sent, and nobody decided against it.
    #[must_use]
    pub fn is_open_summary(&self) -> bool {
        let is_open = match &self.state {
            State::Waiting { .. }
            | State::Held { .. }
            | State::Ready { .. }
            | State::Rejected { .. }
            | State::Voided => true,
            State::Skipped { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Posted
            | State::Removed { .. }
            | State::Detached => false,
        };
        is_open && self.roster.is_some() && self.posted.is_none()
    }

    /// Whether anything settles the document that the provider holds.
    #[must_use]
    pub fn is_settled_there(&self) -> bool {
        self.posted.as_ref().is_some_and(|posted| {
            let settled = posted.settlement.amount_paid + posted.settlement.amount_credited;
            posted.status.is_live() && (!posted.payments.is_empty() || !settled.is_zero())
        })
    }

    /// Every payment of the document, or its share of those of its summary.
    pub(crate) fn payments_there(&self) -> &[Payment] {
        let carried = || Some(self.summary.as_ref()?.carried.as_ref()?.payments.as_slice());
        let posted = self
            .posted
            .as_ref()
            .map(|posted| posted.payments.as_slice());
        posted.or_else(carried).unwrap_or_default()
    }

    /// How far the document is settled, or its share of how far its summary is.
    pub(crate) fn settlement_there(&self) -> Option<&Settlement> {
        let carried = || self.summary.as_ref()?.carried.as_ref()?.settlement.as_ref();
        let posted = self.posted.as_ref().map(|posted| &posted.settlement);
        posted.or_else(carried)
    }

    /// Whether its members do not know yet what became of it, or documents that leave it can go.
    pub(crate) fn shares(&self) -> bool {
        self.roster.as_ref().is_some_and(|roster| {
            let lets_go = !roster.leaving.is_empty() && self.has_let_go();
            lets_go || roster.shared.as_ref() != Some(&self.news_for_members())
        })
    }

    /// Whether the provider does not hold a summary otherwise than it is written: what left it may go elsewhere.
    #[must_use]
    pub fn has_let_go(&self) -> bool {
        self.state == State::Posted || !self.is_bound()
    }

    /// The bindings of the documents that leave a summary.
    #[must_use]
    pub fn leaving_keys(&self) -> Vec<BindingKey> {
        let leaving = self.roster.iter().flat_map(|roster| &roster.leaving);
        leaving.map(|member| self.beside(member)).collect()
    }
}
