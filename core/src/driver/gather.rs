//! Which documents leave in one request, and what is asked for each of them: pure.

use super::plan::Decisions;
use super::site::ConnectionSite;
use crate::document::DocumentKind;
use crate::engine::{Binding, ContentHash, Decision, FlightId, FlightMember, Op, Sent, State};
use crate::provider::Order;

/// Bytes of a request beside its documents.
pub(super) const ENVELOPE_BYTES: usize = 1_024;

/// Whether a binding is still ready for just what its plan says now.
pub(super) fn agrees(binding: &Binding, decisions: &Decisions) -> bool {
    let Some((version, decision)) = decisions.get(&binding.key) else {
        return false;
    };
    let State::Ready { op, .. } = &binding.state else {
        return false;
    };
    *version == binding.version && decision.op() == Some(*op)
}

/// Documents that leave in one request: one kind, one order.
pub(super) struct Gathered {
    pub(super) op: Op,
    pub(super) kind: DocumentKind,
    pub(super) members: Vec<Gathering>,
    bytes: usize,
    /// Whether nobody else may join.
    closed: bool,
}

/// A document with what is asked for it.
pub(super) struct Gathering {
    pub(super) binding: Binding,
    payload: ContentHash,
    pub(super) order: Order,
}

impl Gathering {
    /// What is remembered of it before it leaves.
    pub(super) fn member(&self) -> FlightMember {
        let sent = match &self.order {
            Order::Create(posting) | Order::Update { posting, .. } => Some(Sent::of(posting)),
            Order::Void { .. } => None,
        };
        FlightMember {
            binding: self.binding.key.clone(),
            payload: self.payload.clone(),
            sent,
        }
    }
}

/// Puts documents into at most `most` requests, each within the provider's limits, those that go first in the
/// first. What finds no place stays for the next time.
pub(super) fn gather(
    site: &ConnectionSite,
    subjects: Vec<Binding>,
    mut decisions: Decisions,
    most: usize,
) -> Vec<Gathered> {
    let capability = site.provider.capability();
    let mut gathered: Vec<Gathered> = Vec::new();
    for binding in subjects {
        let Some((_, decision)) = decisions.remove(&binding.key) else {
            continue;
        };
        let Some(op) = decision.op() else { continue };
        let Some(order) = order(&binding, decision) else {
            continue;
        };
        let kind = binding.key.document.kind;
        let alone = site.travels_alone(&binding.key);
        let (payload, size) = payload(&order);
        let place = gathered.iter().position(|request| {
            !alone
                && !request.closed
                && (request.op, request.kind) == (op, kind)
                && request.members.len() < capability.batch_documents_max
                && request.bytes + size <= capability.batch_bytes_max
        });
        let request = match place {
            Some(place) => &mut gathered[place],
            None if gathered.len() < most => {
                gathered.push(Gathered {
                    op,
                    kind,
                    members: Vec::new(),
                    bytes: ENVELOPE_BYTES,
                    closed: alone,
                });
                gathered.last_mut().expect("one was just pushed")
            }
            None => continue,
        };
        request.bytes += size;
        request.members.push(Gathering {
            binding,
            payload,
            order,
        });
    }
    gathered
}

/// What to ask for a binding.
pub(super) fn order(binding: &Binding, decision: Decision) -> Option<Order> {
    match decision {
        Decision::Create(posting) => Some(Order::Create(posting)),
        Decision::Update(posting) => {
            let posted = binding.posted.as_ref()?;
            let line_ids = posting
                .lines
                .iter()
                .map(|line| {
                    posted
                        .lines
                        .iter()
                        .find(|(known, _)| *known == line.line)
                        .map(|(_, id)| id.clone())
                })
                .collect();
            Some(Order::Update {
                id: posted.id.clone(),
                posting,
                line_ids,
            })
        }
        Decision::Void | Decision::Undo(_) | Decision::Leave(_) => {
            let posted = binding.posted.as_ref()?;
            Some(Order::Void {
                id: posted.id.clone(),
                status: posted.status.clone(),
            })
        }
        Decision::Reverse(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_)
        | Decision::Hold(_) => None,
    }
}

/// The fingerprint of an order and about how many bytes it takes.
pub(super) fn payload(order: &Order) -> (ContentHash, usize) {
    let json = match order {
        Order::Create(posting) => serde_json::to_vec(&("create", posting)),
        Order::Update {
            id,
            posting,
            line_ids,
        } => serde_json::to_vec(&("update", id, posting, line_ids)),
        Order::Void { id, status } => serde_json::to_vec(&("void", id, status)),
    }
    .expect("orders have string keys and no failing serializer");
    (ContentHash::of_bytes(&json), json.len())
}

/// The identity of a request: its members at their versions with their payloads. A later request of
/// the same documents has other versions, so it has another identity and another idempotency key.
pub(super) fn flight_id(site: &ConnectionSite, gathered: &Gathered) -> FlightId {
    let members: Vec<_> = gathered
        .members
        .iter()
        .map(|gathering| {
            (
                &gathering.binding.key,
                gathering.binding.version,
                &gathering.payload,
            )
        })
        .collect();
    FlightId(
        ContentHash::of(&(&site.id, gathered.op, members))
            .as_str()
            .to_owned(),
    )
}
