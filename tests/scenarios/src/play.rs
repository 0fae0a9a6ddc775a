//! How a story is played: step by step, each command by the shell or by somebody in Xero.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::compare::{Answer, rewritten};
use crate::place::Trouble;
use crate::process::{self, Job, PATIENCE};
use crate::script::{Command, Step, Story};
use crate::stage::Stage;
use crate::xero;

/// What a story came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Where it came out different, and how, in order; last the step that could not be done at all, if there is one.
    pub(crate) troubles: Vec<Trouble>,
    /// Its text with what really came out.
    pub(crate) rewritten: String,
    /// Whether it was played to its end.
    pub(crate) is_whole: bool,
}

/// Plays a story from its beginning to its end, or to the first step that cannot be done.
///
/// # Errors
/// The stage could not be set.
pub(crate) async fn play(story: &Story, program: &Path) -> Result<Outcome, Trouble> {
    let mut stage = Stage::set(program, &story.text)
        .await
        .map_err(|why| Trouble::at(1, why))?;
    let mut answers = Vec::new();
    let mut outcome = Outcome::default();
    for step in &story.steps {
        let done = match step {
            Step::Write {
                line,
                path,
                content,
            } => stage
                .write(path, content)
                .map_err(|why| Trouble::at(*line, why)),
            Step::Command(command) => answer(&mut stage, command)
                .await
                .map(|answer| answers.push((command.clone(), answer)))
                .map_err(|why| Trouble::at(command.line, format!("$ {}\n{why}", command.typed))),
        };
        if let Err(trouble) = done {
            outcome.troubles.push(trouble);
            break;
        }
    }
    outcome.is_whole = outcome.troubles.is_empty();
    let differences = answers.iter().filter_map(|(command, answer)| {
        let difference = stage.eyes.difference(command, answer)?;
        let why = format!("$ {}\n{difference}", command.typed);
        Some(Trouble::at(command.line, why))
    });
    outcome.troubles.splice(0..0, differences);
    outcome.rewritten = rewritten(story, &stage.eyes, &answers);
    Ok(outcome)
}

async fn answer(stage: &mut Stage, command: &Command) -> Result<Answer, String> {
    let typed = stage.filled(command.typed.trim());
    let typed = typed.as_str();
    if let Some(act) = typed.strip_prefix("xero ") {
        return xero::perform(stage, act).await;
    }
    if let Some(words) = typed.strip_prefix("mail ") {
        return stage.mail.perform(words);
    }
    if let Some(condition) = typed.strip_prefix("await ") {
        return until(stage, condition).await;
    }
    if let Some(line) = typed.strip_suffix(" &") {
        let job = Job::start(stage.shell(&format!("exec env {line}")))?;
        stage.jobs.push(job);
        return Ok(silent(0));
    }
    if let Some(signal) = typed.strip_prefix("kill ") {
        let signal = signal.trim_start_matches('-').split(' ').next();
        let signal = signal
            .filter(|word| !word.starts_with('%'))
            .unwrap_or("TERM");
        let job = stage.jobs.pop().ok_or("nothing runs beside the story")?;
        return tokio::task::block_in_place(|| job.stop(signal)).map(silent);
    }
    shell(stage, typed)
}

fn silent(code: i32) -> Answer {
    Answer {
        code,
        printed: String::new(),
    }
}

fn shell(stage: &Stage, line: &str) -> Result<Answer, String> {
    tokio::task::block_in_place(|| process::run(stage.shell(line), &stage.person))
}

/// Runs a command again and again until it succeeds: what it waits for happens in another process.
async fn until(stage: &Stage, line: &str) -> Result<Answer, String> {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    loop {
        looks.tick().await;
        let answer = shell(stage, line)?;
        if answer.code == 0 {
            return Ok(answer);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("it never came true\n{}", answer.printed));
        }
    }
}
