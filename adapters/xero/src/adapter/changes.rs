//! How changes are told without a webhook: documents by their last change, then those whose payments changed.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    ChangePage, ChangesAfter, ErrorKind, ProviderError, Snapshot, Unreadable,
};

use super::cursor::{Ask, Cursor, Phase, Row, Taken};
use super::read::{exactly, of_kind, read_raw};
use crate::capability::PAGE_ROWS_MAX;
use crate::client::{Call, Client};
use crate::limit::Purpose;
use crate::map;
use crate::wire::document::Document;
use crate::wire::payment::{Payment, PaymentStatus, PaymentType};
use crate::wire::{Listed, Page, Resource};

const OPERATION: &str = "read changes";
/// Payments of one page: few enough that reading their documents takes at most five calls more.
const PAYMENT_ROWS_MAX: usize = 200;
/// Bad replies to one page's documents before the look fails: enough to find two culprits among those of a page.
const HALVED_MAX: usize = 18;
/// A row may become visible a little later than it was stamped.
const VISIBLE_AFTER_S: i64 = 60;

/// The next page of changed documents.
pub(super) async fn changes(
    client: &Client,
    after: &ChangesAfter,
) -> Result<ChangePage, ProviderError> {
    let mut cursor = match &after.cursor {
        Some(text) => Cursor::parse(text).map_err(|error| {
            ProviderError::new(ErrorKind::Refused, OPERATION, error.to_string()).caused_by(error)
        })?,
        None => Cursor::new(),
    };
    let wanted = Phase::of(&after.kinds);
    if wanted.is_empty() {
        return Err(ProviderError::new(
            ErrorKind::Refused,
            OPERATION,
            "no kind of document is wanted",
        ));
    }
    cursor.settle(&wanted, after.since);
    let Told {
        documents,
        unreadable,
        is_read,
    } = match cursor.phase.kind() {
        Some(kind) => changed_documents(client, &mut cursor, kind).await?,
        None => documents_of_changed_payments(client, &mut cursor, &after.kinds).await?,
    };
    let more = !is_read || cursor.go_on(&wanted);
    let through = cursor.through(&wanted).unwrap_or_default() - VISIBLE_AFTER_S;
    Ok(ChangePage {
        documents,
        unreadable,
        cursor: cursor.to_text(),
        more,
        complete_as_of: DateTime::from_timestamp(through, 0).unwrap_or_default(),
    })
}

/// How many calls a look at changes takes when there are few: one for each kind, and one for their payments.
pub(super) fn calls_of_a_look(kinds: &[DocumentKind]) -> u32 {
    u32::try_from(Phase::of(kinds).len()).unwrap_or(u32::MAX)
}

/// What a page told.
struct Told {
    documents: Vec<Snapshot>,
    unreadable: Vec<Unreadable>,
    /// Whether the stream has been read to its end.
    is_read: bool,
}

/// A page of documents.
async fn changed_documents(
    client: &Client,
    cursor: &mut Cursor,
    kind: DocumentKind,
) -> Result<Told, ProviderError> {
    let resource = Resource::of(kind);
    let ask = cursor.current().ask(PAGE_ROWS_MAX);
    let [route, ..] = resource.routes;
    let call = paged(resource.list, route, ask);
    let call = exactly(of_kind(call, resource), resource);
    let page = client.page::<Document>(&call, resource.list).await?;
    let rows = rows(&page, |document| (document.id.as_deref(), document.updated))?;
    let taken = take(client, cursor, ask, &page, &rows);
    let mut documents = Vec::with_capacity(taken.fresh.len());
    let mut unreadable = Vec::new();
    for document in taken.fresh.into_iter().map(|at| &page.items[at]) {
        let snapshot = match ours(document, kind)? {
            Seen::Snapshot(snapshot) => snapshot,
            Seen::Unreadable(one) => {
                unreadable.push(one);
                continue;
            }
            Seen::Nothing => continue,
        };
        for payment in &snapshot.payments {
            cursor.told_payments.remember(payment.id.as_str());
        }
        documents.push(*snapshot);
    }
    Ok(Told {
        documents,
        unreadable,
        is_read: taken.done,
    })
}

