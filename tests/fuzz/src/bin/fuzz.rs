//! The command line of the fuzzing: which targets are fed, and for how long.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tieout_fuzz::run::{Outcome, Until, run};
use tieout_fuzz::targets::TARGETS;

/// Feeds everything that reads what others wrote with bent input.
#[derive(Debug, Parser)]
struct Arguments {
    /// The target; each of them when left out.
    target: Option<String>,
    /// How long, for each target.
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Repeat this one case.
    #[arg(long, requires = "target")]
    case: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let named = |name: &str| {
        arguments
            .target
            .as_deref()
            .is_none_or(|target| target == name)
    };
    let chosen: Vec<_> = TARGETS.iter().filter(|(name, _)| named(name)).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no such target; there are: {}", known.join(", "));
        return ExitCode::from(2);
    }
    let until = match arguments.case {
        Some(_) => Until::Cases(1),
        None => Until::Time(Duration::from_secs(60 * arguments.minutes)),
    };
    let mut sound = true;
    for (name, make) in chosen {
        match make() {
            Ok(mut target) => {
                let first = arguments.case.unwrap_or_default();
                let outcome = run(&mut *target, arguments.seed, first, until);
                sound &= tell(name, arguments.seed, &outcome);
            }
            Err(error) => {
                eprintln!("{name} cannot be set up: {error}");
                sound = false;
            }
        }
    }
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell(name: &str, seed: u64, outcome: &Outcome) -> bool {
    let Outcome {
        cases,
        taken,
        refused,
        broken,
    } = outcome;
    println!("{name:<10} {cases:>9} cases, {taken:>9} taken, {refused:>9} refused");
    let Some(broken) = broken else {
        return true;
    };
    println!("{name}: {}", broken.what);
    println!("input: {}", broken.input.escape_ascii());
    println!(
        "repeat: cargo xtask fuzz {name} --seed {seed} --case {}",
        broken.case
    );
    false
}
