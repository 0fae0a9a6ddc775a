//! Whether `schemas/` and `docs/` are what the program says; it compares by itself.

use super::Violation;
use crate::workspace::Workspace;

/// The name of the rule.
pub const RULE: &str = "schemas";

/// Builds the service and lets it compare; its own output names what differs.
#[must_use]
pub fn check(workspace: &Workspace) -> Option<Violation> {
    let build = ["build", "--quiet", "--package", "tieout"];
    if let Err(failure) =
        workspace.run("cargo build --package tieout", &mut workspace.cargo(&build))
    {
        return Some(violation(&format!(
            "{failure}, so nothing was compared; mend the build"
        )));
    }
    let compare = [
        "run",
        "--quiet",
        "--package",
        "tieout",
        "--",
        "schema",
        "--check",
        "schemas",
        "--docs",
        "docs",
    ];
    workspace
        .run(
            "tieout schema --check schemas --docs docs",
            &mut workspace.cargo(&compare),
        )
        .err()
        .map(|failure| {
            violation(&format!(
                "{failure}; run `cargo xtask codegen` and commit what it writes"
            ))
        })
}

fn violation(message: &str) -> Violation {
    Violation {
        path: String::from("schemas"),
        line: 1,
        rule: RULE,
        message: message.to_owned(),
    }
}
