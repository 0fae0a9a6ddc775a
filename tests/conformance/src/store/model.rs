//! Random commits, checked against what the bindings themselves ask for and against a second store.

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{Document, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{
    Binding, BindingKey, Departure, Doubt, Flight, FlightId, Lane, Op, Posted, Priority, State,
};
use tieout_core::store::{
    ChangeSet, DuePage, Find, FlightChange, JournalPage, RecordKey, Store, StoreError,
};

use super::overview::agrees_with_a_walk;
use super::samples::{
    at, binding_on, connection, document_with_notes, entry, finding, flight, key_on,
    posted_binding, provider_id, record, start,
};

const IDS: [&str; 5] = ["1", "10", "a/b", "ü", "2"];
const CONNECTIONS: [&str; 2] = ["acme", "acme-nz"];
const NUMBERS: [&str; 3] = ["INV-1", "inv-2", ""];
const PROVIDER_IDS: [&str; 2] = ["p-1", "p-2"];
const CASES: [&str; 3] = ["C-1", "c-1 ", "C-2"];
const RECORDS: [&str; 3] = ["a/1", "a/2", "b"];
const LANES: [Lane; 7] = [
    Lane::Plan,
    Lane::Dispatch,
    Lane::Resolve,
    Lane::Deliver,
    Lane::Beside,
    Lane::Gather,
    Lane::Within,
];

/// Commits after which lists and counts are compared with a walk.
const STEPS_BETWEEN: usize = 7;

/// One random commit.
#[derive(Clone, Debug)]
pub struct Step {
    touches: Vec<Touch>,
    documents: Vec<(usize, usize)>,
    records: Vec<(usize, Option<usize>)>,
    flights: Vec<(usize, bool)>,
    entries: Vec<(Option<usize>, usize)>,
}

#[derive(Clone, Debug)]
struct Touch {
    id: usize,
    on: usize,
    number: usize,
    posted: Option<usize>,
    state: usize,
    seconds: i64,
    deliver: Option<i64>,
    old: bool,
    /// Off by one now and then, so that commits are refused in the middle.
    stale: bool,
}

/// Some commits, of which some are refused.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = || prop_oneof![4 => 0..100_usize, 1 => 4_000..13_000_usize];
    let record = (0..RECORDS.len(), proptest::option::weighted(0.7, size()));
    let entry = (proptest::option::of(0..IDS.len()), size());
    let step = (
        vec(touch(), 0..4),
        vec((0..IDS.len(), size()), 0..3),
        vec(record, 0..3),
        vec((0..3_usize, any::<bool>()), 0..3),
        vec(entry, 0..4),
    );
    let step = step.prop_map(|(touches, documents, records, flights, entries)| Step {
        touches,
        documents,
        records,
        flights,
        entries,
    });
    vec(step, 1..20)
}

fn touch() -> impl Strategy<Value = Touch> {
    let places = (0..IDS.len(), 0..CONNECTIONS.len(), 0..NUMBERS.len());
    let posted = proptest::option::of(0..PROVIDER_IDS.len());
    let deliver = proptest::option::of(-3..4_i64);
    let stale = prop_oneof![9 => Just(false), 1 => Just(true)];
    (
        places,
        posted,
        0..8_usize,
        -3..4_i64,
        deliver,
        any::<bool>(),
        stale,
    )
        .prop_map(
            |((id, on, number), posted, state, seconds, deliver, old, stale)| Touch {
                id,
                on,
                number,
                posted,
                state,
                seconds,
                deliver,
                old,
                stale,
            },
        )
}

/// Runs the commits on both stores and panics where they differ.
pub async fn agrees(store: &dyn Store, reference: &dyn Store, steps: &[Step]) {
    for (number, step) in steps.iter().enumerate() {
        if number % STEPS_BETWEEN == 1 {
            agrees_with_a_walk(store).await;
        }
        let changes = changes(reference, step, number).await;
        let results = (
            store.commit(changes.clone()).await,
            reference.commit(changes).await,
        );
        match &results {
            (Ok(()), Ok(())) => {}
            (Err(StoreError::Conflict(ours)), Err(StoreError::Conflict(theirs)))
                if ours == theirs => {}
            _ => assert!(
                results.0.is_ok() && results.1.is_ok(),
                "commit {number}: {results:?}"
            ),
        }
    }
    agrees_with_a_walk(store).await;
    let ours = everything(store).await;
    assert_eq!(ours, everything(reference).await);
    for ((connection, lane, now, limit), page) in ours.queue {
        let expected = recompute(&ours.bindings, &connection, lane, now, limit);
        assert_eq!(page, expected, "{connection} {lane:?} at {now}");
    }
}

