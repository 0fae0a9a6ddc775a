//! What the durable store adds to the promises of all stores: restarts, guards, damage, secrets on disk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tempfile::{TempDir, tempdir};
use tieout_conformance::store::base::open_base;
use tieout_conformance::store::samples::{
    at, binding, bindings, commit, connection, document_key, document_with_notes, entry, flight,
    key, record, set_record, stored,
};
use tieout_core::engine::Lane;
use tieout_core::store::{
    ChangeSet, FlightChange, LeaseRequest, SledOptions, SledStore, Store, StoreError,
};
use tieout_core::vault::{KeyRing, Vault};

fn open(directory: &TempDir) -> SledStore {
    SledStore::open(directory.path(), SledOptions::default()).unwrap()
}

fn try_open(directory: &TempDir) -> Result<SledStore, StoreError> {
    SledStore::open(directory.path(), SledOptions::default())
}

fn lease(holder: &str, second: i64) -> LeaseRequest {
    LeaseRequest {
        name: "acme".to_owned(),
        holder: holder.to_owned(),
        now: at(second),
        ttl_ms: 10_000,
    }
}

/// Some of everything, in small values and in values of many parts.
async fn fill(store: &SledStore) {
    for round in 0..8 {
        let id = round.to_string();
        let large = "n".repeat(round * 40_000);
        let changes = ChangeSet {
            bindings: vec![binding(&id)],
            documents: vec![(document_key(&id), document_with_notes(&id, &large))],
            flights: vec![FlightChange::Open(flight(
                &id,
                &vec![key(&id); round * 30 + 1],
            ))],
            records: vec![(record(&id), Some(large.into_bytes()))],
            journal: vec![entry(Some(key(&id)), &"j".repeat(round * 2_000))],
            fence: None,
        };
        commit(store, changes).await;
    }
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_the_journal_goes_on() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    fill(&store).await;
    let fence = store.lease(&lease("a", 0)).await.unwrap().unwrap();
    let before = (
        store.scan(None, 100).await.unwrap(),
        store.documents(&[document_key("7")]).await.unwrap(),
        store.flights(&connection("acme")).await.unwrap(),
        store.records("", 100).await.unwrap(),
        store.journal_before(None, 100).await.unwrap(),
        store
            .due(&connection("acme"), Lane::Plan, at(0), 100)
            .await
            .unwrap(),
    );
    assert_eq!(
        (
            before.0.len(),
            before.2.len(),
            before.3.len(),
            before.4.len()
        ),
        (8, 8, 8, 8)
    );
    drop(store);

    let store = open(&directory);
    let after = (
        store.scan(None, 100).await.unwrap(),
        store.documents(&[document_key("7")]).await.unwrap(),
        store.flights(&connection("acme")).await.unwrap(),
        store.records("", 100).await.unwrap(),
        store.journal_before(None, 100).await.unwrap(),
        store
            .due(&connection("acme"), Lane::Plan, at(0), 100)
            .await
            .unwrap(),
    );
    assert_eq!(before, after);
    assert_eq!(
        store.lease(&lease("b", 5)).await.unwrap(),
        None,
        "a lease outlives the process"
    );
    commit(
        &store,
        ChangeSet {
            fence: Some(fence),
            ..set_record("x", b"under the old fence")
        },
    )
    .await;
    commit(
        &store,
        ChangeSet {
            journal: vec![entry(Some(key("0")), "on")],
            ..ChangeSet::default()
        },
    )
    .await;
    assert_eq!(stored(&store, &key("0")).await.story, [1, 9]);
}

