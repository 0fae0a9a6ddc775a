//! Every promise holds in every life that a merge lives through; a seed is always the same life; mistakes are caught.

use std::sync::Mutex;
use std::thread::available_parallelism;

use tieout_simulation::mutations::{Mutation, caught};
use tieout_simulation::{Coverage, Ended, Keep, Totals, live, seeds, summary};

/// Seeds that are lived each time.
const SEEDS: u64 = 200;
/// Seeds that are lived twice; among them one on a real store.
const TWICE: [u64; 6] = [3, 7, 20, 23, 77, 150];

#[test]
fn every_promise_holds_and_every_interesting_case_comes_up() {
    let mut all = seeds::regressions();
    all.extend(0..SEEDS);
    let met: Mutex<(Coverage, Totals, Vec<_>)> = Mutex::default();
    let jobs = available_parallelism().map_or(1, usize::from);
    seeds::live_all(&all, jobs, |ended: Ended| {
        let mut met = met.lock().unwrap();
        met.0.add(&ended.coverage);
        met.1.add(&ended.totals);
        met.2.extend(ended.failure);
    });
    let (coverage, totals, failures) = met.into_inner().unwrap();
    println!("{}", summary(all.len(), &failures, &coverage, &totals));
    if let Some(failure) = failures.first() {
        panic!("{failure}");
    }
    let missing = coverage.missing();
    assert!(missing.is_empty(), "never came up: {missing:?}");
}

#[test]
fn a_seed_is_the_same_life_each_time_to_the_byte() {
    for seed in TWICE {
        let (first, second) = (live(seed, Keep::All), live(seed, Keep::All));
        let differing = first
            .trace
            .iter()
            .zip(&second.trace)
            .find(|(first, second)| first != second);
        assert_eq!(differing, None, "seed {seed}");
        assert_eq!(first.trace.len(), second.trace.len(), "seed {seed}");
        assert!(first.trace.len() > 50, "seed {seed} is too short a life");
    }
}

#[test]
fn each_deliberate_mistake_is_caught() {
    let survived = Mutation::ALL.iter().filter(|it| caught(**it).is_none());
    let survived: Vec<&str> = survived.map(|it| it.name()).collect();
    assert!(survived.is_empty(), "{survived:?}");
}
