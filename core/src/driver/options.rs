//! How tracking options that documents lack are made before they leave: each once, and only for what would be sent.

use std::collections::{BTreeMap, BTreeSet};

use super::DriverError;
use super::book::OptionAnswer;
use super::plan::{Decisions, Subject, plan_of};
use super::site::{ConnectionSite, World};
use crate::check::{Finding, Rule};
use crate::document::Document;
use crate::engine::{Binding, Decision, Plan};
use crate::provider::{ContactAnswer, Posting, TrackingChoice};

/// An option that is to be made: its category and its name.
type Wanted = (String, String);

impl World {
    /// Makes the options that decided documents lack, and decides about those documents again.
    ///
    /// A document whose option the provider refuses is held; the others go on. An error means that the
    /// provider could not be asked.
    pub(super) async fn make_options(
        &self,
        site: &ConnectionSite,
        subjects: &[Subject],
        answers: &BTreeMap<String, ContactAnswer>,
        decisions: &mut Decisions,
    ) -> Result<(), DriverError> {
        let lacking: Vec<(&Binding, &Document, Vec<Wanted>)> = subjects
            .iter()
            .filter_map(|(binding, document)| {
                let (_, decision) = decisions.get(&binding.key)?;
                let lacking = lacking(decision);
                (!lacking.is_empty()).then_some((binding, document.as_ref()?, lacking))
            })
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let (store, provider) = (self.store.as_ref(), site.provider.as_ref());
        let wanted: BTreeSet<&Wanted> = lacking.iter().flat_map(|(_, _, all)| all).collect();
        let mut refused: BTreeMap<&Wanted, String> = BTreeMap::new();
        for option in wanted {
            let (category, name) = option;
            let limits = &self.limits;
            let made = site
                .book
                .option(store, provider, category, name, limits, now);
            if let OptionAnswer::Refused(why) = made.await? {
                refused.insert(option, why);
            }
        }
        let chart = site.book.chart(store, provider, &self.limits, now).await?;
        for (binding, document, options) in &lacking {
            let findings: Vec<Finding> = options
                .iter()
                .filter_map(|option| Some(not_made(option, refused.get(option)?)))
                .collect();
            let decision = if findings.is_empty() {
                decided_again(plan_of(site, &chart, binding, document), answers)
            } else {
                Some(Decision::Hold(findings))
            };
            match decision {
                Some(decision) => {
                    decisions.insert(binding.key.clone(), (binding.version, decision));
                }
                None => drop(decisions.remove(&binding.key)),
            }
        }
        Ok(())
    }
}

/// Whether a decision asks for an option that is not there yet.
pub(super) fn lacks_options(decision: &Decision) -> bool {
    !lacking(decision).is_empty()
}

pub(super) fn lacking(decision: &Decision) -> Vec<Wanted> {
    let posting: &Posting = match decision {
        Decision::Create(posting) | Decision::Update(posting) => posting,
        Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Leave(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_)
        | Decision::Hold(_) => return Vec::new(),
    };
    let choices = posting.lines.iter().flat_map(|line| &line.tracking);
    let missing = choices.filter_map(|choice: &TrackingChoice| {
        Some((choice.category_id.clone(), choice.missing.clone()?))
    });
    let unique: BTreeSet<Wanted> = missing.collect();
    unique.into_iter().collect()
}

/// The decision with the options in the chart. One that is missing still holds the document: the provider
/// said that it made it, and does not show it.
fn decided_again(plan: Plan, answers: &BTreeMap<String, ContactAnswer>) -> Option<Decision> {
    let decision = match plan {
        Plan::Decided(decision) => decision,
        Plan::NeedsContact(sketch) => {
            let answer = answers.get(&sketch.wanted.key())?;
            sketch.decide(answer)
        }
    };
    let still: Vec<Finding> = lacking(&decision)
        .iter()
        .map(|option| not_made(option, "it does not show the option that it made"))
        .collect();
    Some(if still.is_empty() {
        decision
    } else {
        Decision::Hold(still)
    })
}

fn not_made((_, name): &Wanted, why: &str) -> Finding {
    Finding::new(
        Rule::TrackingMissing,
        format!("the tracking option `{name}` does not exist, and was not made: {why}"),
        "Add the option in the accounting system, or correct it in the host, and retry.",
    )
    .at("tracking", name)
}
