//! How entries of lists and counts are named: one family of keys for both, so that what is counted can be listed.
//!
//! A list is cut into lines: the bindings of one slot, and of one slot with findings of one rule. What is counted of a
//! line tells which lines there are. Within a line keys are in the order of a list from the newest on, so a list of
//! several lines is their merge, and its cost is what is read of it. The longest key here is that of the first letters of a
//! number and has 245 bytes.

use chrono::{DateTime, Utc};

use super::super::Slot;
use super::super::folded;
use super::keys::{
    BadKey, END, HASH_BYTES, TIME_BYTES, bad, hashed, kind_byte, push_binding, push_document,
    push_part, read_binding_parts, read_document_parts, read_kind, read_part, tag,
};
use crate::check::Rule;
use crate::document::{ConnectionId, DocumentId, DocumentKey, HostId};
use crate::engine::{BindingKey, StateName};

/// Sorts behind everything that continues a key: no text of ours has this byte.
pub(super) const LAST: u8 = 0xff;

const OF_ALL: u8 = 0;
const OF_RULE: u8 = 1;

/// What the lines of every binding, or the counts of them, begin with.
pub(super) fn of_all(tag: u8) -> Vec<u8> {
    vec![tag, OF_ALL]
}

/// What the lines of all rules, or the counts of them, begin with.
pub(super) fn of_rules(tag: u8) -> Vec<u8> {
    vec![tag, OF_RULE]
}

/// What the lines of one rule, or the counts of them, begin with. By its hash: a rule of another version has any length.
pub(super) fn of_rule(tag: u8, rule: &Rule) -> Vec<u8> {
    let mut out = of_rules(tag);
    let hash = blake3::hash(rule.as_str().as_bytes());
    out.extend_from_slice(&hash.as_bytes()[..HASH_BYTES]);
    out
}

/// The key of what is counted of a line, or what the entries of the line begin with: `start` is one of the above.
pub(super) fn line(start: Vec<u8>, slot: &Slot) -> Vec<u8> {
    let mut out = start;
    push_part(&mut out, slot.connection.as_str());
    push_part(&mut out, slot.host.as_str());
    out.push(kind_byte(slot.kind));
    out.push(state_byte(slot.state));
    out
}

/// The slot of a key that was made by [`line()`] alone.
pub(super) fn read_line(key: &[u8]) -> Result<Slot, BadKey> {
    let (slot, rest) = read_slot(key)?;
    if rest.is_empty() {
        Ok(slot)
    } else {
        Err(bad(key))
    }
}

/// An entry of a line.
pub(super) fn listed(line: &[u8], changed_at: DateTime<Utc>, id: &DocumentId) -> Vec<u8> {
    let mut out = moment(line, changed_at);
    out.extend_from_slice(id.as_str().as_bytes());
    out
}

/// What the entries of one moment in a line begin with; later ones sort before earlier ones.
pub(super) fn moment(line: &[u8], at: DateTime<Utc>) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len() + TIME_BYTES + 65);
    out.extend_from_slice(line);
    // The sign bit flipped makes negative seconds sort before positive ones; all bits flipped turn that round.
    let seconds = !(at.timestamp().cast_unsigned() ^ (1 << 63));
    out.extend_from_slice(&seconds.to_be_bytes());
    out.extend_from_slice(&(!at.timestamp_subsec_nanos()).to_be_bytes());
    out
}

/// When the binding of an entry changed, and which it is.
pub(super) fn read_listed(key: &[u8]) -> Result<(DateTime<Utc>, BindingKey), BadKey> {
    let (slot, rest) = read_slot(key)?;
    let (seconds, rest) = rest.split_first_chunk::<8>().ok_or_else(|| bad(key))?;
    let (nanos, id) = rest.split_first_chunk::<4>().ok_or_else(|| bad(key))?;
    let seconds = (!u64::from_be_bytes(*seconds) ^ (1 << 63)).cast_signed();
    let at = DateTime::from_timestamp(seconds, !u32::from_be_bytes(*nanos));
    let id = std::str::from_utf8(id).map_err(|_| bad(key))?;
    let document = DocumentKey {
        host: slot.host,
        kind: slot.kind,
        id: DocumentId::new(id).map_err(|_| bad(key))?,
    };
    let binding = BindingKey {
        document,
        connection: slot.connection,
    };
    Ok((at.ok_or_else(|| bad(key))?, binding))
}

/// The entry of a binding in the order of numbers; `head` is what is kept of its number.
pub(super) fn numbered(head: &str, key: &BindingKey) -> Vec<u8> {
    let mut out = heads(head);
    out.push(END);
    push_binding(&mut out, key);
    out
}

/// What the entries begin with whose numbers begin so.
pub(super) fn heads(head: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    out.push(tag::NUMBERED);
    out.extend_from_slice(head.as_bytes());
    out
}

/// The binding of an entry in the order of numbers.
pub(super) fn read_numbered(key: &[u8]) -> Result<BindingKey, BadKey> {
    let (_, rest) = read_part(key, key.get(1..).unwrap_or_default())?;
    read_binding_parts(key, rest)
}

/// The entry from a case to a document.
pub(super) fn case(number: &str, document: &DocumentKey) -> Vec<u8> {
    let mut out = cases(&document.host, number);
    push_document(&mut out, document);
    out
}

/// What the entries of a case begin with. By its hash: numbers have any length.
pub(super) fn cases(host: &HostId, number: &str) -> Vec<u8> {
    let number = folded::folded(number);
    hashed(
        tag::CASE,
        &[host.as_str().as_bytes(), &[END], number.as_bytes()],
    )
}

/// The document that an entry of a case leads to.
pub(super) fn read_case(key: &[u8]) -> Result<DocumentKey, BadKey> {
    let parts = key.get(1 + HASH_BYTES..).unwrap_or_default();
    let (document, rest) = read_document_parts(key, parts)?;
    if rest.is_empty() {
        Ok(document)
    } else {
        Err(bad(key))
    }
}

fn read_slot(key: &[u8]) -> Result<(Slot, &[u8]), BadKey> {
    let start = match key.get(1) {
        Some(&OF_ALL) => 2,
        Some(&OF_RULE) => 2 + HASH_BYTES,
        Some(_) | None => return Err(bad(key)),
    };
    let (connection, rest) = read_part(key, key.get(start..).unwrap_or_default())?;
    let (host, rest) = read_part(key, rest)?;
    let ([kind, state], rest) = rest.split_first_chunk::<2>().ok_or_else(|| bad(key))?;
    let slot = Slot {
        connection: ConnectionId::new(connection).map_err(|_| bad(key))?,
        host: HostId::new(host).map_err(|_| bad(key))?,
        kind: read_kind(*kind).ok_or_else(|| bad(key))?,
        state: read_state(*state).ok_or_else(|| bad(key))?,
    };
    Ok((slot, rest))
}

fn state_byte(state: StateName) -> u8 {
    match state {
        StateName::Waiting => 1,
        StateName::Held => 2,
        StateName::Skipped => 3,
        StateName::Ready => 4,
        StateName::InFlight => 5,
        StateName::Unsure => 6,
        StateName::Posted => 7,
        StateName::Rejected => 8,
        StateName::Voided => 9,
        StateName::Removed => 10,
        StateName::Detached => 11,
    }
}

fn read_state(byte: u8) -> Option<StateName> {
    StateName::ALL
        .into_iter()
        .find(|state| state_byte(*state) == byte)
}
