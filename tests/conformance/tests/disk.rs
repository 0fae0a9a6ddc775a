//! A power cut, a full disk and a failing one take nothing that was acknowledged.
//!
//! `TIEOUT_POWER_CUTS` sets the number of power cuts; they and the full disk need root, the failing disk
//! needs strace. What cannot run says so and passes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::path::Path;
use std::process::Command;

use support::{WORKERS, Writer, number_from};
use tempfile::tempdir;
use tieout_conformance::store::crash::{self, Verified, random};
use tieout_core::store::{SledOptions, SledStore};

const ACKS_MAX: u64 = 300;
const IMAGE_MIB: u64 = 192;

#[test]
fn a_power_cut_loses_no_acknowledged_commit() {
    let Some(cuts) = number_from("TIEOUT_POWER_CUTS").filter(|_| is_root()) else {
        return println!("skipped: a power cut needs root and TIEOUT_POWER_CUTS=20 or so");
    };
    let seed = number_from("TIEOUT_KILL_SEED").unwrap_or(1);
    let (mut acknowledged, mut unacknowledged) = (0, 0);
    for cut in 0..cuts {
        let work = tempdir().unwrap();
        let (image, copy) = (work.path().join("disk"), work.path().join("after-the-cut"));
        run("truncate", &["-s", &format!("{IMAGE_MIB}M"), text(&image)]);
        run("mkfs.ext4", &["-q", "-F", text(&image)]);
        let mounted = Mount::new(&["-o", "loop", text(&image)], &work.path().join("before"));
        let mut writer = Writer::start(&mounted.path.join("store"), [0; WORKERS], &[]);
        writer.read(1 + random(seed, cut) % ACKS_MAX);
        let (known, _) = writer.kill_after(0);
        // What the file system holds back is not in its image: the copy is what a power cut leaves.
        run("cp", &["--sparse=always", text(&image), text(&copy)]);
        drop(mounted);
        let mounted = Mount::new(&["-o", "loop", text(&copy)], &work.path().join("after"));
        let verified = verify(&mounted.path.join("store"), known);
        acknowledged += known.iter().sum::<u64>();
        unacknowledged += verified.unacknowledged;
    }
    println!(
        "seed {seed}: {cuts} power cuts, {acknowledged} acknowledged commits, 0 lost, 0 torn; \
         {unacknowledged} more had landed whole"
    );
}

#[test]
fn a_full_disk_stops_the_store_and_loses_no_acknowledged_commit() {
    if !is_root() {
        return println!("skipped: a full disk needs root");
    }
    let work = tempdir().unwrap();
    let mounted = Mount::new(
        &["-t", "tmpfs", "-o", "size=12m", "tmpfs"],
        &work.path().join("small"),
    );
    let directory = mounted.path.join("store");
    let (known, output) = Writer::start(&directory, [0; WORKERS], &[]).finish();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("StorageFull"), "{told}");
    assert_eq!(output.status.code(), Some(1), "{told}");
    run("mount", &["-o", "remount,size=64m", text(&mounted.path)]);
    let verified = verify(&directory, known);
    println!(
        "full after {} acknowledged commits: {verified:?}",
        known.iter().sum::<u64>()
    );
    let mut writer = Writer::start(&directory, lasts(&directory), &[]);
    writer.read(20);
    let (known, _) = writer.kill_after(0);
    verify(&directory, known);
}

#[test]
fn after_a_failed_sync_nothing_more_is_acknowledged() {
    if Command::new("strace").arg("-V").output().is_err() {
        return println!("skipped: a failing disk needs strace");
    }
    for failing in [1, 2, 9] {
        let work = tempdir().unwrap();
        let directory = work.path().join("store");
        drop(SledStore::open(&directory, SledOptions::default()).unwrap());
        let inject = format!("inject=fdatasync:error=EIO:when={failing}");
        let log = work.path().join("strace");
        let through = [
            "strace",
            "-f",
            "-o",
            text(&log),
            "-e",
            "trace=fdatasync",
            "-e",
            &inject,
        ];
        let (known, output) = Writer::start(&directory, [0; WORKERS], &through).finish();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("os error 5"), "{told}");
        let syncs = std::fs::read_to_string(&log)
            .unwrap()
            .matches("fdatasync(")
            .count();
        assert_eq!(syncs, failing, "nobody tries again: {told}");
        let acknowledged: u64 = known.iter().sum();
        // A group holds at most one commit of each worker.
        assert!(
            acknowledged <= (failing as u64 - 1) * WORKERS as u64,
            "{known:?}"
        );
        verify(&directory, known);
    }
}

fn verify(directory: &Path, known: [u64; WORKERS]) -> Verified {
    let store = SledStore::open(directory, SledOptions::default()).unwrap();
    runtime().block_on(crash::verify(&store, &known))
}

fn lasts(directory: &Path) -> [u64; WORKERS] {
    let store = SledStore::open(directory, SledOptions::default()).unwrap();
    let mut lasts = [0; WORKERS];
    for (worker, last) in (0..).zip(&mut lasts) {
        *last = runtime().block_on(crash::last(&store, worker)).unwrap();
    }
    lasts
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// A mounted directory that is unmounted when it goes.
struct Mount {
    path: std::path::PathBuf,
}

impl Mount {
    fn new(what: &[&str], path: &Path) -> Self {
        std::fs::create_dir(path).unwrap();
        run("mount", &[what, &[text(path)]].concat());
        Self {
            path: path.to_owned(),
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run("umount", &[text(&self.path)]);
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
