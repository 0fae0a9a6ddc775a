//! How a document goes from one connection to another: welcome there first, void here, then gone and arrived in one commit.

use super::apply::News;
use super::draft::Draft;
use super::plan::plan_of;
use super::preview::to_be_made;

use super::site::{ConnectionSite, World};
use super::{DriverError, backoff};
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Document};
use crate::engine::{
    Binding, BindingKey, Decision, HostChange, Plan, Sketch, SkipReason, State, Wanted,
    cannot_leave, host_changed, put_back,
};
use crate::provider::{ContactAnswer, ContactWanted, Snapshot};
use crate::store::{ChangeSet, StoreError};

/// Conflicts in a row before a turn gives up and comes again.
const CONFLICTS_MAX: usize = 8;

impl World {
    /// Whether a document may be voided here so that it can go to another connection: only if that
    /// connection would create it, as far as can be told without writing there.
    ///
    /// `None` when the other connection could not be asked; the document then waits.
    pub(super) async fn leave_or_hold(
        &self,
        binding: &Binding,
        document: &Document,
        to: &ConnectionId,
    ) -> Result<Option<Decision>, DriverError> {
        let hold = |why: &str, remedy: &str, detail: Vec<String>| {
            let finding = cannot_leave(binding, why, remedy).with_detail(detail);
            Ok(Some(Decision::Hold(vec![finding])))
        };
        let Some(site) = self.connections.get(to) else {
            let remedy = format!("Connect it with `tieout connect {to}`, and start anew.");
            return hold(&format!("`{to}` is not connected"), &remedy, Vec::new());
        };
        let now = self.clock.now();
        let (store, provider) = (self.store.as_ref(), site.provider.as_ref());
        let chart = match site.book.chart(store, provider, &self.limits, now).await {
            Ok(chart) => chart,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => return Ok(unanswered(to, &error)),
        };
        let key = BindingKey {
            document: binding.key.document.clone(),
            connection: to.clone(),
        };
        let known = self.store.bindings(std::slice::from_ref(&key)).await?;
        let known = known.into_iter().flatten().next();
        let change = HostChange::of(document);
        let policy = self.policy(&key);
        let arrived = host_changed(&key, known.as_ref(), &change, policy, now);
        let Some(arrived) = arrived.map(|step| step.binding).or(known) else {
            return Ok(None);
        };
        let decision = match plan_of(site, &chart, &arrived, document) {
            Plan::Decided(decision) => decision,
            Plan::NeedsContact(sketch) => match self.would_take(site, sketch).await {
                Ok(decision) => decision,
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => return Ok(unanswered(to, &error)),
            },
        };
        match decision {
            Decision::Hold(findings) => hold(
                &format!("`{to}` would not take it as it is"),
                "Mend what is named below, and retry.",
                findings.iter().map(ToString::to_string).collect(),
            ),
            decision @ Decision::Skip(_) => hold(
                &format!("`{to}` would not take it: {}", decision.why()),
                "Correct the settings there, the document in the host or the routes, and retry.",
                Vec::new(),
            ),
            Decision::Create(_)
            | Decision::Update(_)
            | Decision::Void
            | Decision::Undo(_)
            | Decision::Reverse(_)
            | Decision::Leave(_)
            | Decision::Agrees
            | Decision::Gone => Ok(Some(Decision::Leave(to.clone()))),
        }
    }

