//! How every test is run: nextest for the tests, cargo for the doctests.

use crate::needs::{self, Purpose};
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Without ARGS: `cargo nextest run --workspace`, then `cargo test --doc --workspace`, since nextest runs no
doctests. What the tests need and the machine lacks is installed first, or named with the command that
installs it.

ARGS go to `cargo nextest run` as they are and narrow the run, so the doctests are left out then:
  cargo xtask test -p tieout-core          one crate
  cargo xtask test lost_reply              tests whose name contains this
  cargo xtask test --no-fail-fast          `cargo nextest run --help` knows them all
";

/// Runs the tests; `arguments` are for nextest.
///
/// # Errors
/// When a test fails or something that the tests need is missing.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let missing = needs::provide(workspace, Purpose::Test)?;
    let runner = if missing.contains(&needs::NEXTEST) {
        Runner::Cargo
    } else {
        Runner::Nextest
    };
    let words = runner.words(arguments);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let shown = format!("cargo {}", words.join(" "));
    println!("test: {shown}");
    workspace.run(&shown, &mut workspace.cargo(&words))?;
    if arguments.is_empty() {
        doctests(workspace)
    } else {
        println!("test: doctests not run, since the arguments narrow the run");
        Ok(())
    }
}

/// Runs every test there is.
///
/// # Errors
/// As [`run`].
pub fn everything(workspace: &Workspace) -> Outcome {
    run(workspace, &[])
}

/// What runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// One process per test; the house's choice.
    Nextest,
    /// `cargo test`, where nextest cannot be had.
    Cargo,
}

impl Runner {
    /// The words after `cargo`. The whole workspace is tested unless `arguments` name packages.
    #[must_use]
    pub fn words(self, arguments: &[String]) -> Vec<String> {
        let start: &[&str] = match self {
            Self::Nextest => &["nextest", "run"],
            Self::Cargo => &["test", "--lib", "--bins", "--tests"],
        };
        let mut words: Vec<String> = start.iter().copied().map(String::from).collect();
        if !arguments.iter().any(|argument| names_package(argument)) {
            words.push(String::from("--workspace"));
        }
        words.extend(arguments.iter().cloned());
        words
    }
}

fn doctests(workspace: &Workspace) -> Outcome {
    let words = ["test", "--doc", "--workspace", "--quiet"];
    println!("test: cargo {}", words.join(" "));
    workspace.run("cargo test --doc", &mut workspace.cargo(&words))
}

fn names_package(argument: &str) -> bool {
    argument.starts_with("--package")
        || argument == "--workspace"
        || (argument.starts_with("-p") && !argument.starts_with("--"))
}