#[tokio::test]
async fn no_value_becomes_a_file_of_its_own() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    fill(&store).await;
    let keys: Vec<_> = (0..400)
        .map(|number| key(&format!("{number:0>60}")))
        .collect();
    commit(
        &store,
        ChangeSet {
            flights: vec![FlightChange::Open(flight("f", &keys))],
            ..ChangeSet::default()
        },
    )
    .await;
    for round in 0..30 {
        let four_kilobytes = |number: usize| {
            (
                record(&format!("{round}/{number}")),
                Some(vec![b'r'; 4_000]),
            )
        };
        let records = (0..100).map(four_kilobytes).collect();
        commit(
            &store,
            ChangeSet {
                records,
                ..ChangeSet::default()
            },
        )
        .await;
    }
    drop(store);
    let blobs = fs::read_dir(directory.path().join("blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}

#[tokio::test]
async fn a_second_opening_is_refused_by_the_path_until_the_first_is_closed() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    let error = try_open(&directory).unwrap_err();
    let path = directory.path().display().to_string();
    assert!(
        matches!(&error, StoreError::InUse { path: told, .. } if *told == path),
        "{error:?}"
    );
    assert!(error.to_string().contains(&path));
    commit(&store, set_record("x", b"1")).await;
    drop(store);
    assert_eq!(
        open(&directory).record(&record("x")).await.unwrap(),
        Some(b"1".to_vec())
    );
}

#[tokio::test]
async fn a_damaged_snapshot_is_set_aside_and_nothing_is_missing() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    // What a crash during the writing of a snapshot, and a bad sector in one, leave behind.
    fs::write(directory.path().join("snap.0000000000008000"), [0x17; 500]).unwrap();
    fs::write(
        directory.path().join("snap.0000000000009000.generating"),
        b"",
    )
    .unwrap();
    let audit = open(&directory).audit().unwrap();
    assert_eq!(
        (audit.problems, audit.bindings, audit.documents),
        (Vec::new(), 8, 8)
    );
    assert_eq!(
        files(directory.path(), "damaged-snap.").len(),
        2,
        "they are kept for whoever asks"
    );
    assert_eq!(
        open(&directory).audit().unwrap().bindings,
        8,
        "and the next start is an ordinary one"
    );
}

#[tokio::test]
async fn damage_in_the_data_is_told_and_never_taken_for_data() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    let sound = open(&directory).audit().unwrap();
    let data = fs::read(directory.path().join("db")).unwrap();
    let used = data.iter().rposition(|byte| *byte != 0).unwrap();
    let mut told = 0;
    for step in 1..40 {
        let copy = tempdir().unwrap();
        for file in ["db", "conf"] {
            fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
        }
        let mut bent = data.clone();
        bent[used * step / 40] ^= 0x10;
        fs::write(copy.path().join("db"), bent).unwrap();
        match try_open(&copy).and_then(|store| store.audit()) {
            Err(StoreError::Corrupt { .. }) => told += 1,
            Ok(audit) if audit.problem_count > 0 => told += 1,
            // The bit lay in space that is not used any more, or at the very end: without the store's notes, which are not
            // here, that looks like a write that never ended, and what was there before it is whole.
            Ok(audit) => assert!(
                audit.journal_pages <= sound.journal_pages && audit.live_bytes <= sound.live_bytes,
                "byte {}: {audit:?} of {sound:?}",
                used * step / 40
            ),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(told > 0, "no damage hit anything");
}

#[test]
fn a_store_whose_beginning_is_damaged_or_gone_is_never_taken_for_a_new_one() {
    let directory = tempdir().unwrap();
    drop(open(&directory));
    let file = directory.path().join("db");
    let mut data = fs::read(&file).unwrap();
    data.iter_mut().take(4_096).for_each(|byte| *byte ^= 0xff);
    fs::write(&file, data).unwrap();
    for snapshot in files(directory.path(), "snap.") {
        fs::remove_file(snapshot).unwrap();
    }
    let error = try_open(&directory).and_then(|store| store.audit());
    assert!(
        matches!(&error, Err(StoreError::Corrupt { .. })),
        "{error:?}"
    );
    fs::remove_file(&file).unwrap();
    let error = try_open(&directory).unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { message, .. } if message.contains("was made here")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_bent_bit_at_the_beginning_of_a_segment_is_told_by_its_place_and_costs_nothing() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    let sound = open(&directory).audit().unwrap();
    let data = directory.path().join("db");
    let whole = fs::read(&data).unwrap();
    for bit in 0..20 * 8 {
        let mut bent = whole.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        fs::write(&data, bent).unwrap();
        let told = try_open(&directory).unwrap_err();
        assert!(
            matches!(&told, StoreError::Corrupt { place, .. } if place.ends_with("db, byte 0")),
            "bit {bit}: {told}"
        );
    }
    fs::write(&data, whole).unwrap();
    assert_eq!(open(&directory).audit().unwrap(), sound);
}

/// Bytes of a segment of sled's log.
const SEGMENT: usize = 512 * 1024;

/// Zeros over so many bytes at the beginning of each segment that was written, one at a time: what each opening said.
async fn blanked(bytes: usize, keep_snapshots: bool) -> Vec<Result<(), StoreError>> {
    let directory = tempdir().unwrap();
    {
        let store = open(&directory);
        fill(&store).await;
        fill_on(&store).await;
    }
    let sound = {
        let copy = copied(directory.path(), keep_snapshots);
        try_open(&copy).unwrap().audit().unwrap()
    };
    let data = fs::read(directory.path().join("db")).unwrap();
    let mut outcomes = Vec::new();
    for at in (0..data.len()).step_by(SEGMENT) {
        let end = data.len().min(at + bytes);
        if data[at..end].iter().all(|byte| *byte == 0) {
            continue;
        }
        let copy = copied(directory.path(), keep_snapshots);
        let mut bent = data.clone();
        bent[at..end].fill(0);
        fs::write(copy.path().join("db"), bent).unwrap();
        outcomes.push(match try_open(&copy) {
            Err(error) => {
                let again = try_open(&copy).map(drop);
                assert!(
                    matches!(&again, Err(StoreError::Corrupt { .. })),
                    "refused once, opened then: {at}"
                );
                Err(error)
            }
            Ok(store) => {
                assert_eq!(store.audit().unwrap(), sound, "opened without all: {at}");
                Ok(())
            }
        });
    }
    outcomes
}

/// Large values once more over those of [`fill`], and new ones: segments become free and are written again.
async fn fill_on(store: &SledStore) {
    for round in 0..60 {
        let large = vec![b'a' + u8::try_from(round % 20).unwrap(); 150_000];
        let changes = ChangeSet {
            records: vec![(record(&(round % 12).to_string()), Some(large))],
            journal: vec![entry(None, &round.to_string())],
            ..ChangeSet::default()
        };
        commit(store, changes).await;
    }
}

fn copied(from: &Path, keep_snapshots: bool) -> TempDir {
    let copy = tempdir().unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if file.path().is_file() && (keep_snapshots || !name.starts_with("snap.")) {
            fs::copy(file.path(), copy.path().join(name)).unwrap();
        }
    }
    copy
}

