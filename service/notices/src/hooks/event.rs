//! What other systems are told: one form for every event, and what each brings.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::check::kinds::{Severity, Who};
use tieout_core::document::{ConnectionId, DocumentKey, Payment};
use tieout_core::open_enum;

use crate::people::EndpointId;

open_enum! {
    /// What an event is about. Its text is stable.
    pub enum EventType {
        /// A document is in the books: sent, or recognised there.
        DocumentPosted = "document.posted",
        /// A document in the books was made equal to the host's again.
        DocumentUpdated = "document.updated",
        /// A document is out of the books.
        DocumentVoided = "document.voided",
        /// The host has a payment that was made in the books, or has it as it is now.
        PaymentImported = "payment.imported",
        /// The host was told that a payment is no more.
        PaymentRemoved = "payment.removed",
        /// Something needs somebody, or should be known.
        FindingOpened = "finding.opened",
        /// It does not any more.
        FindingClosed = "finding.closed",
        /// The access to an organisation does not work: somebody must allow it again.
        ConnectionNeedsConsent = "connection.needs_consent",
        /// The access to an organisation lapses soon unless it is used.
        ConnectionExpiring = "connection.expiring",
        /// A certificate of both sides was kept.
        Certificate = "tieout.certificate",
        /// Nothing happened: somebody tries the webhook.
        Test = "tieout.test",
    }
}

impl EventType {
    /// Whether it is of another version.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Other(_))
    }
}

/// An event as it is sent: CloudEvents 1.0 in its structured form, in the body of a Standard Webhooks message.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CloudEvent<T> {
    /// The version of CloudEvents.
    pub specversion: String,
    /// The same for every repeat of this event, also in `webhook-id`; different for every other.
    pub id: String,
    /// Where this tieout is, or `tieout` where it has no address.
    pub source: String,
    /// What it is about.
    pub r#type: EventType,
    /// The document as `host/kind/id`, or the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The form of `data`.
    pub datacontenttype: String,
    /// What it brings.
    pub data: T,
}

/// What `document.posted`, `document.updated` and `document.voided` bring.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DocumentData {
    /// The document in its host.
    pub document: DocumentKey,
    /// Its number there.
    pub number: String,
    /// Where it is kept.
    pub connection: ConnectionId,
    /// The identifier in the accounting system.
    pub provider_id: String,
    /// That it stood there already and was recognised; nothing was written.
    pub adopted: bool,
    /// Its page here, if this tieout has an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// What `payment.imported` and `payment.removed` bring.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PaymentData {
    /// The document that it pays, in its host.
    pub document: DocumentKey,
    /// Its number there.
    pub number: String,
    /// Where the document is kept.
    pub connection: ConnectionId,
    /// 1 for the first time, higher with each change of the payment.
    pub revision: u64,
    /// The payment; of one that is no more, as it was.
    pub payment: Payment,
    /// The document's page here, if this tieout has an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// What `finding.opened` and `finding.closed` bring.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FindingData {
    /// The stable name of the kind: `tieout findings KIND` explains it.
    pub rule: String,
    /// The field, such as `lines[2].tax_code`; empty for the whole document.
    pub field: String,
    /// What it is, as a fragment.
    pub title: String,
    /// How much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub severity: Option<Severity>,
    /// Who acts, the likeliest first.
    #[schemars(with = "Vec<String>")]
    pub who: Vec<Who>,
    /// What is wrong; empty once it is closed.
    pub message: String,
    /// What to do; empty once it is closed.
    pub remedy: String,
    /// The document, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentKey>,
    /// The document's number in its host.
    pub number: String,
    /// Where the document belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// The document's page here, if this tieout has an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// What `connection.needs_consent` and `connection.expiring` bring.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConnectionData {
    /// The connection.
    pub connection: ConnectionId,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// When the access lapses, where it is about to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// What `tieout.certificate` brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateData {
    /// Its number in the chain.
    pub number: u64,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Documents that agree.
    pub agree: u64,
    /// Documents that differ.
    pub differ: u64,
}

/// What `tieout.test` brings.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TestData {
    /// Who asked for it.
    pub by: String,
}

/// What an event brings, before it is text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Document(DocumentData),
    Payment(PaymentData),
    Finding(FindingData),
    Connection(ConnectionData),
    Certificate(CertificateData),
    Test(TestData),
}

/// An event before it has a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewEvent {
    pub(crate) kind: EventType,
    pub(crate) subject: Option<String>,
    pub(crate) at: DateTime<Utc>,
    /// What makes it this event and no other: the same wherever it is worked out again.
    pub(crate) seed: String,
    pub(crate) data: Data,
}

/// An event as it is kept: its text is what was signed the first time, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptEvent {
    pub(crate) id: String,
    pub(crate) kind: EventType,
    /// When it was queued.
    pub(crate) told_at: DateTime<Utc>,
    /// The endpoints that wanted it then, also those that were switched off.
    #[serde(default)]
    pub(crate) takers: Vec<EndpointId>,
    pub(crate) body: String,
}

impl NewEvent {
    /// The event under a number of ours, from a place.
    pub(crate) fn numbered(
        self,
        number: u64,
        source: &str,
        takers: Vec<EndpointId>,
        now: DateTime<Utc>,
    ) -> KeptEvent {
        let hash = blake3::hash(format!("{}\n{}\n{}", self.kind, self.at, self.seed).as_bytes());
        let id = format!("evt_{number}_{}", &hash.to_hex()[..16]);
        let kind = self.kind.clone();
        let head = Head {
            id: id.clone(),
            source: source.to_owned(),
            kind: self.kind,
            subject: self.subject,
            time: self.at,
        };
        let body = match self.data {
            Data::Document(data) => head.text(data),
            Data::Payment(data) => head.text(data),
            Data::Finding(data) => head.text(data),
            Data::Connection(data) => head.text(data),
            Data::Certificate(data) => head.text(data),
            Data::Test(data) => head.text(data),
        };
        KeptEvent {
            id,
            kind,
            told_at: now,
            takers,
            body,
        }
    }
}

struct Head {
    id: String,
    source: String,
    kind: EventType,
    subject: Option<String>,
    time: DateTime<Utc>,
}

impl Head {
    fn text<T: Serialize>(self, data: T) -> String {
        let event = CloudEvent {
            specversion: "1.0".to_owned(),
            id: self.id,
            source: self.source,
            r#type: self.kind,
            subject: self.subject,
            time: self.time,
            datacontenttype: "application/json".to_owned(),
            data,
        };
        serde_json::to_string(&event).expect("events have string keys and no failing serializer")
    }
}

/// The number in an event's identifier.
pub(crate) fn number_of(id: &str) -> Option<u64> {
    id.strip_prefix("evt_")?.split_once('_')?.0.parse().ok()
}
