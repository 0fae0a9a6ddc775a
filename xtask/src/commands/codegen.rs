//! How `schemas/` is written anew from the types.

use super::no_arguments;
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Builds the service and lets it write schemas/: documents, events, configuration, OpenAPI.
Commit the result together with the change of the types; `cargo xtask tidy` fails when they differ.
";

/// Writes `schemas/`. A repeat changes nothing.
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
    ];
    workspace.run(
        "cargo run --package tieout -- schema --write schemas",
        &mut workspace.cargo(&words),
    )
}
