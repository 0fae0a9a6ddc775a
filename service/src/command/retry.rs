//! `tieout retry`: plans documents anew that wait for somebody, and brings back what was skipped or detached.

use serde_json::json;
use tieout_core::engine::{Binding, Denied, State, retry};
use tieout_core::store::{ChangeSet, Find, Store};

use super::{documents, office};
use crate::cli::{Cli, RetryArgs};
use crate::config::Secrets;
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};
use crate::person;

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;

/// What a retry came to.
#[derive(Default)]
struct Outcome {
    retried: usize,
    denied: Vec<(Binding, Denied)>,
}

/// Puts documents back to the start; the next run plans and sends them.
pub(super) async fn run(cli: &Cli, args: &RetryArgs) -> Result<Exit, Failure> {
    let office = office(cli, Secrets::Spared)?;
    let mut outcome = Outcome::default();
    if args.all {
        let mut last = None;
        loop {
            let some = office.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            let open: Vec<Binding> = some.into_iter().filter(needs_somebody).collect();
            apply(&office, open, &mut outcome).await?;
        }
        // Nobody named them.
        outcome.denied.clear();
    }
    for document in &args.documents {
        let bindings = documents::find(office.store.as_ref(), document).await?;
        apply(&office, documents::here(bindings), &mut outcome).await?;
    }
    report(cli, &outcome);
    Ok(Exit::Done)
}

fn report(cli: &Cli, outcome: &Outcome) {
    if cli.json {
        let denied: Vec<_> = outcome
            .denied
            .iter()
            .map(|(binding, denied)| {
                json!({ "binding": binding.key, "why": denied.why, "instead": denied.instead })
            })
            .collect();
        output::json(&json!({ "retried": outcome.retried, "denied": denied }));
        return;
    }
    for (binding, denied) in &outcome.denied {
        let number = output::short(&binding.number);
        say!(
            "{number} ({}): {}. {}",
            binding.key,
            denied.why,
            denied.instead
        );
    }
    if outcome.retried > 0 || outcome.denied.is_empty() {
        say!("{} to be planned anew by the next run.", outcome.retried);
    }
}

fn needs_somebody(binding: &Binding) -> bool {
    let refused = !binding.told.refused.is_empty();
    refused
        || matches!(
            binding.state,
            State::Held { .. } | State::Rejected { .. } | State::Removed { .. }
        )
}

async fn apply(
    office: &Office,
    bindings: Vec<Binding>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let by = person::name();
    let mut changes = ChangeSet::default();
    for binding in bindings {
        let step = match taken_over(office, &binding).await? {
            Some(denied) => Err(denied),
            None => retry(&binding, &by, office.clock.now()),
        };
        match step {
            Ok(step) => {
                changes.bindings.push(step.binding);
                changes.journal.push(step.entry);
            }
            Err(denied) => outcome.denied.push((binding, denied)),
        }
    }
    outcome.retried += changes.bindings.len();
    office.store.commit(changes).await?;
    Ok(())
}

/// Why a detached document cannot come back, if another one has taken what the provider holds for it.
async fn taken_over(office: &Office, binding: &Binding) -> Result<Option<Denied>, Failure> {
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
