//! Which connection a document goes to now, and what becomes of the bindings that it leaves.

use std::collections::BTreeMap;

use super::DriverError;
use super::draft::Draft;
use super::site::World;
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Document, DocumentKey, HostId};
use crate::engine::{
    Binding, BindingKey, Decision, Elsewhere, HostChange, Step, Wanted, host_changed, planned,
    routed_away, routed_back, routed_elsewhere, wanted_elsewhere,
};
use crate::settings::{Moves, RouteMiss};
use crate::store::Find;

/// Where a document is kept, or is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) connection: ConnectionId,
    /// What the routes looked at, when none claims it and no provider holds it.
    pub(super) miss: Option<RouteMiss>,
    /// Where the routes send it, when a provider holds it or may hold it here.
    pub(super) elsewhere: Option<Elsewhere>,
}

impl World {
    /// The bindings of a document: as drafted if they were stepped already, else from the store.
    pub(super) async fn known(
        &self,
        key: &DocumentKey,
        draft: &Draft,
    ) -> Result<Vec<Binding>, DriverError> {
        let keys = self.store.find(&Find::Document(key.clone())).await?;
        let stored = self.store.bindings(&keys).await?.into_iter().flatten();
        let mut known: BTreeMap<BindingKey, Binding> = stored
            .map(|binding| (binding.key.clone(), binding))
            .collect();
        known.extend(
            draft
                .of_document(key)
                .map(|binding| (binding.key.clone(), binding.clone())),
        );
        Ok(known.into_values().collect())
    }

    /// Where a document goes. What a provider holds or may hold is with its connection until it is proven
    /// out of the books there, and what a person took out stays where it is; what no route claims waits where no
    /// connection is.
    pub(super) fn destination(
        &self,
        host: &HostId,
        document: &Document,
        known: &[Binding],
    ) -> Destination {
        // A summary was made for the connection of its members, wherever its own fields would lead.
        if let Some(summary) = known.iter().find(|binding| binding.roster.is_some()) {
            return Destination {
                connection: summary.key.connection.clone(),
                miss: None,
                elsewhere: None,
            };
        }
        let routed = self.routes.connection(host, document);
        let is_there = |binding: &&Binding| routed == Ok(&binding.key.connection);
        let bound = || known.iter().filter(|binding| binding.is_bound());
        let Some(bound) = bound().find(is_there).or_else(|| bound().next()) else {
            if let Some(taken_out) = known.iter().find(|binding| binding.stays()) {
                return Destination {
                    connection: taken_out.key.connection.clone(),
                    miss: None,
                    elsewhere: None,
                };
            }
            return match routed {
                Ok(connection) => Destination {
                    connection: connection.clone(),
                    miss: None,
                    elsewhere: None,
                },
                Err(miss) => Destination {
                    connection: ConnectionId::unrouted(),
                    miss: Some(miss),
                    elsewhere: None,
                },
            };
        };
        let here = bound.key.connection.clone();
        let to = routed.map_or_else(|_| ConnectionId::unrouted(), Clone::clone);
        let elsewhere = (to != here).then(|| self.elsewhere(&here, to));
        Destination {
            connection: here,
            miss: None,
            elsewhere,
        }
    }

    /// What becomes of a document that a connection holds and that is routed to another.
    pub(super) fn elsewhere(&self, here: &ConnectionId, to: ConnectionId) -> Elsewhere {
        let moves = self
            .connections
            .get(here)
            .map_or(Moves::Stay, |site| site.settings.moves);
        Elsewhere { to, moves }
    }

    /// Whether another connection than the one where it would go today knows this very revision of a document, and has it
    /// still. What became of it there, and what a person is to decide about it, is no other for its being told again.
    pub(super) fn is_known_elsewhere(
        &self,
        host: &HostId,
        document: &Document,
        known: &[Binding],
    ) -> bool {
        let change = HostChange::of(document);
        let knows = |binding: &&Binding| {
            !binding.has_left()
                && binding.revision == change.revision
                && binding.content == change.content
                && binding.wanted == change.wanted
        };
        let mut knowing = known.iter().filter(knows).peekable();
        knowing.peek().is_some() && {
            let to = self.destination(host, document, known).connection;
            knowing.all(|binding| binding.key.connection != to)
        }
    }

