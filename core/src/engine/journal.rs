//! What happened to a binding, as the journal keeps it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{BindingKey, FlightId, Op};
use crate::check::Finding;
use crate::document::ProviderPaymentId;
use crate::provider::Mark;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// To which binding; absent for what concerns a whole host or connection.
    pub binding: Option<BindingKey>,
    /// What happened.
    pub event: Event,
    /// The state afterwards, by its name.
    pub state: Option<String>,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The host told of the document, or of a change of it.
    HostChanged {
        /// The revision.
        revision: u64,
    },
    /// A plan was made: what to do, or nothing.
    Planned {
        /// What to do.
        op: Option<Op>,
        /// In words.
        why: String,
    },
    /// It must not be sent as it is.
    Held {
        /// Why.
        findings: Vec<Finding>,
    },
    /// A request with it was stored and then sent.
    Departed {
        /// What was asked.
        op: Op,
        /// In which flight.
        flight: FlightId,
    },
    /// The provider did it.
    Landed {
        /// What was done.
        op: Op,
        /// The provider's identifier.
        provider_id: String,
    },
    /// The provider refused it.
    Refused {
        /// Why.
        finding: Finding,
    },
    /// The reply was lost, late or unclear.
    InDoubt {
        /// What went wrong.
        why: String,
    },
    /// A look-up or a repeat settled the doubt.
    Resolved {
        /// What it showed.
        why: String,
    },
    /// It was not processed and will be sent again.
    PutBack {
        /// Why.
        why: String,
    },
    /// The provider's document changed.
    ProviderChanged {
        /// What changed, in words.
        what: String,
    },
    /// The host acknowledged write-backs.
    Delivered {
        /// How many.
        items: usize,
        /// Which, in words.
        what: String,
        /// The payments among them; none in what older versions stored.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        payments: Vec<ProviderPaymentId>,
    },
    /// The host refused a write-back.
    DeliveryRefused {
        /// Why.
        finding: Finding,
        /// The payments that it took all the same; none in what older versions stored.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        payments: Vec<ProviderPaymentId>,
    },
    /// A document that stood at the provider already was recognised and bound; nothing was written.
    Adopted {
        /// The provider's identifier.
        provider_id: String,
        /// Its number there.
        number: String,
        /// By which mark.
        mark: Mark,
        /// Who decided, where a person did.
        by: Option<String>,
        /// Where it differs from the host's.
        differences: Vec<String>,
    },
    /// The host told what changes nothing.
    Ignored {
        /// What, and why it changes nothing.
        why: String,
    },
    /// Something beside the document was wanted, sent, refused or taken back.
    Companion {
        /// Which, in words.
        what: String,
        /// What happened, in words.
        happened: String,
        /// What a person should know of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finding: Option<Finding>,
    },
    /// A person acted.
    Operator {
        /// What the person did.
        action: String,
    },
    /// A record of the host could not be read.
    RecordUnreadable {
        /// Where and why.
        finding: Finding,
    },
}
