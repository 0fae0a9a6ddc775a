//! How recorded calls become records of the store, and how they are found again for a document.
//!
//! What was said at once is kept once: a head with the calls, and its bodies. A pointer leads there from each
//! that it concerns: a request of ours (whose members the journal names), a document, or a party.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::cut::cut;
use super::pack::{pack, unpack};
use super::tape::{About, Concerned, Taped, TapedCall};
use crate::document::ConnectionId;
use crate::engine::{BindingKey, ContentHash, FlightId};
use crate::store::{RecordKey, Store, StoreError};

/// What calls are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A request of ours, the first time.
    Send,
    /// The identical request again, after its reply was lost.
    Repeat,
    /// Finding out what became of a request.
    LookUp,
    /// Finding or making the contacts of documents.
    Contacts,
    /// Looking for documents that may be there already.
    Adoption,
    /// Reading a document because somebody hinted at a change.
    Read,
    /// Looking for changes.
    Poll,
    /// A payment, a file or a note beside a document.
    Companion,
}

impl Purpose {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Send => "sent",
            Self::Repeat => "repeated under the same key",
            Self::LookUp => "looked up",
            Self::Contacts => "contact asked for",
            Self::Adoption => "looked for before sending",
            Self::Read => "read after a hint",
            Self::Poll => "looked for changes",
            Self::Companion => "beside the document",
        }
    }
}

/// Whose story calls belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A request of ours. The stories of its members name it.
    Flight(FlightId),
    /// A document on a connection.
    Document(BindingKey),
    /// A party at a connection, by the key under which it is wanted.
    Party {
        /// The connection.
        connection: ConnectionId,
        /// The key.
        key: String,
    },
}

/// What was said at once, as it is kept: everything but the bodies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name: later ones sort behind earlier ones.
    #[serde(skip)]
    pub id: String,
    /// What it was for.
    pub purpose: Purpose,
    /// At which connection.
    pub connection: ConnectionId,
    /// For which request of ours, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight: Option<FlightId>,
    /// The documents in it by their fingerprints ([`fingerprint`]), in the order of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// The calls.
    pub calls: Vec<Call>,
    /// Pieces in which their bodies lie; 0 where they have none, or where nobody counted yet.
    #[serde(default, skip_serializing_if = "is_none")]
    pub pieces: usize,
}

/// The bodies of one call: the request's and the reply's, where they are kept.
pub type BodiesOf = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Records as a change set takes them.
pub type Records = Vec<(RecordKey, Option<Vec<u8>>)>;

/// Largest piece of packed bodies in one record, in bytes.
pub(super) const PIECE_BYTES_MAX: usize = 1 << 20;
/// What is told of one subject at most, the oldest first.
const SHOWN_MAX: usize = 1_000;
/// A body that is not kept.
pub(super) const ABSENT: u32 = u32::MAX;

/// By what a document is known among the members of a request.
#[must_use]
pub fn fingerprint(key: &BindingKey) -> String {
    ContentHash::of(key).as_str()[..16].to_owned()
}

/// What is kept about a subject, oldest first.
pub async fn about(store: &dyn Store, subject: &Subject) -> Result<Vec<Kept>, StoreError> {
    let prefix = format!("exchange/of/{}/", subject.name());
    let mut all = Vec::new();
    for (pointer, _) in store.records(&prefix, SHOWN_MAX).await? {
        let id = pointer.as_str().get(prefix.len()..).unwrap_or_default();
        let key = head_key(id);
        let Some(packed) = store.record(&key).await? else {
            continue;
        };
        let damaged = |message| StoreError::Corrupt {
            place: format!("record {key}"),
            message,
        };
        let json = unpack(&packed).map_err(damaged)?;
        let kept: Kept =
            serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))?;
        all.push(Kept {
            id: id.to_owned(),
            ..kept
        });
    }
    Ok(all)
}

/// The bodies of everything that was said at once, call by call; `None` once they are kept no longer.
pub async fn bodies(store: &dyn Store, kept: &Kept) -> Result<Option<Vec<BodiesOf>>, StoreError> {
    let prefix = format!("{}{}/", BODY, kept.id);
    let pieces = store.records(&prefix, SHOWN_MAX).await?;
    if !is_whole(&pieces, kept.pieces) {
        return Ok(None);
    }
    let packed: Vec<u8> = pieces.into_iter().flat_map(|(_, piece)| piece).collect();
    let damaged = |message| StoreError::Corrupt {
        place: format!("records {prefix}"),
        message,
    };
    let bytes = unpack(&packed).map_err(damaged)?;
    let mut rest = bytes.as_slice();
    let mut all = Vec::new();
    for _ in &kept.calls {
        let request = take(&mut rest).ok_or_else(|| damaged("it ends too early".to_owned()))?;
        let reply = take(&mut rest).ok_or_else(|| damaged("it ends too early".to_owned()))?;
        all.push((request, reply));
    }
    Ok(Some(all))
}

