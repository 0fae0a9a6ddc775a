//! A store that is written anew: what is taken out is nowhere on disk, everything else is as it was, and a crash leaves either.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};
use tieout_conformance::store::samples::{
    at, binding, commit, document_key, document_with_notes, entry, key, record,
};
use tieout_core::engine::Entry;
use tieout_core::store::{
    ChangeSet, LeaseRequest, Rewriting, SledOptions, SledStore, Store, StoreError, Stored,
};

/// What must be gone: random to deflate, sled or anybody's eye.
const SECRET: &str = "persephone-quill-1790";

/// Takes out what names her.
#[derive(Default)]
struct Without {
    taken: usize,
    fails_at: Option<usize>,
    seen: usize,
}

impl Rewriting for Without {
    fn rewrite(&mut self, value: Stored, put: &mut dyn FnMut(Stored)) -> Result<(), StoreError> {
        self.seen += 1;
        if self.fails_at == Some(self.seen) {
            return Err(StoreError::Conflict(Box::new(key("1"))));
        }
        match value {
            Stored::Document(of, _) => {
                self.taken += 1;
                let id = of.id.as_str().to_owned();
                put(Stored::Document(
                    of,
                    Box::new(document_with_notes(&id, "(erased)")),
                ));
            }
            Stored::Record(name, value) if value.starts_with(SECRET.as_bytes()) => {
                self.taken += 1;
                drop(name);
            }
            other => put(other),
        }
        Ok(())
    }

    fn end(&mut self, put: &mut dyn FnMut(Stored)) {
        put(Stored::Record(record("kept-back"), b"1".to_vec()));
    }

    fn journal(&mut self) -> Vec<Entry> {
        vec![entry(Some(key("1")), "erased")]
    }
}

fn open(path: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(path, SledOptions::default())
}

/// A store of some documents that name her in large values and small ones, with older values in its log.
async fn filled() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store");
    let store = open(&path).unwrap();
    for id in 1..=6 {
        let id = id.to_string();
        let notes = format!("{SECRET} {}", "n".repeat(id.len() * 9_000));
        let changes = ChangeSet {
            bindings: vec![binding(&id)],
            documents: vec![(document_key(&id), document_with_notes(&id, &notes))],
            records: vec![(record(&id), Some(SECRET.as_bytes().repeat(500)))],
            journal: vec![entry(Some(key(&id)), "made")],
            ..ChangeSet::default()
        };
        commit(&store, changes).await;
    }
    let lease = LeaseRequest {
        name: "acme".to_owned(),
        holder: "a".to_owned(),
        now: at(0),
        ttl_ms: 10_000,
    };
    store.lease(&lease).await.unwrap().unwrap();
    drop(store);
    (folder, path)
}

async fn rewrite(path: &Path, with: &mut Without) -> Result<(), StoreError> {
    SledStore::rewrite(path, SledOptions::default(), with).await
}

/// Whether any file below holds the bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|item| {
        let path = item.unwrap().path();
        match path.is_dir() {
            true => holds(&path, bytes),
            false => {
                let file = fs::read(&path).unwrap();
                file.windows(bytes.len()).any(|window| window == bytes)
            }
        }
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

/// What everything is after the secret was taken out.
async fn is_without(path: &Path) {
    let store = open(path).unwrap();
    assert_eq!(store.audit().unwrap().problems, [""; 0]);
    assert_eq!(store.scan(None, 100).await.unwrap().len(), 6);
    let records = store.records("", 100).await.unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    let story = store.bindings(&[key("1")]).await.unwrap();
    assert_eq!(story[0].as_ref().unwrap().story.len(), 2);
    drop(store);
    assert!(!holds(path, SECRET.as_bytes()));
    for ending in [".rewritten", ".replaced"] {
        assert!(!beside(path, ending).exists(), "{ending}");
    }
}

