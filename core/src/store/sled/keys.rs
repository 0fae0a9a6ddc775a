//! How things are named inside the tree: short keys whose byte order is the order that callers are promised.
//!
//! A key is a tag and parts. Identifiers hold no control characters, so a zero byte ends a part and sorts
//! before everything that could continue it: byte order is the order of the tuple of parts. The longest
//! key of these, an index entry, has 212 bytes; sled is trusted up to 256. Lists and counts: `list_keys`.

use chrono::{DateTime, Utc};

use crate::document::{
    ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId, ProviderDocumentId,
};
use crate::engine::{BindingKey, Due, Lane, Priority};

/// The first byte of a key: what the value is.
pub(super) mod tag {
    pub(in super::super) const BINDING: u8 = b'b';
    pub(in super::super) const CHUNK: u8 = b'c';
    pub(in super::super) const DOCUMENT: u8 = b'd';
    pub(in super::super) const FLIGHT: u8 = b'f';
    pub(in super::super) const NUMBERED: u8 = b'h';
    pub(in super::super) const LISTED: u8 = b'i';
    pub(in super::super) const JOURNAL: u8 = b'j';
    pub(in super::super) const CASE: u8 = b'k';
    pub(in super::super) const LEASE: u8 = b'l';
    pub(in super::super) const META: u8 = b'm';
    pub(in super::super) const NUMBER: u8 = b'n';
    pub(in super::super) const POSTED: u8 = b'p';
    pub(in super::super) const QUEUE: u8 = b'q';
    pub(in super::super) const RECORD: u8 = b'r';
    pub(in super::super) const TALLY: u8 = b't';
}

/// Where the version of the whole store stands.
pub(super) const SCHEMA: &[u8] = b"meta/schema";

pub(super) const END: u8 = 0;
pub(super) const HASH_BYTES: usize = 16;
pub(super) const TIME_BYTES: usize = 12;

/// A key that is no key of this store. Names it in readable form.
#[derive(Debug)]
pub(super) struct BadKey(pub(super) String);

pub(super) fn binding(key: &BindingKey) -> Vec<u8> {
    let mut out = vec![tag::BINDING];
    push_binding(&mut out, key);
    out
}

/// What every binding of a document begins with.
pub(super) fn bindings_of(document: &DocumentKey) -> Vec<u8> {
    let mut out = vec![tag::BINDING];
    push_document(&mut out, document);
    out
}

pub(super) fn document(key: &DocumentKey) -> Vec<u8> {
    let mut out = vec![tag::DOCUMENT];
    push_document(&mut out, key);
    out
}

pub(super) fn read_document(key: &[u8]) -> Result<DocumentKey, BadKey> {
    let (document, _) = read_document_parts(key, key.get(1..).unwrap_or_default())?;
    Ok(document)
}

/// A part of a value that is too large for one entry.
pub(super) fn chunk(of: &[u8], index: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(of.len() + 3);
    out.push(tag::CHUNK);
    out.extend_from_slice(of);
    out.extend_from_slice(&index.to_be_bytes());
    out
}

/// The key whose value a chunk is a part of, and which part.
pub(super) fn read_chunk(key: &[u8]) -> Result<(&[u8], u16), BadKey> {
    let (of, index) = key
        .get(1..)
        .and_then(<[u8]>::split_last_chunk)
        .ok_or_else(|| bad(key))?;
    Ok((of, u16::from_be_bytes(*index)))
}

pub(super) fn flight(id: &str) -> Vec<u8> {
    named(tag::FLIGHT, id)
}

pub(super) fn lease(name: &str) -> Vec<u8> {
    named(tag::LEASE, name)
}

/// A record, or what the records with a prefix begin with.
pub(super) fn record(name: &str) -> Vec<u8> {
    named(tag::RECORD, name)
}

pub(super) fn journal(page: u64) -> Vec<u8> {
    let mut out = vec![tag::JOURNAL];
    out.extend_from_slice(&page.to_be_bytes());
    out
}

