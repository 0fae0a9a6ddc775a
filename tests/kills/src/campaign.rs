//! One campaign: the program is started under load and killed, again and again, and at the end both sides must be equal.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::process::Child;

use crate::compare;
use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::load::{Done, Load};
use crate::random::Random;
use crate::stage::{Ended, Stage};

/// Starts for each kill that is wanted: some runs are through before they are killed.
const STARTS_PER_KILL_MAX: u32 = 5;

/// Runs in peace, at most, until one of them changes nothing.
const CALM_RUNS_MAX: usize = 8;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The program.
    pub program: PathBuf,
    /// How often it is killed.
    pub times: u32,
    /// What the load and the moments are drawn from. Moments are those of a clock: the same seed is the same load, not
    /// the same life.
    pub seed: u64,
    /// New documents at a start, at most.
    pub new_max: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Kills in the middle of a run.
    pub killed: u32,
    /// Runs that had ended before they could be killed.
    pub through: u32,
    /// What host and people did.
    pub done: Done,
    /// Documents of the host.
    pub documents: usize,
    /// Files that the host took from its inbox.
    pub files_told: u64,
    /// Rows in them.
    pub rows_told: u64,
    /// Everything in which the sides differ; empty when they are equal.
    pub differences: Vec<String>,
    /// The folder, kept when something differs.
    pub kept: Option<PathBuf>,
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Kills so far.
    pub killed: u32,
    /// Kills in all.
    pub times: u32,
    /// Documents so far.
    pub documents: usize,
    /// Of them in the books.
    pub in_books: usize,
}

/// Runs a campaign; `watch` is called after each start and may do on the stage what it likes. It ends early when a
/// document stands in the books twice.
///
/// # Errors
/// When the stage cannot be set, or the program never lives long enough to be killed.
pub async fn run(
    campaign: &Campaign,
    mut watch: impl FnMut(Progress, &Stage),
) -> Result<Outcome, Failure> {
    let stage = Stage::set(&campaign.program).await?;
    let mut random = Random::new(campaign.seed);
    let (mut load, mut inbox) = (Load::new(), Inbox::default());
    let (mut killed, mut through) = (0, 0);
    let mut differences = Vec::new();
    while killed < campaign.times && differences.is_empty() {
        if killed + through >= campaign.times.saturating_mul(STARTS_PER_KILL_MAX) {
            return Err(Failure::new(format!(
                "{killed} of {} starts were killed: the program ends before it can be",
                killed + through
            )));
        }
        let new = random.between(1, campaign.new_max);
        load.hand_over(&stage, &mut random, usize::try_from(new)?)?;
        let mode: &[&str] = if random.one_in(2) {
            &["serve"]
        } else {
            &["sync", "--once"]
        };
        let child = stage.start(mode)?;
        match live_and_die(child, &stage, &mut random, &mut load, &mut inbox).await? {
            Death::Killed => killed += 1,
            Death::Through => through += 1,
        }
        let rows = compare::rows(&stage);
        differences = compare::doubles(&rows);
        let progress = Progress {
            killed,
            times: campaign.times,
            documents: load.papers.len(),
            in_books: rows.len(),
        };
        watch(progress, &stage);
    }
    if differences.is_empty() {
        differences = calm(&stage, &load, &mut inbox).await?;
    }
    Ok(Outcome {
        killed,
        through,
        done: load.done,
        documents: load.papers.len(),
        files_told: inbox.files,
        rows_told: inbox.rows,
        kept: (!differences.is_empty()).then(|| stage.keep()),
        differences,
    })
}

enum Death {
    Killed,
    Through,
}

/// The program runs for a moment while host and people go on, and is killed.
async fn live_and_die(
    mut child: Child,
    stage: &Stage,
    random: &mut Random,
    load: &mut Load,
    inbox: &mut Inbox,
) -> Result<Death, Failure> {
    // Most die young, while they open the store, send and are told; some live until what was in doubt is looked up.
    let mut left_ms = match random.below(8) {
        0 => random.between(5, 80),
        1 => random.between(800, 3_000),
        _ => random.between(40, 600),
    };
    while left_ms > 0 {
        let step_ms = random.between(5, 40).min(left_ms);
        tokio::time::sleep(Duration::from_millis(step_ms)).await;
        left_ms -= step_ms;
        match random.below(6) {
            0 => load.hand_over(stage, random, 1)?,
            1 | 2 => load.people_act(stage, random),
            3 => inbox.take(stage)?,
            _ => {}
        }
    }
    let death = match child.try_wait()? {
        None => Death::Killed,
        Some(_) => Death::Through,
    };
    // SIGKILL; one that ended by itself is only reaped.
    child.kill().await?;
    Ok(death)
}

/// Nobody kills any more: everything comes to its end, and both sides are compared.
async fn calm(stage: &Stage, load: &Load, inbox: &mut Inbox) -> Result<Vec<String>, Failure> {
    let mut last = None;
    for _ in 0..CALM_RUNS_MAX {
        let before = (compare::rows(stage), inbox.rows);
        // Xero's times have seconds: what changed in the last one is seen in the next.
        stage.xero().advance(TimeDelta::seconds(5));
        last = Some(stage.run(&["sync", "--once"]).await?);
        inbox.take(stage)?;
        if before == (compare::rows(stage), inbox.rows) {
            break;
        }
    }
    let mut wrong = compare::differences(stage, load, inbox);
    wrong.extend(last.and_then(|ended| failed("sync --once", &ended)));
    for arguments in [
        &["status"][..],
        &["verify-store"],
        &["report"],
        &["report", "--full", "--yes"],
    ] {
        let ended = stage.run(arguments).await?;
        wrong.extend(failed(&arguments.join(" "), &ended));
    }
    let report = stage.run(&["report"]).await?;
    let live = load.papers.iter().filter(|paper| !paper.is_void).count();
    let agree = &report.told["summary"]["counts"]["agree"];
    if agree.as_u64().is_none_or(|agree| agree < live as u64) {
        wrong.push(format!(
            "the host has {live} documents, and the report says that {agree} agree"
        ));
    }
    Ok(wrong)
}

fn failed(command: &str, ended: &Ended) -> Option<String> {
    (ended.code != Some(0)).then(|| {
        format!(
            "`tieout {command}` ended with {:?} instead of 0: {}",
            ended.code,
            ended.text.trim()
        )
    })
}
