//! What is known of everything that goes out beside a document: payments of the host, files, notes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{BindingKey, ContentHash, Posted};
use crate::check::Finding;
use crate::document::{
    Attachment, HostPaymentId, Payment, PaymentKind, ProviderDocumentId, ProviderPaymentId, decimal,
};

/// Everything beside one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companions {
    /// The provider's document that they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<ProviderDocumentId>,
    /// Each by a key that stays its own: `payment/ID/VERSION`, `file/HASH`, `note/HASH`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub items: BTreeMap<String, Companion>,
    /// What they were compared with last; `None` when they must be compared again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<ContentHash>,
    /// When they are to be compared with the document; `None` while nothing is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<DateTime<Utc>>,
}

/// One thing that goes out beside a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// What it is.
    pub what: CompanionContent,
    /// Where it stands.
    pub state: CompanionState,
    /// Not before this time, after a failed attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Failed attempts in a row.
    #[serde(default)]
    pub attempts: u32,
}

/// What goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanionContent {
    /// A payment that was made in the host.
    Payment(PaymentToMake),
    /// A file of the document.
    File {
        /// The file in its host.
        file: Attachment,
        /// Whether the customer may see it.
        for_customer: bool,
    },
    /// A note in the document's history.
    Note {
        /// The text.
        text: String,
        /// By it the note is known again.
        marker: String,
    },
}

/// A payment of the host as it is made at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentToMake {
    /// The payment in its host.
    pub id: HostPaymentId,
    /// The accounting date.
    pub date: NaiveDate,
    /// How much, in the document's currency.
    #[serde(with = "decimal")]
    pub amount: Decimal,
    /// The provider's account; `None` when no setting decides, and it is then refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// By it the payment is known again.
    pub marker: String,
}

/// Where something beside a document stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanionState {
    /// To be sent once the document is ready for it.
    Wanted {
        /// The request that was sent for it before and showed no effect: its key is used again while the
        /// provider still knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<CompanionRequest>,
    },
    /// A file that the host does not have yet, or not as it says: it is asked for again by itself.
    Missing {
        /// What to know.
        finding: Finding,
    },
    /// In a request that is stored and may be in the air.
    Sent(CompanionRequest),
    /// The request may have landed: its reply is lost, late or unclear.
    Unsure(CompanionRequest),
    /// The provider has it.
    Done {
        /// The provider's identifier of a payment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ProviderPaymentId>,
        /// Whether the provider's document was seen with it.
        #[serde(default)]
        seen: bool,
        /// When the provider's document had changed last before the payment: one that changed later and does not
        /// show it is asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<DateTime<Utc>>,
    },
    /// A payment that was made and that the provider's document does not show: it is looked for.
    Missed {
        /// The provider's identifier.
        id: ProviderPaymentId,
    },
    /// It cannot be sent, or the provider refused it.
    Refused {
        /// Why.
        finding: Finding,
        /// The document and the settings under which it was refused: it is tried again under others.
        ground: ContentHash,
    },
    /// A payment that was made and is to be taken back.
    TakingBack {
        /// The provider's identifier.
        id: ProviderPaymentId,
    },
    /// A payment that the provider does not let go.
    Kept {
        /// The provider's identifier.
        id: ProviderPaymentId,
        /// Why.
        finding: Finding,
        /// The document and the settings under which that was refused.
        ground: ContentHash,
        /// Whether the provider's document has shown it: one that it shows no more was taken back by somebody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        seen: bool,
    },
    /// A payment that we took back, or that went with its document.
    TakenBack {
        /// The provider's identifier, if it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ProviderPaymentId>,
    },
    /// A payment that somebody else took back at the provider.
    Removed {
        /// The provider's identifier.
        id: ProviderPaymentId,
        /// What to know.
        finding: Finding,
    },
}

/// A request for one companion, stored before it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanionRequest {
    /// The idempotency key.
    pub key: String,
    /// When it was first sent: the idempotency window counts from here.
    pub at: DateTime<Utc>,
    /// When the provider's document had changed last, as far as was known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Payments that a look-up showed to be somebody else's, alike as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ProviderPaymentId>,
}

