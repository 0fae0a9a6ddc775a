//! What a person is shown of contacts, invoices and bills, and where each opens.

use std::collections::HashSet;

use tieout_core::document::DocumentKind;
use tieout_core::provider::{
    ContactCard, ContactsMeant, DocumentsFound, DocumentsMeant, ErrorKind, Opened, Organisation,
    ProviderError, Snapshot,
};

use super::find::literal;
use crate::capability::{CAPABILITY, PAGE_ROWS_MAX, PAGE_ROWS_USUAL, PAGES_MAX};
use crate::client::{Call, Client, chunks};
use crate::limit::Purpose;
use crate::map;
use crate::wire::contact_details::ContactDetails;
use crate::wire::document::Document;

const LOOK: &str = "show contacts";
const LIST: &str = "show documents";
/// Where people open things (Xero's page on deep links, and its code of 2026).
const WEB: &str = "https://go.xero.com";

/// The contacts that are meant: one call, and one more for each further thousand. Somebody waits for it.
pub(super) async fn contacts(
    client: &Client,
    wanted: &ContactsMeant,
) -> Result<Vec<ContactCard>, ProviderError> {
    let call = Call::read(LOOK, Purpose::Operator, "Contacts", "GET /Contacts")
        .with("includeArchived", "true");
    let mut calls = Vec::new();
    match wanted {
        ContactsMeant::Like(text) if text.trim().is_empty() => {}
        ContactsMeant::Like(text) => calls.push(call.clone().with("searchTerm", text.trim())),
        ContactsMeant::Ids(ids) => {
            // What is no identifier of Xero's is none of its contacts.
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            let ids: Vec<&str> = ids
                .into_iter()
                .filter(|id| super::find::is_identifier(id))
                .collect();
            for run in chunks(&ids, CAPABILITY.look_up_max) {
                calls.push(call.clone().with("IDs", run.join(",")));
            }
        }
    }
    let mut found = Vec::new();
    for call in &calls {
        found.extend(client.every::<ContactDetails>(call).await?);
    }
    if matches!(wanted, ContactsMeant::Ids(_)) {
        follow_merges(client, &call, &mut found).await?;
    }
    found.retain(|contact| contact.merged_to.is_none());
    Ok(found.iter().filter_map(map::card).collect())
}

/// Reads the contacts that others were merged into: they take their places. A trail that leads nowhere ends there.
async fn follow_merges(
    client: &Client,
    call: &Call,
    found: &mut Vec<ContactDetails>,
) -> Result<(), ProviderError> {
    let mut asked = HashSet::new();
    loop {
        let held = |id: &str| {
            let mut ids = found.iter().filter_map(|one| one.id.as_deref());
            ids.any(|known| known.eq_ignore_ascii_case(id))
        };
        let mut missing: Vec<String> = found
            .iter()
            .filter_map(|one| one.merged_to.as_deref())
            .filter(|id| super::find::is_identifier(id) && !held(id))
            .map(str::to_lowercase)
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|id| asked.insert(id.clone()));
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        for run in chunks(&missing, CAPABILITY.look_up_max) {
            let call = call.clone().with("IDs", run.join(","));
            found.extend(client.every::<ContactDetails>(&call).await?);
        }
    }
}