    /// What the other connection would do with a document whose contact is still to be found there: nothing is
    /// made, and a number that another document has there is a finding.
    async fn would_take(
        &self,
        site: &ConnectionSite,
        sketch: Sketch,
    ) -> Result<Decision, DriverError> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        let wanted = sketch.wanted.clone();
        let known = site.book.contact(store, &wanted, &self.limits, now).await?;
        let answer = match known {
            Some(answer) => Some(answer),
            None => {
                let ask = ContactWanted {
                    create_missing: false,
                    ..wanted.clone()
                };
                let answers = site.provider.resolve_contacts(&[ask]).await?;
                answers.into_iter().next()
            }
        };
        let answer = match answer {
            Some(ContactAnswer::Missing { .. }) if wanted.create_missing => to_be_made(),
            Some(answer) => answer,
            None => ContactAnswer::Missing { near: Vec::new() },
        };
        let decision = sketch.decide(&answer);
        let Decision::Create(posting) = &decision else {
            return Ok(decision);
        };
        let unique = site.provider.capability().numbers_unique;
        if posting.number.is_empty() || !unique.contains(&posting.kind) {
            return Ok(decision);
        }
        let numbers = std::slice::from_ref(&posting.number);
        let held = site.provider.look_up(posting.kind, numbers).await?;
        let live = held.iter().find(|held| held.status.is_live());
        Ok(live.map_or(decision, |held| Decision::Hold(vec![number_taken(held)])))
    }

    /// Lets a document that is out of the books here go where it is routed now.
    ///
    /// It leaves here and arrives there in one commit, so that a crash finds it at one of the two.
    pub(super) async fn leave(&self, key: &BindingKey) -> Result<(), DriverError> {
        let mut conflicts = 0;
        loop {
            let subjects = self.subjects(std::slice::from_ref(key)).await?;
            let Some((binding, Some(document))) = subjects.into_iter().next() else {
                return Ok(());
            };
            // What the host let go meanwhile goes nowhere: what is stored of it is what it was before.
            if binding.is_bound() || binding.wanted == Wanted::Gone {
                return Ok(());
            }
            let mut draft = Draft::new(self.clock.now());
            let known = self.known(&key.document, &draft).await?;
            self.arrive(&key.document, &document, &known, &mut draft);
            let mut changes = draft.into_changes(Vec::new());
            self.plan_freed_by(&mut changes).await?;
            let news = News::of(&changes);
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.announce(&news);
                    return Ok(());
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Lets documents leave that were voided for it: a crash or a lost reply may have come between the two.
    pub(super) async fn leave_late(&self, keys: &[BindingKey]) -> Result<(), DriverError> {
        for binding in self.store.bindings(keys).await?.into_iter().flatten() {
            if is_free(&binding) {
                self.leave(&binding.key).await?;
            }
        }
        Ok(())
    }

    /// Documents about which nothing could be decided now wait a while.
    pub(super) async fn decide_later(&self, keys: &[BindingKey]) -> Result<(), DriverError> {
        let now = self.clock.now();
        self.apply(keys, ChangeSet::default(), |binding| {
            let State::Waiting { attempts, .. } = binding.state else {
                return None;
            };
            let again = backoff::retry_at(&self.limits, attempts, now);
            let why = "the connection that it goes to could not be asked";
            put_back(binding, why, Some(again), self.policy(&binding.key), now)
        })
        .await?;
        Ok(())
    }
}

/// Where a document goes, by what was decided about it here: after its void, or at once when it is out of the books.
pub(super) fn goes_on_to<'a>(
    binding: &Binding,
    decision: &'a Decision,
) -> Option<&'a ConnectionId> {
    match decision {
        Decision::Leave(to) => Some(to),
        Decision::Skip(SkipReason::RoutedTo(to)) if is_free(binding) => Some(to),
        Decision::Skip(_)
        | Decision::Create(_)
        | Decision::Update(_)
        | Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Hold(_) => None,
    }
}

/// Whether a document waits to be decided about, and nothing in the books holds it here.
fn is_free(binding: &Binding) -> bool {
    matches!(binding.state, State::Waiting { .. }) && !binding.is_bound()
}

/// Nothing can be decided yet: the other connection did not answer.
fn unanswered(to: &ConnectionId, error: &DriverError) -> Option<Decision> {
    tracing::warn!(connection = %to, error = %error.chain(), "could not be asked whether it takes a document");
    None
}

fn number_taken(held: &Snapshot) -> Finding {
    Finding::new(
        Rule::NumberTaken,
        format!("another document ({}) has the number there", held.id),
        "Void or renumber that one, or give the host's another number.",
    )
    .at("number", &held.number)
}