/// Whose a payment at the provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Ours: the host made it.
    Us,
    /// Perhaps ours: its request is in the air or in doubt, and the provider tells no reference.
    PerhapsUs,
    /// Somebody's at the provider.
    Them,
}

impl CompanionState {
    /// The word in output.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wanted { .. } => "waits",
            Self::Missing { .. } => "missing in the host",
            Self::Sent(_) => "on its way",
            Self::Unsure(_) => "in doubt",
            Self::Done { .. } => "done",
            Self::Missed { .. } => "looked for",
            Self::Refused { .. } => "refused",
            Self::TakingBack { .. } => "to be taken back",
            Self::Kept { .. } => "not let go",
            Self::TakenBack { .. } => "taken back",
            Self::Removed { .. } => "removed at the provider",
        }
    }

    /// What a person should know, if anything.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Missing { finding }
            | Self::Refused { finding, .. }
            | Self::Kept { finding, .. }
            | Self::Removed { finding, .. } => Some(finding),
            Self::Wanted { .. }
            | Self::Sent(_)
            | Self::Unsure(_)
            | Self::Done { .. }
            | Self::Missed { .. }
            | Self::TakingBack { .. }
            | Self::TakenBack { .. } => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn finding_mut(&mut self) -> Option<&mut Finding> {
        match self {
            Self::Missing { finding }
            | Self::Refused { finding, .. }
            | Self::Kept { finding, .. }
            | Self::Removed { finding, .. } => Some(finding),
            Self::Wanted { .. }
            | Self::Sent(_)
            | Self::Unsure(_)
            | Self::Done { .. }
            | Self::Missed { .. }
            | Self::TakingBack { .. }
            | Self::TakenBack { .. } => None,
        }
    }

    /// The provider's identifier of a payment, if it is known.
    #[must_use]
    pub fn payment_id(&self) -> Option<&ProviderPaymentId> {
        match self {
            Self::Done { id, .. } | Self::TakenBack { id } => id.as_ref(),
            Self::Missed { id }
            | Self::TakingBack { id }
            | Self::Kept { id, .. }
            | Self::Removed { id, .. } => Some(id),
            Self::Wanted { .. }
            | Self::Missing { .. }
            | Self::Sent(_)
            | Self::Unsure(_)
            | Self::Refused { .. } => None,
        }
    }

    /// To be sent, never sent before.
    pub(super) fn wanted() -> Self {
        Self::Wanted { before: None }
    }

    /// The request for it that may still take effect.
    fn in_the_air(&self) -> Option<&CompanionRequest> {
        match self {
            Self::Sent(request) | Self::Unsure(request) => Some(request),
            Self::Wanted { before } => before.as_ref(),
            Self::Missing { .. }
            | Self::Done { .. }
            | Self::Missed { .. }
            | Self::Refused { .. }
            | Self::TakingBack { .. }
            | Self::Kept { .. }
            | Self::TakenBack { .. }
            | Self::Removed { .. } => None,
        }
    }
}

impl CompanionContent {
    /// The payment, if it is one.
    #[must_use]
    pub fn payment(&self) -> Option<&PaymentToMake> {
        match self {
            Self::Payment(payment) => Some(payment),
            Self::File { .. } | Self::Note { .. } => None,
        }
    }
}

impl std::fmt::Display for CompanionContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Payment(payment) => write!(
                f,
                "payment {} of {} on {}",
                payment.id, payment.amount, payment.date
            ),
            Self::File { file, .. } => write!(f, "file {}", file.name),
            Self::Note { text, .. } => write!(f, "note `{text}`"),
        }
    }
}

impl Companions {
    /// Whether nothing is known, which is all that most documents have.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a payment was made that the provider's document was not seen with yet.
    pub(super) fn is_unseen(&self) -> bool {
        self.items.values().any(|item| {
            let unseen = matches!(item.state, CompanionState::Done { seen: false, .. });
            unseen && item.what.payment().is_some()
        })
    }

