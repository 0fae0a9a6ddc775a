//! Which connection a document goes to now, and what becomes of the bindings that it leaves.

use std::collections::BTreeMap;

use super::DriverError;
use super::draft::Draft;
use super::site::World;
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Document, DocumentKey, HostId};
use crate::engine::{
    Binding, BindingKey, Decision, HostChange, Wanted, host_changed, planned, routed_away,
    routed_back,
};
use crate::settings::RouteMiss;
use crate::store::Find;

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

    /// Where a document goes. What a provider holds or may hold stays with its connection, and so does what a
    /// person took out; what no route claims waits where no connection is.
    pub(super) fn destination(
        &self,
        host: &HostId,
        document: &Document,
        known: &[Binding],
    ) -> (ConnectionId, Option<RouteMiss>) {
        let bound = known
            .iter()
            .find(|binding| binding.is_bound())
            .or_else(|| known.iter().find(|binding| binding.stays()));
        match (bound, self.routes.connection(host, document)) {
            (Some(bound), _) => (bound.key.connection.clone(), None),
            (None, Ok(connection)) => (connection.clone(), None),
            (None, Err(miss)) => (ConnectionId::unrouted(), Some(miss)),
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
        let (connection, miss) = self.destination(&key.host, document, known);
        let key = BindingKey {
            document: key.clone(),
            connection,
        };
        let here = known.iter().find(|binding| binding.key == key);
        let (policy, at) = (self.policy(&key), draft.at);
        let changed = host_changed(&key, here, &HostChange::of(document), policy, at);
        let Some(step) = changed.or_else(|| routed_back(here?, at)) else {
            return false;
        };
        let decision = match miss {
            // What nobody claims and the host let go is nobody's business.
            Some(_) if step.binding.wanted == Wanted::Gone => Some(Decision::Gone),
            Some(miss) => Some(Decision::Hold(vec![unclaimed(&miss)])),
            None => self.plan_at_hand(&step.binding, document, at),
        };
        let next = decision.and_then(|decision| planned(&step.binding, &decision, policy, at));
        draft.step(Some(step));
        draft.step(next);
        for left in known.iter().filter(|binding| binding.key != key) {
            draft.step(routed_away(
                left,
                &key.connection,
                self.policy(&left.key),
                at,
            ));
        }
        true
    }
}

/// What is wrong with a document that no route claims.
pub(super) fn unclaimed(miss: &RouteMiss) -> Finding {
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
