//! How fast the durable store takes the life of many documents: `store_load [documents] [per commit] [tasks]`.

use std::sync::Arc;
use std::time::Instant;

use tieout_conformance::store::samples::{
    at, binding, document, document_key, entry, flight, key, posted_binding,
};
use tieout_core::engine::{Binding, Departure, FlightId, Lane, Op, State, StateName};
use tieout_core::store::{
    ChangeSet, Filter, FlightChange, Listing, Overview, SledOptions, SledStore, Store, StoreError,
};

/// Names of the steps in the life of a document; each is one commit for a whole group.
const STEPS: [&str; 5] = ["intake", "plan", "depart", "land", "tell"];

fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|text| text.parse().unwrap_or(0_usize));
    let documents = arguments.next().unwrap_or(10_000);
    let per_commit = arguments.next().unwrap_or(50).max(1);
    let tasks = arguments.next().unwrap_or(1).max(1);
    let directory = std::env::temp_dir().join(format!("tieout-store-load-{}", std::process::id()));
    let store = Arc::new(SledStore::open(&directory, SledOptions::default())?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime starts");
    for (number, step) in STEPS.into_iter().enumerate() {
        let began = Instant::now();
        runtime.block_on(async {
            let run = (0..tasks).map(|task| {
                let store = Arc::clone(&store);
                let mine = (task..documents.div_ceil(per_commit)).step_by(tasks);
                tokio::spawn(async move {
                    for group in mine {
                        let ids = group * per_commit..documents.min((group + 1) * per_commit);
                        let ids: Vec<String> = ids.map(|id| format!("inv-{id:07}")).collect();
                        advance(&*store, number, group, &ids).await?;
                    }
                    Ok::<(), StoreError>(())
                })
            });
            for task in run.collect::<Vec<_>>() {
                task.await.expect("no task panics")?;
            }
            Ok::<(), StoreError>(())
        })?;
        report(step, documents, per_commit, began);
    }
    let began = Instant::now();
    let due =
        runtime.block_on(store.due(&key("1").connection, Lane::Deliver, at(9_999), documents))?;
    println!(
        "due: {} keys in {} ms",
        due.keys.len(),
        began.elapsed().as_millis()
    );
    println!("disk {} MiB, {}", store.size_on_disk()? >> 20, memory());
    drop(store);
    let began = Instant::now();
    let store = SledStore::open(&directory, SledOptions::default())?;
    println!(
        "reopened in {} ms, {}",
        began.elapsed().as_millis(),
        memory()
    );
    runtime.block_on(lists(&store))?;
    let began = Instant::now();
    let audit = store.audit()?;
    println!(
        "audited in {} ms: live {} MiB, {audit:?}",
        began.elapsed().as_millis(),
        audit.live_bytes >> 20
    );
    drop(store);
    std::fs::remove_dir_all(&directory).map_err(|source| StoreError::Io {
        operation: "cleaning up",
        source,
    })
}

/// How long the counts take, and pages at the beginning and amid each sort of list.
async fn lists(store: &SledStore) -> Result<(), StoreError> {
    let began = Instant::now();
    let tallies = store.tallies().await?;
    println!(
        "counts: {} slots in {} us",
        tallies.slots.len(),
        began.elapsed().as_micros()
    );
    let posted = Filter {
        states: [StateName::Posted].into(),
        ..Filter::default()
    };
    let by_number = Filter {
        number: Some("inv-inv-00".to_owned()),
        ..Filter::default()
    };
    for (name, filter) in [
        ("all", Filter::default()),
        ("posted", posted),
        ("number", by_number),
    ] {
        let mut listing = Listing {
            filter,
            limit: 50,
            ..Listing::default()
        };
        for page in ["first", "second"] {
            let began = Instant::now();
            let listed = store.list(&listing).await?;
            println!(
                "list of {name}, {page} page: {} in {} us",
                listed.bindings.len(),
                began.elapsed().as_micros()
            );
            listing.after = listed.next;
        }
    }
    Ok(())
}

fn report(step: &str, documents: usize, per_commit: usize, began: Instant) {
    let ms = began.elapsed().as_millis().max(1);
    let commits = documents.div_ceil(per_commit) as u128;
    let (per_s, documents_s) = (commits * 1_000 / ms, documents as u128 * 1_000 / ms);
    println!(
        "{step}: {ms} ms, {per_s} commits/s, {documents_s} documents/s, {}",
        memory()
    );
}

/// Takes a group of documents one step further.
async fn advance(
    store: &dyn Store,
    step: usize,
    group: usize,
    ids: &[String],
) -> Result<(), StoreError> {
    let keys: Vec<_> = ids.iter().map(|id| key(id)).collect();
    let flight_id = FlightId(format!("flight-{group:07}"));
    let mut changes = ChangeSet::default();
    for (found, id) in store.bindings(&keys).await?.into_iter().zip(ids) {
        changes.bindings.push(next(
            found.unwrap_or_else(|| binding(id)),
            step,
            id,
            &flight_id,
        ));
        changes.journal.push(entry(Some(key(id)), STEPS[step]));
    }
    match STEPS[step] {
        "intake" => {
            changes.documents = ids
                .iter()
                .map(|id| (document_key(id), document(id)))
                .collect();
        }
        "plan" => drop(
            store
                .documents(&ids.iter().map(|id| document_key(id)).collect::<Vec<_>>())
                .await?,
        ),
        "depart" => changes.flights = vec![FlightChange::Open(flight(&flight_id.0, &keys))],
        "land" => changes.flights = vec![FlightChange::Close(flight_id)],
        _ => {}
    }
    store.commit(changes).await
}

fn next(now: Binding, step: usize, id: &str, flight: &FlightId) -> Binding {
    let posted = posted_binding(id);
    match STEPS[step] {
        "intake" => now,
        "plan" => Binding {
            state: State::ready(Op::Create),
            changed_at: at(1),
            ..now
        },
        "depart" => {
            let content = now.content.clone();
            let departure = Departure {
                op: Op::Create,
                flight: flight.clone(),
                content,
                attempts: 0,
                document_as_of: None,
                number_freed: false,
            };
            Binding {
                state: State::InFlight(departure),
                changed_at: at(2),
                ..now
            }
        }
        "land" => Binding {
            state: posted.state,
            posted: posted.posted,
            deliver_at: Some(at(3)),
            ..now
        },
        _ => Binding {
            told: posted.told,
            deliver_at: Some(at(9_000)),
            ..now
        },
    }
}

/// What the process holds, from the kernel; nothing where the kernel does not tell.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or("?")
            .trim()
    };
    format!("memory {} (peak {})", line("VmRSS:"), line("VmHWM:"))
}
