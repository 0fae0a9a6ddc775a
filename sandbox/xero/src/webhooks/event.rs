//! Which changes of the books become events, and what an event says (Xero's OpenAPI file of webhooks; categories as of 2026-09).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::credit::{Credit, Source};
use crate::books::invoice::Status;
use crate::books::ledger::{Change, Ledger, Row};
use crate::switches::{EventTypeCase, Switches};
use crate::wire::date::SecondString;

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// It is new.
    Create,
    /// It changed; removal and archiving are changes too.
    Update,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `CONTACT`, `INVOICE`, `CREDITNOTE`, `OVERPAYMENT`, `PREPAYMENT`, or what a fault invents.
    pub category: String,
    /// What happened.
    pub kind: EventType,
    /// Plural name of the endpoint that shows the resource.
    pub endpoint: &'static str,
    /// The resource.
    pub resource: Uuid,
    /// The organisation.
    pub tenant: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Client id of the app that did it; empty for a person.
    pub by: String,
    /// What some categories tell beside the id.
    pub data: Option<Value>,
}

impl Event {
    /// The event as it stands in a body.
    #[must_use]
    pub fn to_json(&self, spelling: EventTypeCase) -> Value {
        let kind = match (self.kind, spelling) {
            (EventType::Create, EventTypeCase::Upper) => "CREATE",
            (EventType::Create, EventTypeCase::Title) => "Create",
            (EventType::Update, EventTypeCase::Upper) => "UPDATE",
            (EventType::Update, EventTypeCase::Title) => "Update",
        };
        let mut event = json!({
            "resourceUrl": format!("https://api.xero.com/api.xro/2.0/{}/{}", self.endpoint, self.resource),
            "resourceId": self.resource,
            "eventDateUtc": self.at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            "eventType": kind,
            "eventCategory": self.category,
            "tenantId": self.tenant,
            "tenantType": "ORGANISATION",
        });
        if let (Some(fields), Some(data)) = (event.as_object_mut(), &self.data) {
            fields.insert("data".to_owned(), data.clone());
        }
        event
    }
}

/// The events of what changed in the books since they were last asked; each row at most once.
pub(crate) fn gather(
    organisation: &mut Organisation,
    switches: &Switches,
    by: &str,
    now: DateTime<Utc>,
) -> Vec<Event> {
    let tenant = organisation.profile.id;
    let event = |category: &str, endpoint, resource, change| Event {
        category: category.to_owned(),
        kind: match change {
            Change::Created => EventType::Create,
            Change::Written | Change::Settled => EventType::Update,
        },
        endpoint,
        resource,
        tenant,
        at: now,
        by: by.to_owned(),
        data: None,
    };
    let mut events = Vec::new();
    for (at, change) in changes(&mut organisation.contacts.ledger) {
        let contact = organisation.contacts.ledger.row(at);
        events.push(event("CONTACT", "Contacts", contact.id, change));
    }
    for (at, change) in changes(&mut organisation.invoices.ledger) {
        let invoice = organisation.invoices.ledger.row(at);
        if tells(switches, change, invoice.status) {
            events.push(event("INVOICE", "Invoices", invoice.id, change));
        }
    }
    for (at, change) in changes(&mut organisation.credits.ledger) {
        let credit = organisation.credits.ledger.row(at);
        if tells(switches, change, credit.status) {
            let (category, endpoint) = match credit.source {
                Source::CreditNote => ("CREDITNOTE", "CreditNotes"),
                Source::Overpayment => ("OVERPAYMENT", "Overpayments"),
                Source::Prepayment => ("PREPAYMENT", "Prepayments"),
            };
            events.push(Event {
                data: Some(data(credit)),
                ..event(category, endpoint, credit.id, change)
            });
        }
    }
    organisation.forget_changes();
    events
}

/// Rows that changed, in order of their first change, with the change that says most.
fn changes<T: Row>(ledger: &mut Ledger<T>) -> Vec<(usize, Change)> {
    let mut rows: Vec<(usize, Change)> = Vec::new();
    for (at, change) in ledger.take_changes() {
        match rows.iter_mut().find(|(known, _)| *known == at) {
            Some((_, known)) => *known = (*known).min(change),
            None => rows.push((at, change)),
        }
    }
    rows
}

fn tells(switches: &Switches, change: Change, status: Status) -> bool {
    let removed = matches!(status, Status::Voided | Status::Deleted);
    match change {
        Change::Created => true,
        Change::Written => !removed || switches.webhook_on_removal,
        Change::Settled => switches.webhook_on_payment,
    }
}

fn data(credit: &Credit) -> Value {
    match credit.source {
        Source::CreditNote => json!({"Type": credit.type_name(), "Status": credit.status.name()}),
        Source::Overpayment | Source::Prepayment => json!({
            "Type": credit.type_name(),
            "Status": credit.status.name(),
            "UpdatedDateUTCString": SecondString(credit.updated_ms),
        }),
    }
}
