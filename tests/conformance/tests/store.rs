//! Every store keeps every promise, and the durable one keeps them over a restart.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::ops::Deref;
use std::sync::Arc;

use proptest::prelude::{ProptestConfig, proptest};
use tempfile::TempDir;
use tieout_conformance::store::model;
use tieout_core::store::{MemoryStore, SledOptions, SledStore, Store};

mod memory {
    tieout_conformance::store_promises!(super::make_memory);
}

mod sled {
    tieout_conformance::store_promises!(super::make_sled);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn after_random_commits_sled_agrees_with_memory_and_with_its_own_bindings(steps in model::steps()) {
        block_on(async {
            let sled = make_sled();
            model::agrees(&*sled, &MemoryStore::new(), &steps).await;
            let audit = sled.store.audit().unwrap();
            assert_eq!(audit.problems, [""; 0]);
        });
    }

    #[test]
    fn after_random_commits_the_memory_queue_is_what_its_bindings_ask_for(steps in model::steps()) {
        block_on(async {
            model::agrees(&MemoryStore::new(), &MemoryStore::new(), &steps).await;
        });
    }
}

#[test]
fn every_promise_is_in_the_list_that_every_store_runs() {
    let list = include_str!("../src/store/mod.rs");
    let modules = [
        include_str!("../src/store/absent.rs"),
        include_str!("../src/store/commits.rs"),
        include_str!("../src/store/find.rs"),
        include_str!("../src/store/journal.rs"),
        include_str!("../src/store/leads.rs"),
        include_str!("../src/store/leases.rs"),
        include_str!("../src/store/lists.rs"),
        include_str!("../src/store/queue.rs"),
        include_str!("../src/store/values.rs"),
    ];
    let promises = modules
        .iter()
        .flat_map(|module| module.split("\npub async fn ").skip(1));
    let names: Vec<&str> = promises
        .filter_map(|promise| promise.split('(').next())
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let missing: Vec<_> = names
        .into_iter()
        .filter(|name| !list.contains(&format!(" {name}")))
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// A store and the directory that goes away with it.
struct Sled {
    store: SledStore,
    _directory: TempDir,
}

impl Deref for Sled {
    type Target = SledStore;

    fn deref(&self) -> &SledStore {
        &self.store
    }
}

fn make_memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

fn make_sled() -> Sled {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path(), SledOptions::default()).unwrap();
    Sled {
        store,
        _directory: directory,
    }
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future);
}