#[tokio::test]
async fn zeros_over_a_segment_or_its_beginning_are_told_by_their_place_and_never_taken_for_space() {
    for (bytes, keep_snapshots) in [
        (20, true),
        (20, false),
        (512, true),
        (SEGMENT, true),
        (SEGMENT, false),
    ] {
        let outcomes = blanked(bytes, keep_snapshots).await;
        assert!(outcomes.len() > 8, "{} segments", outcomes.len());
        for outcome in outcomes {
            let told = outcome.unwrap_err();
            assert!(
                matches!(&told, StoreError::Corrupt { place, .. } if place.contains("db, byte ")),
                "{told}"
            );
            assert!(told.advice().unwrap().contains("tieout restore"), "{told}");
        }
    }
}

#[tokio::test]
async fn zeros_amid_a_segment_are_told_by_their_place_unless_nobody_needs_what_is_lost() {
    let directory = tempdir().unwrap();
    {
        let store = open(&directory);
        fill(&store).await;
        fill_on(&store).await;
    }
    let data = fs::read(directory.path().join("db")).unwrap();
    let whole = copied(directory.path(), false);
    let sound = try_open(&whole).unwrap().audit().unwrap();
    let mut refused = 0;
    for at in (100_000..data.len()).step_by(SEGMENT) {
        let end = data.len().min(at + 512);
        let copy = copied(directory.path(), false);
        let mut bent = data.clone();
        bent[at..end].fill(0);
        fs::write(copy.path().join("db"), bent).unwrap();
        match try_open(&copy) {
            Err(StoreError::Corrupt { place, .. }) if place.contains("db, byte ") => refused += 1,
            // The end of the log: as far as it is known to have been, or a page that cannot be read.
            Err(StoreError::Corrupt { .. }) => {}
            Ok(store) => match store.audit() {
                Ok(audit) => assert!(audit == sound || audit.problem_count > 0, "byte {at}"),
                Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}"),
            },
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(refused > data.len() / SEGMENT / 2, "{refused} refused");
}

#[tokio::test]
async fn without_the_note_of_the_segments_a_gap_in_the_newest_journal_still_tells() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    let base = open_base(directory.path());
    let mut page = vec![b'j'];
    page.extend_from_slice(&3_u64.to_be_bytes());
    base.remove(page).unwrap().unwrap();
    drop(base);
    fs::remove_file(directory.path().join("segments")).unwrap();
    let told = try_open(&directory).unwrap_err();
    assert!(
        matches!(&told, StoreError::Corrupt { message, .. } if message.contains("page 3 of its journal is lost")),
        "{told}"
    );
}

