//! How a decision is made about many documents at once: shown first, then carried out step by step.

use serde_json::{Value, json};
use tieout_core::driver::{AskAnew, plan_freed_by_hand};
use tieout_core::engine::{Binding, BindingKey, Denied, Step, retry, skip};
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};

use super::chosen::Chosen;
use crate::cli::Cli;
use crate::exit::Failure;
use crate::office::Office;
use crate::output::{self, counted, say};

/// Bindings changed in one commit.
const STEP_MAX: usize = 500;
/// How often a step is decided anew because somebody else changed a document in the meantime.
const CONFLICTS_MAX: usize = 8;
/// Documents shown one by one before anything is done.
const SHOWN_MAX: usize = 20;
/// Denied ones that are told one by one.
const DENIED_MAX: usize = 1_000;

/// What a decision came to.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Documents that it was carried out on.
    pub(crate) done: usize,
    /// Those on which it was not, at most a thousand of them.
    pub(crate) denied: Vec<(Binding, Denied)>,
}

/// What is decided about each document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed<'a> {
    /// It is planned anew.
    Retry,
    /// It is not sent, for this reason.
    Skip(Option<&'a str>),
}

/// Whether a document is still one that the decision is about.
pub(super) type IsChosen<'a> = &'a (dyn Fn(&Binding) -> bool + Sync);

impl Deed<'_> {
    fn decide(self, office: &Office, binding: &Binding) -> Result<Step, Denied> {
        let at = office.clock.now();
        match self {
            Self::Retry => retry(binding, &office.by, at),
            Self::Skip(because) => skip(binding, &office.by, because, at),
        }
    }

    /// Whether whoever decides so has mended something, and the organisation is asked anew.
    fn record(self, office: &Office, step: &Step) -> Option<(RecordKey, Option<Vec<u8>>)> {
        match self {
            Self::Retry => Some(AskAnew::record(
                &step.binding.key.connection,
                office.clock.now(),
            )),
            Self::Skip(_) => None,
        }
    }
}

/// Tells which documents a decision would be about, and how to go ahead.
pub(super) async fn preview(
    cli: &Cli,
    office: &Office,
    chosen: &Chosen,
    (word, go_ahead): (&str, &str),
) -> Result<(), Failure> {
    let mut count = 0_usize;
    let mut first: Vec<(BindingKey, String)> = Vec::new();
    let look = |binding: &Binding| {
        count += 1;
        if first.len() < SHOWN_MAX {
            first.push((binding.key.clone(), binding.number.clone()));
        }
    };
    chosen.walk(office.store.as_ref(), look).await?;
    if cli.json {
        let documents: Vec<Value> = first
            .iter()
            .map(|(key, number)| json!({ "binding": key, "number": number }))
            .collect();
        output::json(&json!({
            "preview": word,
            "documents": count,
            "shown": documents,
            "truncated": count > first.len(),
            "go_ahead": go_ahead,
        }));
        return Ok(());
    }
    say!("{} {word}:", counted(count, "document to", "documents to"));
    for (key, number) in &first {
        say!("  {} ({key})", output::short(number));
    }
    if count > first.len() {
        say!("  and {} more", count - first.len());
    }
    if count > 0 {
        say!("Nothing was done. Go ahead with `{go_ahead}`.");
    }
    Ok(())
}

/// Carries a decision out on every document that fits.
pub(crate) async fn all(
    office: &Office,
    chosen: &Chosen,
    deed: Deed<'_>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut last = None;
    loop {
        let some = office.store.scan(last.as_ref(), STEP_MAX).await?;
        let Some(end) = some.last() else {
            return Ok(outcome);
        };
        last = Some(end.key.clone());
        let open: Vec<Binding> = some.into_iter().filter(|it| chosen.fits(it)).collect();
        apply(office, open, &|it| chosen.fits(it), deed, &mut outcome).await?;
    }
}

/// Carries it out on these, as far as they are still as they were chosen.
pub(super) async fn apply(
    office: &Office,
    mut bindings: Vec<Binding>,
    is_chosen: IsChosen<'_>,
    deed: Deed<'_>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let keys: Vec<BindingKey> = bindings.iter().map(|it| it.key.clone()).collect();
    let mut conflicts = 0;
    loop {
        let mut denied = Vec::new();
        let mut changes = ChangeSet::default();
        for binding in bindings {
            match deed.decide(office, &binding) {
                Ok(step) => {
                    let record = deed.record(office, &step);
                    let known = |key: &RecordKey| changes.records.iter().any(|it| it.0 == *key);
                    if let Some(record) = record.filter(|(key, _)| !known(key)) {
                        changes.records.push(record);
                    }
                    changes.bindings.push(step.binding);
                    changes.journal.push(step.entry);
                }
                Err(why) => denied.push((binding, why)),
            }
        }
        let done = changes.bindings.len();
        plan_freed_by_hand(office.store.as_ref(), &mut changes, office.clock.now()).await?;
        match office.store.commit(changes).await {
            Ok(()) => {
                outcome.done += done;
                let room = DENIED_MAX.saturating_sub(outcome.denied.len());
                outcome.denied.extend(denied.into_iter().take(room));
                return Ok(());
            }
            // The process that has the store goes on meanwhile.
            Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
            Err(error) => return Err(error.into()),
        }
        let known = office.store.bindings(&keys).await?.into_iter().flatten();
        bindings = known.filter(|it| is_chosen(it)).collect();
    }
}

impl Outcome {
    /// Those on which it was not carried out, for a script.
    pub(super) fn denied_as_json(&self) -> Vec<Value> {
        let denied = self.denied.iter().map(|(binding, denied)| {
            json!({ "binding": binding.key, "why": denied.why, "instead": denied.instead })
        });
        denied.collect()
    }

    /// The same for people.
    pub(super) fn print_denied(&self) {
        for (binding, denied) in &self.denied {
            let number = output::short(&binding.number);
            say!(
                "{number} ({}): {}. {}",
                binding.key,
                denied.why,
                denied.instead
            );
        }
    }
}