    /// What a person should know.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.items.values().filter_map(|item| item.state.finding())
    }

    /// Whose a payment at the provider is, `binding` being the one that holds the document.
    #[must_use]
    pub fn maker_of(&self, binding: &BindingKey, payment: &Payment) -> Maker {
        let reference = payment.reference.as_deref().unwrap_or_default();
        if self.has(&payment.id) || reference.contains(&mark_of(binding)) {
            return Maker::Us;
        }
        match self.items.values().any(|item| item.may_be(payment)) {
            true => Maker::PerhapsUs,
            false => Maker::Them,
        }
    }

    /// Whether one of them is this payment.
    fn has(&self, id: &ProviderPaymentId) -> bool {
        let mut items = self.items.values();
        items.any(|item| item.state.payment_id() == Some(id))
    }

    /// Payments of the provider's document that may be what a request for one of these made, and are none of the others.
    pub fn alike<'a>(
        &'a self,
        item: &'a Companion,
        posted: &'a Posted,
    ) -> impl Iterator<Item = &'a Payment> {
        let payments = posted.payments.iter();
        payments.filter(|payment| item.may_be(payment) && !self.has(&payment.id))
    }

    /// Whether a payment at the provider keeps the document from being voided. Ours do not where they are
    /// taken back (`takes_back`), unless the provider does not let one go.
    pub(super) fn is_in_the_way(
        &self,
        binding: &BindingKey,
        payment: &Payment,
        takes_back: bool,
    ) -> bool {
        let ours = self
            .items
            .values()
            .find(|item| item.state.payment_id() == Some(&payment.id));
        match ours.map(|item| &item.state) {
            Some(CompanionState::TakenBack { .. } | CompanionState::TakingBack { .. }) => false,
            Some(CompanionState::Done { .. } | CompanionState::Missed { .. }) => !takes_back,
            Some(
                CompanionState::Wanted { .. }
                | CompanionState::Missing { .. }
                | CompanionState::Sent(_)
                | CompanionState::Unsure(_)
                | CompanionState::Refused { .. }
                | CompanionState::Kept { .. }
                | CompanionState::Removed { .. },
            ) => true,
            None => match self.maker_of(binding, payment) {
                // What becomes of its request decides first.
                Maker::PerhapsUs => false,
                Maker::Us => !takes_back || !self.items.values().any(Companion::is_open_payment),
                Maker::Them => true,
            },
        }
    }
}

impl Companion {
    /// Something that was not tried yet.
    pub(super) fn new(what: CompanionContent, state: CompanionState) -> Self {
        Self {
            what,
            state,
            not_before: None,
            attempts: 0,
        }
    }

    fn is_open_payment(&self) -> bool {
        self.what.payment().is_some() && self.state.in_the_air().is_some()
    }

    /// Whether a payment at the provider may be what a request for this one made.
    #[must_use]
    pub fn may_be(&self, payment: &Payment) -> bool {
        let is_alike = |ours: &PaymentToMake| {
            (ours.amount, ours.date) == (payment.amount, payment.date)
                && payment.kind == PaymentKind::Payment
        };
        // A provider that tells references would have told the marker.
        let is_plain = payment
            .reference
            .as_deref()
            .unwrap_or_default()
            .trim()
            .is_empty();
        let request = self.state.in_the_air();
        let is_known = |request: &CompanionRequest| request.others.contains(&payment.id);
        is_plain
            && self.what.payment().is_some_and(is_alike)
            && request.is_some_and(|request| !is_known(request))
    }
}

/// What the markers of all payments and notes of a binding have in common.
pub(super) fn mark_of(binding: &BindingKey) -> String {
    format!("tieout-{}", short(&ContentHash::of(binding), 12))
}

/// The first characters of a fingerprint.
pub(super) fn short(hash: &ContentHash, chars: usize) -> &str {
    &hash.as_str()[..chars]
}
