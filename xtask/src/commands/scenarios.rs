//! How the stories of `tests/scenarios` are played, and rewritten where the program tells something else now.

use crate::needs::{self, NEXTEST, Purpose};
use crate::workspace::{Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Plays the stories of tests/scenarios with the program as it is now. A NAME chooses those that hold it.

  cargo xtask scenarios                  every story
  cargo xtask scenarios ii-03 cm         some of them
  cargo xtask scenarios --bless          puts what is printed now in place of what was expected; read the diff
  cargo xtask scenarios --bless ii-03    the same for one

What stands for something that differs from run to run ([ID], [..], a line of ...) stays where it still fits.
";

/// Plays them.
///
/// # Errors
/// When a story comes out different, or could not be played to its end.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let is_blessing = arguments.iter().any(|argument| argument == "--bless");
    let missing = needs::provide(workspace, Purpose::Test)?;
    let mut words: Vec<String> = match missing.contains(&NEXTEST) {
        true => ["test", "-p", "tieout", "--test", "scenarios", "--"],
        false => ["nextest", "run", "-p", "tieout", "--test", "scenarios"],
    }
    .map(String::from)
    .to_vec();
    let names = arguments.iter().filter(|argument| *argument != "--bless");
    // A story may be named as its file is, with or without the ending.
    words.extend(names.map(|name| name.trim_end_matches(".md").replace('-', "_")));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut cargo = workspace.cargo(&words);
    if is_blessing {
        cargo.env("TIEOUT_SCENARIOS", "rewrite");
    }
    workspace.run("scenarios", &mut cargo)
}
