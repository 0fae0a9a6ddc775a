//! What was said to the provider about one document: found by its requests, by itself and by its party, and cut to its part.

use std::collections::BTreeMap;

use serde_json::Value;
use tieout_core::document::Document;
use tieout_core::driver::{DriverError, remembered_contact};
use tieout_core::engine::{Binding, Entry, Event, FlightId};
use tieout_core::exchange::{
    Answer, BodiesOf, Call, Cut, Kept, Purpose, Subject, about, bodies, fingerprint, masked,
    masked_path, part_of,
};
use tieout_core::mapping::contact_wanted;
use tieout_core::provider::{ContactAnswer, ContactWanted};
use tieout_core::settings::Settings;
use tieout_core::store::Store;

use super::form::{CallShown, Exchange};
use super::told::Masking;

/// What was said at once, with this document's part of it.
pub(crate) struct Said {
    /// The head.
    pub(crate) kept: Kept,
    /// Which attempt of its request it was, from 1.
    attempt: Option<usize>,
    /// This document's part of the bodies, call by call.
    parts: Vec<Parts>,
    /// Whether bodies are kept.
    has_bodies: bool,
}

/// This document's part of one call.
#[derive(Clone, Debug, Default)]
struct Parts {
    request: Option<Value>,
    reply: Option<Value>,
    of: usize,
    /// How many elements a body has none of which is known to be about this document; 0 where it has a part.
    strangers: usize,
}

/// Calls about a contact that are shown: a party of thousands of documents is asked for again and again.
const CONTACT_EXCHANGES_MAX: usize = 20;

/// Everything that was said about a document, oldest first.
pub(crate) async fn said(
    store: &dyn Store,
    binding: &Binding,
    document: Option<&Document>,
    settings: &Settings,
    entries: &[Entry],
) -> Result<Vec<Said>, DriverError> {
    let wanted =
        document.and_then(|it| contact_wanted(&binding.key.document.host, it, settings).ok());
    let mut all: BTreeMap<String, Kept> = BTreeMap::new();
    let mut subjects: Vec<Subject> = flights(binding, entries)
        .into_iter()
        .map(Subject::Flight)
        .collect();
    subjects.push(Subject::Document(binding.key.clone()));
    for subject in subjects {
        let kept = about(store, &subject).await?;
        all.extend(kept.into_iter().map(|it| (it.id.clone(), it)));
    }
    for subject in parties(binding, wanted.as_ref()) {
        let kept = about(store, &subject).await?;
        let newest = kept.len().saturating_sub(CONTACT_EXCHANGES_MAX);
        let shown = kept.into_iter().skip(newest);
        all.extend(shown.map(|it| (it.id.clone(), it)));
    }
    let found = match &wanted {
        Some(wanted) => found(store, binding, wanted).await?,
        None => Vec::new(),
    };
    let marks = Marks::of(binding, settings, wanted.as_ref(), found);
    let mut attempts: BTreeMap<FlightId, usize> = BTreeMap::new();
    let mut said = Vec::new();
    for kept in all.into_values() {
        let attempt = attempt(&kept, &mut attempts);
        let bodies = bodies(store, &kept).await?;
        let has_bodies = bodies.is_some();
        let parts = bodies
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .map(|(index, bodies)| marks.parts((&kept, index), bodies));
        said.push(Said {
            parts: parts.collect(),
            attempt,
            has_bodies,
            kept,
        });
    }
    Ok(said)
}

/// The requests of ours that a document was in.
pub(super) fn flights(binding: &Binding, entries: &[Entry]) -> Vec<FlightId> {
    let departed = entries.iter().filter_map(|entry| match &entry.event {
        Event::Departed { flight, .. } => Some(flight.clone()),
        _ => None,
    });
    let in_air = binding.departure().map(|it| it.flight.clone());
    let mut flights: Vec<FlightId> = departed.chain(in_air).collect();
    flights.dedup();
    flights
}

fn parties(binding: &Binding, wanted: Option<&ContactWanted>) -> Vec<Subject> {
    let Some(wanted) = wanted else {
        return Vec::new();
    };
    // A look that may make nobody asks under a key of its own.
    [true, false]
        .map(|create_missing| Subject::Party {
            connection: binding.key.connection.clone(),
            key: ContactWanted {
                create_missing,
                ..wanted.clone()
            }
            .key(),
        })
        .to_vec()
}

