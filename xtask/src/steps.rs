//! How a row of steps is run: timed, stopped at the first failure, summed up at the end.

use std::time::{Duration, Instant};

use crate::workspace::{Failure, Outcome, Workspace};

/// One named step of `lint` or `ci`.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Its name in the summary.
    pub name: &'static str,
    /// The command that repeats this step alone.
    pub shown: &'static str,
    /// What it does.
    pub run: fn(&Workspace) -> Outcome,
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It succeeded after this time.
    Passed(Duration),
    /// It failed after this time.
    Failed(Duration, Failure),
    /// A step before it failed.
    NotRun,
}

/// Runs `steps` in order, prints a header and a time for each and the summary at the end. Nothing runs
/// after the first failure.
///
/// # Errors
/// Names the step that failed and how to repeat it.
pub fn run_all(title: &str, workspace: &Workspace, steps: &[Step]) -> Outcome {
    let ended = collect(workspace, steps);
    print!("\n{}", summary(title, steps, &ended));
    for (step, end) in steps.iter().zip(&ended) {
        if let Ended::Failed(_, failure) = end {
            return Err(Failure::new(format!(
                "{title} failed at {}: {failure}; repeat it with `{}`",
                step.name, step.shown
            )));
        }
    }
    Ok(())
}

/// Runs `steps` in order until one fails; one entry per step.
pub fn collect(workspace: &Workspace, steps: &[Step]) -> Vec<Ended> {
    let mut ended = Vec::with_capacity(steps.len());
    let mut failed = false;
    for step in steps {
        if failed {
            ended.push(Ended::NotRun);
            continue;
        }
        println!("\n== {}: {}", step.name, step.shown);
        let started = Instant::now();
        let outcome = (step.run)(workspace);
        let took = started.elapsed();
        println!("== {}: {}", step.name, seconds(took));
        match outcome {
            Ok(()) => ended.push(Ended::Passed(took)),
            Err(failure) => {
                failed = true;
                ended.push(Ended::Failed(took, failure));
            }
        }
    }
    ended
}

/// The closing table: one line per step with its outcome and its time.
#[must_use]
pub fn summary(title: &str, steps: &[Step], ended: &[Ended]) -> String {
    let mut text = format!("{title}:\n");
    for (step, end) in steps.iter().zip(ended) {
        let (word, time) = match end {
            Ended::Passed(took) => ("ok", seconds(*took)),
            Ended::Failed(took, _) => ("FAILED", seconds(*took)),
            Ended::NotRun => ("not run", String::new()),
        };
        let line = format!("  {:<8} {word:<8} {time:>9}", step.name);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn seconds(took: Duration) -> String {
    format!("{}.{} s", took.as_secs(), took.subsec_millis() / 100)
}
