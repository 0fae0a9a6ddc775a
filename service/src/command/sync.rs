//! `tieout sync --once`: sends and collects everything, shows progress, and says what needs somebody.

use std::sync::Arc;

use serde_json::json;
use tieout_core::driver::{ProgressCounts, Run, RunKind, Summary, sync_once};
use tokio_util::sync::CancellationToken;

use super::status::{Standing, whole_standing};
use crate::cli::Cli;
use crate::control::{Desk, Role, Shop};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff};
use crate::output::{self, ProgressView, counted, say};
use crate::stop::{self, Work};
use crate::telemetry::tell_run;

/// Goes once through everything.
pub(super) async fn run(cli: &Cli, office: &mut Office) -> Result<Exit, Failure> {
    let staff = office.staff().await?;
    let stop = stop::on_signals(Work::Books, cli.json);
    let desk = Desk::open(Shop::new(office, &staff, Role::Once));
    let run = staff.world.begin_run(RunKind::Once, &office.by).await?;
    tell_run(&run.id);
    let summary = run_once(&staff, ProgressView::fitting(cli.json), &stop).await;
    let run = staff.world.end_run(run).await;
    office.prune_once().await;
    if let Some(desk) = desk {
        desk.close().await;
    }
    staff.close().await;
    // What stopped the work says more than what could not be noted after it.
    let (summary, run) = (summary?, run?);
    let standing = whole_standing(office).await?;
    let stopped = stop.is_cancelled();
    report(cli, &staff, &summary, &standing, (run.as_ref(), stopped));
    if stopped {
        return Ok(Exit::Stopped);
    }
    if !summary.troubles.is_empty() || !staff.unconnected.is_empty() {
        return Ok(Exit::Failed);
    }
    // A record that nobody could read is no document yet: no later run would tell of it.
    let needs = standing.is_in_need() || staff.world.progress.counts().unreadable > 0;
    Ok(if needs {
        Exit::NeedsSomebody
    } else {
        Exit::Done
    })
}

/// Goes once through everything with a view of the progress; a stop finishes what is in the air.
pub(crate) async fn run_once(
    staff: &Staff,
    view: ProgressView,
    stop: &CancellationToken,
) -> Result<Summary, Failure> {
    let watched = view.watch(Arc::clone(&staff.world.progress));
    let work = sync_once(Arc::clone(&staff.world), stop.clone());
    let tell = |words: &str| match view {
        ProgressView::Silent => {}
        ProgressView::Terminal | ProgressView::Lines => {
            watched.aside(|| output::notice(false, words));
        }
    };
    let summary = staff.telling_of_full_minutes(work, tell).await;
    watched.finish();
    Ok(summary?)
}

fn report(
    cli: &Cli,
    staff: &Staff,
    summary: &Summary,
    standing: &Standing,
    (run, stopped): (Option<&Run>, bool),
) {
    let counts = staff.world.progress.counts();
    if cli.json {
        let troubles: Vec<_> = summary
            .troubles
            .iter()
            .map(|trouble| json!({ "site": trouble.site, "message": trouble.message }))
            .collect();
        let told = json!({
            "counts": counts,
            "troubles": troubles,
            "unconnected": staff.unconnected,
            "standing": standing,
            "stopped": stopped,
            "run": run.map(|run| &run.id),
        });
        output::json(&told);
        return;
    }
    say!(
        "read {}, posted {}, voided {}, told the host {}; {}",
        counts.records,
        counts.posted,
        counts.voided,
        counted(counts.delivered, "time", "times"),
        counted(
            counts.requests,
            "request that writes",
            "requests that write"
        )
    );
    report_recognised(counts);
    report_run(run);
    for trouble in &summary.troubles {
        say!("{} {}: {}", output::bad(), trouble.site, trouble.message);
    }
    for (name, remedy) in standing.remedies() {
        say!("{} connection {name}: {remedy}", output::bad());
    }
    for name in &staff.unconnected {
        say!(
            "{} connection {name} is not connected: run `tieout connect {name}`",
            output::bad()
        );
    }
    if stopped {
        say!(
            "{} stopped before everything was done: the next run goes on from here",
            output::bad()
        );
    }
    if standing.needs_somebody > 0 {
        say!(
            "{} {} somebody: see `tieout status`",
            output::bad(),
            counted(standing.needs_somebody, "document needs", "documents need")
        );
    }
    standing.failed.print();
}

/// Under which name what was written can be taken back.
pub(super) fn report_run(run: Option<&Run>) {
    if let Some(run) = run {
        say!(
            "this was {}: `tieout undo {}` shows what taking it back comes to",
            run.id,
            run.id
        );
    }
}

/// What the provider held already.
fn report_recognised(counts: ProgressCounts) {
    if counts.adopted > 0 {
        say!(
            "{} at the provider already and bound instead of sent",
            counts.adopted
        );
    }
    if counts.ignored > 0 {
        say!(
            "{} handed over again without a change and ignored: the provider holds them, and `tieout explain` shows where",
            counts.ignored
        );
    }
}
