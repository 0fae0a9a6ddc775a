//! `tieout sync --plan`: just what a plan says, and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tieout_core::driver::{Executed, Run, RunKind, Summary, execute};
use tieout_core::engine::Intention;

use super::sync::report_run;
use crate::cli::Cli;
use crate::control::{Desk, Role, Shop};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff};
use crate::output::{self, ProgressView, counted, say};
use crate::planfile::{PlanFile, store_identity};
use crate::stop::{self, Work};

/// What became of the documents, counted.
type Counts = BTreeMap<&'static str, usize>;

/// Executes the plan in a file, and ends with 3 when something of it was refused.
pub(super) async fn run(cli: &Cli, path: &Path, office: &mut Office) -> Result<Exit, Failure> {
    // Checked before anybody is asked anything.
    let plan = PlanFile::open(path)?;
    let staff = office.staff().await?;
    let executed = match fits(&plan, office, &staff).await {
        Ok(()) => run_plan(cli, &plan, office, &staff).await,
        Err(failure) => Err(failure),
    };
    staff.close().await;
    executed
}

async fn run_plan(
    cli: &Cli,
    plan: &PlanFile,
    office: &Office,
    staff: &Arc<Staff>,
) -> Result<Exit, Failure> {
    let stop = stop::on_signals(Work::Books, cli.json);
    let desk = Desk::open(Shop::new(office, staff, Role::Plan));
    let run = staff.world.begin_run(RunKind::Plan, &office.by).await?;
    let watched = ProgressView::fitting(cli.json).watch(Arc::clone(&staff.world.progress));
    let mut counts = Counts::new();
    let summary = execute(
        Arc::clone(&staff.world),
        plan,
        stop.clone(),
        &mut |intention, became| {
            *counts.entry(word(&became)).or_default() += 1;
            watched.aside(|| tell(cli, intention, &became));
        },
    )
    .await;
    watched.finish();
    let run = staff.world.end_run(run).await;
    if let Some(desk) = desk {
        desk.close().await;
    }
    let (summary, run) = (summary?, run?);
    let is_stopped = stop.is_cancelled();
    report(cli, plan, &summary, &counts, (run.as_ref(), is_stopped));
    let count = |word| counts.get(word).copied().unwrap_or_default();
    Ok(match () {
        () if is_stopped => Exit::Stopped,
        () if !summary.troubles.is_empty() || count("left") + count("in doubt") > 0 => Exit::Failed,
        () if count("refused") + count("failed") > 0 => Exit::NeedsSomebody,
        () => Exit::Done,
    })
}

/// Whether the plan is of this store and of these organisations.
async fn fits(plan: &PlanFile, office: &Office, staff: &Staff) -> Result<(), Failure> {
    let advice = "Make a plan with `tieout plan --out` where it is to be executed.";
    if plan.header.store != store_identity(office).await? {
        return Err(Failure::config("the plan was made on another store").advise(advice));
    }
    for (name, planned) in &plan.header.connections {
        let Some(now) = staff.organisations.get(name) else {
            // Its documents are refused one by one; the others go on.
            continue;
        };
        let (id, called) = now.identity();
        if id != planned.id {
            let why = format!(
                "the plan was made when `{name}` was {}, and it is {called} now",
                planned.name
            );
            return Err(Failure::config(why).advise(advice));
        }
    }
    Ok(())
}

fn word(became: &Executed) -> &'static str {
    match became {
        Executed::Done => "done",
        Executed::Already => "already",
        Executed::Refused { .. } => "refused",
        Executed::Failed { .. } => "failed",
        Executed::InDoubt => "in doubt",
        Executed::Left { .. } => "left",
    }
}

fn tell(cli: &Cli, intention: &Intention, became: &Executed) {
    if cli.json {
        let told = json!({
            "document": {
                "host": intention.host,
                "kind": intention.kind,
                "id": intention.id,
                "connection": intention.connection,
                "number": intention.number,
                "action": intention.action,
                "outcome": became,
            }
        });
        output::json(&told);
        return;
    }
    let (what, lines, findings) = match became {
        Executed::Done | Executed::Already => return,
        Executed::Refused { changed, findings } => {
            let lines: Vec<String> = changed
                .iter()
                .map(|one| {
                    format!(
                        "{}: planned `{}`, now `{}`",
                        one.field,
                        output::short(&one.planned),
                        output::short(&one.now)
                    )
                })
                .collect();
            (
                "refused, nothing was sent".to_owned(),
                lines,
                findings.as_slice(),
            )
        }
        Executed::Failed { state, findings } => (state.clone(), Vec::new(), findings.as_slice()),
        Executed::InDoubt => (
            "it is not known yet whether it arrived".to_owned(),
            Vec::new(),
            [].as_slice(),
        ),
        Executed::Left { why } => ("left".to_owned(), vec![why.clone()], [].as_slice()),
    };
    say!(
        "{} {} {}  {}  on {}: {what}",
        output::bad(),
        intention.action.as_str(),
        output::short(&intention.number),
        intention.key().document,
        intention.connection
    );
    for line in lines {
        say!("    {line}");
    }
    for finding in findings {
        output::finding(finding, "    ");
    }
}

fn report(
    cli: &Cli,
    plan: &PlanFile,
    summary: &Summary,
    counts: &Counts,
    (run, is_stopped): (Option<&Run>, bool),
) {
    if cli.json {
        let troubles = summary.troubles.iter();
        let troubles = troubles.map(|it| json!({ "site": it.site, "message": it.message }));
        output::json(&json!({
            "plan": plan.header.id,
            "documents": plan.documents,
            "counts": counts,
            "troubles": troubles.collect::<Vec<_>>(),
            "stopped": is_stopped,
            "run": run.map(|run| &run.id),
        }));
        return;
    }
    for trouble in &summary.troubles {
        say!("{} {}: {}", output::bad(), trouble.site, trouble.message);
    }
    let count = |word| counts.get(word).copied().unwrap_or_default();
    say!(
        "Of {} in the plan {} done, {} had been done before, {} refused, {} failed, {} in doubt, {} left. Nothing else was sent.",
        counted(plan.documents, "document", "documents"),
        count("done"),
        count("already"),
        count("refused"),
        count("failed"),
        count("in doubt"),
        count("left")
    );
    report_run(run);
    if count("refused") > 0 {
        say!("What was refused needs a new plan: `tieout plan --out`.");
    }
    if is_stopped || count("left") + count("in doubt") > 0 {
        say!(
            "{} it is not done yet: the same command goes on from here",
            output::bad()
        );
    }
}
