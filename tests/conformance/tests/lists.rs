//! What becomes of lists and counts on disk: a store of an older version, a restart, a backup, damage, an older program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use tempfile::{TempDir, tempdir};
use tieout_conformance::store::base::open_base;
use tieout_conformance::store::overview::agrees_with_a_walk;
use tieout_conformance::store::samples::{
    at, binding, binding_on, bindings, commit, document, document_key, finding, key,
    posted_binding, stored,
};
use tieout_core::document::Document;
use tieout_core::engine::{Binding, State};
use tieout_core::store::{
    ChangeSet, Filter, Find, Listing, Overview, SledOptions, SledStore, Store, StoreError,
};

/// Tags of the keys that the first version did not have: heads of numbers, lists, cases, counts.
const NEW: [&[u8]; 4] = [b"h", b"i", b"k", b"t"];

fn open(directory: &TempDir) -> SledStore {
    SledStore::open(directory.path(), SledOptions::default()).unwrap()
}

/// Bindings of several lines, and documents of a case.
async fn fill(store: &SledStore, count: i64) {
    for step in 0..count {
        let id = step.to_string();
        let held = Binding {
            state: State::Held {
                findings: vec![finding()],
            },
            changed_at: at(step),
            ..binding_on(&id, "acme-nz")
        };
        let Document::Invoice(mut invoice) = document(&id) else {
            unreachable!("the sample is an invoice");
        };
        invoice.references.case_numbers = vec![format!("C-{}", step % 3)];
        let changes = ChangeSet {
            documents: vec![(document_key(&id), Document::Invoice(invoice))],
            ..bindings([posted_binding(&id), held])
        };
        commit(store, changes).await;
    }
}

async fn of_case(store: &SledStore) -> usize {
    let find = Find::Case {
        host: document_key("1").host,
        number: "c-1".to_owned(),
    };
    store.find(&find).await.unwrap().len()
}

#[tokio::test]
async fn a_store_of_the_first_version_gets_lists_and_counts_when_it_is_opened() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    fill(&store, 30).await;
    let sound = store.audit().unwrap();
    drop(store);
    let base = open_base(directory.path());
    for tag in NEW {
        for key in base.scan_prefix(tag).keys() {
            base.remove(key.unwrap()).unwrap();
        }
    }
    write_schema(&base, br#"{"format":1,"index_rules":2}"#);
    drop(base);
    let store = open(&directory);
    assert_eq!(store.audit().unwrap(), sound);
    agrees_with_a_walk(&store).await;
    assert_eq!(of_case(&store).await, 20);
    commit(&store, bindings([binding("new")])).await;
    drop(store);
    let store = open(&directory);
    assert_eq!(store.audit().unwrap().problems, [""; 0]);
    agrees_with_a_walk(&store).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_in_no_list_and_keeps_no_store_closed() {
    let directory = tempdir().unwrap();
    fill(&open(&directory), 5).await;
    let base = open_base(directory.path());
    for tag in ["b", "d"] {
        let (key, mut value) = base.scan_prefix(tag).nth(1).unwrap().unwrap();
        let last = value.len() - 1;
        value[last] ^= 1;
        base.insert(key, value).unwrap();
    }
    write_schema(&base, br#"{"format":1,"index_rules":2}"#);
    drop(base);
    let store = open(&directory);
    let counted = store.tallies().await.unwrap();
    assert_eq!(counted.sum(&Filter::default()).documents, 9);
    let listed = store.list(&Listing::default()).await.unwrap();
    assert_eq!(listed.bindings.len(), 9);
    let audit = store.audit().unwrap();
    assert_eq!(audit.problem_count, 2, "{:#?}", audit.problems);
}

#[tokio::test]
async fn a_program_that_knows_no_lists_is_kept_away_from_a_store_that_has_them() {
    let directory = tempdir().unwrap();
    fill(&open(&directory), 1).await;
    let entry = open_base(directory.path())
        .get("meta/schema")
        .unwrap()
        .unwrap();
    let schema = String::from_utf8_lossy(&entry);
    // The first version refuses whatever is beyond its format.
    assert!(schema.contains(r#""format":2"#), "{schema}");
}

#[tokio::test]
async fn lists_and_counts_are_there_after_a_restart() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    fill(&store, 9).await;
    let (before, pages) = (store.tallies().await.unwrap(), of_case(&store).await);
    drop(store);
    let store = open(&directory);
    assert_eq!(store.tallies().await.unwrap(), before);
    assert_eq!(of_case(&store).await, pages);
    agrees_with_a_walk(&store).await;
}

#[tokio::test]
async fn damaged_counts_are_told_and_a_restored_backup_has_right_ones() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    fill(&store, 9).await;
    let right = store.tallies().await.unwrap();
    drop(store);
    let base = open_base(directory.path());
    // A count is lost, one stands under another heading, and so does an entry of a list and one of a case.
    for (index, tag) in [b"t", b"i", b"k", b"h"].into_iter().enumerate() {
        let all: Vec<_> = base.scan_prefix(tag).map(Result::unwrap).collect();
        let (key, value) = all.last().unwrap();
        base.remove(key).unwrap();
        let mut moved = key.to_vec();
        // The key of a case ends with a zero byte.
        let last = moved.len() - 1 - usize::from(moved.ends_with(&[0]));
        moved[last] = b'q';
        if index > 0 {
            base.insert(moved, value).unwrap();
        }
    }
    drop(base);
    let store = open(&directory);
    let audit = store.audit().unwrap();
    assert_eq!(audit.problem_count, 7, "{:#?}", audit.problems);
    let backup = directory.path().with_extension("backup");
    store
        .back_up(fs::File::create(&backup).unwrap())
        .await
        .unwrap();
    drop(store);

    let place = tempdir().unwrap();
    let place = place.path().join("store");
    SledStore::restore(&place, &backup, SledOptions::default()).unwrap();
    fs::remove_file(&backup).unwrap();
    let store = SledStore::open(&place, SledOptions::default()).unwrap();
    assert_eq!(store.audit().unwrap().problems, [""; 0]);
    assert_eq!(store.tallies().await.unwrap(), right);
    agrees_with_a_walk(&store).await;
}

#[tokio::test]
async fn a_count_that_is_lower_than_what_leaves_it_is_not_guessed() {
    let directory = tempdir().unwrap();
    fill(&open(&directory), 2).await;
    let base = open_base(directory.path());
    for key in base.scan_prefix(b"t").keys() {
        base.remove(key.unwrap()).unwrap();
    }
    drop(base);
    let store = open(&directory);
    let found = stored(&store, &key("1")).await;
    let refused = store
        .commit(bindings([Binding {
            state: State::Voided,
            ..found.clone()
        }]))
        .await;
    assert!(
        matches!(&refused, Err(StoreError::Corrupt { message, .. }) if message.contains("counts less")),
        "{refused:?}"
    );
    assert_eq!(
        stored(&store, &key("1")).await,
        found,
        "nothing of it is kept"
    );
    let counted = store.tallies().await.unwrap();
    assert_eq!(counted.sum(&Filter::default()).documents, 0);
}

/// As the store lays its entries out: format, shape, checksum of key, shape and payload.
fn write_schema(base: &sled::Db, json: &[u8]) {
    let mut checksum = crc32fast::Hasher::new();
    for part in [b"meta/schema", [0].as_slice(), json] {
        checksum.update(part);
    }
    let entry = [&[1, 0], checksum.finalize().to_le_bytes().as_slice(), json].concat();
    base.insert("meta/schema", entry).unwrap();
    base.flush().unwrap();
}