/// The live invoices and bills that are meant: one call for each thousand, newest date first.
///
/// A row that appears while pages are read moves another to the next page: it comes twice and is kept once.
pub(super) async fn documents(
    client: &Client,
    wanted: &DocumentsMeant,
) -> Result<DocumentsFound, ProviderError> {
    let like = wanted
        .like
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    if like.is_none() && wanted.contacts.is_empty() {
        let message = "neither a contact nor a text says which documents are meant";
        return Err(ProviderError::new(ErrorKind::Refused, LIST, message));
    }
    let call = call(wanted, like);
    let (mut found, mut met) = (DocumentsFound::default(), HashSet::new());
    for page_number in 1..=PAGES_MAX {
        let call = call
            .clone()
            .with("page", page_number.to_string())
            .with("pageSize", PAGE_ROWS_MAX.to_string());
        let page = client.page::<Document>(&call, "Invoices").await?;
        let rows = page.rows;
        for document in &page.items {
            let Some(snapshot) = snapshot(document)? else {
                continue;
            };
            if met.insert(snapshot.id.clone()) {
                found.documents.push(snapshot);
            }
        }
        let is_last = match page.pagination {
            Some(paging) => page_number >= paging.page_count,
            // Nobody says whether the size was honoured: only less than the smallest page is surely the end.
            None => rows < PAGE_ROWS_USUAL,
        };
        if found.documents.len() > wanted.documents_max || is_last {
            found.more = !is_last || found.documents.len() > wanted.documents_max;
            found.documents.truncate(wanted.documents_max);
            return Ok(found);
        }
    }
    found.more = true;
    Ok(found)
}

fn call(wanted: &DocumentsMeant, like: Option<&str>) -> Call {
    let mut call = Call::read(LIST, Purpose::Operator, "Invoices", "GET /Invoices")
        .with("Statuses", "DRAFT,SUBMITTED,AUTHORISED,PAID")
        .with("order", "Date DESC");
    if !wanted.contacts.is_empty() {
        let ids: Vec<&str> = wanted.contacts.iter().map(|id| id.as_str()).collect();
        call = call.with("ContactIDs", ids.join(","));
    }
    if let Some(like) = like {
        call = call.with("searchTerm", like);
    }
    let from = wanted.from.map(|day| format!("Date>={}", literal(day)));
    let to = wanted.to.map(|day| format!("Date<={}", literal(day)));
    let days: Vec<String> = from.into_iter().chain(to).collect();
    match days.is_empty() {
        true => call,
        false => call.with("where", days.join(" AND ")),
    }
}

/// The snapshot of an invoice or a bill without its lines; `None` for what is neither, or names nobody yet.
fn snapshot(document: &Document) -> Result<Option<Snapshot>, ProviderError> {
    for kind in [DocumentKind::Invoice, DocumentKind::Bill] {
        match map::snapshot(document, kind) {
            Ok(Some(mut snapshot)) => {
                snapshot.lines = Vec::new();
                return Ok(Some(snapshot));
            }
            Ok(None) => {}
            Err(error) if error.is_of_somebody_else() => return Ok(None),
            Err(error) => {
                let message = error.to_string();
                let failed = ProviderError::new(ErrorKind::BadReply, LIST, message);
                return Err(failed.caused_by(error));
            }
        }
    }
    Ok(None)
}

/// Where something opens. Without the organisation's short code it would open in whichever organisation the person
/// looked at last: then there is no address.
pub(super) fn address(organisation: &Organisation, of: &Opened<'_>) -> Option<String> {
    let code: String =
        url::form_urlencoded::byte_serialize(organisation.short_code.as_deref()?.as_bytes())
            .collect();
    let legacy = |page: &str, id: &str| {
        format!("{WEB}/organisationlogin/default.aspx?shortcode={code}&redirecturl=/{page}{id}")
    };
    Some(match of {
        Opened::Document(DocumentKind::Invoice, id) => {
            format!("{WEB}/app/{code}/invoicing/view/{id}")
        }
        Opened::Document(DocumentKind::Bill, id) => {
            legacy("AccountsPayable/Edit.aspx?InvoiceID=", id.as_str())
        }
        Opened::Document(DocumentKind::CreditNote, id) => legacy(
            "AccountsPayable/ViewCreditNote.aspx?creditNoteID=",
            id.as_str(),
        ),
        Opened::Document(DocumentKind::PurchaseOrder, id) => {
            legacy("Accounts/Payable/PurchaseOrders/View/", id.as_str())
        }
        Opened::Contact(id) => format!("{WEB}/app/{code}/contacts/contact/{id}"),
    })
}