#[tokio::test]
async fn an_opening_that_was_cut_short_and_a_damaged_note_of_the_segments_refuse_nothing() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    let sound = open(&directory).audit().unwrap();
    let note = directory.path().join("segments");
    fs::remove_file(&note).unwrap();
    assert_eq!(open(&directory).audit().unwrap(), sound);
    fs::write(&note, "17 blank 3 00000000\n").unwrap();
    assert_eq!(open(&directory).audit().unwrap(), sound);
    let text = fs::read_to_string(&note).unwrap();
    assert!(!text.starts_with("17 "), "it is written anew: {text}");
    // The form of a version that bound it to no opening.
    fs::write(
        &note,
        format!("999 blank  {:08x}\n", crc32fast::hash(b"999 blank ")),
    )
    .unwrap();
    assert_eq!(open(&directory).audit().unwrap(), sound);
}

#[test]
fn a_directory_with_blobs_is_not_ours() {
    let directory = tempdir().unwrap();
    drop(open(&directory));
    fs::write(directory.path().join("blobs").join("17"), b"large").unwrap();
    let error = try_open(&directory).unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { place, .. } if place.ends_with("17")),
        "{error:?}"
    );
}

#[test]
fn the_base_of_another_program_is_left_alone() {
    let directory = tempdir().unwrap();
    let other = open_base(directory.path());
    other.insert("theirs", "data").unwrap();
    drop(other);
    let error = try_open(&directory).unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { message, .. } if message.contains("another program")),
        "{error:?}"
    );
    assert_eq!(open_base(directory.path()).len(), 1, "nothing was written");
}

