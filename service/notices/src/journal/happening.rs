//! What happened to a document, as people and other systems are told it.

use chrono::{DateTime, Utc};
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{DocumentKey, Money, Payment};
use tieout_core::engine::{BindingKey, Entry, Event, Op};
use url::Url;

use crate::hooks::{Data, DocumentData, EventType, FindingData, NewEvent, PaymentData};

/// A line of the journal: its page, and where on it.
pub(super) type Place = (u64, usize);

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) at: DateTime<Utc>,
    pub(super) key: BindingKey,
    pub(super) number: String,
    pub(super) division: Option<String>,
    /// Where in the journal, and which part of that line: the same wherever it is worked out again.
    pub(super) place: Place,
    pub(super) part: String,
    pub(super) what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// It is in the books.
    Posted { provider_id: String, adopted: bool },
    /// It was made equal again.
    Updated { provider_id: String },
    /// It is out of the books.
    Voided { provider_id: String },
    /// The host has its payment, or has it as it is now; what it came to before, where that is known.
    Paid {
        revision: u64,
        payment: Payment,
        before: Option<Money>,
    },
    /// The host was told that a payment is no more.
    Reversed { revision: u64, payment: Payment },
    /// Something is wrong with it.
    Opened(Finding),
    /// That is over.
    Closed {
        rule: Rule,
        field: String,
        opened_at: DateTime<Utc>,
    },
}

/// What a line of the journal says that was done at the provider, if it says so.
pub(super) fn done(entry: &Entry) -> Option<What> {
    match &entry.event {
        Event::Landed { op, provider_id } => {
            let provider_id = provider_id.clone();
            Some(match op {
                Op::Create => What::Posted {
                    provider_id,
                    adopted: false,
                },
                Op::Update => What::Updated { provider_id },
                Op::Void => What::Voided { provider_id },
            })
        }
        Event::Adopted { provider_id, .. } => Some(What::Posted {
            provider_id: provider_id.clone(),
            adopted: true,
        }),
        Event::HostChanged { .. }
        | Event::Planned { .. }
        | Event::Held { .. }
        | Event::Departed { .. }
        | Event::Refused { .. }
        | Event::InDoubt { .. }
        | Event::Resolved { .. }
        | Event::PutBack { .. }
        | Event::ProviderChanged { .. }
        | Event::Delivered { .. }
        | Event::DeliveryRefused { .. }
        | Event::Ignored { .. }
        | Event::Companion { .. }
        | Event::Operator { .. }
        | Event::RecordUnreadable { .. } => None,
    }
}

/// What a line of the journal says that is wrong.
pub(super) fn found(entry: &Entry) -> &[Finding] {
    match &entry.event {
        Event::Held { findings } => findings,
        Event::Refused { finding }
        | Event::DeliveryRefused { finding, .. }
        | Event::Companion {
            finding: Some(finding),
            ..
        } => std::slice::from_ref(finding),
        // A changed document of somebody else that cannot be read is nobody's task.
        Event::RecordUnreadable { finding } if finding.rule == Rule::UnreadableAtProvider => &[],
        Event::RecordUnreadable { finding } => std::slice::from_ref(finding),
        Event::HostChanged { .. }
        | Event::Planned { .. }
        | Event::Departed { .. }
        | Event::Landed { .. }
        | Event::InDoubt { .. }
        | Event::Resolved { .. }
        | Event::PutBack { .. }
        | Event::ProviderChanged { .. }
        | Event::Delivered { .. }
        | Event::Adopted { .. }
        | Event::Ignored { .. }
        | Event::Companion { finding: None, .. }
        | Event::Operator { .. } => &[],
    }
}

impl Happening {
    /// The event that other systems get.
    pub(super) fn event(&self, base: Option<&Url>) -> NewEvent {
        let page = link(base, &self.key.document);
        let document = |provider_id: &str, adopted| {
            Data::Document(DocumentData {
                document: self.key.document.clone(),
                number: self.number.clone(),
                connection: self.key.connection.clone(),
                provider_id: provider_id.to_owned(),
                adopted,
                page: page.clone(),
            })
        };
        let about = |data: FindingData| {
            Data::Finding(FindingData {
                document: Some(self.key.document.clone()),
                number: self.number.clone(),
                connection: Some(self.key.connection.clone()),
                page: page.clone(),
                ..data
            })
        };
        let paid = |revision, payment: &Payment| {
            Data::Payment(PaymentData {
                document: self.key.document.clone(),
                number: self.number.clone(),
                connection: self.key.connection.clone(),
                revision,
                payment: payment.clone(),
                page: page.clone(),
            })
        };
        let (kind, data) = match &self.what {
            What::Posted {
                provider_id,
                adopted,
            } => (EventType::DocumentPosted, document(provider_id, *adopted)),
            What::Updated { provider_id } => {
                (EventType::DocumentUpdated, document(provider_id, false))
            }
            What::Voided { provider_id } => {
                (EventType::DocumentVoided, document(provider_id, false))
            }
            What::Paid {
                revision, payment, ..
            } => (EventType::PaymentImported, paid(*revision, payment)),
            What::Reversed { revision, payment } => {
                (EventType::PaymentRemoved, paid(*revision, payment))
            }
            What::Opened(finding) => (EventType::FindingOpened, about(opened(finding))),
            What::Closed { rule, field, .. } => {
                (EventType::FindingClosed, about(of_kind(rule, field)))
            }
        };
        NewEvent {
            kind,
            subject: Some(self.key.document.to_string()),
            at: self.at,
            seed: seed(self.place, &self.part),
            data,
        }
    }
}

/// What makes an event this one: the place of its line, and which part of that.
pub(super) fn seed((page, index): Place, part: &str) -> String {
    format!("{page}.{index}/{part}")
}

/// What is told of a finding, whatever it is about.
pub(super) fn opened(finding: &Finding) -> FindingData {
    FindingData {
        message: finding.message.clone(),
        remedy: finding.remedy.clone(),
        ..of_kind(&finding.rule, &finding.field)
    }
}

fn of_kind(rule: &Rule, field: &str) -> FindingData {
    let kind = rule.kind();
    FindingData {
        rule: rule.to_string(),
        field: field.to_owned(),
        title: kind.map_or("", |kind| kind.title).to_owned(),
        severity: kind.map(|kind| kind.severity),
        who: kind.map_or_else(Vec::new, |kind| kind.who.to_vec()),
        message: String::new(),
        remedy: String::new(),
        document: None,
        number: String::new(),
        connection: None,
        page: None,
    }
}

/// The page of a document below the address of this tieout.
pub(crate) fn link(base: Option<&Url>, document: &DocumentKey) -> Option<String> {
    let mut url = base?.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend([
        "documents",
        document.host.as_str(),
        document.kind.as_str(),
        document.id.as_str(),
    ]);
    Some(url.into())
}
