//! How the pictures of the documentation are made: by a real browser, of the demo.

use super::no_arguments;
use crate::needs::{self, Purpose};
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Builds the program, plays the demo and a product's page with the panel in it, and writes docs/images/*.webp with Chromium, which
is installed first where it is missing. Look at them before you commit them: times and numbers differ each time.
";

/// Makes them.
///
/// # Errors
/// When something does not build, or a page never shows what is to be pictured.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    no_arguments("screenshots", arguments)?;
    needs::provide(workspace, Purpose::Test)?;
    let mut build = workspace.cargo(&["build", "--package", "tieout"]);
    workspace.run("cargo build --package tieout", &mut build)?;
    let words = [
        "run",
        "--quiet",
        "--package",
        "tieout-browser",
        "--bin",
        "screenshots",
        "--",
        "target/debug/tieout",
        "docs/images",
    ];
    workspace.run("screenshots", &mut workspace.cargo(&words))
}
