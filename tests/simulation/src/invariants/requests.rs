//! What holds at every request: it was intended and stored before it left, and it stays within the limits.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use tieout_core::document::ConnectionId;
use tieout_core::engine::{
    Binding, Companion, CompanionState, Flight, FlightId, Reversal, ReversalState,
};
use tieout_core::exchange;

use crate::books::ORGANISATIONS;
use crate::coverage::Case;
use crate::faults::Chance;
use crate::ground::{Ground, Unheard};
use crate::model::{Observed, Wrong};
use crate::node::{Answered, Call, NodeStore, wait};

/// A request that changes documents has a flight in the store before it leaves, under the very key that it carries.
pub(crate) fn intended(ground: &Ground, store: &NodeStore, call: &Call) {
    if !call.writes_documents() || is_for_undo(store, call) {
        return;
    }
    let flights = open_flights(store);
    let key = call.key.as_deref().unwrap_or_default();
    let documents = documents_in(&call.body);
    let intent = flights.iter().find(|flight| is_key_of(key, flight));
    let fits = intent.is_some_and(|flight| Some(flight.members.len()) == documents);
    if !fits {
        ground.wrong(Wrong {
            invariant: "no request without a stored intent",
            document: String::from_utf8_lossy(&call.body)
                .chars()
                .take(200)
                .collect(),
            what: format!("key {key}, {documents:?} documents, open flights {flights:?}"),
        });
    }
}

/// Whether a request is the stored one of the credit note of an undo, or takes such a note back.
fn is_for_undo(store: &NodeStore, call: &Call) -> bool {
    let key = flight_of(call).to_string();
    let is_it = |reversal: &Reversal| match &reversal.state {
        ReversalState::NoteSent(request) => call.method == Method::PUT && request.key == key,
        ReversalState::TakingBack { id, .. } => {
            let id = id.as_str().as_bytes();
            call.method == Method::POST && call.body.windows(id.len()).any(|part| part == id)
        }
        ReversalState::AllocationSent { id, request, .. } => {
            call.path.contains(id.as_str()) && request.key == key
        }
        ReversalState::Wanted { .. }
        | ReversalState::NoteUnsure { .. }
        | ReversalState::Made { .. }
        | ReversalState::Kept { .. }
        | ReversalState::Done { .. }
        | ReversalState::Ended => false,
    };
    all_bindings(store)
        .iter()
        .filter_map(|binding| binding.reversal.as_deref())
        .any(is_it)
}

/// An allocation is stored before it leaves, under the very key that it carries.
pub(crate) fn allocation_intended(ground: &Ground, store: &NodeStore, call: &Call) {
    if call.allocates() && (!is_for_undo(store, call) || exchange::current().is_none()) {
        ground.wrong(Wrong {
            invariant: "no allocation without a stored intent, and each on record",
            document: call.path.clone(),
            what: format!("key {:?}", call.key),
        });
    }
}

fn all_bindings(store: &NodeStore) -> Vec<Binding> {
    let store = store.peek();
    store.map_or_else(Vec::new, |it| {
        wait(it.scan(None, usize::MAX)).unwrap_or_default()
    })
}

/// A payment is stored as sent before it leaves, under the very key that it carries; one that is taken back, as such.
pub(crate) fn payment_intended(ground: &Ground, store: &NodeStore, call: &Call) {
    if !call.pays() {
        return;
    }
    let key = flight_of(call).to_string();
    let is_it = |item: &Companion| match &item.state {
        CompanionState::Sent(request) => call.method == Method::PUT && request.key == key,
        CompanionState::TakingBack { id } => call.path.ends_with(id.as_str()),
        CompanionState::Wanted { .. }
        | CompanionState::Missing { .. }
        | CompanionState::Unsure(_)
        | CompanionState::Done { .. }
        | CompanionState::Missed { .. }
        | CompanionState::Refused { .. }
        | CompanionState::Kept { .. }
        | CompanionState::TakenBack { .. }
        | CompanionState::Removed { .. } => false,
    };
    let all = all_bindings(store);
    let mut items = all.iter().flat_map(|it| it.companions.items.values());
    if !items.any(is_it) || exchange::current().is_none() {
        ground.wrong(Wrong {
            invariant: "no payment without a stored intent, and each on record",
            document: call.path.clone(),
            what: format!("key {key}"),
        });
    }
}

/// Whatever is said about documents is on a tape. Gives whether it changes documents.
pub(crate) fn recorded(ground: &Ground, call: &Call) -> bool {
    if call.writes_documents() && exchange::current().is_none() {
        ground.wrong(Wrong {
            invariant: "each request is recorded",
            document: call.path.clone(),
            what: "nothing records it".to_owned(),
        });
    }
    call.writes_documents()
}

