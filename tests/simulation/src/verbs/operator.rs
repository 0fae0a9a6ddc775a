//! What operators do between two runs of the node: retry, skip, detach, change settings, connect again.

use tieout_core::document::DocumentKey;
use tieout_core::engine::{Binding, SkipReason, State, Step, detach, retry, skip};
use tieout_core::store::{ChangeSet, Store};
use tieout_sandbox_xero::WEB_CLIENT_ID;
use tieout_xero::config::DEFAULT_SCOPES;

use crate::books::ORGANISATIONS;
use crate::coverage::Case;
use crate::ground::Ground;
use crate::invariants::commits;
use crate::model::Excuse;
use crate::node::wait;
use crate::provider::Choices;
use crate::random::Random;

/// One act of an operator, while no node runs. Gives the settings from now on.
pub(crate) fn act(
    ground: &Ground,
    store: &dyn Store,
    choices: &Choices,
    random: &mut Random,
) -> Choices {
    match random.below(9) {
        0..=3 => retry_all(ground, store, random),
        4 => detach_one(ground, store, random),
        5 | 6 => return change(ground, choices, random),
        7 => skip_one(ground, store, random),
        _ => connect_again(ground),
    }
    choices.clone()
}

/// Asks for another attempt at everything that waits for somebody.
pub(crate) fn retry_all(ground: &Ground, store: &dyn Store, random: &mut Random) {
    let all = wait(store.scan(None, usize::MAX)).unwrap_or_default();
    let some: Vec<Binding> = all.into_iter().filter(|_| !random.one_in(3)).collect();
    let at = ground.time.now();
    let mut steps = Vec::new();
    for binding in &some {
        let is_undone = binding.undone().is_some() && !binding.is_reversed();
        // What was undone comes back only when somebody names it.
        let is_named = is_undone && random.one_in(4);
        if !needs_somebody(binding) && !is_named {
            continue;
        }
        let Ok(step) = retry(binding, "ann", at) else {
            continue;
        };
        if is_undone {
            ground.met(Case::UndoneSentAnew);
            ground.tell(
                "operator",
                format!("retries {}, which was undone", binding.key),
            );
            ground.model().decided.ends_undo(&binding.key.document);
        }
        steps.push(step);
    }
    if some.iter().any(is_skipped) {
        ground.met(Case::BroughtBack);
    }
    if !steps.is_empty() {
        ground.met(Case::Retried);
        ground.tell("operator", format!("retries {} documents", steps.len()));
    }
    commit(ground, store, steps);
}

fn needs_somebody(binding: &Binding) -> bool {
    !binding.told.refused.is_empty() || !binding.state.findings().is_empty() || is_skipped(binding)
}

/// Whether an operator keeps it from being sent.
fn is_skipped(binding: &Binding) -> bool {
    matches!(
        binding.state,
        State::Skipped {
            reason: SkipReason::ByOperator { .. }
        }
    )
}

/// Keeps a document from being sent that no provider holds.
fn skip_one(ground: &Ground, store: &dyn Store, random: &mut Random) {
    let all = wait(store.scan(None, usize::MAX)).unwrap_or_default();
    let at = ground.time.now();
    let may_be: Vec<Step> = all
        .iter()
        .filter_map(|binding| skip(binding, "ann", Some("not ours"), at).ok())
        .collect();
    let Some(step) = random.pick(&may_be).cloned() else {
        return;
    };
    let document = step.binding.key.document.clone();
    ground.met(Case::Skipped);
    ground.tell("operator", format!("keeps {document} from being sent"));
    {
        let mut model = ground.model();
        model.excuse(&document, Excuse::Skipped);
        model.decided.ends_undo(&document);
    }
    commit(ground, store, vec![step]);
}

fn detach_one(ground: &Ground, store: &dyn Store, random: &mut Random) {
    let all = wait(store.scan(None, usize::MAX)).unwrap_or_default();
    let Some(binding) = random.pick(&all) else {
        return;
    };
    let Ok(step) = detach(binding, "ann", ground.time.now()) else {
        return;
    };
    let document: DocumentKey = binding.key.document.clone();
    ground.met(Case::Detached);
    ground.tell("operator", format!("takes {document} out"));
    {
        let mut model = ground.model();
        model.excuse(&document, Excuse::Detached);
        model.decided.ends_undo(&document);
    }
    commit(ground, store, vec![step]);
}

fn commit(ground: &Ground, store: &dyn Store, steps: Vec<Step>) {
    let mut changes = ChangeSet::default();
    for step in steps {
        changes.bindings.push(step.binding);
        changes.journal.push(step.entry);
    }
    let wrong = commits::unexplained(store, &changes);
    wrong.into_iter().for_each(|wrong| ground.wrong(wrong));
    if let Err(error) = wait(store.commit(changes)) {
        ground.tell("operator", format!("fails: {error}"));
    }
}

fn change(ground: &Ground, choices: &Choices, random: &mut Random) -> Choices {
    let mut changed = choices.clone();
    match random.below(7) {
        6 => changed.looks_first = !changed.looks_first,
        0 => changed.credit_notes = !changed.credit_notes,
        1 => changed.bills = !changed.bills,
        2 => changed.orders = !changed.orders,
        3 => changed.drafts = !changed.drafts,
        4 => changed.prefix = !changed.prefix,
        _ => changed.suppliers_are_made = !changed.suppliers_are_made,
    }
    ground.met(Case::SettingsChanged);
    ground.tell("operator", format!("changes the settings to {changed:?}"));
    let mut model = ground.model();
    model.prefix(changed.number_prefix());
    model.settings_changed();
    drop(model);
    changed
}

/// Connects every organisation again that somebody disconnected.
pub(crate) fn connect_again(ground: &Ground) {
    if !ground.model().is_disconnected() {
        return;
    }
    let organisations: Vec<uuid::Uuid> = ORGANISATIONS.iter().map(|(_, id)| *id).collect();
    let granted = ground.sandbox.grant(
        WEB_CLIENT_ID,
        &organisations,
        &DEFAULT_SCOPES.join(" "),
        ground.time.now(),
    );
    if granted.is_some() {
        ground.model().connected();
        ground.met(Case::Disconnected);
        ground.tell("operator", "connects the organisations again");
    }
}
