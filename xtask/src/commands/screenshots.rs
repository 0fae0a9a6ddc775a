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
    let words = [
        "test",
        "--package",
        "tieout",
        "--test",
        "in_browser",
        "pictures",
    ];
    let mut command = workspace.cargo(&words);
    command.env("TIEOUT_SCREENSHOTS", workspace.root().join("docs/images"));
    workspace.run(
        "cargo test --package tieout --test in_browser pictures",
        &mut command,
    )
}
