//! What holds at every commit: the journal explains each new state, and nothing is in the air without a flight.

use tieout_core::document::{DocumentKey, DocumentKind};
use tieout_core::engine::{Binding, BindingKey, Entry, Event, FlightId, Op};
use tieout_core::exchange::{self, Subject};
use tieout_core::store::{ChangeSet, FlightChange, Store};

use crate::coverage::Case;
use crate::ground::Ground;
use crate::model::{Excuse, Known, Wrong};
use crate::node::wait;

/// Changes of state in a set that its journal does not tell.
pub(crate) fn unexplained(store: &dyn Store, changes: &ChangeSet) -> Vec<Wrong> {
    let keys: Vec<BindingKey> = changes.bindings.iter().map(|it| it.key.clone()).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let before = wait(store.bindings(&keys)).unwrap_or_default();
    let pairs = changes.bindings.iter().zip(before);
    pairs
        .filter_map(|(now, before)| untold(changes, now, before.as_ref()))
        .collect()
}

fn untold(changes: &ChangeSet, now: &Binding, before: Option<&Binding>) -> Option<Wrong> {
    if before.is_some_and(|before| before.state == now.state) {
        return None;
    }
    let about = |entry: &&Entry| entry.binding.as_ref() == Some(&now.key);
    let told = changes
        .journal
        .iter()
        .rfind(about)
        .and_then(|entry| entry.state.as_deref());
    (told != Some(now.state.name())).then(|| Wrong {
        invariant: "the journal explains every state",
        document: now.key.to_string(),
        what: format!(
            "it became {}, and the journal says {told:?}",
            now.state.name()
        ),
    })
}

/// The flights that a set ends.
pub(crate) fn closed(changes: &ChangeSet) -> Vec<FlightId> {
    let closed = changes.flights.iter().filter_map(|change| match change {
        FlightChange::Close(flight) => Some(flight.clone()),
        FlightChange::Open(_) => None,
    });
    closed.collect()
}

/// Every request of a flight that the process sent is on record when the flight ends.
pub(crate) fn unrecorded(store: &dyn Store, flight: &FlightId, sent: usize) -> Option<Wrong> {
    let subject = Subject::Flight(flight.clone());
    let kept = wait(exchange::about(store, &subject)).unwrap_or_default();
    let calls = kept.iter().flat_map(|kept| &kept.calls);
    let writes = calls.filter(|call| call.method != "GET").count();
    (writes < sent).then(|| Wrong {
        invariant: "each request is recorded with its outcome",
        document: flight.to_string(),
        what: format!(
            "{sent} requests left, {writes} are kept in {} rounds",
            kept.len()
        ),
    })
}

/// Notes which interesting cases bindings show, and who travels in a summary that was not sent yet.
pub(crate) fn note_bindings(ground: &Ground, bindings: &[Binding]) {
    for binding in bindings {
        if let Some(summary) = binding.summary_key() {
            let mut model = ground.model();
            model.sums.aboard(&summary.document, &binding.key.document);
        }
        if binding.gathers() {
            ground.met(Case::Gathered);
        }
        let is_on_its_way = binding.roster.as_ref().is_some_and(|it| it.there.is_some());
        if is_on_its_way && binding.is_settled_there() {
            ground.met(Case::SummaryPaidMeanwhile);
        }
        if binding.roster.is_some() && binding.undo.is_some() {
            ground.met(Case::SummaryUndone);
        }
    }
}

