//! `tieout retry`: plans documents anew that wait for somebody, and brings back what was skipped or detached.

use std::collections::BTreeSet;

use serde_json::json;
use tieout_core::document::ConnectionId;
use tieout_core::driver::AskAnew;
use tieout_core::engine::{Binding, BindingKey, Denied, State, retry};
use tieout_core::store::{ChangeSet, Find, Store, StoreError};

use super::documents;
use crate::cli::{Cli, RetryArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;
/// How often a step is decided anew because somebody else changed a document in the meantime.
const CONFLICTS_MAX: usize = 8;

/// What a retry came to.
#[derive(Default)]
struct Outcome {
    retried: usize,
    denied: Vec<(Binding, Denied)>,
}

/// Puts documents back to the start; the next run plans and sends them, and one that serves does so at once.
pub(super) async fn run(cli: &Cli, args: &RetryArgs, office: &Office) -> Result<Exit, Failure> {
    let mut outcome = Outcome::default();
    if args.all {
        let mut last = None;
        loop {
            let some = office.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            let open: Vec<Binding> = some.into_iter().filter(needs_somebody).collect();
            apply(office, open, needs_somebody, &mut outcome).await?;
        }
        // Nobody named them.
        outcome.denied.clear();
    }
    for document in &args.documents {
        let bindings = documents::find(office.store.as_ref(), document).await?;
        if bindings.is_empty() {
            return Err(documents::unknown(document));
        }
        apply(office, documents::here(bindings), |_| true, &mut outcome).await?;
    }
    report(cli, office, &outcome);
    Ok(Exit::Done)
}

fn report(cli: &Cli, office: &Office, outcome: &Outcome) {
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
        let when = if office.is_lent() {
            "now"
        } else {
            "by the next run"
        };
        say!("{} to be planned anew {when}.", outcome.retried);
    }
}

fn needs_somebody(binding: &Binding) -> bool {
    binding.findings().next().is_some()
}

/// Retries those that still are as they were chosen.
async fn apply(
    office: &Office,
    mut bindings: Vec<Binding>,
    is_chosen: fn(&Binding) -> bool,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let keys: Vec<BindingKey> = bindings.iter().map(|it| it.key.clone()).collect();
    let mut conflicts = 0;
    loop {
        let mut denied = Vec::new();
        let mut changes = ChangeSet::default();
        for binding in bindings {
            let step = match taken_over(office, &binding).await? {
                Some(denied) => Err(denied),
                None => retry(&binding, &office.by, office.clock.now()),
            };
            match step {
                Ok(step) => {
                    changes.bindings.push(step.binding);
                    changes.journal.push(step.entry);
                }
                Err(why) => denied.push((binding, why)),
            }
        }
        let retried = changes.bindings.len();
        // Somebody has mended something there: what was missing may be there now.
        let connections: BTreeSet<&ConnectionId> = changes
            .bindings
            .iter()
            .map(|binding| &binding.key.connection)
            .collect();
        let now = office.clock.now();
        changes.records = connections
            .into_iter()
            .map(|connection| AskAnew::record(connection, now))
            .collect();
        match office.store.commit(changes).await {
            Ok(()) => {
                outcome.retried += retried;
                outcome.denied.extend(denied);
                return Ok(());
            }
            // The process that has the store goes on meanwhile.
            Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
            Err(error) => return Err(error.into()),
        }
        let known = office.store.bindings(&keys).await?.into_iter().flatten();
        bindings = known.filter(is_chosen).collect();
    }
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