/// The contact that was found for the party: it may bear another name.
async fn found(
    store: &dyn Store,
    binding: &Binding,
    wanted: &ContactWanted,
) -> Result<Vec<String>, DriverError> {
    let known = remembered_contact(store, &binding.key.connection, wanted).await?;
    Ok(match known.map(|known| known.answer) {
        Some(ContactAnswer::Found { id, .. }) => vec![id.to_string()],
        Some(ContactAnswer::Archived { contact }) => vec![contact.id.to_string()],
        Some(
            ContactAnswer::Ambiguous { .. }
            | ContactAnswer::Missing { .. }
            | ContactAnswer::Refused { .. },
        )
        | None => Vec::new(),
    })
}

fn attempt(kept: &Kept, attempts: &mut BTreeMap<FlightId, usize>) -> Option<usize> {
    match kept.purpose {
        Purpose::Send | Purpose::Repeat => {
            let count = attempts.entry(kept.flight.clone()?).or_default();
            *count += 1;
            Some(*count)
        }
        Purpose::LookUp
        | Purpose::Contacts
        | Purpose::Adoption
        | Purpose::Read
        | Purpose::Poll
        | Purpose::Companion => None,
    }
}

/// By what the document and its party are known in bodies.
struct Marks {
    fingerprint: String,
    document: Vec<String>,
    party: Vec<String>,
}

impl Marks {
    fn of(
        binding: &Binding,
        settings: &Settings,
        wanted: Option<&ContactWanted>,
        found: Vec<String>,
    ) -> Self {
        let posted = binding.posted.as_ref();
        let mut document = vec![
            binding.number.clone(),
            format!("{}{}", settings.number_prefix, binding.number),
        ];
        document.extend(posted.map(|posted| posted.number.clone()));
        document.extend(posted.map(|posted| posted.id.to_string()));
        document.retain(|mark| !mark.is_empty());
        let party = wanted.into_iter().flat_map(|wanted| {
            [Some(wanted.name.clone()), wanted.number.clone()]
                .into_iter()
                .flatten()
        });
        Self {
            fingerprint: fingerprint(&binding.key),
            document,
            party: party.chain(found).collect(),
        }
    }

    /// Its part of the bodies of the call at `index`.
    fn parts(&self, (kept, index): (&Kept, usize), (request, reply): BodiesOf) -> Parts {
        let of = kept.members.len();
        let at = kept.members.iter().position(|it| *it == self.fingerprint);
        // Only what was written is answered in the order in which it was asked.
        let is_written = match kept.purpose {
            Purpose::Send | Purpose::Repeat => true,
            Purpose::LookUp
            | Purpose::Contacts
            | Purpose::Adoption
            | Purpose::Read
            | Purpose::Poll
            | Purpose::Companion => false,
        };
        let place = at.filter(|_| is_written && of > 1).map(|at| (at, of));
        let marks = match kept.purpose {
            Purpose::Contacts => &self.party,
            Purpose::Send
            | Purpose::Repeat
            | Purpose::LookUp
            | Purpose::Adoption
            | Purpose::Read
            | Purpose::Poll
            | Purpose::Companion => &self.document,
        };
        let is_named = kept.calls.get(index).is_some_and(|it| names(it, marks));
        let (mut most, mut strangers) = (1, 0);
        let mut part = |body: Option<Vec<u8>>| {
            // What is no JSON after all, such as a page of a proxy, is shown as text.
            let body = body?;
            let value = serde_json::from_slice::<Value>(&body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
            if is_named {
                return Some(value);
            }
            let part = part_of(&value, place, marks);
            match part.left {
                0 => strangers = part.of,
                _ => most = most.max(part.of),
            }
            Some(part.body)
        };
        let (request, reply) = (part(request), part(reply));
        Parts {
            request,
            reply,
            of: most,
            strangers,
        }
    }
}

/// Whether a call went to what bears one of the marks: then all of its bodies is about that, such as its notes.
fn names(call: &Call, marks: &[String]) -> bool {
    let path = call.path.split('?').next().unwrap_or_default();
    path.split('/')
        .any(|part| marks.iter().any(|it| it == part))
}

/// What a request of ours asked about one document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// The method.
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// The document's part of the body; absent where the body is kept no longer.
    pub(crate) body: Option<Value>,
}