/// Whether these are all the pieces that there were: whoever lets go of old bodies may have taken the first ones.
fn is_whole(pieces: &[(RecordKey, Vec<u8>)], count: usize) -> bool {
    let mut places = pieces.iter().enumerate();
    !pieces.is_empty()
        && (count == 0 || pieces.len() == count)
        && places.all(|(index, (key, _))| key.as_str().ends_with(&format!("/{index:03}")))
}

/// Where bodies lie; the time is what their names begin with.
pub(crate) const BODY: &str = "exchange/body/";
/// Where looks lie that concerned nobody.
pub(super) const LOOK: &str = "exchange/look/";

/// The beginning of every name of what was kept before a moment is smaller than this.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%S%3f").to_string()
}

/// The records of what is on a tape.
pub(super) fn records(
    about: &About,
    taped: &Taped,
    changed: &[BindingKey],
    marks: &[String],
) -> Records {
    let subjects = match &about.concerned {
        Concerned::All(subjects) => subjects.clone(),
        Concerned::WhoeverChanges => changed.iter().cloned().map(Subject::Document).collect(),
    };
    let Some(first) = taped.calls.first() else {
        return Vec::new();
    };
    let calls = cut(&taped.calls, about.purpose, marks);
    // What concerned nobody is kept without its bodies.
    let packed = match subjects.is_empty() {
        true => None,
        false => packed_bodies(&calls),
    };
    let pieces: Vec<&[u8]> = packed
        .iter()
        .flat_map(|packed| packed.chunks(PIECE_BYTES_MAX))
        .collect();
    let kept = Kept {
        id: String::new(),
        purpose: about.purpose,
        connection: about.connection.clone(),
        flight: about.flight.clone(),
        members: about.members.iter().map(fingerprint).collect(),
        calls: calls.iter().map(|it| it.call.clone()).collect(),
        pieces: pieces.len(),
    };
    let json = serde_json::to_vec(&kept).expect("heads have string keys and no failing serializer");
    let mark = ContentHash::of(&(taped.before, ContentHash::of_bytes(&json)));
    let id = format!("{}-{}", stamp(first.call.at), &mark.as_str()[..12]);
    if subjects.is_empty() {
        // Nothing of ours was in it.
        return vec![(RecordKey::from(format!("{LOOK}{id}")), Some(pack(&[&json])))];
    }
    let mut records = vec![(head_key(&id), Some(pack(&[&json])))];
    let pointers = subjects.iter().map(|subject| {
        let name = format!("exchange/of/{}/{id}", subject.name());
        (RecordKey::from(name), Some(Vec::new()))
    });
    records.extend(pointers);
    records.extend(pieces.iter().enumerate().map(|(index, piece)| {
        let name = format!("{BODY}{id}/{index:03}");
        (RecordKey::from(name), Some(piece.to_vec()))
    }));
    records
}

/// All bodies of some calls, each behind its length; `None` where there is none.
fn packed_bodies(calls: &[TapedCall]) -> Option<Vec<u8>> {
    let bodies = calls.iter().flat_map(|it| [&it.request, &it.reply]);
    let bodies: Vec<_> = bodies.map(Option::as_ref).collect();
    if bodies.iter().all(Option::is_none) {
        return None;
    }
    let lengths: Vec<[u8; 4]> = bodies
        .iter()
        .map(|body| {
            let length = body.map_or(Ok(ABSENT), |body| u32::try_from(body.len()));
            length.unwrap_or(ABSENT).to_le_bytes()
        })
        .collect();
    let parts: Vec<&[u8]> = lengths
        .iter()
        .zip(&bodies)
        .flat_map(|(length, body)| {
            let body: &[u8] = match body {
                Some(body) if *length != ABSENT.to_le_bytes() => body,
                Some(_) | None => &[],
            };
            [length.as_slice(), body]
        })
        .collect();
    Some(pack(&parts))
}

/// The next body; `None` where the bytes end too early.
pub(super) fn take(rest: &mut &[u8]) -> Option<Option<Vec<u8>>> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length);
    if length == ABSENT {
        *rest = after;
        return Some(None);
    }
    let (body, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(Some(body.to_vec()))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields by reference"
)]
fn is_none(count: &usize) -> bool {
    *count == 0
}

fn head_key(id: &str) -> RecordKey {
    RecordKey::from(format!("exchange/head/{id}"))
}

impl Subject {
    /// Short enough for the name of a record, whatever it is about.
    fn name(&self) -> String {
        match self {
            Self::Flight(id) => {
                let hash = ContentHash::of_bytes(id.0.as_bytes());
                format!("f{}", hash.as_str())
            }
            Self::Document(key) => format!("d{}", ContentHash::of(key)),
            Self::Party { connection, key } => format!("p{}", ContentHash::of(&(connection, key))),
        }
    }
}
