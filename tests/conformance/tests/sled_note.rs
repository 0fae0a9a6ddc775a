//! What the note of the written segments refuses and what it lets pass: rollbacks, files put back, full disks, cuts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};
use tieout_conformance::store::base::open_base;
use tieout_conformance::store::samples::{
    binding, commit, document_key, document_with_notes, entry, flight, key, record, set_record,
};
use tieout_core::store::{ChangeSet, FlightChange, SledOptions, SledStore, StoreError};

fn open(directory: &TempDir) -> SledStore {
    SledStore::open(directory.path(), SledOptions::default()).unwrap()
}

fn try_open(directory: &TempDir) -> Result<SledStore, StoreError> {
    SledStore::open(directory.path(), SledOptions::default())
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

/// Bytes of a segment of sled's log.
const SEGMENT: usize = 512 * 1024;

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

/// Which of a data file's segments begin with zeros.
fn blank_segments(data: &Path) -> Vec<usize> {
    let data = fs::read(data).unwrap();
    let beginnings = data.chunks(SEGMENT).enumerate();
    beginnings
        .filter(|(_, segment)| segment.iter().take(20).all(|byte| *byte == 0))
        .map(|(number, _)| number)
        .collect()
}

#[tokio::test]
async fn a_version_that_knows_no_note_of_the_segments_may_open_the_store_in_between() {
    for openings in [1, 2] {
        let directory = tempdir().unwrap();
        fill(&open(&directory)).await;
        for _ in 0..openings {
            fill_on(&open(&directory)).await;
        }
        let data = directory.path().join("db");
        let written = blank_segments(&data);
        // That version opens the same base and leaves the note alone.
        drop(open_base(directory.path()));
        assert!(
            blank_segments(&data).len() > written.len(),
            "nothing was blanked: the note is not put to the test"
        );
        let store = open(&directory);
        assert_eq!(store.audit().unwrap().problems, [""; 0]);
        drop(store);
        assert_eq!(open(&directory).audit().unwrap().bindings, 8);

        // And the note that was made anew holds again.
        let mut bent = fs::read(&data).unwrap();
        let written = (0..bent.len() / SEGMENT).rfind(|number| bent[number * SEGMENT] != 0);
        let at = written.unwrap() * SEGMENT;
        bent[at..at + 20].fill(0);
        fs::write(&data, bent).unwrap();
        let told = try_open(&directory).unwrap_err();
        assert!(matches!(told, StoreError::Corrupt { .. }), "{told}");
    }
}

#[tokio::test]
async fn files_of_another_day_beside_a_newer_note_of_the_segments_are_opened() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    fill_on(&open(&directory)).await;
    let earlier = copied(directory.path(), true);
    let sound = try_open(&copied(directory.path(), true))
        .unwrap()
        .audit()
        .unwrap();
    fill_on(&open(&directory)).await;
    fs::copy(
        directory.path().join("segments"),
        earlier.path().join("segments"),
    )
    .unwrap();
    assert_eq!(open(&earlier).audit().unwrap(), sound);
}

#[tokio::test]
async fn a_note_of_the_segments_that_cannot_be_written_keeps_no_store_from_opening() {
    let directory = tempdir().unwrap();
    fill(&open(&directory)).await;
    // As on a full disk: the draft of the note cannot be made.
    let draft = directory.path().join("segments.new");
    fs::create_dir(&draft).unwrap();
    let store = open(&directory);
    fill_on(&store).await;
    assert_eq!(store.audit().unwrap().problems, [""; 0]);
    drop(store);
    let note = directory.path().join("segments");
    assert!(!note.exists(), "an old note stands beside a newer base");
    fs::remove_dir(&draft).unwrap();
    assert_eq!(open(&directory).audit().unwrap().bindings, 8);
    assert!(note.exists());
}

#[tokio::test]
async fn a_segment_that_was_cut_off_and_begun_anew_with_zeros_is_no_longer_noted_as_written() {
    let directory = tempdir().unwrap();
    let store = open(&directory);
    fill(&store).await;
    fill_on(&store).await;
    drop(store);
    let store = open(&directory);
    let (note, data) = (
        directory.path().join("segments"),
        directory.path().join("db"),
    );
    let before = fs::read_to_string(&note).unwrap();
    // As after a cut of the end and writes behind it: the file is as long as before, and a segment has no beginning.
    let file = fs::File::options().write(true).open(&data).unwrap();
    let whole = file.metadata().unwrap().len();
    let blank = blank_segments(&data);
    let count = usize::try_from(whole).unwrap().div_ceil(SEGMENT);
    let cut = (0..count)
        .rfind(|segment| !blank.contains(segment))
        .unwrap();
    let last = u64::try_from(cut * SEGMENT).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0; 20], last).unwrap();
    commit(&store, set_record("small", b"1")).await;
    let after = fs::read_to_string(&note).unwrap();
    let blank = |text: &str| {
        let (_, rest) = text.split_once(" blank ").unwrap();
        let (blank, _) = rest.split_once(" on ").unwrap();
        blank.split(',').any(|number| number == cut.to_string())
    };
    assert!(!blank(&before), "{before}");
    assert!(blank(&after), "{after}");
}
