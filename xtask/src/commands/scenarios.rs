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
    let names = arguments.iter().filter(|argument| *argument != "--bless");
    // A story may be named as its file is, with or without the ending.
    let names: Vec<String> = names
        .map(|name| name.trim_end_matches(".md").replace('-', "_"))
        .collect();
    let missing = needs::provide(workspace, Purpose::Test)?;
    for words in calls(missing.contains(&NEXTEST), &names) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut cargo = workspace.cargo(&words);
        if is_blessing {
            cargo.env("TIEOUT_SCENARIOS", "rewrite");
        }
        workspace.run("scenarios", &mut cargo)?;
    }
    Ok(())
}

/// The words behind `cargo`, of each call that it takes: without nextest a run knows one name only.
#[must_use]
pub fn calls(without_nextest: bool, names: &[String]) -> Vec<Vec<String>> {
    let (begin, runs): (&[&str], Vec<Vec<String>>) = match (without_nextest, names) {
        (false, names) => (&["nextest", "run"], vec![names.to_vec()]),
        (true, []) => (&["test"], vec![Vec::new()]),
        (true, names) => {
            let one = |name: &String| vec!["--".to_owned(), name.clone()];
            (&["test"], names.iter().map(one).collect())
        }
    };
    let story = ["-p", "tieout", "--test", "scenarios"];
    let words = begin.iter().chain(&story).map(|word| (*word).to_owned());
    let words: Vec<String> = words.collect();
    let whole = |names: Vec<String>| [words.clone(), names].concat();
    runs.into_iter().map(whole).collect()
}
