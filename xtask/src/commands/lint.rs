//! The checks that are not tests: formatting, clippy, documentation, house rules.

use super::no_arguments;
use crate::needs::{self, Purpose};
use crate::steps::{self, Step};
use crate::tidy;
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Runs, and stops at the first failure:
  fmt      cargo fmt --all --check
  clippy   cargo clippy --workspace --all-targets -- -D warnings
  doc      cargo doc --workspace --no-deps, warnings are errors
  tidy     cargo xtask tidy
";

/// The steps, in the order of what they cost.
pub const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        shown: "cargo fmt --all --check",
        run: fmt,
    },
    Step {
        name: "clippy",
        shown: "cargo clippy --workspace --all-targets -- -D warnings",
        run: clippy,
    },
    Step {
        name: "doc",
        shown: "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps",
        run: doc,
    },
    Step {
        name: "tidy",
        shown: "cargo xtask tidy",
        run: tidy::everything,
    },
];

/// Runs the steps.
///
/// # Errors
/// Names the first step that failed.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    no_arguments("lint", arguments)?;
    steps::run_all("lint", workspace, STEPS)
}

fn fmt(workspace: &Workspace) -> Outcome {
    needs::provide(workspace, Purpose::Lint)?;
    let words = ["fmt", "--all", "--check"];
    workspace.run("cargo fmt", &mut workspace.cargo(&words))
}

fn clippy(workspace: &Workspace) -> Outcome {
    let words = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    workspace.run("cargo clippy", &mut workspace.cargo(&words))
}

fn doc(workspace: &Workspace) -> Outcome {
    let flags = match std::env::var("RUSTDOCFLAGS") {
        Ok(given) if !given.is_empty() => format!("{given} -D warnings"),
        _ => String::from("-D warnings"),
    };
    let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps"]);
    workspace.run("cargo doc", command.env("RUSTDOCFLAGS", flags))
}