/// Notes which interesting cases the journal tells of.
pub(crate) fn note(ground: &Ground, entries: &[Entry]) {
    for entry in entries {
        if let Some(case) = case(entry) {
            ground.met(case);
        }
        if let Event::Landed { provider_id, .. } = &entry.event {
            ground.model().heard_of(provider_id);
        }
        if let (Event::Landed { op: Op::Void, .. }, Some(key)) = (&entry.event, &entry.binding)
            && ground.model().decided.undo(&key.document).is_some()
        {
            ground.met(Case::UndoneOut);
        }
        if let (Event::Landed { op: Op::Void, .. }, Some(key)) = (&entry.event, &entry.binding) {
            let model = ground.model();
            let is_paid = |known: &Known| known.has(&[Excuse::PaidByHost]);
            if model.paper(&key.document).is_some_and(is_paid) {
                ground.met(Case::VoidedAfterPayments);
            }
        }
        if let Event::Landed {
            op: Op::Create,
            provider_id,
        } = &entry.event
            && let Some(made) = ground.unheard().remove(provider_id)
            && !made.answered
        {
            ground.met(Case::AvertedByLookUp);
        }
        if let Some((document, row, by_person)) = taken_over(ground, entry) {
            // What is bound is known from now on, whatever somebody changes in it, and however it was made.
            ground.unheard().remove(row);
            if !by_person {
                ground.met(Case::AdoptedUnasked);
            }
            let wrong = ground.model().adopted(document, row, by_person);
            wrong.into_iter().for_each(|wrong| ground.wrong(wrong));
        }
        let kind = entry.binding.as_ref().map(|key| key.document.kind);
        if let (Event::Landed { op: Op::Create, .. }, Some(kind)) = (&entry.event, kind) {
            match kind {
                DocumentKind::Invoice => {}
                DocumentKind::CreditNote => ground.met(Case::CreditNotePosted),
                DocumentKind::Bill => ground.met(Case::BillPosted),
                DocumentKind::PurchaseOrder => ground.met(Case::OrderPosted),
            }
        }
    }
}

/// The document that takes over a row which the app did not make for it, and whether somebody asked for that.
fn taken_over<'a>(ground: &Ground, entry: &'a Entry) -> Option<(&'a DocumentKey, &'a str, bool)> {
    let document = &entry.binding.as_ref()?.document;
    if let Event::Adopted {
        provider_id, by, ..
    } = &entry.event
    {
        return Some((document, provider_id, by.is_some()));
    }
    let Event::Landed {
        op: Op::Create,
        provider_id,
    } = &entry.event
    else {
        return None;
    };
    let is_own = ground.model().is_of(provider_id, document);
    (!is_own).then_some((document, provider_id.as_str(), false))
}

fn case(entry: &Entry) -> Option<Case> {
    match &entry.event {
        Event::Landed { op: Op::Create, .. } => Some(Case::Posted),
        Event::Landed { op: Op::Update, .. } => Some(Case::Updated),
        Event::Landed { op: Op::Void, .. } => Some(Case::Voided),
        Event::Resolved { why } if why == "the look-up shows that it is not there" => {
            Some(Case::SentAgainAfterLookUp)
        }
        Event::Held { findings } => {
            let refused = |finding: &tieout_core::check::Finding| {
                finding.rule == tieout_core::check::Rule::VoidRefused
                    && finding.message.contains("payments")
            };
            let changed = |finding: &tieout_core::check::Finding| {
                finding.rule == tieout_core::check::Rule::ChangedSinceUndo
            };
            if findings.iter().any(changed) {
                return Some(Case::ChangedSinceUndo);
            }
            let settled = |finding: &tieout_core::check::Finding| {
                finding.rule == tieout_core::check::Rule::SummarySettled
            };
            if findings.iter().any(settled) {
                return Some(Case::SummarySettled);
            }
            findings
                .iter()
                .any(refused)
                .then_some(Case::VoidRefusedByPayment)
        }
        Event::Planned {
            op: Some(Op::Void),
            why,
        } if why.starts_with("it goes to ") => Some(Case::MovedAfterPosted),
        Event::Companion { what, happened, .. } if what.starts_with("credit note ") => {
            let is_in_doubt = happened.starts_with("in doubt");
            is_in_doubt.then_some(Case::UndoNoteInDoubt)
        }
        Event::Companion { happened, .. } => match happened.as_str() {
            "taken back" => Some(Case::HostPaymentTakenBack),
            "refused" => Some(Case::HostPaymentRefused),
            _ => None,
        },
        Event::HostChanged { .. }
        | Event::Planned { .. }
        | Event::Departed { .. }
        | Event::Refused { .. }
        | Event::InDoubt { .. }
        | Event::Resolved { .. }
        | Event::PutBack { .. }
        | Event::ProviderChanged { .. }
        | Event::Delivered { .. }
        | Event::DeliveryRefused { .. }
        | Event::Operator { .. }
        | Event::Adopted { .. }
        | Event::Ignored { .. }
        | Event::RecordUnreadable { .. } => None,
    }
}