/// The queue as the bindings ask for it.
fn recompute(
    bindings: &[Binding],
    on: &str,
    lane: Lane,
    now: DateTime<Utc>,
    limit: usize,
) -> DuePage {
    let here = bindings
        .iter()
        .filter(|binding| binding.key.connection.as_str() == on);
    let asks = here.flat_map(|binding| {
        binding
            .due()
            .into_iter()
            .map(move |due| (due, &binding.key))
    });
    let mut queue: Vec<(Priority, DateTime<Utc>, &BindingKey)> = asks
        .filter(|(due, _)| due.lane == lane)
        .map(|(due, key)| (due.priority, due.at, key))
        .collect();
    queue.sort();
    let due: Vec<BindingKey> = queue
        .iter()
        .filter(|(_, at, _)| *at <= now)
        .map(|(_, _, key)| (*key).clone())
        .collect();
    // What goes after the first one that was left out is not looked at.
    let left_out = queue
        .iter()
        .filter(|(_, at, _)| *at <= now)
        .nth(limit)
        .map(|(priority, _, _)| *priority);
    let next_at = queue
        .iter()
        .filter(|(priority, at, _)| *at > now && left_out.is_none_or(|cut| *priority < cut))
        .map(|(_, at, _)| *at)
        .min();
    let keys = due.into_iter().take(limit).collect();
    DuePage { keys, next_at }
}

async fn changes(reference: &dyn Store, step: &Step, number: usize) -> ChangeSet {
    let mut changes = ChangeSet::default();
    for touch in &step.touches {
        let key = key_of(touch.id, CONNECTIONS[touch.on]);
        let stored = reference
            .bindings(&[key])
            .await
            .expect("bindings are read")
            .remove(0);
        changes.bindings.push(touched(stored, touch));
    }
    for (id, size) in &step.documents {
        let mut document = document_with_notes(IDS[*id], &"n".repeat(*size));
        if let Document::Invoice(invoice) = &mut document {
            let cases = CASES.iter().take(size % (CASES.len() + 1));
            invoice.references.case_numbers = cases.map(|case| (*case).to_owned()).collect();
        }
        changes
            .documents
            .push((key_of(*id, "acme").document, document));
    }
    for (name, value) in &step.records {
        changes
            .records
            .push((record(RECORDS[*name]), value.map(|size| vec![b'r'; size])));
    }
    for (id, opens) in &step.flights {
        let id = format!("f{id}");
        changes.flights.push(match opens {
            true => FlightChange::Open(flight(&id, &vec![key_on("1", "acme"); number * 5 + 1])),
            false => FlightChange::Close(FlightId(id)),
        });
    }
    for (of, size) in &step.entries {
        let of = of.map(|id| key_of(id, "acme"));
        changes
            .journal
            .push(entry(of, &format!("{number} {}", "j".repeat(*size))));
    }
    changes
}

/// Of several hosts and kinds.
fn key_of(id: usize, on: &str) -> BindingKey {
    let mut key = key_on(IDS[id], on);
    match id {
        2 => key.document.host = HostId::new("case-manager-2").expect("it is a name"),
        3 => key.document.kind = DocumentKind::Bill,
        _ => {}
    }
    key
}

