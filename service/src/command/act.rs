//! `tieout detach` and `tieout skip`: what a person decides about one document, from the store alone.

use serde_json::json;
use tieout_core::driver::plan_freed_by_hand;
use tieout_core::engine::{Binding, Denied, Step, detach, skip};
use tieout_core::store::{ChangeSet, Store};

use super::bulk::{self, Deed};
use super::chosen::Chosen;
use super::documents;
use crate::cli::{Cli, DetachArgs, SkipArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, counted, say};
use crate::web::binding_told;

/// Ends the binding of a document; what the provider holds stays.
pub(super) async fn run_detach(
    cli: &Cli,
    args: &DetachArgs,
    office: &Office,
) -> Result<Exit, Failure> {
    let binding = documents::one(office.store.as_ref(), &args.document).await?;
    let step = detach(&binding, &office.by, office.clock.now());
    let now = commit(office, &binding, step).await?;
    let held = now.posted.as_ref().map_or_else(String::new, |posted| {
        format!(" {} ({}) stays as it is there.", posted.number, posted.id)
    });
    tell(
        cli,
        &now,
        &format!("is detached: nothing is sent or told any more.{held}"),
    );
    Ok(Exit::Done)
}

/// Keeps a document from being sent until a retry.
pub(super) async fn run_skip(cli: &Cli, args: &SkipArgs, office: &Office) -> Result<Exit, Failure> {
    let because = args.because.as_deref();
    let Some(document) = &args.document else {
        return skip_chosen(cli, args, office).await;
    };
    let binding = documents::one(office.store.as_ref(), document).await?;
    let step = skip(&binding, &office.by, because, office.clock.now());
    let now = commit(office, &binding, step).await?;
    tell(
        cli,
        &now,
        "is skipped: it is not sent until `tieout retry`.",
    );
    Ok(Exit::Done)
}

/// Keeps every document with a finding of a kind from being sent; shows them first.
async fn skip_chosen(cli: &Cli, args: &SkipArgs, office: &Office) -> Result<Exit, Failure> {
    let chosen = Chosen::of(office, &args.chosen)?;
    if !args.yes {
        let go_ahead = args.chosen.command("skip", &["--yes"]);
        bulk::preview(cli, office, &chosen, ("be skipped", &go_ahead)).await?;
        return Ok(Exit::Done);
    }
    let deed = Deed::Skip(args.because.as_deref());
    let outcome = bulk::all(office, &chosen, deed).await?;
    if cli.json {
        output::json(&json!({ "skipped": outcome.done, "denied": outcome.denied_as_json() }));
    } else {
        outcome.print_denied();
        let skipped = counted(outcome.done, "document is", "documents are");
        say!("{skipped} skipped: not sent until `tieout retry`.");
    }
    Ok(Exit::Done)
}

/// Stores what an act came to, or fails with why it is denied. Gives the document as it is stored then.
pub(super) async fn commit(
    office: &Office,
    binding: &Binding,
    step: Result<Step, Denied>,
) -> Result<Binding, Failure> {
    let step = step.map_err(|denied| not_done(binding, denied))?;
    let mut changes = ChangeSet {
        bindings: vec![step.binding.clone()],
        journal: vec![step.entry],
        ..ChangeSet::default()
    };
    plan_freed_by_hand(office.store.as_ref(), &mut changes, office.clock.now()).await?;
    office.store.commit(changes).await?;
    // The store counts its version.
    let keys = std::slice::from_ref(&binding.key);
    let now = office.store.bindings(keys).await?.into_iter().flatten();
    Ok(now.last().unwrap_or(step.binding))
}

/// The failure that an act is denied: which document, why, and what is possible.
pub(super) fn not_done(binding: &Binding, denied: Denied) -> Failure {
    Failure::new(format!(
        "{} ({}): {}",
        output::short(&binding.number),
        binding.key,
        denied.why
    ))
    .advise(denied.instead)
}

/// Says what became of a document.
pub(super) fn tell(cli: &Cli, binding: &Binding, words: &str) {
    if cli.json {
        output::json(&binding_told(binding));
    } else {
        say!(
            "{} {} ({}) {words}",
            output::ok(),
            output::short(&binding.number),
            binding.key
        );
    }
}
