//! `tieout retry`: plans documents anew that wait for somebody.

use tieout_core::engine::{Binding, State, retry};
use tieout_core::store::{ChangeSet, Store};

use super::{documents, office};
use crate::cli::{Cli, RetryArgs};
use crate::config::Secrets;
use crate::exit::{Exit, Failure};
use crate::output::{self, say};

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;

/// Puts documents back to the start; the next run plans and sends them.
pub(super) async fn run(cli: &Cli, args: &RetryArgs) -> Result<Exit, Failure> {
    let office = office(cli, Secrets::Spared)?;
    let by = std::env::var("USER").unwrap_or_else(|_| "an operator".to_owned());
    let mut count = 0;
    if args.all {
        let mut last = None;
        loop {
            let some = office.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            let open: Vec<Binding> = some.into_iter().filter(needs_somebody).collect();
            count += apply(&office, &open, &by).await?;
        }
    }
    for document in &args.documents {
        let bindings = documents::find(office.store.as_ref(), document).await?;
        count += apply(&office, &bindings, &by).await?;
    }
    if cli.json {
        output::json(&serde_json::json!({ "retried": count }));
    } else {
        say!("{count} to be planned anew by the next run.");
    }
    Ok(Exit::Done)
}

fn needs_somebody(binding: &Binding) -> bool {
    binding.findings().next().is_some()
        || matches!(
            binding.state,
            State::Held { .. } | State::Rejected { .. } | State::Removed { .. }
        )
}

async fn apply(
    office: &crate::office::Office,
    bindings: &[Binding],
    by: &str,
) -> Result<usize, Failure> {
    let steps: Vec<_> = bindings
        .iter()
        .filter_map(|binding| retry(binding, by, office.clock.now()))
        .collect();
    let count = steps.len();
    let mut changes = ChangeSet::default();
    for step in steps {
        changes.bindings.push(step.binding);
        changes.journal.push(step.entry);
    }
    office.store.commit(changes).await?;
    Ok(count)
}