pub(super) fn read_journal(key: &[u8]) -> Result<u64, BadKey> {
    let page = key
        .get(1..)
        .and_then(|page| page.try_into().ok())
        .ok_or_else(|| bad(key))?;
    Ok(u64::from_be_bytes(page))
}

/// The index entry from a number to a binding.
pub(super) fn number(number: &str, key: &BindingKey) -> Vec<u8> {
    let mut out = numbers(number);
    push_binding(&mut out, key);
    out
}

/// What every index entry of a number begins with.
///
/// The number's hash, since numbers have any length; 128 bits keep different ones apart.
pub(super) fn numbers(number: &str) -> Vec<u8> {
    hashed(tag::NUMBER, &[number.as_bytes()])
}

/// The index entry from a provider document to a binding.
pub(super) fn posted(id: &ProviderDocumentId, key: &BindingKey) -> Vec<u8> {
    let mut out = postings(&key.connection, id);
    push_binding(&mut out, key);
    out
}

/// What every index entry of a provider document begins with.
pub(super) fn postings(connection: &ConnectionId, id: &ProviderDocumentId) -> Vec<u8> {
    hashed(
        tag::POSTED,
        &[
            connection.as_str().as_bytes(),
            &[END],
            id.as_str().as_bytes(),
        ],
    )
}

/// The binding that an index entry of a number or a provider document leads to.
pub(super) fn read_index(key: &[u8]) -> Result<BindingKey, BadKey> {
    read_binding_parts(key, key.get(1 + HASH_BYTES..).unwrap_or_default())
}

pub(super) fn read_binding(key: &[u8]) -> Result<BindingKey, BadKey> {
    read_binding_parts(key, key.get(1..).unwrap_or_default())
}

/// The queue entry of a binding's due work.
pub(super) fn queue(due: &Due, key: &BindingKey) -> Vec<u8> {
    let mut out = queue_of(&key.connection, due.lane, due.priority);
    // The sign bit flipped makes negative seconds sort before positive ones.
    let seconds = due.at.timestamp().cast_unsigned() ^ (1 << 63);
    out.extend_from_slice(&seconds.to_be_bytes());
    out.extend_from_slice(&due.at.timestamp_subsec_nanos().to_be_bytes());
    push_document(&mut out, &key.document);
    out
}

/// What the queue entries of a lane with one priority begin with.
pub(super) fn queue_of(connection: &ConnectionId, lane: Lane, priority: Priority) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    out.push(tag::QUEUE);
    push_part(&mut out, connection.as_str());
    out.push(lane_byte(lane));
    out.push(priority_byte(priority));
    out
}

/// The time and the binding of a queue entry that begins with `prefix`, made by [`queue_of`].
pub(super) fn read_queue(
    key: &[u8],
    prefix: &[u8],
    connection: &ConnectionId,
) -> Result<(DateTime<Utc>, BindingKey), BadKey> {
    let rest = key.strip_prefix(prefix).ok_or_else(|| bad(key))?;
    let (time, document) = rest
        .split_first_chunk::<TIME_BYTES>()
        .ok_or_else(|| bad(key))?;
    let (seconds, nanos) = time.split_first_chunk::<8>().ok_or_else(|| bad(key))?;
    let seconds = (u64::from_be_bytes(*seconds) ^ (1 << 63)).cast_signed();
    let nanos = nanos
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| bad(key))?;
    let at = DateTime::from_timestamp(seconds, nanos).ok_or_else(|| bad(key))?;
    let (document, _) = read_document_parts(key, document)?;
    Ok((
        at,
        BindingKey {
            document,
            connection: connection.clone(),
        },
    ))
}

/// The connection of a queue entry, and how long the part before its time is.
pub(super) fn read_queue_of(key: &[u8]) -> Result<(ConnectionId, usize), BadKey> {
    let (connection, _) = read_part(key, key.get(1..).unwrap_or_default())?;
    let connection = ConnectionId::new(connection).map_err(|_| bad(key))?;
    let length = 1 + connection.as_str().len() + 1 + 2;
    Ok((connection, length.min(key.len())))
}

