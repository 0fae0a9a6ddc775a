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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Where it came out different, and how, in order.
    pub(crate) differences: Vec<Trouble>,
    /// Its text with what really came out.
    pub(crate) rewritten: String,
}

/// Plays a story from its beginning to its end.
///
/// # Errors
/// A step that could not be done at all.
pub(crate) async fn play(story: &Story, program: &Path) -> Result<Outcome, Trouble> {
    let mut stage = Stage::set(program)
        .await
        .map_err(|why| Trouble::at(1, why))?;
    let mut answers = Vec::new();
    let mut differences = Vec::new();
    for step in &story.steps {
        match step {
            Step::Write {
                line,
                path,
                content,
            } => stage
                .write(path, content)
                .map_err(|why| Trouble::at(*line, why))?,
            Step::Command(command) => {
                let answer = answer(&mut stage, command)
                    .await
                    .map_err(|why| Trouble::at(command.line, why))?;
                if let Some(difference) = stage.eyes.difference(command, &answer) {
                    let why = format!("$ {}\n{difference}", command.typed);
                    differences.push(Trouble::at(command.line, why));
                }
                answers.push((command.clone(), answer));
            }
        }
    }
    Ok(Outcome {
        differences,
        rewritten: rewritten(story, &stage.eyes, &answers),
    })
}

async fn answer(stage: &mut Stage, command: &Command) -> Result<Answer, String> {
    let typed = command.typed.trim();
    if let Some(act) = typed.strip_prefix("xero ") {
        return xero::perform(stage, act).await;
    }
    if let Some(condition) = typed.strip_prefix("await ") {
        return until(stage, condition).await;
    }
    if let Some(line) = typed.strip_suffix(" &") {
        let job = Job::start(stage.shell(&format!("exec {line}")))?;
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
