//! `tieout retry`: plans documents anew that wait for somebody.

use serde_json::json;
use tieout_core::engine::{Binding, BindingKey, State, Step, retry};
use tieout_core::store::{ChangeSet, Store, StoreError};

use super::documents;
use crate::cli::{Cli, RetryArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;
/// How often a step is decided anew because somebody else changed a document in the meantime.
const CONFLICTS_MAX: usize = 8;

/// Puts documents back to the start; the next run plans and sends them, and one that serves does so at once.
pub(super) async fn run(cli: &Cli, args: &RetryArgs, office: &Office) -> Result<Exit, Failure> {
    let mut count = 0;
    let mut left = Vec::new();
    if args.all {
        let mut last = None;
        loop {
            let some = office.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            let open = some.into_iter().filter(needs_somebody);
            let open: Vec<BindingKey> = open.map(|binding| binding.key).collect();
            count += apply(office, &open, needs_somebody).await?;
        }
    }
    for document in &args.documents {
        let bindings = documents::find(office.store.as_ref(), document).await?;
        if bindings.is_empty() {
            return Err(documents::unknown(document));
        }
        let keys: Vec<BindingKey> = bindings.iter().map(|it| it.key.clone()).collect();
        count += apply(office, &keys, is_worth_it).await?;
        left.extend(bindings.into_iter().filter(|it| !is_worth_it(it)));
    }
    print(cli, office, count, &left);
    Ok(Exit::Done)
}

fn print(cli: &Cli, office: &Office, count: usize, left: &[Binding]) {
    if cli.json {
        let left: Vec<_> = left
            .iter()
            .map(|it| json!({ "document": it.key.document, "state": it.state.name() }))
            .collect();
        output::json(&json!({ "retried": count, "left": left }));
        return;
    }
    for binding in left {
        let (number, state) = (
            output::short(&binding.number),
            output::state(&binding.state),
        );
        say!("{number} is {state}: there is nothing to retry.");
    }
    if count > 0 || left.is_empty() {
        let when = if office.is_lent() {
            "now"
        } else {
            "by the next run"
        };
        say!("{count} to be planned anew {when}.");
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

/// Whether another plan may come to something else than what is there.
fn is_worth_it(binding: &Binding) -> bool {
    let is_settled = matches!(binding.state, State::Posted | State::Voided);
    !is_settled || !binding.told.refused.is_empty()
}

/// Retries those that still are as they were chosen, and counts them.
async fn apply(
    office: &Office,
    keys: &[BindingKey],
    is_chosen: fn(&Binding) -> bool,
) -> Result<usize, Failure> {
    let mut conflicts = 0;
    loop {
        let bindings = office.store.bindings(keys).await?.into_iter().flatten();
        let steps: Vec<Step> = bindings
            .filter(is_chosen)
            .filter_map(|binding| retry(&binding, &office.by, office.clock.now()))
            .collect();
        let count = steps.len();
        let mut changes = ChangeSet::default();
        for step in steps {
            changes.bindings.push(step.binding);
            changes.journal.push(step.entry);
        }
        match office.store.commit(changes).await {
            Ok(()) => return Ok(count),
            // The process that has the store goes on meanwhile.
            Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
            Err(error) => return Err(error.into()),
        }
    }
}
