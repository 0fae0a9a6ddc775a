//! How compared documents leave: what they lack is made, they are stored as ready, gathered and sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::JoinSet;

use super::run::Job;
use super::told::Executed;
use super::verify::{Going, as_planned, changed};
use crate::driver::DriverError;
use crate::driver::dispatch::fly;
use crate::driver::gather::{agrees, gather};
use crate::driver::plan::{Decisions, Subject};
use crate::driver::preview::TO_BE_MADE;
use crate::driver::site::ConnectionSite;
use crate::engine::{
    Action, Binding, BindingKey, ContentHash, Decision, Intention, Lane, Priority, planned,
};
use crate::provider::{Confidence, ContactAnswer, ContactWanted, Posting};
use crate::store::ChangeSet;

/// Documents that may leave now.
pub(super) struct Ready {
    /// What was planned for them.
    pub(super) planned: Vec<Intention>,
    /// What is to be asked for each, with the version that it holds for.
    pub(super) decisions: Decisions,
    /// Today's.
    pub(super) current: Vec<BindingKey>,
    /// Old ones.
    pub(super) old: Vec<BindingKey>,
}

type Answers = BTreeMap<String, ContactAnswer>;

impl Job<'_> {
    /// Makes what documents lack and stores that they are ready. What cannot be made is told.
    pub(super) async fn make_ready(
        &mut self,
        site: &Arc<ConnectionSite>,
        going: Vec<Going>,
    ) -> Result<Ready, DriverError> {
        let answers = self.make_contacts(site, &going).await?;
        let (going, mut decisions) = self.with_contacts(going, &answers);
        let going = self
            .make_options(site, going, &answers, &mut decisions)
            .await?;
        let keys: Vec<BindingKey> = going.iter().map(|one| one.intention.key()).collect();
        let world = Arc::clone(&self.world);
        let at = world.clock.now();
        world
            .apply(&keys, ChangeSet::default(), |binding| {
                let (version, decision) = decisions.get(&binding.key)?;
                (*version == binding.version)
                    .then(|| planned(binding, decision, world.policy(&binding.key), at))
                    .flatten()
            })
            .await?;
        // Payments of ours are taken back before their document goes.
        let first: Vec<BindingKey> = going
            .iter()
            .filter(|one| one.intention.action == Action::Void && !one.intention.beside.is_empty())
            .map(|one| one.intention.key())
            .collect();
        world.beside_of(site, &first, &self.stop).await?;
        let mut ready = Ready {
            planned: going.into_iter().map(|one| one.intention).collect(),
            decisions: Decisions::new(),
            current: Vec::new(),
            old: Vec::new(),
        };
        for binding in world.store.bindings(&keys).await?.into_iter().flatten() {
            let Some((_, decision)) = decisions.remove(&binding.key) else {
                continue;
            };
            if !is_to_leave(&binding) {
                continue;
            }
            let line = match binding.priority() {
                Priority::Operator | Priority::Current => &mut ready.current,
                Priority::Backfill => &mut ready.old,
            };
            line.push(binding.key.clone());
            ready
                .decisions
                .insert(binding.key, (binding.version, decision));
        }
        Ok(ready)
    }

    /// Makes the contacts that the plan makes, all of them in one question.
    async fn make_contacts(
        &self,
        site: &ConnectionSite,
        going: &[Going],
    ) -> Result<Answers, DriverError> {
        let world = &self.world;
        let (store, now) = (world.store.as_ref(), world.clock.now());
        let mut answers = Answers::new();
        let mut unknown: Vec<ContactWanted> = Vec::new();
        for one in going {
            let Some(wanted) = &one.drafted.wanted else {
                continue;
            };
            let key = wanted.key();
            if answers.contains_key(&key) || unknown.iter().any(|it| it.key() == key) {
                continue;
            }
            match site.book.contact(store, wanted, &world.limits, now).await? {
                Some(answer) => drop(answers.insert(key, answer)),
                None if lacks_contact(one) => unknown.push(wanted.clone()),
                None => {}
            }
        }
        if unknown.is_empty() {
            return Ok(answers);
        }
        let is_old = |one: &Going| one.drafted.preview.old;
        let provider = site.provider_for(match going.iter().all(is_old) {
            true => Priority::Backfill,
            false => Priority::Current,
        });
        site.book.resolve(store, provider, &unknown, now).await?;
        for wanted in &unknown {
            let answer = site.book.contact(store, wanted, &world.limits, now).await?;
            answers.extend(answer.map(|answer| (wanted.key(), answer)));
        }
        Ok(answers)
    }

    /// The decisions with the contacts that were made. Whoever has none that is surely the one is told.
    fn with_contacts(&mut self, going: Vec<Going>, answers: &Answers) -> (Vec<Going>, Decisions) {
        let mut kept = Vec::new();
        let mut decisions = Decisions::new();
        for one in going {
            let Some(mut decision) = one.drafted.decision.clone() else {
                continue;
            };
            if lacks_contact(&one) {
                let wanted = one.drafted.wanted.as_ref();
                let answer = wanted.and_then(|wanted| answers.get(&wanted.key()));
                let made = match answer {
                    Some(ContactAnswer::Found { id, by })
                        if by.confidence() == Confidence::Sure =>
                    {
                        Ok(id.clone())
                    }
                    other => Err(in_words(other)),
                };
                match (made, posting_of(&mut decision)) {
                    (Ok(id), Some(posting)) => posting.contact = id,
                    (Ok(_), None) => {}
                    (Err(now), _) => {
                        let name = &one.drafted.preview.contact;
                        let planned = format!("{name} (to be made)");
                        let refused = Executed::refused(changed("contact", &planned, &now));
                        self.say(&one.intention, refused);
                        continue;
                    }
                }
            }
            let version = one.drafted.binding.version;
            decisions.insert(one.intention.key(), (version, decision));
            kept.push(one);
        }
        (kept, decisions)
    }

    /// Makes the tracking options that the plan makes. What comes out otherwise than planned is told.
    async fn make_options(
        &mut self,
        site: &ConnectionSite,
        going: Vec<Going>,
        answers: &Answers,
        decisions: &mut Decisions,
    ) -> Result<Vec<Going>, DriverError> {
        let lacking = |one: &&Going| !one.intention.makes_options.is_empty();
        let subjects: Vec<Subject> = going
            .iter()
            .filter(lacking)
            .map(|one| {
                (
                    one.drafted.binding.clone(),
                    Some(one.drafted.document.clone()),
                )
            })
            .collect();
        if subjects.is_empty() {
            return Ok(going);
        }
        let world = Arc::clone(&self.world);
        world
            .make_options(site, &subjects, answers, decisions)
            .await?;
        let (store, provider) = (world.store.as_ref(), site.provider.as_ref());
        let now = world.clock.now();
        let chart = site.book.chart(store, provider, &world.limits, now).await?;
        let mut kept = Vec::new();
        for one in going {
            let key = one.intention.key();
            let became = match decisions.get_mut(&key) {
                Some((_, Decision::Create(posting) | Decision::Update(posting))) => {
                    let normal = as_planned(posting.clone(), &one.intention, true, &chart);
                    let hash = ContentHash::of(&normal);
                    let same = one.intention.posting.as_deref() == Some(hash.as_str());
                    (!same).then(|| {
                        let was = one.intention.posting.as_deref().unwrap_or_default();
                        Executed::refused(changed("the posting", was, hash.as_str()))
                    })
                }
                Some((_, Decision::Hold(findings))) => Some(Executed::Refused {
                    changed: Vec::new(),
                    findings: findings.clone(),
                }),
                Some(_) => None,
                None => Some(Executed::refused(changed(
                    "tracking options to make",
                    "made first",
                    "not made",
                ))),
            };
            match became {
                Some(became) => {
                    decisions.remove(&key);
                    self.say(&one.intention, became);
                }
                None => kept.push(one),
            }
        }
        Ok(kept)
    }

    /// Sends documents in as few requests as they fit into, some at once. Each outcome is stored with its binding.
    pub(super) async fn depart(
        &self,
        site: &Arc<ConnectionSite>,
        mut keys: Vec<BindingKey>,
        decisions: &Decisions,
        priority: Priority,
    ) -> Result<(), DriverError> {
        let world = &self.world;
        let most = site.provider.capability().concurrent_max;
        let most = most.saturating_sub(1).max(1);
        let mut looked_for = BTreeSet::new();
        while !keys.is_empty() && !self.stop.is_cancelled() {
            let bindings = world.store.bindings(&keys).await?.into_iter().flatten();
            let subjects: Vec<Binding> = bindings
                .filter(|binding| agrees(binding, decisions))
                .collect();
            if subjects.is_empty() {
                return Ok(());
            }
            let gathered = gather(site, subjects, decisions.clone(), most);
            if gathered.is_empty() || world.hold_twins(site, &gathered).await? {
                if gathered.is_empty() {
                    return Ok(());
                }
                continue;
            }
            let looked = world.look_first((site, priority), &gathered, &mut looked_for);
            if looked.await? {
                continue;
            }
            let Some(loaded) = world.store_flights(site, gathered, priority).await? else {
                continue;
            };
            let mut flights = JoinSet::new();
            for loaded in loaded {
                let gone = loaded.keys();
                keys.retain(|key| !gone.contains(key));
                flights.spawn(fly(Arc::clone(world), Arc::clone(site), loaded));
            }
            let mut landed = Ok(());
            while let Some(outcome) = flights.join_next().await {
                let outcome = outcome.unwrap_or_else(|error| {
                    std::panic::resume_unwind(error.into_panic());
                });
                landed = landed.and(outcome);
            }
            landed?;
        }
        Ok(())
    }
}

