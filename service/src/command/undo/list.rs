//! `tieout undo --list`: the latest runs and batches, with how many documents they are about.

use serde_json::json;
use tieout_core::driver::{Batch, Run, RunKind, batches, run_documents, runs};
use tieout_core::engine::{Binding, Event, Op};
use tieout_core::store::Store;

use super::named::full;
use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Runs and batches of each host that are shown.
const SHOWN_MAX: usize = 20;

/// A run with what it wrote.
struct Shown {
    run: Run,
    created: usize,
    changed: usize,
}

pub(super) async fn run(cli: &Cli, office: &Office) -> Result<Exit, Failure> {
    let store = office.store.as_ref();
    let mut shown = Vec::new();
    for run in runs(store).await?.into_iter().take(SHOWN_MAX) {
        let wrote = run_documents(store, &run).await?;
        let created = wrote.iter().filter(|it| it.created).count();
        shown.push(Shown {
            changed: wrote.len() - created,
            created,
            run,
        });
    }
    let mut newest: Vec<Batch> = Vec::new();
    for host in office.loaded.config.hosts.keys() {
        let known = batches(store, host).await?;
        newest.extend(known.into_iter().rev().take(SHOWN_MAX));
    }
    if cli.json {
        output::json(&as_json(&shown, &newest));
    } else {
        print(&shown, &newest);
    }
    Ok(Exit::Done)
}

/// The newest run, if any is remembered.
pub(crate) async fn latest(store: &dyn Store) -> Result<Option<Run>, Failure> {
    Ok(runs(store).await?.into_iter().next())
}

/// The runs that wrote a document at its provider and are still remembered, oldest first.
pub(crate) async fn runs_of(store: &dyn Store, binding: &Binding) -> Result<Vec<String>, Failure> {
    let mut known = runs(store).await?;
    known.reverse();
    let mut wrote = Vec::new();
    for page in store.journal(&binding.story).await? {
        let is_written = page.entries.iter().any(|entry| {
            let landed = matches!(
                entry.event,
                Event::Landed {
                    op: Op::Create | Op::Update,
                    ..
                }
            );
            landed && entry.binding.as_ref() == Some(&binding.key)
        });
        let run = known
            .iter()
            .find(|run| is_written && run.holds(page.number));
        wrote.extend(run.map(|run| run.id.clone()));
    }
    wrote.dedup();
    Ok(wrote)
}

fn print(shown: &[Shown], batches: &[Batch]) {
    if shown.is_empty() && batches.is_empty() {
        say!("No run has written anything yet, and no batch came.");
        return;
    }
    let mut table = output::table(&["run", "what", "by", "began (UTC)", "documents"]);
    for it in shown {
        let goes_on = if it.run.ended_at.is_none() {
            ", goes on"
        } else {
            ""
        };
        table.add_row(vec![
            it.run.id.clone(),
            format!("{}{goes_on}", what(it.run.kind)),
            output::short(&it.run.by),
            it.run.began_at.format("%Y-%m-%d %H:%M").to_string(),
            format!("{} created, {} changed", it.created, it.changed),
        ]);
    }
    if !shown.is_empty() {
        say!("{table}");
    }
    let mut table = output::table(&["batch", "came (UTC)", "documents"]);
    for batch in batches {
        table.add_row(vec![
            output::short(&full(batch)),
            batch.first_at.format("%Y-%m-%d %H:%M").to_string(),
            batch.documents.to_string(),
        ]);
    }
    if !batches.is_empty() {
        say!("{table}");
    }
    let many = shown.len() + batches.len();
    say!(
        "`tieout undo NAME` shows what undoing {} comes to.",
        if many == 1 { "it" } else { "one of them" }
    );
}

fn as_json(shown: &[Shown], batches: &[Batch]) -> serde_json::Value {
    let runs: Vec<_> = shown
        .iter()
        .map(|it| {
            json!({
                "id": it.run.id, "kind": it.run.kind, "by": it.run.by, "began_at": it.run.began_at,
                "ended_at": it.run.ended_at, "created": it.created, "changed": it.changed,
            })
        })
        .collect();
    let batches: Vec<_> = batches
        .iter()
        .map(|batch| {
            json!({
                "host": batch.host, "name": batch.name, "first_at": batch.first_at, "last_at": batch.last_at,
                "documents": batch.documents,
            })
        })
        .collect();
    json!({ "runs": runs, "batches": batches })
}

fn what(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Once => "sync",
        RunKind::Plan => "plan",
        RunKind::Serving => "serve",
    }
}
