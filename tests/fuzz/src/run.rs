//! One run over a target: case after case until a limit, each of which may be repeated by its number.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::random::Random;
use crate::targets::{Target, Verdict};

/// Longest time that one case may take.
const CASE_MAX: Duration = Duration::from_secs(10);

/// Most memory that a run may take, in KiB: inputs have a quarter of a megabyte at most.
const PEAK_KIB_MAX: u64 = 1 << 20;

/// How long a run goes on.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// So many cases.
    Cases(u64),
    /// So much time.
    Time(Duration),
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Cases in all.
    pub cases: u64,
    /// Inputs that were taken, at least in part.
    pub taken: u64,
    /// Inputs that were refused.
    pub refused: u64,
    /// The first case that broke a promise, and how.
    pub broken: Option<Broken>,
}

/// A case that broke a promise.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Its number, which repeats it.
    pub case: u64,
    /// What was broken.
    pub what: String,
    /// The input.
    pub input: Vec<u8>,
}

/// Runs cases of a seed from `first` on, until a limit or a broken promise.
pub fn run(target: &mut dyn Target, seed: u64, first: u64, until: Until) -> Outcome {
    let begun = Instant::now();
    let mut outcome = Outcome::default();
    for case in first.. {
        let over = match until {
            Until::Cases(cases) => outcome.cases >= cases,
            Until::Time(time) => begun.elapsed() >= time,
        };
        if over {
            break;
        }
        outcome.cases += 1;
        let mut random = Random::of_case(seed, case);
        let input = target.draw(&mut random);
        let started = Instant::now();
        let verdict = catch_unwind(AssertUnwindSafe(|| target.feed(&input, &mut random)));
        let what = match verdict {
            Ok(Verdict::Taken) => {
                outcome.taken += 1;
                None
            }
            Ok(Verdict::Refused) => {
                outcome.refused += 1;
                None
            }
            Ok(Verdict::Broken(what)) => Some(what),
            Err(panic) => Some(format!("it panicked: {}", words(&*panic))),
        };
        let what = what.or_else(|| beyond(started.elapsed(), case));
        if let Some(what) = what {
            outcome.broken = Some(Broken { case, what, input });
            break;
        }
    }
    outcome
}

fn beyond(took: Duration, case: u64) -> Option<String> {
    if took > CASE_MAX {
        return Some(format!("it took {took:?}"));
    }
    let peak = case.is_multiple_of(64).then(peak_kib).flatten()?;
    (peak > PEAK_KIB_MAX).then(|| format!("it took {peak} KiB of memory"))
}

/// The most memory that this process ever had; `None` where the kernel does not say.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}
