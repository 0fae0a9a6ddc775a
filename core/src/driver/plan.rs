//! How waiting bindings get their plan: chart and contacts first, then a pure decision for each.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::DriverError;
use super::backfill::InLine;
use super::backoff::retry_at;
use super::options::lacks_options;
use super::site::{ConnectionSite, World};
use crate::check::{Finding, Rule};
use crate::document::Document;
use crate::engine::{
    Binding, BindingKey, Decision, Lane, Plan, PlanInput, Priority, SkipReason, State, Wanted,
    plan, planned, put_back,
};
use crate::provider::{AccountingProvider, Chart, ContactAnswer, ContactWanted};
use crate::spans::{followed, planning};
use crate::store::ChangeSet;

/// A binding with its document.
pub(super) type Subject = (Binding, Option<Document>);

/// What should be done about some bindings, each with the version that it was decided on: whatever moved a
/// binding since then, the host, its route or the provider, may have changed the answer.
pub(super) type Decisions = BTreeMap<BindingKey, (u64, Decision)>;

impl World {
    /// Plans the first due bindings of a connection. Gives how many were looked at.
    pub(super) async fn plan_page(&self, site: &ConnectionSite) -> Result<usize, DriverError> {
        let most = self.limits.plan_documents_max;
        let due = self.in_line(site, Lane::Plan, most, usize::MAX).await?;
        if due.keys.is_empty() {
            return Ok(0);
        }
        let span = planning(&site.id, due.keys.len());
        followed(span, self.plan_due(site, &due)).await
    }

