//! What an event of Xero says: that something of an organisation changed, never what it is now.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use tieout_core::document::DocumentKind;
use tieout_core::open_enum;

use crate::wire::read_moment;

open_enum! {
    /// What a change is of. There is none for payments, purchase orders, items and accounts, which must be polled.
    pub enum Category {
        /// A contact.
        Contact = "CONTACT",
        /// A sales invoice or a bill: the event does not say which.
        Invoice = "INVOICE",
        /// A credit note.
        CreditNote = "CREDITNOTE",
        /// A prepayment.
        Prepayment = "PREPAYMENT",
        /// An overpayment.
        Overpayment = "OVERPAYMENT",
        /// A subscription to the app.
        Subscription = "SUBSCRIPTION",
    }
}

open_enum! {
    /// What happened.
    pub enum EventType {
        /// It was made.
        Create = "CREATE",
        /// It was changed; archiving is a change.
        Update = "UPDATE",
    }
}

open_enum! {
    /// Whose event it is.
    pub enum TenantKind {
        /// An organisation's.
        Organisation = "ORGANISATION",
        /// The app's own.
        Application = "APPLICATION",
    }
}

/// A hint to look at something. It may come late, twice, or in another order than things happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The organisation.
    pub tenant: String,
    /// Whose event it is.
    pub tenant_kind: TenantKind,
    /// What changed.
    pub category: Category,
    /// Its identifier.
    pub resource: String,
    /// What happened to it.
    pub event_type: EventType,
    /// When, if it says so.
    pub at: Option<DateTime<Utc>>,
    /// The type of the document, such as `ACCRECCREDIT`, where the event says it.
    pub document_type: Option<String>,
    /// The status of the document, where the event says it.
    pub status: Option<String>,
}

impl Event {
    /// The kinds of our documents that may have changed. A credit that was allocated changes invoices and bills too.
    #[must_use]
    pub fn kinds(&self) -> &'static [DocumentKind] {
        match &self.category {
            Category::Invoice => &[DocumentKind::Invoice, DocumentKind::Bill],
            Category::CreditNote => match self.document_type.as_deref() {
                Some("ACCPAYCREDIT") => &[DocumentKind::Bill],
                Some("ACCRECCREDIT") => &[DocumentKind::CreditNote, DocumentKind::Invoice],
                Some(_) | None => &[
                    DocumentKind::CreditNote,
                    DocumentKind::Invoice,
                    DocumentKind::Bill,
                ],
            },
            Category::Prepayment | Category::Overpayment => {
                &[DocumentKind::Invoice, DocumentKind::Bill]
            }
            Category::Contact | Category::Subscription | Category::Other(_) => &[],
        }
    }
}

/// The newest event of each thing, so that what changed ten times is read once. An event without a time
/// counts as the oldest.
#[must_use]
pub fn coalesced(events: Vec<Event>) -> Vec<Event> {
    let mut newest: BTreeMap<(String, Category, String), Event> = BTreeMap::new();
    for event in events {
        let key = (
            event.tenant.clone(),
            event.category.clone(),
            event.resource.clone(),
        );
        match newest.get(&key) {
            Some(known) if known.at > event.at => {}
            Some(_) | None => {
                newest.insert(key, event);
            }
        }
    }
    newest.into_values().collect()
}

/// An event as it comes. Whatever else is in it is passed over.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventIn {
    resource_id: Option<String>,
    event_date_utc: Option<String>,
    event_type: Option<String>,
    event_category: Option<String>,
    tenant_id: Option<String>,
    tenant_type: Option<String>,
    data: Option<Data>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    r#type: Option<String>,
    status: Option<String>,
}

impl EventIn {
    /// The event; none when it does not say what changed and whose it is.
    pub(super) fn read(self) -> Option<Event> {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        // The case of these words differs between samples.
        let word = |text: Option<String>| text.unwrap_or_default().to_ascii_uppercase();
        let (document_type, status) = match self.data {
            Some(data) => (said(data.r#type), said(data.status)),
            None => (None, None),
        };
        Some(Event {
            tenant: said(self.tenant_id)?,
            tenant_kind: TenantKind::from(word(self.tenant_type).as_str()),
            category: Category::from(word(said(self.event_category)).as_str()),
            resource: said(self.resource_id)?,
            event_type: EventType::from(word(self.event_type).as_str()),
            at: self
                .event_date_utc
                .and_then(|text| read_moment(&text).ok().flatten()),
            document_type,
            status,
        })
    }
}
