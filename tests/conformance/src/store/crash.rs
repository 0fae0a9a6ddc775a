//! Work whose every commit can be recomputed, so that after a crash nothing lost or torn stays hidden.
//!
//! Several workers commit side by side. What commit `number` of worker `worker` writes is a pure function of
//! the two, so the last number that the store knows of a worker tells everything that must be there.

use std::collections::BTreeMap;

use tieout_core::document::Document;
use tieout_core::engine::{Binding, ContentHash, Entry, Event, FlightId, Op, State};
use tieout_core::store::{ChangeSet, Find, FlightChange, SledStore, Store, StoreError};

use super::overview::counts_as_a_walk_does;
use super::samples::{
    binding, document_with_notes, entry, finding, flight, key, posted_binding, record,
};

/// Documents of one worker, written again and again so that space is reused.
const RING: u64 = 24;

/// Journal pages read at once.
const PAGES: usize = 200;

/// A random number from its position: the same everywhere and always.
#[must_use]
pub fn random(seed: u64, position: u64) -> u64 {
    let mut bits = seed ^ position.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The number of a worker's last commit in the store; zero before the first.
pub async fn last(store: &dyn Store, worker: u64) -> Result<u64, StoreError> {
    let value = store.record(&record(&format!("last/{worker}"))).await?;
    let text = value
        .as_deref()
        .and_then(|value| std::str::from_utf8(value).ok());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Makes the next commit of a worker.
pub async fn commit(store: &dyn Store, worker: u64, number: u64) -> Result<(), StoreError> {
    let ids = touched(worker, number);
    let keys: Vec<_> = ids.iter().map(|id| key(id)).collect();
    let stored = store.bindings(&keys).await?;
    let mut changes = ChangeSet::default();
    for (id, stored) in ids.iter().zip(stored) {
        let (version, told) =
            stored.map_or_else(Default::default, |stored| (stored.version, stored.told));
        changes.bindings.push(Binding {
            version,
            told,
            ..written(id, number)
        });
        changes
            .documents
            .push((key(id).document, document(id, number)));
        changes
            .journal
            .push(entry(Some(key(id)), &format!("{number}")));
    }
    changes.records = vec![
        (
            record(&format!("last/{worker}")),
            Some(number.to_string().into_bytes()),
        ),
        (record(&format!("blob/{worker}")), blob(worker, number)),
    ];
    changes.flights = vec![
        FlightChange::Open(flight(&flight_id(worker, number), &keys)),
        FlightChange::Close(FlightId(flight_id(worker, number.saturating_sub(1)))),
    ];
    store.commit(changes).await
}

/// What a check after a crash found, if it found nothing wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Commits in the store.
    pub commits: u64,
    /// Of these, commits that were not acknowledged before the crash, and are whole.
    pub unacknowledged: u64,
}

/// Panics when an acknowledged commit is lost, or any commit is there in part.
///
/// `acknowledged` has the number of the last acknowledged commit of each worker.
pub async fn verify(store: &SledStore, acknowledged: &[u64]) -> Verified {
    let audit = store.audit().expect("the store can be read");
    assert_eq!(audit.problems, [""; 0], "nothing is torn");
    counts_as_a_walk_does(store).await;
    let mut verified = Verified::default();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in journal(store).await {
        let Event::Planned { why, .. } = entry.event else {
            continue;
        };
        let id = entry
            .binding
            .map(|key| key.document.id.as_str().to_owned())
            .unwrap_or_default();
        told.entry(id).or_default().push(why);
    }
    for (worker, acknowledged) in (0_u64..).zip(acknowledged.iter().copied()) {
        let last = last(store, worker).await.expect("the store can be read");
        assert!(
            last >= acknowledged,
            "worker {worker}: commit {acknowledged} was acknowledged, {last} is there"
        );
        assert!(
            last <= acknowledged + 1,
            "worker {worker} commits one by one"
        );
        verified.commits += last;
        verified.unacknowledged += last - acknowledged;
        verify_worker(store, worker, last, &mut told).await;
    }
    assert!(
        told.is_empty(),
        "the journal tells of commits that are not there: {told:?}"
    );
    verified
}

async fn verify_worker(
    store: &SledStore,
    worker: u64,
    last: u64,
    told: &mut BTreeMap<String, Vec<String>>,
) {
    let mut history: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for number in 1..=last {
        for id in touched(worker, number) {
            history.entry(id).or_default().push(number);
        }
    }
    for (id, numbers) in history {
        let newest = numbers
            .last()
            .copied()
            .expect("a history is made with its first commit");
        let found = store
            .bindings(&[key(&id)])
            .await
            .expect("the store can be read")
            .remove(0);
        let found = found.expect("a committed binding is there");
        let expected = Binding {
            version: u64::try_from(numbers.len()).expect("the history is short"),
            story: found.story.clone(),
            ..written(&id, newest)
        };
        assert_eq!(found, expected);
        let by_number = store
            .find(&Find::Number(found.number))
            .await
            .expect("the store can be read");
        assert_eq!(by_number, [key(&id)]);
        let stored = store
            .documents(&[key(&id).document])
            .await
            .expect("the store can be read");
        assert_eq!(stored, [Some(document(&id, newest))]);
        let entries: Vec<String> = numbers.iter().map(u64::to_string).collect();
        assert_eq!(told.remove(&id), Some(entries), "the journal of {id}");
    }
    let value = store
        .record(&record(&format!("blob/{worker}")))
        .await
        .expect("the store can be read");
    assert!(
        value == (last > 0).then(|| blob(worker, last)).flatten(),
        "the record of worker {worker}"
    );
    let open = store
        .flights(&key("x").connection)
        .await
        .expect("the store can be read");
    let prefix = format!("w{worker}-");
    let mine: Vec<&str> = open
        .iter()
        .map(|flight| flight.id.0.as_str())
        .filter(|id| id.starts_with(&prefix))
        .collect();
    let expected = (last > 0).then(|| flight_id(worker, last));
    assert_eq!(
        mine,
        expected.iter().map(String::as_str).collect::<Vec<_>>()
    );
}

async fn journal(store: &SledStore) -> Vec<Entry> {
    let mut pages = Vec::new();
    loop {
        let before = pages
            .last()
            .map(|page: &tieout_core::store::JournalPage| page.number);
        let older = store
            .journal_before(before, PAGES)
            .await
            .expect("the store can be read");
        if older.is_empty() {
            break;
        }
        pages.extend(older);
    }
    pages.reverse();
    pages.into_iter().flat_map(|page| page.entries).collect()
}

/// Which documents a commit touches: between one and six, each once.
fn touched(worker: u64, number: u64) -> Vec<String> {
    let first = random(worker, number);
    let count = 1 + (first >> 32) % 6;
    (0..count)
        .map(|step| format!("w{worker}-{}", (first + step) % RING))
        .collect()
}

fn written(id: &str, number: u64) -> Binding {
    let choice = random(number, 7) % 5;
    let base = match choice {
        0 => binding(id),
        1 => Binding {
            state: State::ready(Op::Update),
            ..binding(id)
        },
        2 => Binding {
            state: State::Held {
                findings: vec![finding()],
            },
            ..binding(id)
        },
        3 => Binding {
            deliver_at: Some(super::samples::at(5)),
            told: Default::default(),
            ..posted_binding(id)
        },
        _ => Binding {
            told: Default::default(),
            ..posted_binding(id)
        },
    };
    Binding {
        number: format!("{id}/{number}"),
        revision: number,
        content: ContentHash::of_bytes(&number.to_le_bytes()),
        ..base
    }
}

/// Now and then in many parts.
fn document(id: &str, number: u64) -> Document {
    let size = match random(number, 3) % 8 {
        0 => 40_000,
        1 => 6_000,
        _ => 50,
    };
    document_with_notes(id, &format!("{number} {}", "n".repeat(size)))
}

fn blob(worker: u64, number: u64) -> Option<Vec<u8>> {
    let seed = random(worker, number);
    let size = usize::try_from(seed % 20_000).unwrap_or_default();
    let byte = u8::try_from(number % 251).unwrap_or_default();
    (!seed.is_multiple_of(5)).then(|| vec![byte; size])
}

fn flight_id(worker: u64, number: u64) -> String {
    format!("w{worker}-{number}")
}
