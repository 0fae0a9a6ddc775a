//! How the lists of a product are read: page by page, one list after the other, from where each was left.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;
use tieout_core::document::DocumentKind;
use tieout_core::host::{HostError, HostErrorKind, HostPage, Record};
use tieout_host_web::{Client, Reply, excerpt};
use url::Url;

use super::config::Served;
use super::position::{Place, Position};
use crate::map::{Content, read_document};

const OPERATION: &str = "read changes";
/// A record may become visible a little later than it was stamped.
const VISIBLE_AFTER_MINUTES: i64 = 5;

/// A page as the contract has it.
#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    #[serde(default)]
    next_cursor: Option<String>,
    #[serde(default)]
    has_more: bool,
}

/// The next records after a position. Lists are read one after the other, in a circle: one that has nothing new, or
/// that fails, is passed by, and its failure is told when no other list has anything. A round ends when each list was
/// read to its end once in it.
pub(super) async fn changes(
    client: &Client,
    lists: &[Served],
    after: Option<&str>,
    limit: usize,
) -> Result<HostPage, HostError> {
    let Some(first) = lists.first() else {
        return Err(HostError::new(
            HostErrorKind::Misconfigured,
            OPERATION,
            "`documents` names no list",
        ));
    };
    let mut position = match after {
        Some(text) => Position::parse(text)?,
        None => Position::start(*first),
    };
    position.go_on(Utc::now());
    // A list that is served no more is passed by.
    let start = lists
        .iter()
        .position(|list| list.as_str() == position.next)
        .unwrap_or_default();
    let mut failed = None;
    for step in 0..lists.len() {
        let list = lists[(start + step) % lists.len()];
        if position.has_ended(list) {
            continue;
        }
        let read = match one_page(client, list, &position.place(list), limit).await {
            Ok(read) => read,
            // Nobody is let in to any list.
            Err(error) if error.kind == HostErrorKind::Unauthorised => return Err(error),
            Err(error) => {
                failed.get_or_insert(error);
                continue;
            }
        };
        position.move_to(list, read.place);
        if !read.more {
            position.end(list);
        }
        if read.records.is_empty() && !read.more {
            continue;
        }
        let next = if read.more { step } else { step + 1 };
        position.next = lists[(start + next) % lists.len()].as_str().to_owned();
        let more = position.is_left(lists, Utc::now());
        return Ok(HostPage {
            records: read.records,
            position: Some(position.to_text()),
            more,
        });
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(HostPage {
            records: Vec::new(),
            more: position.is_left(lists, Utc::now()),
            position: Some(position.to_text()),
        }),
    }
}

/// One page of one list.
struct Read {
    records: Vec<Record>,
    place: Place,
    more: bool,
}

async fn one_page(
    client: &Client,
    list: Served,
    place: &Place,
    limit: usize,
) -> Result<Read, HostError> {
    let url = address(client, list, place, limit);
    let asked = format!("GET {}", url.path());
    let reply = client.get(OPERATION, &url).await?;
    let page = parsed(&asked, &reply)?;
    if page.has_more && (page.next_cursor.is_none() || page.next_cursor == place.cursor) {
        let message = format!(
            "{asked} says that there is more and gives no other cursor: `next_cursor` must move on with each page"
        );
        return Err(HostError::new(HostErrorKind::BadData, OPERATION, message));
    }
    let newest = page.data.iter().filter_map(updated_at).max();
    // A stamp of a clock that runs ahead must not hide what changes until then.
    let since = place.since.max(newest.map(|at| at.min(Utc::now())));
    let records: Vec<Record> = page
        .data
        .iter()
        .enumerate()
        .flat_map(|(index, value)| records(list, value, &asked, index + 1))
        .collect();
    let place = match page.next_cursor {
        Some(cursor) => Place {
            cursor: Some(cursor),
            since,
        },
        // The end of the list without a cursor: it stays where it was, or goes by the time of changes.
        None if place.cursor.is_some() && records.is_empty() => place.clone(),
        None => Place {
            cursor: None,
            since,
        },
    };
    Ok(Read {
        records,
        place,
        more: page.has_more,
    })
}

/// Where the page after a place is asked for.
fn address(client: &Client, list: Served, place: &Place, limit: usize) -> Url {
    let mut url = client.address(&["v1", list.as_str()]);
    let mut query = url.query_pairs_mut();
    match (&place.cursor, place.since) {
        (Some(cursor), _) => {
            query.append_pair("cursor", cursor);
        }
        (None, Some(since)) => {
            let since = since - TimeDelta::minutes(VISIBLE_AFTER_MINUTES);
            let since = since.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            query.append_pair("updated_since", &since);
        }
        (None, None) => {}
    }
    query.append_pair("limit", &limit.to_string());
    drop(query);
    url
}

fn parsed(asked: &str, reply: &Reply) -> Result<Page, HostError> {
    let bad = |why: String| {
        let message = format!(
            "{asked} was answered {} with what is no page of the contract: {why}",
            reply.status
        );
        HostError::new(HostErrorKind::BadData, OPERATION, message)
    };
    if !reply.is_done() {
        return Err(bad(excerpt(&reply.body)));
    }
    serde_json::from_slice(&reply.body).map_err(|error| bad(error.to_string()))
}

/// What one element of a list tells.
pub(super) fn records(list: Served, value: &Value, asked: &str, number: usize) -> Vec<Record> {
    let json = serde_json::to_vec(value).expect("what was JSON is JSON");
    let reading = read_document(list.file_type(), &json, 1);
    match reading.content {
        Ok(Content::Document(document)) => vec![Record::Document(document)],
        Ok(Content::Removed { kind, id, revision }) => {
            // Credit notes may lie among the invoices; one that is gone need not say what it was.
            let either = list == Served::Invoices && value.get("kind").is_none();
            let kinds = match either {
                true => vec![DocumentKind::Invoice, DocumentKind::CreditNote],
                false => vec![kind],
            };
            let removed = |kind| Record::Removed {
                kind,
                id: id.clone(),
                revision,
            };
            kinds.into_iter().map(removed).collect()
        }
        Err(problem) => {
            let of = match (&reading.number, &reading.id) {
                (Some(number), _) => format!(" ({number})"),
                (None, Some(id)) => format!(" ({id})"),
                (None, None) => String::new(),
            };
            let place = format!("{asked}: record {number}{of}");
            vec![Record::Unreadable {
                id: Some(reading.id.unwrap_or_else(|| place.clone())),
                place,
                field: problem.field,
                message: problem.message,
            }]
        }
    }
}

fn updated_at(value: &Value) -> Option<DateTime<Utc>> {
    let text = value
        .get("removed_at")
        .or_else(|| value.get("updated_at"))?
        .as_str()?;
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(at.with_timezone(&Utc))
}