impl Said {
    /// The writes of this document, if it was a request of ours: sent, or sent again.
    pub(crate) fn writes(&self) -> Vec<Asked> {
        match self.kept.purpose {
            Purpose::Send | Purpose::Repeat => {}
            Purpose::LookUp
            | Purpose::Contacts
            | Purpose::Adoption
            | Purpose::Read
            | Purpose::Poll
            | Purpose::Companion => return Vec::new(),
        }
        let calls = self.kept.calls.iter().enumerate();
        let writes = calls.filter(|(_, call)| call.method != "GET");
        writes
            .map(|(index, call)| Asked {
                method: call.method.clone(),
                path: call.path.clone(),
                body: self
                    .parts
                    .get(index)
                    .and_then(|parts| parts.request.clone()),
            })
            .collect()
    }

    /// The form in which it is shown.
    pub(crate) fn shown(&self, masking: Masking) -> Exchange {
        let calls = self.kept.calls.iter().enumerate();
        Exchange {
            id: self.kept.id.clone(),
            purpose: self.kept.purpose.words().to_owned(),
            flight: self.kept.flight.as_ref().map(ToString::to_string),
            attempt: self.attempt,
            documents: self.kept.members.len().max(1),
            calls: calls
                .map(|(index, call)| self.call(call, index, masking))
                .collect(),
        }
    }

    fn call(&self, call: &Call, index: usize, masking: Masking) -> CallShown {
        let parts = self.parts.get(index).cloned().unwrap_or_default();
        let body = |body: Option<Value>| {
            body.map(|body| match masking {
                Masking::Masked => masked(&body),
                Masking::Open => body,
            })
        };
        let (status, no_reply, reply_headers, reply_bytes) = match &call.answer {
            Answer::Status {
                status,
                headers,
                bytes,
            } => (Some(*status), None, headers.clone(), *bytes),
            Answer::NotSent { why } => (None, Some(format!("not sent: {why}")), Vec::new(), 0),
            Answer::Lost { why } => (None, Some(format!("reply lost: {why}")), Vec::new(), 0),
        };
        CallShown {
            at: call.at,
            method: call.method.clone(),
            path: match masking {
                Masking::Masked => masked_path(&call.path),
                Masking::Open => call.path.clone(),
            },
            headers: call.headers.clone(),
            bytes: call.bytes,
            duration_ms: call.duration_ms,
            status,
            no_reply,
            reply_headers,
            reply_bytes,
            request: body(parts.request),
            reply: body(parts.reply),
            of: parts.of.max(self.kept.members.len()).max(1),
            not_shown: self.not_shown(call, reply_bytes, parts.strangers),
        }
    }

    /// Why something of the bodies is not shown.
    fn not_shown(&self, call: &Call, reply_bytes: u64, strangers: usize) -> Option<String> {
        let had_bodies = call.bytes > 0 || reply_bytes > 0;
        let is_empty = call.cut.is_some_and(|cut| cut.kept == 0);
        let mut why = Vec::new();
        if let Some(reason) = &call.not_kept {
            why.push(format!("not kept: {reason}"));
        } else if had_bodies && !self.has_bodies && !is_empty {
            why.push(
                "not kept, or kept no longer: `exchanges_keep_days` under [journal]".to_owned(),
            );
        }
        match call.cut {
            Some(Cut { kept: 0, of }) => why.push(format!(
                "none of {of} in the reply was about what was asked for: nothing of it is kept"
            )),
            Some(Cut { kept, of }) => why.push(format!(
                "{kept} of {of} in the reply are kept: the others are about something else"
            )),
            None => {}
        }
        if strangers > 0 {
            why.push(format!(
                "none of {strangers} is known to be about this document: they are not shown"
            ));
        }
        (!why.is_empty()).then(|| why.join("; "))
    }
}