/// The flight that a request carries.
pub(crate) fn flight_of(call: &Call) -> FlightId {
    let key = call.key.as_deref().unwrap_or_default();
    let flight = key.split_once(':').map_or(key, |(flight, _)| flight);
    FlightId(flight.to_owned())
}

/// Whether a key is the flight's own, with the fingerprint of the organisation behind it and nothing else.
fn is_key_of(key: &str, flight: &Flight) -> bool {
    let organisation = key
        .strip_prefix(flight.id.to_string().as_str())
        .and_then(|rest| rest.strip_prefix(':'));
    organisation
        .is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn open_flights(store: &NodeStore) -> Vec<Flight> {
    let Some(store) = store.peek() else {
        return Vec::new();
    };
    let connections = ORGANISATIONS
        .iter()
        .filter_map(|(name, _)| ConnectionId::new(*name).ok());
    connections
        .flat_map(|connection| wait(store.flights(&connection)).unwrap_or_default())
        .collect()
}

fn documents_in(body: &[u8]) -> Option<usize> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body.as_object()?
        .values()
        .find_map(|value| value.as_array())
        .map(Vec::len)
}

/// A request has arrived, whatever becomes of its reply.
pub(crate) fn arrived(
    ground: &Ground,
    call: &Call,
    response: &Response<Bytes>,
    observed: &Observed,
    answered: Answered,
) {
    let made = &observed.made;
    if call.is_sign_in() {
        return signed_in(ground, call, response, answered);
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        ground.met(Case::TokenRefused);
    }
    let key = call.key.clone().unwrap_or_default();
    ground.note_key(&key);
    if !made.is_empty() && answered == Answered::No {
        ground.met(if response.status().is_server_error() {
            Case::CreatedThen5xx
        } else {
            Case::ReplyOfCreateLost
        });
    }
    if observed.paid > 0 {
        ground.met(Case::HostPaymentMade);
        if answered == Answered::No {
            ground.met(Case::ReplyOfPaymentLost);
        }
    }
    let mut unheard = ground.unheard();
    for row in made {
        let row = row.id.to_string();
        let (key, answered) = (key.clone(), false);
        unheard.insert(row, Unheard { key, answered });
    }
}

/// The sender knows what became of a request.
pub(crate) fn answered(ground: &Ground, call: &Call, response: &Response<Bytes>) {
    if call.method != Method::PUT || !response.status().is_success() {
        return;
    }
    let Some(key) = &call.key else { return };
    let mut told_now = false;
    for made in ground
        .unheard()
        .values_mut()
        .filter(|made| made.key == *key)
    {
        told_now |= !std::mem::replace(&mut made.answered, true);
    }
    if told_now && ground.is_repeat(key) {
        ground.met(Case::AvertedByKey);
    }
}

fn signed_in(ground: &Ground, call: &Call, response: &Response<Bytes>, answered: Answered) {
    let renews = call.body.windows(13).any(|part| part == b"refresh_token");
    if !renews || !response.status().is_success() {
        return;
    }
    ground.met(Case::TokensRenewed);
    let body = call.body.to_vec();
    let mut lost = ground.lost_renewal();
    if lost.as_ref() == Some(&body) {
        ground.met(Case::RotationRace);
    }
    *lost = (answered == Answered::No).then_some(body);
}

/// The provider refused a call for its number.
pub(crate) fn limited(ground: &Ground, response: &Response<Bytes>) {
    let word = response.headers().get("x-rate-limit-problem");
    let word = word
        .and_then(|word| word.to_str().ok())
        .unwrap_or_default()
        .to_lowercase();
    let case = match word.as_str() {
        word if word.contains("app") => Case::AppLimit,
        word if word.contains("minute") => Case::MinuteLimit,
        word if word.contains("da") => Case::DayLimit,
        _ => Case::ConcurrentLimit,
    };
    ground.met(case);
    ground.tell("provider", format!("429 {word}"));
    // A crash forgets what is in the air, and a wrong clock when a minute begins; others' calls are nobody's fault.
    let disturbers = [
        Chance::MinuteUsedUp,
        Chance::DayUsedUp,
        Chance::AirUsedUp,
        Chance::AppUsedUp,
        Chance::Crash,
        Chance::StoreFails,
        Chance::ClockJumps,
        Chance::RequestLate,
        Chance::HandedTwice,
        Chance::CopyTurnedAway,
    ];
    if disturbers.iter().all(|chance| ground.odds.of(*chance) == 0) {
        ground.wrong(Wrong {
            invariant: "no limit is exceeded",
            document: word,
            what: "the provider refused a call although nobody else makes any".to_owned(),
        });
    }
}
