//! How the simulation is run: its own program, optimised, with the arguments as they are.

use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Runs `cargo run --release --package tieout-simulation --bin sim -- ARGS…`.

  cargo xtask sim --seeds 1000             the seeds that ever failed, then a thousand
  cargo xtask sim --seeds 1000 --from 5000 another thousand
  cargo xtask sim --seed 48 --trace        one life, every event of it
  cargo xtask sim --seeds 1000 --jobs 8    eight lives at a time
  cargo xtask sim --seeds 9000 --mutation sent_twice
                                           the first life that catches this mistake
  cargo xtask sim --mutations              every deliberate mistake, each of which must be caught
";

/// Runs it.
///
/// # Errors
/// When a promise is broken, a case never came up, or a mistake was not caught.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let mut words = vec![
        "run",
        "--release",
        "--package",
        "tieout-simulation",
        "--bin",
        "sim",
        "--",
    ];
    words.extend(arguments.iter().map(String::as_str));
    workspace.run("sim", &mut workspace.cargo(&words))
}
