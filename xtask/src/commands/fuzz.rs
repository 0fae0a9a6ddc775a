//! How the fuzzing is run: its own program, optimised, with the arguments as they are.

use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Runs `cargo run --release --package tieout-fuzz --bin fuzz -- ARGS…`.

  cargo xtask fuzz                            each target for a minute
  cargo xtask fuzz folder --minutes 30        one of them for longer
  cargo xtask fuzz folder --seed 7            other cases
  cargo xtask fuzz folder --seed 7 --case 812 one case again
";

/// Runs it.
///
/// # Errors
/// When a promise is broken.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let mut words = vec![
        "run",
        "--release",
        "--package",
        "tieout-fuzz",
        "--bin",
        "fuzz",
        "--",
    ];
    words.extend(arguments.iter().map(String::as_str));
    workspace.run("fuzz", &mut workspace.cargo(&words))
}
