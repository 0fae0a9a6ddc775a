//! What a merge demands: the tests, then everything that `lint` checks.

use super::{lint, no_arguments, test};
use crate::steps::{self, Step};
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Runs `cargo xtask test`, then the steps of `cargo xtask lint`: fmt, clippy, doc, tidy. Prints a time per
step and a summary, and stops at the first failure.
";

/// Runs all of it.
///
/// # Errors
/// Names the first step that failed.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    no_arguments("ci", arguments)?;
    let mut all = vec![Step {
        name: "test",
        shown: "cargo xtask test",
        run: test::everything,
    }];
    all.extend_from_slice(lint::STEPS);
    steps::run_all("ci", workspace, &all)
}
