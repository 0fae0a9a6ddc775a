//! A killed process loses nothing that it acknowledged, and leaves nothing torn.
//!
//! `TIEOUT_KILL_ROUNDS` sets the number of kills, `TIEOUT_KILL_SEED` their moments.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tieout_conformance::store::crash::{self, random};
use tieout_core::store::{SledOptions, SledStore};

const WORKERS: usize = 4;
const ROUNDS: u64 = 30;
/// Kills that one directory survives before a new one begins.
const ROUNDS_PER_DIRECTORY: u64 = 6;
const ACKS_MAX: u64 = 160;
/// Opening takes about this long, so some kills fall into it.
const EARLY_KILL_MS_MAX: u64 = 150;

#[test]
fn a_killed_writer_loses_no_acknowledged_commit_and_tears_none() {
    let rounds = number_from("TIEOUT_KILL_ROUNDS").unwrap_or(ROUNDS);
    let seed = number_from("TIEOUT_KILL_SEED").unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut acknowledged, mut unacknowledged, mut early) = (0, 0, 0);
    let mut directory = tempfile::tempdir().unwrap();
    let mut known = [0; WORKERS];
    for round in 0..rounds {
        if round % ROUNDS_PER_DIRECTORY == 0 {
            directory = tempfile::tempdir().unwrap();
            known = [0; WORKERS];
        }
        let before: u64 = known.iter().sum();
        let moment = random(seed, round);
        run_until_killed(directory.path(), moment, &mut known);
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
    assert!(acknowledged > rounds, "the writers worked: {acknowledged} commits");
}

/// Starts the writers, kills them at a moment, and notes the last acknowledged commit of each.
fn run_until_killed(directory: &Path, moment: u64, known: &mut [u64]) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_store_writer"))
        .arg(directory)
        .arg(known.len().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let wanted = if moment.is_multiple_of(6) { 0 } else { (moment >> 8) % ACKS_MAX };
    match wanted {
        0 => std::thread::sleep(Duration::from_millis((moment >> 16) % EARLY_KILL_MS_MAX)),
        wanted => (0..wanted).for_each(|_| note(&lines.next().expect("the writer writes on").unwrap(), known)),
    }
    child.kill().unwrap();
    lines.for_each(|line| note(&line.unwrap(), known));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), None, "{}", String::from_utf8_lossy(&output.stderr));
}

fn note(line: &str, known: &mut [u64]) {
    let (worker, number) = line.split_once(' ').unwrap();
    let last = &mut known[worker.parse::<usize>().unwrap()];
    let number: u64 = number.parse().unwrap();
    assert_eq!(number, *last + 1, "acknowledgements of a worker come one by one");
    *last = number;
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}
