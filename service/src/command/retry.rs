//! `tieout retry`: plans documents anew that wait for somebody, and brings back what was skipped or detached.

use serde_json::json;
use tieout_core::engine::{Binding, Denied, State};
use tieout_core::store::{Find, Store};

use super::bulk::{self, Deed, Outcome};
use super::chosen::Chosen;
use super::documents;
use crate::cli::{Cli, RetryArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Puts documents back to the start; the next run plans and sends them, and one that serves does so at once.
pub(super) async fn run(cli: &Cli, args: &RetryArgs, office: &Office) -> Result<Exit, Failure> {
    let mut chosen = Chosen::of(office, &args.chosen)?;
    if args.chosen.rule.is_none() {
        chosen = chosen.leaving_undone();
    }
    if args.chosen.rule.is_some() && !args.yes {
        let go_ahead = args.chosen.command("retry", &["--yes"]);
        bulk::preview(cli, office, &chosen, ("be planned anew", &go_ahead)).await?;
        return Ok(Exit::Done);
    }
    let outcome = if args.documents.is_empty() {
        let mut outcome = bulk::all(office, &chosen, Deed::Retry).await?;
        if args.all {
            // Nobody named them.
            outcome.denied.clear();
        }
        outcome
    } else {
        named(office, &args.documents).await?
    };
    report(cli, office, &outcome);
    Ok(Exit::Done)
}

async fn named(office: &Office, names: &[String]) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    for name in names {
        let bindings = documents::find(office.store.as_ref(), name).await?;
        if bindings.is_empty() {
            return Err(documents::unknown(name));
        }
        let mut free = Vec::new();
        for binding in documents::here(bindings) {
            match taken_over(office, &binding).await? {
                None => free.push(binding),
                Some(denied) => outcome.denied.push((binding, denied)),
            }
        }
        bulk::apply(office, free, &|_| true, Deed::Retry, &mut outcome).await?;
    }
    Ok(outcome)
}

fn report(cli: &Cli, office: &Office, outcome: &Outcome) {
    if cli.json {
        output::json(&json!({ "retried": outcome.done, "denied": outcome.denied_as_json() }));
        return;
    }
    outcome.print_denied();
    if outcome.done > 0 || outcome.denied.is_empty() {
        let when = if office.is_lent() {
            "now"
        } else {
            "by the next run"
        };
        say!("{} to be planned anew {when}.", outcome.done);
    }
}

/// Why a detached document cannot come back, if another one has taken what the provider holds for it.
pub(crate) async fn taken_over(
    office: &Office,
    binding: &Binding,
) -> Result<Option<Denied>, Failure> {
    let detached = matches!(binding.state, State::Detached);
    let Some(posted) = binding.posted.as_ref().filter(|_| detached) else {
        return Ok(None);
    };
    let find = Find::Posted {
        connection: binding.key.connection.clone(),
        id: posted.id.clone(),
    };
    let keys = office.store.find(&find).await?;
    let others = office.store.bindings(&keys).await?.into_iter().flatten();
    let mut owners = others.filter(|it| it.key != binding.key && it.state != State::Detached);
    Ok(owners.next().map(|owner| {
        Denied::new(
            format!(
                "{} ({}) belongs to {} now",
                posted.number, posted.id, owner.key
            ),
            "Detach that one first, if the provider's document is this one.",
        )
    }))
}
