//! A killed process loses nothing that it acknowledged, and leaves nothing torn.
//!
//! `TIEOUT_KILL_ROUNDS` sets the number of kills, `TIEOUT_KILL_SEED` their moments.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use support::{WORKERS, Writer, number_from};
use tieout_conformance::store::crash::{self, random};
use tieout_core::store::{SledOptions, SledStore};

const ROUNDS: u64 = 30;
/// Kills that one directory survives before a new one begins.
const ROUNDS_PER_DIRECTORY: u64 = 6;
const ACKS_MAX: u64 = 160;
/// Glances at the child before an early kill: they take about as long as opening does.
const GLANCES_MAX: u64 = 200_000;

#[test]
fn a_killed_writer_loses_no_acknowledged_commit_and_tears_none() {
    let rounds = number_from("TIEOUT_KILL_ROUNDS").unwrap_or(ROUNDS);
    let seed = number_from("TIEOUT_KILL_SEED").unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (mut acknowledged, mut unacknowledged, mut early) = (0, 0, 0);
    let mut directory = tempfile::tempdir().unwrap();
    let mut known = [0; WORKERS];
    for round in 0..rounds {
        if round % ROUNDS_PER_DIRECTORY == 0 {
            directory = tempfile::tempdir().unwrap();
            known = [0; WORKERS];
        }
        let before: u64 = known.iter().sum();
        let writer = Writer::start(directory.path(), known, &[]);
        known = kill_at(writer, random(seed, round));
        let acks = known.iter().sum::<u64>() - before;
        early += u64::from(acks == 0);
        let store = SledStore::open(directory.path(), SledOptions::default()).unwrap();
        let verified = runtime.block_on(crash::verify(&store, &known));
        for (worker, last) in (0..).zip(&mut known) {
            *last = runtime.block_on(crash::last(&store, worker)).unwrap();
        }
        acknowledged += acks;
        unacknowledged += verified.unacknowledged;
    }
    println!(
        "seed {seed}: {rounds} kills ({early} before the first acknowledgement), {acknowledged} acknowledged \
         commits, 0 lost, 0 torn; {unacknowledged} more had landed whole"
    );
    assert!(
        acknowledged > rounds,
        "the writers worked: {acknowledged} commits"
    );
}

/// After some acknowledgements, or before the first.
fn kill_at(mut writer: Writer, moment: u64) -> [u64; WORKERS] {
    let wanted = if moment.is_multiple_of(6) {
        0
    } else {
        (moment >> 8) % ACKS_MAX
    };
    writer.read(wanted);
    let glances = if wanted == 0 {
        (moment >> 16) % GLANCES_MAX
    } else {
        0
    };
    let (known, output) = writer.kill_after(glances);
    assert_eq!(
        output.status.code(),
        None,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    known
}
