//! How `schemas/` and `docs/` are written anew from the types and the table of findings.

use super::no_arguments;
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Builds the service and lets it write schemas/ (documents, events, configuration, findings) and docs/findings.md.
Commit the result together with the change of the types; `cargo xtask tidy` fails when they differ.
";

/// Writes `schemas/` and `docs/`. A repeat changes nothing.
///
/// # Errors
/// When the service does not build or cannot write.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    no_arguments("codegen", arguments)?;
    let words = [
        "run",
        "--quiet",
        "--package",
        "tieout",
        "--",
        "schema",
        "--write",
        "schemas",
        "--docs",
        "docs",
    ];
    workspace.run(
        "cargo run --package tieout -- schema --write schemas --docs docs",
        &mut workspace.cargo(&words),
    )
}