    async fn plan_due(&self, site: &ConnectionSite, due: &InLine) -> Result<usize, DriverError> {
        let subjects = self.subjects(&due.keys).await?;
        let decisions = match self.decide(site, &subjects).await {
            Ok(decisions) => decisions,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) if self.rest_backfill(site, due.priority, &error) => return Ok(0),
            Err(error) => {
                self.wait_longer(site, &due.keys, &error).await?;
                return Err(error);
            }
        };
        let at = self.clock.now();
        let undecided = due.keys.iter().filter(|key| !decisions.contains_key(key));
        let undecided: Vec<BindingKey> = undecided.cloned().collect();
        if !undecided.is_empty() {
            self.decide_later(&undecided).await?;
        }
        self.apply(&due.keys, ChangeSet::default(), |binding| {
            // Something may have moved it since: then it stays, and is planned again if it still waits.
            let (version, decision) = decisions.get(&binding.key)?;
            (*version == binding.version)
                .then(|| planned(binding, decision, self.policy(&binding.key), at))
                .flatten()
        })
        .await?;
        for (key, (_, decision)) in &decisions {
            if matches!(decision, Decision::Skip(SkipReason::RoutedTo(_))) {
                self.leave(key).await?;
            }
        }
        Ok(due.keys.len())
    }

    /// Decides about each binding, asking the provider for the chart and for unknown contacts.
    pub(super) async fn decide(
        &self,
        site: &ConnectionSite,
        subjects: &[Subject],
    ) -> Result<Decisions, DriverError> {
        let now = self.clock.now();
        let chart = site
            .book
            .chart(
                self.store.as_ref(),
                site.provider.as_ref(),
                &self.limits,
                now,
            )
            .await?;
        self.review_chart(site, &chart).await?;
        let mut decisions = BTreeMap::new();
        let mut sketches = Vec::new();
        for (binding, document) in subjects {
            let plan = match document {
                Some(document) => self.plan_here(site, &chart, binding, document),
                None => Plan::Decided(Decision::Hold(vec![document_lost(binding)])),
            };
            let decision = match plan {
                Plan::Decided(Decision::Leave(to)) => match document {
                    Some(document) => self.leave_or_hold(binding, document, &to).await?,
                    None => None,
                },
                Plan::Decided(decision) => Some(decision),
                Plan::NeedsContact(sketch) => {
                    sketches.push((binding, sketch));
                    None
                }
            };
            let version = binding.version;
            decisions.extend(decision.map(|decision| (binding.key.clone(), (version, decision))));
        }
        let wanted = sketches.iter().map(|(_, sketch)| &sketch.wanted);
        let is_old = |(binding, _): &Subject| binding.priority() == Priority::Backfill;
        let provider = site.provider_for(match subjects.iter().all(is_old) {
            true => Priority::Backfill,
            false => Priority::Current,
        });
        let answers = self.answers(site, provider, wanted, now).await?;
        for (binding, sketch) in sketches {
            // An answer that was just given is fresh; should there be none, the document waits.
            if let Some(answer) = answers.get(&sketch.wanted.key()) {
                let decision = sketch.decide(answer);
                decisions.insert(binding.key.clone(), (binding.version, decision));
            }
        }
        self.make_options(site, subjects, &answers, &mut decisions)
            .await?;
        Ok(decisions)
    }

    /// What the provider answers about contacts, by their keys: from memory where that is good enough.
    async fn answers(
        &self,
        site: &ConnectionSite,
        provider: &dyn AccountingProvider,
        wanted: impl Iterator<Item = &ContactWanted>,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, ContactAnswer>, DriverError> {
        let store = self.store.as_ref();
        let wanted: BTreeMap<String, &ContactWanted> =
            wanted.map(|wanted| (wanted.key(), wanted)).collect();
        let mut answers = BTreeMap::new();
        let mut unknown: Vec<ContactWanted> = Vec::new();
        for (key, wanted) in wanted {
            match site.book.contact(store, wanted, &self.limits, now).await? {
                Some(answer) => drop(answers.insert(key, answer)),
                None => unknown.push(wanted.clone()),
            }
        }
        if unknown.is_empty() {
            return Ok(answers);
        }
        site.book.resolve(store, provider, &unknown, now).await?;
        for wanted in &unknown {
            if let Some(answer) = site.book.contact(store, wanted, &self.limits, now).await? {
                answers.insert(wanted.key(), answer);
            }
        }
        Ok(answers)
    }

    /// The plan of a binding if chart and contact are in memory, without waiting for anybody.
    pub(super) fn plan_at_hand(
        &self,
        binding: &Binding,
        document: &Document,
        now: DateTime<Utc>,
    ) -> Option<Decision> {
        if !matches!(binding.state, State::Waiting { .. }) {
            return None;
        }
        let site = self.connections.get(&binding.key.connection)?;
        let chart = site.book.chart_at_hand(&self.limits, now)?;
        let decision = match plan_of(site, &chart, binding, document) {
            // The other connection is asked first.
            Plan::Decided(Decision::Leave(_)) => return None,
            Plan::Decided(decision) => decision,
            Plan::NeedsContact(sketch) => {
                let answer = site.book.contact_at_hand(&sketch.wanted)?;
                sketch.decide(&answer)
            }
        };
        (!lacks_options(&decision)).then_some(decision)
    }

    /// Forgets what a refusal showed to be stale, before the document is planned again.
    pub(super) async fn forget_stale(
        &self,
        site: &ConnectionSite,
        key: &BindingKey,
        chart_stale: bool,
        contact_stale: bool,
    ) -> Result<(), DriverError> {
        if chart_stale {
            site.book.forget_chart(self.store.as_ref()).await?;
        }
        if contact_stale
            && let Some(Some(document)) = self
                .store
                .documents(std::slice::from_ref(&key.document))
                .await?
                .into_iter()
                .next()
            && let Ok(wanted) =
                crate::mapping::contact_wanted(&key.document.host, &document, &site.settings)
        {
            site.book
                .forget_contact(self.store.as_ref(), &wanted)
                .await?;
        }
        Ok(())
    }

    /// Bindings with their documents.
    pub(super) async fn subjects(&self, keys: &[BindingKey]) -> Result<Vec<Subject>, DriverError> {
        let bindings: Vec<Binding> = self
            .store
            .bindings(keys)
            .await?
            .into_iter()
            .flatten()
            .collect();
        let documents: Vec<_> = bindings
            .iter()
            .map(|binding| binding.key.document.clone())
            .collect();
        let documents = self.store.documents(&documents).await?;
        Ok(bindings.into_iter().zip(documents).collect())
    }

    async fn wait_longer(
        &self,
        site: &ConnectionSite,
        keys: &[BindingKey],
        error: &DriverError,
    ) -> Result<(), DriverError> {
        let (now, why) = (self.clock.now(), error.chain());
        site.note_failure(why.clone());
        if let DriverError::Provider(error) = error {
            site.note_access(error);
        }
        self.apply(keys, ChangeSet::default(), |binding| {
            let State::Waiting { attempts, .. } = binding.state else {
                return None;
            };
            let pause = retry_at(&self.limits, attempts, now);
            let not_before = error.retry_at().map_or(pause, |at| at.max(pause));
            put_back(
                binding,
                &why,
                Some(not_before),
                self.policy(&binding.key),
                now,
            )
        })
        .await?;
        Ok(())
    }
}

impl World {
    /// The plan of one binding where the routes still send it here, or nothing: it is never made where they no longer
    /// do.
    pub(super) fn plan_here(
        &self,
        site: &ConnectionSite,
        chart: &Chart,
        binding: &Binding,
        document: &Document,
    ) -> Plan {
        let host = &binding.key.document.host;
        let moves = binding.wanted != Wanted::Gone && !binding.stays();
        match self.routes.connection(host, document) {
            Ok(to) if moves && *to != site.id => {
                Plan::Decided(Decision::Skip(SkipReason::RoutedTo(to.clone())))
            }
            Ok(_) | Err(_) => plan_of(site, chart, binding, document),
        }
    }
}

/// The plan of one binding.
pub(super) fn plan_of(
    site: &ConnectionSite,
    chart: &Chart,
    binding: &Binding,
    document: &Document,
) -> Plan {
    let capability = site.provider.capability();
    plan(&PlanInput {
        binding,
        document,
        settings: &site.settings,
        chart,
        capability,
    })
}

fn document_lost(binding: &Binding) -> Finding {
    Finding::new(
        Rule::RecordUnreadable,
        format!("the store has no document for {}", binding.key),
        "Hand the document over again from the host.",
    )
}
