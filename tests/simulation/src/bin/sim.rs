//! The command line of the simulation: which seeds are lived, and what is told of them.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread::available_parallelism;

use clap::Parser;
use tieout_simulation::mutations::{Mutation, caught, caught_by};
use tieout_simulation::{
    Case, Coverage, Ended, Failure, Keep, Totals, live, live_with, seeds, summary,
};

/// Among so many lives every case must come up.
const SEEDS_FOR_ALL_CASES: u64 = 200;

/// A line of progress for so many lives.
const PROGRESS_EVERY: usize = 1_000;

/// Lives whole lives of host, engine and provider, each replayed by its seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to live, after those that ever failed.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Put this mistake round the engine: of many seeds, tell the first that catches it.
    #[arg(long)]
    mutation: Option<String>,
    /// Of many seeds, tell the first in which this case comes up: its line in the table.
    #[arg(long, value_name = "LINE", conflicts_with_all = ["seed", "mutation", "mutations"])]
    case: Option<String>,
    /// Live this one seed alone.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Print every event of the seed.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Put each deliberate mistake round the engine, and fail when one is not caught.
    #[arg(long, conflicts_with_all = ["seeds", "from", "seed"])]
    mutations: bool,
    /// Lives at a time; one for each processor when left out.
    #[arg(long)]
    jobs: Option<usize>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.mutations {
        return mutations();
    }
    let named = |mutation: &&Mutation| Some(mutation.name()) == arguments.mutation.as_deref();
    let mutation = Mutation::ALL.iter().find(named).copied();
    if arguments.mutation.is_some() && mutation.is_none() {
        println!("there is no such mistake; --mutations names all of them");
        return ExitCode::FAILURE;
    }
    let with_line = |case: &&Case| Some(case.text()) == arguments.case.as_deref();
    let case = Case::ALL.iter().find(with_line).copied();
    if arguments.case.is_some() && case.is_none() {
        println!("there is no such case; the table of a run names all of them");
        return ExitCode::FAILURE;
    }
    match (arguments.seed, mutation, case) {
        (Some(seed), ..) => one(seed, mutation, &arguments),
        (None, Some(mutation), _) => hunt(&arguments, |seed| {
            caught_by(mutation, seed).map(|failure| failure.to_string())
        }),
        (None, None, Some(case)) => hunt(&arguments, |seed| {
            let times = live(seed, Keep::Newest).coverage.of(case);
            (times > 0).then(|| format!("seed {seed}: {times} times"))
        }),
        (None, None, None) => many(&arguments),
    }
}

/// Looks for a life of which there is something to say, and says it.
fn hunt(arguments: &Arguments, told: impl Fn(u64) -> Option<String>) -> ExitCode {
    let mut seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    match seeds.find_map(told) {
        Some(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        None => {
            println!("{} lives, and none of them", arguments.seeds);
            ExitCode::FAILURE
        }
    }
}

fn one(seed: u64, mutation: Option<Mutation>, arguments: &Arguments) -> ExitCode {
    let keep = if arguments.trace {
        Keep::All
    } else {
        Keep::Newest
    };
    let ended = live_with(seed, keep, mutation);
    if keep == Keep::All {
        let mut out = std::io::stdout().lock();
        // Whoever closes the pipe has seen enough.
        let _ = ended
            .trace
            .iter()
            .try_for_each(|line| writeln!(out, "{line}"));
    }
    match ended.failure {
        None => {
            println!("seed {seed}: every promise held");
            ExitCode::SUCCESS
        }
        Some(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn mutations() -> ExitCode {
    let mut survivors = 0;
    for mutation in Mutation::ALL {
        match caught(*mutation) {
            Some(Failure {
                seed, violation, ..
            }) => {
                println!(
                    "{:<22} caught by seed {seed}: {}",
                    mutation.name(),
                    violation.invariant
                );
            }
            None => {
                survivors += 1;
                println!("{:<22} SURVIVED", mutation.name());
            }
        }
    }
    println!("{} mistakes, {survivors} survived", Mutation::ALL.len());
    if survivors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What the lives so far came to.
#[derive(Default)]
struct Met {
    lives: usize,
    coverage: Coverage,
    totals: Totals,
    failures: Vec<Failure>,
}

fn many(arguments: &Arguments) -> ExitCode {
    let mut all = seeds::regressions();
    all.extend(arguments.from..arguments.from.saturating_add(arguments.seeds));
    let jobs = arguments
        .jobs
        .or_else(|| available_parallelism().ok().map(usize::from));
    let met: Mutex<Met> = Mutex::default();
    seeds::live_all(&all, jobs.unwrap_or(1), |ended: Ended| {
        if let Some(failure) = &ended.failure {
            println!("{failure}\n");
        }
        if let Ok(mut met) = met.lock() {
            met.lives += 1;
            met.coverage.add(&ended.coverage);
            met.totals.add(&ended.totals);
            met.failures.extend(ended.failure);
            if met.lives.is_multiple_of(PROGRESS_EVERY) {
                let (lives, failed) = (met.lives, met.failures.len());
                eprintln!("{lives} of {} lives, {failed} failed", all.len());
            }
        }
    });
    let Met {
        coverage,
        totals,
        failures,
        ..
    } = met.into_inner().unwrap_or_default();
    println!("{}", summary(all.len(), &failures, &coverage, &totals));
    let missing = coverage.missing();
    if arguments.seeds >= SEEDS_FOR_ALL_CASES && !missing.is_empty() {
        println!("never came up: {missing:?}");
        return ExitCode::FAILURE;
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