#[test]
fn a_store_of_a_newer_version_is_refused_with_both_versions() {
    let directory = tempdir().unwrap();
    drop(open(&directory));
    write_schema(&open_base(directory.path()), br#"{"format":9}"#);
    let error = try_open(&directory).unwrap_err();
    assert!(
        matches!(
            &error,
            StoreError::Newer {
                found: 9,
                known: 2,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn when_the_rules_of_the_queue_changed_it_is_made_anew() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    let sound = open(&directory).audit().unwrap();
    let base = open_base(directory.path());
    for tag in ["q", "n"] {
        let (key, _) = base.scan_prefix(tag).next().unwrap().unwrap();
        base.remove(&key).unwrap();
        let mut stale = key.to_vec();
        stale[10] ^= 1;
        base.insert(stale, b"").unwrap();
    }
    drop(base);
    assert_ne!(
        open(&directory).audit().unwrap().problems,
        [""; 0],
        "an audit tells"
    );
    write_schema(&open_base(directory.path()), br#"{"format":1}"#);
    assert_eq!(open(&directory).audit().unwrap(), sound);
}

#[tokio::test]
async fn a_secret_cannot_be_read_in_the_files() {
    let directory = tempdir().unwrap();
    let store = Arc::new(open(&directory));
    let ring = KeyRing::generate().unwrap();
    let key_text = ring.to_text().expose_secret().trim().to_owned();
    let vault = Vault::new(store.clone(), ring);
    vault
        .write(
            &record("grant/g1"),
            Some(&SecretString::from("very-secret-refresh-token")),
        )
        .await
        .unwrap();
    commit(&*store, set_record("open", b"plainly-readable")).await;
    commit(&*store, bindings([binding("1")])).await;
    drop((vault, store));
    assert!(
        holds(directory.path(), b"plainly-readable"),
        "the search finds what is there"
    );
    for secret in ["very-secret-refresh-token", "refresh-token", &key_text] {
        assert!(!holds(directory.path(), secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn space_does_not_grow_without_end() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    for round in 0..400_u32 {
        let records = (0..25).map(|number| (record(&number.to_string()), Some(vec![b'r'; 3_000])));
        let records = records
            .chain([(record("round"), Some(round.to_le_bytes().to_vec()))])
            .collect();
        commit(
            &store,
            ChangeSet {
                records,
                ..ChangeSet::default()
            },
        )
        .await;
    }
    let (live, disk) = (
        store.audit().unwrap().live_bytes,
        store.size_on_disk().unwrap(),
    );
    assert!(live < 100_000, "{live} bytes live");
    // 30 MB were written.
    assert!(disk < 10_000_000, "{disk} bytes on disk");
}

/// As the store lays its entries out: format, shape, checksum of key, shape and payload.
#[tokio::test]
async fn a_backup_made_while_commits_go_on_becomes_a_store_that_is_sound() {
    let (directory, other) = (tempdir().unwrap(), tempdir().unwrap());
    let store = Arc::new(open(&directory));
    fill(&store).await;
    let before = store.scan(None, 100).await.unwrap();
    let backup = other.path().join("b");
    let writing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 0..50 {
                let id = format!("later-{round}");
                commit(store.as_ref(), set_record(&id, b"x")).await;
            }
        })
    };
    let made = store.back_up(fs::File::create(&backup).unwrap()).await;
    let made = made.unwrap();
    writing.await.unwrap();
    assert_eq!(made.bytes, fs::metadata(&backup).unwrap().len());

    let place = other.path().join("store");
    let restored = SledStore::restore(&place, &backup, SledOptions::default()).unwrap();
    assert_eq!(restored, made);
    let store = SledStore::open(&place, SledOptions::default()).unwrap();
    assert_eq!(store.scan(None, 100).await.unwrap(), before);
    let audit = store.audit().unwrap();
    assert_eq!(audit.problems, Vec::<String>::new());
    assert_eq!((audit.bindings, audit.journal_pages), (8, 8));
}

#[tokio::test]
async fn a_backup_that_is_not_as_it_was_written_makes_no_store() {
    let (directory, other) = (tempdir().unwrap(), tempdir().unwrap());
    let store = open(&directory);
    fill(&store).await;
    let backup = other.path().join("b");
    let file = fs::File::create(&backup).unwrap();
    store.back_up(file).await.unwrap();
    let whole = fs::read(&backup).unwrap();
    let place = other.path().join("store");
    let restore = |bytes: &[u8]| {
        fs::write(&backup, bytes).unwrap();
        SledStore::restore(&place, &backup, SledOptions::default())
    };
    for at in (0..whole.len()).step_by(whole.len() / 11) {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        let told = restore(&bent).unwrap_err();
        assert!(
            matches!(told, StoreError::Corrupt { .. }),
            "byte {at}: {told}"
        );
        assert!(restore(&whole[..at]).is_err(), "cut at {at}");
        assert!(!place.exists());
    }
    restore(&whole).unwrap();
    let told = restore(&whole).unwrap_err();
    assert!(matches!(told, StoreError::NotOpened { .. }), "{told}");
}

fn write_schema(base: &sled::Db, json: &[u8]) {
    let mut checksum = crc32fast::Hasher::new();
    for part in [b"meta/schema", [0].as_slice(), json] {
        checksum.update(part);
    }
    let entry = [&[1, 0], checksum.finalize().to_le_bytes().as_slice(), json].concat();
    base.insert("meta/schema", entry).unwrap();
    base.flush().unwrap();
}

fn files(directory: &Path, prefix: &str) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path());
    all.filter(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with(prefix)
    })
    .collect()
}

fn holds(directory: &Path, text: &[u8]) -> bool {
    let in_file = |path: &Path| {
        fs::read(path)
            .unwrap()
            .windows(text.len())
            .any(|part| part == text)
    };
    fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .any(|path| match path.is_dir() {
            true => holds(&path, text),
            false => in_file(&path),
        })
}
