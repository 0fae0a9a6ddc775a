//! Which tests there are: one for each story, and one for the table of features.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::features;
use crate::place::{home, shown};
use crate::play::play;
use crate::script::Story;

/// Set to `rewrite`, it makes the stories that run tell what really comes out.
const WISH: &str = "TIEOUT_SCENARIOS";

/// Runs the stories with this program, as the arguments of the command line say; each is a test of its file's name.
#[must_use]
pub fn run(program: &Path) -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test(
        "every_feature_has_its_story_or_says_why_not",
        || features::check(&home()).map_err(Failed::from),
    )];
    for file in stories() {
        let program = program.to_owned();
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .replace('-', "_");
        trials.push(Trial::test(name, move || tell(&file, &program)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every story, by name.
pub(crate) fn stories() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home().join("stories"))
        .into_iter()
        .flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut stories: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .collect();
    stories.sort();
    stories
}

fn tell(file: &Path, program: &Path) -> Result<(), Failed> {
    let place = |line: usize| format!("{}:{line}", shown(file));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let story = Story::read(file).map_err(|trouble| failed(&place(trouble.line), &trouble.why))?;
    let outcome = runtime
        .block_on(play(&story, program))
        .map_err(|trouble| failed(&place(trouble.line), &trouble.why))?;
    let is_rewriting = std::env::var(WISH).is_ok_and(|wish| wish == "rewrite");
    if is_rewriting && outcome.rewritten != story.text {
        std::fs::write(file, &outcome.rewritten).map_err(|error| error.to_string())?;
    }
    if outcome.troubles.is_empty() || (is_rewriting && outcome.is_whole) {
        return Ok(());
    }
    let told: Vec<String> = outcome
        .troubles
        .iter()
        .map(|trouble| format!("{}: {}", place(trouble.line), trouble.why))
        .collect();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let advice = format!("If that is right now: cargo xtask scenarios --bless {stem}");
    Err(Failed::from(format!("\n{}\n{advice}", told.join("\n"))))
}

fn failed(place: &str, why: &str) -> Failed {
    Failed::from(format!("\n{place}: {why}"))
}