#[tokio::test]
async fn what_is_taken_out_is_nowhere_on_disk_and_the_rest_is_as_it_was() {
    let (_folder, path) = filled().await;
    assert!(
        holds(&path, SECRET.as_bytes()),
        "the test proves nothing if the store packs its values"
    );
    let (before, tallies) = {
        let store = open(&path).unwrap();
        let bindings = store.scan(None, 100).await.unwrap();
        use tieout_core::store::Overview;
        (bindings, store.tallies().await.unwrap())
    };
    let mut without = Without::default();
    rewrite(&path, &mut without).await.unwrap();
    assert_eq!(without.taken, 12);
    is_without(&path).await;
    let store = open(&path).unwrap();
    let mut after = store.scan(None, 100).await.unwrap();
    assert_eq!(after[0].story.pop(), Some(7), "the journal went on");
    assert_eq!(after, before);
    use tieout_core::store::Overview;
    assert_eq!(store.tallies().await.unwrap(), tallies);
    // Whoever had a lease has it still.
    let lease = LeaseRequest {
        name: "acme".to_owned(),
        holder: "b".to_owned(),
        now: at(1),
        ttl_ms: 10_000,
    };
    assert_eq!(store.lease(&lease).await.unwrap(), None);
}

#[tokio::test]
async fn what_fails_on_the_way_leaves_the_store_as_it_was() {
    let (_folder, path) = filled().await;
    let mut without = Without {
        fails_at: Some(9),
        ..Without::default()
    };
    let failed = rewrite(&path, &mut without).await.unwrap_err();
    assert!(matches!(failed, StoreError::Conflict(_)), "{failed}");
    assert!(!beside(&path, ".rewritten").exists());
    let store = open(&path).unwrap();
    assert_eq!(store.records("", 100).await.unwrap().len(), 6);
    // Nobody writes anew what somebody has open.
    let held = rewrite(&path, &mut Without::default()).await.unwrap_err();
    assert!(matches!(held, StoreError::InUse { .. }), "{held}");
    drop(store);
    rewrite(&path, &mut Without::default()).await.unwrap();
    is_without(&path).await;
}

#[tokio::test]
async fn a_crash_at_any_moment_leaves_the_old_store_or_the_new_one() {
    let (folder, path) = filled().await;
    let made = folder.path().join("made");
    copy(&path, &made);
    rewrite(&made, &mut Without::default()).await.unwrap();

    // While it is made: what there is of it is of no use.
    let half = beside(&path, ".rewritten");
    copy(&made, &half);
    fs::remove_file(half.join("db")).unwrap();
    let store = open(&path).unwrap();
    assert_eq!(store.records("", 100).await.unwrap().len(), 6);
    drop(store);
    rewrite(&path, &mut Without::default()).await.unwrap();
    is_without(&path).await;

    // Once it is whole: before the old one moved, after that, before the new one moved in, and before the old one went.
    let whole = |at: &Path| {
        copy(&made, at);
        fs::write(at.join("whole"), "").unwrap();
    };
    for crash in 0..4 {
        let (_folder, path) = filled().await;
        match crash {
            0 => whole(&beside(&path, ".rewritten")),
            1 => {
                whole(&beside(&path, ".rewritten"));
                fs::rename(&path, beside(&path, ".replaced")).unwrap();
            }
            2 => {
                // Somebody came between and made a directory.
                whole(&beside(&path, ".rewritten"));
                fs::rename(&path, beside(&path, ".replaced")).unwrap();
                fs::create_dir(&path).unwrap();
                fs::write(path.join("lock"), "").unwrap();
            }
            _ => {
                fs::rename(&path, beside(&path, ".replaced")).unwrap();
                whole(&path);
            }
        }
        is_without(&path).await;
        assert!(!beside(&path, ".replaced").exists(), "crash {crash}");
    }
}

#[tokio::test]
async fn whoever_opens_it_while_it_takes_its_place_waits_for_the_one_who_has_the_old_one() {
    let (folder, path) = filled().await;
    let made = folder.path().join("made");
    copy(&path, &made);
    rewrite(&made, &mut Without::default()).await.unwrap();
    let old = open(&path).unwrap();
    copy(&made, &beside(&path, ".rewritten"));
    fs::write(beside(&path, ".rewritten").join("whole"), "").unwrap();
    let refused = open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    drop(old);
    is_without(&path).await;
}