/// Whether a binding is stored as ready, and nothing has to happen first.
fn is_to_leave(binding: &Binding) -> bool {
    let lanes = binding.due();
    lanes.iter().any(|due| due.lane == Lane::Dispatch)
}

fn lacks_contact(one: &Going) -> bool {
    let posting = one.drafted.posting.as_ref();
    let writes = matches!(one.intention.action, Action::Create | Action::Update);
    writes && posting.is_some_and(|posting| posting.contact.as_str() == TO_BE_MADE)
}

fn posting_of(decision: &mut Decision) -> Option<&mut Posting> {
    match decision {
        Decision::Create(posting) | Decision::Update(posting) => Some(posting),
        Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Leave(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_)
        | Decision::Hold(_) => None,
    }
}

/// What became of a contact that was to be made.
fn in_words(answer: Option<&ContactAnswer>) -> String {
    match answer {
        Some(ContactAnswer::Found { id, by }) => {
            format!(
                "{id}, which may be another one: it matches by {}",
                by.as_str()
            )
        }
        Some(ContactAnswer::Archived { contact }) => format!("{} is archived", contact.name),
        Some(ContactAnswer::Ambiguous { candidates }) => {
            format!("{} contacts fit", candidates.len())
        }
        Some(ContactAnswer::Refused { messages }) => messages.join("; "),
        Some(ContactAnswer::Missing { .. }) | None => "not made".to_owned(),
    }
}
