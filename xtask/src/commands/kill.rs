//! How the program is killed under load: both programs built alike, the one that kills beside the one that is killed.

use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Builds the program and the harness optimised, then runs `kill ARGS…`: the program sends and collects against a local
Xero, documents, edits, voids and payments under way, and is killed with SIGKILL at random moments. Then both sides are
compared; what differs is printed, and the exit code is 1.

  cargo xtask kill                         200 times, which takes some three minutes
  cargo xtask kill --times 1000 --seed 7   more of them, under another load
  cargo xtask kill --tieout target/debug/tieout
                                           a program that is there already
";

/// Runs it.
///
/// # Errors
/// When something differs, or the program cannot be built or killed.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let profile = "--release";
    let named = arguments
        .iter()
        .any(|argument| argument.starts_with("--tieout"));
    if !named {
        let mut build = workspace.cargo(&["build", profile, "--package", "tieout"]);
        workspace.run("cargo build --package tieout", &mut build)?;
    }
    let mut words = vec![
        "run",
        profile,
        "--package",
        "tieout-kills",
        "--bin",
        "kill",
        "--",
    ];
    words.extend(arguments.iter().map(String::as_str));
    workspace.run("kill", &mut workspace.cargo(&words))
}