    /// Brings a document to where it goes, and takes it away from everywhere else. Gives whether
    /// anything was new.
    pub(super) fn arrive(
        &self,
        key: &DocumentKey,
        document: &Document,
        known: &[Binding],
        draft: &mut Draft,
    ) -> bool {
        let place = self.destination(&key.host, document, known);
        let key = BindingKey {
            document: key.clone(),
            connection: place.connection.clone(),
        };
        let left: Vec<Step> = known
            .iter()
            .filter(|binding| binding.key != key)
            .filter_map(|binding| self.left(binding, &key.connection, draft.at))
            .collect();
        let arrived = self.arrived(&key, known, document, &place, draft);
        let is_new = arrived.is_some() || !left.is_empty();
        if arrived.as_ref().is_some_and(|it| it.wanted == Wanted::Live) {
            let others = known.iter().filter(|binding| binding.key != key);
            for binding in others {
                let policy = self.policy(&binding.key);
                let step = wanted_elsewhere(binding, &key.connection, policy, draft.at);
                draft.step(step);
            }
        }
        left.into_iter().for_each(|step| draft.step(Some(step)));
        if let Some(binding) = arrived {
            let (policy, at) = (self.policy(&key), draft.at);
            let decision = match &place.miss {
                // What nobody claims and the host let go is nobody's business.
                Some(_) if binding.wanted == Wanted::Gone => Some(Decision::Gone),
                Some(miss) => Some(Decision::Hold(vec![self.unclaimed(miss)])),
                None => self.plan_at_hand(&binding, document, at),
            };
            draft.step(decision.and_then(|decision| planned(&binding, &decision, policy, at)));
        }
        is_new
    }

    /// Steps the binding where the document is now. `None` when nothing is new there.
    fn arrived(
        &self,
        key: &BindingKey,
        known: &[Binding],
        document: &Document,
        place: &Destination,
        draft: &mut Draft,
    ) -> Option<Binding> {
        let (policy, at) = (self.policy(key), draft.at);
        let here = known.iter().find(|binding| binding.key == *key);
        let changed = host_changed(key, here, &HostChange::of(document), policy, at)
            .or_else(|| routed_back(here?, at))
            .map(|step| taking_over(step, here, known));
        let current = changed.as_ref().map(|step| &step.binding).or(here)?;
        let marked = routed_elsewhere(current, place.elsewhere.as_ref(), policy, at);
        let latest = marked.as_ref().or(changed.as_ref())?.binding.clone();
        draft.step(changed);
        draft.step(marked);
        Some(latest)
    }

    /// What is wrong with a document that no route claims.
    pub(super) fn unclaimed(&self, miss: &RouteMiss) -> Finding {
        if !self.connections.is_empty() {
            return unclaimed(miss);
        }
        Finding::new(
            Rule::Unrouted,
            "no organisation is connected yet",
            "Connect one on the page Connections or with `tieout connect`; its host is told nothing until then.",
        )
    }

    /// What becomes of a binding whose document is kept by another connection.
    fn left(
        &self,
        binding: &Binding,
        to: &ConnectionId,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Option<Step> {
        let policy = self.policy(&binding.key);
        if !binding.is_bound() {
            return routed_away(binding, to, policy, at);
        }
        // Two providers hold it: what is too much is shown, or taken out of the books.
        let elsewhere = self.elsewhere(&binding.key.connection, to.clone());
        routed_elsewhere(binding, Some(&elsewhere), policy, at)
    }
}

/// What the host was told of how far the document is settled goes on to the binding that tells of it from now on. What it
/// may have been told and nobody is sure of, it is told anew.
fn taking_over(mut step: Step, here: Option<&Binding>, known: &[Binding]) -> Step {
    // It was there before it was routed here, for the first time or again.
    let came_from = |it: &&Binding| {
        it.key != step.binding.key
            && here.is_none_or(|here| {
                here.has_left() || (!here.is_bound() && it.revision > here.revision)
            })
    };
    let before: Vec<&Binding> = known.iter().filter(came_from).collect();
    let told = before.iter().filter(|it| it.told.settlement.is_some());
    // Where it was last: who has not left yet, then who told it itself, then who knew the latest revision.
    let last = told.max_by_key(|it| (!it.has_left(), !it.told.settled_elsewhere, it.revision));
    // What is on its way to the host this moment nobody remembers yet: of all that was ever in the books somewhere, it is told.
    let perhaps =
        |it: &&Binding| it.told.left_summary || it.told.settled_elsewhere || it.posted.is_some();
    let perhaps = last.is_none() && before.iter().any(perhaps);
    let told = &mut step.binding.told;
    let has_told = told.settlement.is_some() && !told.settled_elsewhere;
    match last {
        // What a binding told itself is newer than what another one took over of it.
        Some(last) if !(has_told && last.told.settled_elsewhere) => {
            told.settlement.clone_from(&last.told.settlement);
            told.settled_elsewhere = true;
        }
        // What is on its way from there may reach the host yet.
        Some(_) => told.settled_elsewhere = true,
        None => told.settled_elsewhere |= perhaps,
    }
    step
}

/// What is wrong with a document that no route claims, while some lead somewhere.
fn unclaimed(miss: &RouteMiss) -> Finding {
    let division = miss.division.as_deref().unwrap_or_default();
    let company = miss
        .company
        .as_ref()
        .map_or_else(|| "none".to_owned(), ToString::to_string);
    Finding::new(
        Rule::Unrouted,
        format!(
            "no route claims the document (company {company}, currency {})",
            miss.currency
        ),
        "Add a [[routes]] entry that fits it.",
    )
    .at("business_division", division)
}
