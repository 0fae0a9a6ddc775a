//! Backups of a store: one becomes the store again, and damage in one is told by its place.

use std::fs;
use std::os::unix::fs::MetadataExt;

use tieout_core::store::{SledOptions, SledStore};

use crate::stage::{Stage, files};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_becomes_the_store_again_and_nothing_is_sent_twice() {
    let stage = Stage::connected().await;
    stage.drop_invoices("B", 7);
    stage.must(0, &["sync", "--once"]);
    let sound = stage.json(0, &["verify-store"]);
    assert_eq!(
        (&sound["sound"], &sound["counts"]["bindings"]),
        (&true.into(), &7.into())
    );
    stage.must(0, &["backup", "b.tieout"]);
    let mode = fs::metadata(stage.path("b.tieout")).unwrap().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = stage.must(2, &["backup", "b.tieout"]);
    assert!(again.contains("is there already"), "{again}");
    let refused = stage.must(1, &["restore", "b.tieout"]);
    assert!(
        refused.contains("Move") && refused.contains("nothing is ever replaced"),
        "{refused}"
    );

    // Its path may end in a slash, and what is made is closed to others.
    let right = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let slash = right.replace("path = \"store\"", "path = \"store/\"");
    fs::write(stage.path("tieout.toml"), slash).unwrap();
    fs::rename(stage.path("store"), stage.path("lost")).unwrap();
    stage.must(0, &["restore", "b.tieout"]);
    let mode = fs::metadata(stage.path("store")).unwrap().mode() & 0o777;
    assert_eq!(mode, 0o700);
    assert!(!stage.path("store.restoring").exists());
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("B-").len(), 7);
    assert!(stage.must(0, &["status"]).contains("7 posted"));

    let again = stage.path("further/again/");
    SledStore::restore(&again, stage.path("b.tieout"), SledOptions::default()).unwrap();
    assert_eq!(fs::metadata(&again).unwrap().mode() & 0o777, 0o700);
    assert_eq!(files(&stage.path("further")), ["again"]);

    // Damage is told by its place, and never taken for data.
    fs::remove_dir_all(stage.path("store")).unwrap();
    let mut bent = fs::read(stage.path("b.tieout")).unwrap();
    let middle = bent.len() / 2;
    bent[middle] ^= 1;
    fs::write(stage.path("b.tieout"), bent).unwrap();
    let damaged = stage.must(1, &["restore", "b.tieout"]);
    assert!(damaged.contains("changed or damaged"), "{damaged}");
    assert!(!stage.path("store").exists());
}