/// A payment that was told with its document in this round is not read again; one that was deleted always is.
async fn documents_of_changed_payments(
    client: &Client,
    cursor: &mut Cursor,
    kinds: &[DocumentKind],
) -> Result<Told, ProviderError> {
    let ask = cursor.current().ask(PAYMENT_ROWS_MAX);
    let call = paged("Payments", "GET /Payments", ask);
    let types: Vec<PaymentType> = kinds
        .iter()
        .filter_map(|kind| PaymentType::on(*kind))
        .collect();
    let call = match types.as_slice() {
        [only] => call.with("where", format!(r#"PaymentType=="{only}""#)),
        // A condition on several types is not optimised: those that nobody wants are passed over here.
        _ => call,
    };
    let page = client.page::<Payment>(&call, Payment::LIST).await?;
    let rows = rows(&page, |payment| (payment.id.as_deref(), payment.updated))?;
    let taken = take(client, cursor, ask, &page, &rows);

    let mut paid: BTreeMap<DocumentKind, Vec<ProviderDocumentId>> = BTreeMap::new();
    let mut met = HashSet::new();
    for payment in taken.fresh.into_iter().map(|at| &page.items[at]) {
        let is_told = payment
            .id
            .as_deref()
            .is_some_and(|id| cursor.told_payments.holds(id));
        if payment.status == Some(PaymentStatus::Authorised) && is_told {
            continue;
        }
        let Some((kind, id)) = payment.target().filter(|(kind, _)| kinds.contains(kind)) else {
            continue;
        };
        if met.insert(id.to_lowercase()) {
            let id = ProviderDocumentId::new(id).map_err(|error| bad(error.to_string()))?;
            paid.entry(kind).or_default().push(id);
        }
    }
    let mut told = Told {
        documents: Vec::new(),
        unreadable: Vec::new(),
        is_read: taken.done,
    };
    for (kind, ids) in paid {
        read_apart(client, kind, &ids, &mut told).await?;
    }
    Ok(told)
}

/// Reads documents, so that one that cannot be read keeps none of the others.
///
/// What is no document at all spoils the whole reply: then the halves are asked for, down to the culprit. A reply that
/// is bad however it is asked for ends that: the look fails, and comes again.
async fn read_apart(
    client: &Client,
    kind: DocumentKind,
    ids: &[ProviderDocumentId],
    told: &mut Told,
) -> Result<(), ProviderError> {
    let mut parts = vec![ids];
    let mut halved = 0;
    while let Some(some) = parts.pop() {
        match read_raw(client, kind, some).await {
            Ok(documents) => {
                for document in &documents {
                    match ours(document, kind)? {
                        Seen::Snapshot(snapshot) => told.documents.push(*snapshot),
                        Seen::Unreadable(one) => told.unreadable.push(one),
                        Seen::Nothing => {}
                    }
                }
            }
            Err(error) if error.kind == ErrorKind::BadReply && halved < HALVED_MAX => {
                halved += 1;
                match some {
                    [id] => told.unreadable.push(Unreadable {
                        kind,
                        id: id.clone(),
                        number: None,
                        why: error.message,
                    }),
                    _ => {
                        let (first, second) = some.split_at(some.len() / 2);
                        parts.extend([second, first]);
                    }
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn paged(path: &'static str, route: &'static str, ask: Ask) -> Call {
    Call::read(OPERATION, Purpose::Polling, path, route)
        .with("order", "UpdatedDateUTC ASC")
        .with("page", ask.page.to_string())
        .with("pageSize", ask.page_size.to_string())
        .modified_since(ask.since)
}

fn take<T>(client: &Client, cursor: &mut Cursor, ask: Ask, page: &Page<T>, rows: &[Row]) -> Taken {
    // The earlier of the two clocks: one that runs ahead would make the next round begin too late.
    let now = page
        .made_at
        .map_or_else(|| client.now(), |made_at| made_at.min(client.now()));
    cursor.current().take(ask, rows, page.pagination, now)
}

fn rows<T>(
    page: &Page<T>,
    key: impl Fn(&T) -> (Option<&str>, Option<DateTime<Utc>>),
) -> Result<Vec<Row>, ProviderError> {
    page.items
        .iter()
        .map(|item| match key(item) {
            (Some(id), Some(updated)) => Ok(Row::new(id, updated)),
            (_, _) => Err(bad(
                "a row has no identifier or no time of its last change".to_owned()
            )),
        })
        .collect()
}

/// What a row of a page is.
enum Seen {
    Snapshot(Box<Snapshot>),
    /// It may be one of ours: whoever knows those decides.
    Unreadable(Unreadable),
    Nothing,
}

fn ours(document: &Document, kind: DocumentKind) -> Result<Seen, ProviderError> {
    match map::snapshot(document, kind) {
        Ok(Some(snapshot)) => Ok(Seen::Snapshot(Box::new(snapshot))),
        Ok(None) => Ok(Seen::Nothing),
        Err(error) if error.is_of_somebody_else() => {
            tracing::warn!(document = document.id.as_deref(), %error, "passed over a document of somebody else");
            Ok(Seen::Nothing)
        }
        Err(error) => {
            let id = document.id.as_deref().unwrap_or_default();
            let id = ProviderDocumentId::new(id).map_err(|error| bad(error.to_string()))?;
            Ok(Seen::Unreadable(Unreadable {
                kind,
                id,
                number: document.number.clone(),
                why: error.to_string(),
            }))
        }
    }
}

fn bad(message: String) -> ProviderError {
    ProviderError::new(ErrorKind::BadReply, OPERATION, message)
}