fn touched(stored: Option<Binding>, touch: &Touch) -> Binding {
    let stored = stored.unwrap_or_else(|| Binding {
        key: key_of(touch.id, CONNECTIONS[touch.on]),
        ..binding_on(IDS[touch.id], CONNECTIONS[touch.on])
    });
    let posted = touch.posted.and_then(|id| {
        let posted = posted_binding("1").posted?;
        Some(Posted {
            id: provider_id(PROVIDER_IDS[id]),
            ..posted
        })
    });
    let age = if touch.old { 400 } else { 2 };
    Binding {
        version: stored.version + u64::from(touch.stale),
        number: NUMBERS[touch.number].to_owned(),
        issue_date: (start() - chrono::TimeDelta::days(age)).date_naive(),
        state: state(touch),
        posted,
        deliver_at: touch.deliver.map(at),
        changed_at: at(touch.seconds),
        ..stored
    }
}

fn state(touch: &Touch) -> State {
    let not_before = touch.deliver.map(|seconds| at(-seconds));
    let departure = Departure {
        op: Op::Update,
        flight: FlightId("f1".to_owned()),
        content: binding_on("1", "acme").content,
        attempts: 1,
        document_as_of: None,
        number_freed: false,
    };
    match touch.state {
        0 => State::Waiting {
            not_before,
            attempts: 1,
        },
        1 => State::Ready {
            op: Op::Update,
            not_before,
            attempts: 1,
        },
        2 => State::Unsure {
            departure,
            doubt: Doubt::ReplyLost,
            not_before,
            attempts: 1,
        },
        3 => State::InFlight(departure),
        4 => State::Held {
            findings: findings(touch.number),
        },
        5 => State::Posted,
        6 => State::Rejected {
            finding: findings(touch.number).remove(0),
        },
        _ => State::Detached,
    }
}

/// One, several of one rule, and several of several.
fn findings(number: usize) -> Vec<Finding> {
    let of = |rule: Rule| Finding { rule, ..finding() };
    let other = of(Rule::Other("of another version".repeat(20)));
    match number {
        0 => vec![finding()],
        1 => vec![other, of(Rule::TaxCodeUnmapped)],
        _ => vec![of(Rule::TaxCodeUnmapped), finding(), finding()],
    }
}

/// One question to the queue: connection, lane, time, limit.
type Question = (String, Lane, DateTime<Utc>, usize);

#[derive(Debug, PartialEq)]
struct Everything {
    bindings: Vec<Binding>,
    documents: Vec<Option<Document>>,
    flights: Vec<Vec<Flight>>,
    records: Vec<(RecordKey, Vec<u8>)>,
    journal: Vec<JournalPage>,
    found: Vec<Vec<BindingKey>>,
    queue: Vec<(Question, DuePage)>,
}

async fn everything(store: &dyn Store) -> Everything {
    let ids = 0..IDS.len();
    let documents: Vec<DocumentKey> = ids.map(|id| key_of(id, "acme").document).collect();
    let mut finds: Vec<Find> = documents.iter().cloned().map(Find::Document).collect();
    finds.extend(NUMBERS.map(|number| Find::Number(number.to_owned())));
    finds.extend(documents.iter().flat_map(|document| {
        CASES.map(|case| Find::Case {
            host: document.host.clone(),
            number: case.to_owned(),
        })
    }));
    let mut flights = Vec::new();
    let mut queue = Vec::new();
    for on in CONNECTIONS {
        let connection = connection(on);
        finds.extend(PROVIDER_IDS.map(|id| Find::Posted {
            connection: connection.clone(),
            id: provider_id(id),
        }));
        flights.push(store.flights(&connection).await.expect("flights are read"));
        for lane in LANES {
            for (seconds, limit) in [(-9, 9), (-1, 1), (0, 9), (1, 2), (9, 9)] {
                let page = store.due(&connection, lane, at(seconds), limit).await;
                queue.push((
                    (on.to_owned(), lane, at(seconds), limit),
                    page.expect("the queue is read"),
                ));
            }
        }
    }
    let mut found = Vec::new();
    for find in finds {
        found.push(store.find(&find).await.expect("a search works"));
    }
    Everything {
        bindings: store.scan(None, usize::MAX).await.expect("a scan works"),
        documents: store
            .documents(&documents)
            .await
            .expect("documents are read"),
        flights,
        records: store
            .records("", usize::MAX)
            .await
            .expect("records are read"),
        journal: store
            .journal_before(None, usize::MAX)
            .await
            .expect("the journal is read"),
        found,
        queue,
    }
}