/// A key for people.
pub(super) fn readable(key: &[u8]) -> String {
    key.escape_ascii().to_string()
}

fn lane_byte(lane: Lane) -> u8 {
    match lane {
        Lane::Plan => 1,
        Lane::Dispatch => 2,
        Lane::Resolve => 3,
        Lane::Deliver => 4,
        Lane::Beside => 5,
        Lane::Gather => 6,
        Lane::Within => 7,
    }
}

fn priority_byte(priority: Priority) -> u8 {
    match priority {
        Priority::Operator => 1,
        Priority::Current => 2,
        Priority::Backfill => 3,
    }
}

/// In the order of the variants, which callers see as key order.
pub(super) fn kind_byte(kind: DocumentKind) -> u8 {
    match kind {
        DocumentKind::Invoice => 1,
        DocumentKind::CreditNote => 2,
        DocumentKind::Bill => 3,
        DocumentKind::PurchaseOrder => 4,
    }
}

pub(super) fn read_kind(byte: u8) -> Option<DocumentKind> {
    match byte {
        1 => Some(DocumentKind::Invoice),
        2 => Some(DocumentKind::CreditNote),
        3 => Some(DocumentKind::Bill),
        4 => Some(DocumentKind::PurchaseOrder),
        _ => None,
    }
}

fn named(tag: u8, name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + name.len());
    out.push(tag);
    out.extend_from_slice(name.as_bytes());
    out
}

pub(super) fn hashed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut out = Vec::with_capacity(96);
    out.push(tag);
    out.extend_from_slice(&hasher.finalize().as_bytes()[..HASH_BYTES]);
    out
}

pub(super) fn push_binding(out: &mut Vec<u8>, key: &BindingKey) {
    push_document(out, &key.document);
    out.extend_from_slice(key.connection.as_str().as_bytes());
}

pub(super) fn push_document(out: &mut Vec<u8>, key: &DocumentKey) {
    push_part(out, key.host.as_str());
    out.push(kind_byte(key.kind));
    push_part(out, key.id.as_str());
}

pub(super) fn push_part(out: &mut Vec<u8>, part: &str) {
    out.extend_from_slice(part.as_bytes());
    out.push(END);
}

pub(super) fn read_binding_parts(key: &[u8], parts: &[u8]) -> Result<BindingKey, BadKey> {
    let (document, connection) = read_document_parts(key, parts)?;
    let connection = std::str::from_utf8(connection).map_err(|_| bad(key))?;
    let connection = ConnectionId::new(connection).map_err(|_| bad(key))?;
    Ok(BindingKey {
        document,
        connection,
    })
}

pub(super) fn read_document_parts<'a>(
    key: &[u8],
    parts: &'a [u8],
) -> Result<(DocumentKey, &'a [u8]), BadKey> {
    let (host, rest) = read_part(key, parts)?;
    let (kind, rest) = rest.split_first().ok_or_else(|| bad(key))?;
    let (id, rest) = read_part(key, rest)?;
    let document = DocumentKey {
        host: HostId::new(host).map_err(|_| bad(key))?,
        kind: read_kind(*kind).ok_or_else(|| bad(key))?,
        id: DocumentId::new(id).map_err(|_| bad(key))?,
    };
    Ok((document, rest))
}

pub(super) fn read_part<'a>(key: &[u8], parts: &'a [u8]) -> Result<(&'a str, &'a [u8]), BadKey> {
    let end = parts
        .iter()
        .position(|byte| *byte == END)
        .ok_or_else(|| bad(key))?;
    let part = std::str::from_utf8(&parts[..end]).map_err(|_| bad(key))?;
    Ok((part, &parts[end + 1..]))
}

pub(super) fn bad(key: &[u8]) -> BadKey {
    BadKey(readable(key))
}
