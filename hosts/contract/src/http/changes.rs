//! How the lists of a product are read: page by page, one list after the other, from where each was left.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::Value;
use tieout_core::host::{HostError, HostErrorKind, HostPage, Record};
use url::Url;

use super::client::{Client, Reply};
use super::config::Served;
use super::position::{Place, Position};
use super::problem::excerpt;
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

/// The next records after a position: lists that have nothing new are passed by.
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
    // A list that is served no more is passed by.
    let mut at = lists
        .iter()
        .position(|list| list.as_str() == position.next)
        .unwrap_or_default();
    loop {
        let list = lists[at];
        let place = position.place(list);
        let page = one_page(client, list, &place, limit).await?;
        position.move_to(list, page.place);
        let is_last = at + 1 == lists.len();
        if !page.more {
            at = if is_last { 0 } else { at + 1 };
        }
        position.next = lists[at].as_str().to_owned();
        let more = page.more || !is_last;
        if !page.records.is_empty() || page.more || is_last {
            return Ok(HostPage {
                records: page.records,
                position: Some(position.to_text()),
                more,
            });
        }
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
    let reply = client
        .send(
            OPERATION,
            Method::GET,
            &url,
            HeaderMap::new(),
            bytes::Bytes::new(),
        )
        .await?;
    let page = parsed(&asked, &reply)?;
    if page.has_more && (page.next_cursor.is_none() || page.next_cursor == place.cursor) {
        let message = format!(
            "{asked} says that there is more and gives no other cursor: `next_cursor` must move on with each page"
        );
        return Err(HostError::new(HostErrorKind::BadData, OPERATION, message));
    }
    let mut since = place.since;
    let records: Vec<Record> = page
        .data
        .iter()
        .enumerate()
        .map(|(index, value)| {
            since = since.max(updated_at(value));
            record(list, value, &asked, index + 1)
        })
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

/// One record of a list, or where it cannot be read.
fn record(list: Served, value: &Value, asked: &str, number: usize) -> Record {
    let json = serde_json::to_vec(value).expect("what was JSON is JSON");
    let reading = read_document(list.file_type(), &json, 1);
    match reading.content {
        Ok(Content::Document(document)) => Record::Document(document),
        Ok(Content::Removed { kind, id, revision }) => Record::Removed { kind, id, revision },
        Err(problem) => {
            let of = match (&reading.number, &reading.id) {
                (Some(number), _) => format!(" ({number})"),
                (None, Some(id)) => format!(" ({id})"),
                (None, None) => String::new(),
            };
            Record::Unreadable {
                place: format!("{asked}: record {number}{of}"),
                field: problem.field,
                message: problem.message,
            }
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
