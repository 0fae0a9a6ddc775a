//! What happens when the ground of earlier decisions changed, settings, routes or a chart: open ones are made anew.

use chrono::{DateTime, Utc};

use super::DriverError;
use super::cursor::{read, record};
use super::draft::Draft;
use super::site::{ConnectionSite, World};
use crate::document::{Document, DocumentKey};
use crate::engine::{
    Binding, BindingKey, ContentHash, Decision, SkipReason, State, Wanted, bound_changed,
    companions_changed, planned, routed_elsewhere, settings_changed,
};
use crate::provider::Chart;
use crate::store::{ChangeSet, RecordKey, StoreError};

/// Bindings looked at in one step of the walk.
const STEP_MAX: usize = 500;

impl World {
    /// Routes and plans anew what was held, refused, skipped or not yet sent, if settings or routes are
    /// not those of the last start. A crash during the walk means that the next start walks again.
    pub(super) async fn review(&self) -> Result<(), DriverError> {
        let (key, ground) = self.ground();
        if read::<ContentHash>(self.store.as_ref(), &key)
            .await?
            .as_ref()
            == Some(&ground)
        {
            return Ok(());
        }
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last().map(|binding| binding.key.clone()) else {
                break;
            };
            match self.review_some(some).await {
                Ok(()) => last = Some(end),
                // Another node was faster with one of them: look at these again.
                Err(DriverError::Store(StoreError::Conflict(_))) => {}
                Err(error) => return Err(error),
            }
        }
        let records = vec![record(key, &ground)];
        self.store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        Ok(())
    }

    /// The fingerprint of settings and routes, and the record that keeps the one of the last start.
    fn ground(&self) -> (RecordKey, ContentHash) {
        let settings: Vec<_> = self
            .connections
            .iter()
            .map(|(id, site)| (id, &site.settings))
            .collect();
        let ground = ContentHash::of(&(&self.routes, settings));
        (RecordKey::new(&["settings", "fingerprint"]), ground)
    }

    /// Whether settings or routes are not those of the last start: the next one decides anew.
    pub(super) async fn is_new_ground(&self) -> Result<bool, DriverError> {
        let (key, ground) = self.ground();
        let known = read::<ContentHash>(self.store.as_ref(), &key).await?;
        Ok(known.as_ref() != Some(&ground))
    }

    /// Whether a chart says something else than when held documents were last planned anew.
    pub(super) async fn is_new_chart(
        &self,
        site: &ConnectionSite,
        chart: &Chart,
    ) -> Result<bool, DriverError> {
        let (key, ground) = chart_ground(site, chart);
        let known = read::<ContentHash>(self.store.as_ref(), &key).await?;
        Ok(known.is_some_and(|known| known != ground))
    }

    /// Plans anew what is held on a connection, if its chart says something else than when this was last
    /// done: an account that was missing may be there. A crash during the walk means that the next look
    /// at the chart walks again.
    ///
    /// Gives whether it said something else.
    pub(super) async fn review_chart(
        &self,
        site: &ConnectionSite,
        chart: &Chart,
    ) -> Result<bool, DriverError> {
        if !site.is_news(chart.as_of) {
            return Ok(false);
        }
        let (key, ground) = chart_ground(site, chart);
        let known = read::<ContentHash>(self.store.as_ref(), &key).await?;
        if known.as_ref() == Some(&ground) {
            return Ok(false);
        }
        if known.is_some() {
            self.review_held(site).await?;
        }
        let records = vec![record(key, &ground)];
        self.store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        Ok(true)
    }

    async fn review_held(&self, site: &ConnectionSite) -> Result<(), DriverError> {
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else {
                return Ok(());
            };
            last = Some(end.key.clone());
            let held = some.into_iter().filter(|binding| {
                binding.key.connection == site.id && matches!(binding.state, State::Held { .. })
            });
            let held: Vec<BindingKey> = held.map(|binding| binding.key).collect();
            if held.is_empty() {
                continue;
            }
            let at = self.clock.now();
            self.apply(&held, ChangeSet::default(), |binding| {
                matches!(binding.state, State::Held { .. })
                    .then(|| settings_changed(binding, at))
                    .flatten()
            })
            .await?;
        }
    }

    async fn review_some(&self, some: Vec<Binding>) -> Result<(), DriverError> {
        let mut draft = Draft::new(self.clock.now());
        // What is left of an erased document leads nowhere else.
        let (routable, settled): (Vec<Binding>, Vec<Binding>) = some
            .into_iter()
            .filter(|binding| binding.erased.is_none())
            .partition(|binding| is_movable(binding) || binding.is_bound());
        for binding in &settled {
            let policy = self.policy(&binding.key);
            let changed = settings_changed(binding, draft.at)
                .or_else(|| bound_changed(binding, policy, draft.at))
                .or_else(|| companions_changed(binding, policy, draft.at));
            draft.step(changed);
        }
        let keys: Vec<DocumentKey> = routable
            .iter()
            .map(|binding| binding.key.document.clone())
            .collect();
        let documents = self.store.documents(&keys).await?;
        for (binding, document) in routable.iter().zip(documents) {
            match document {
                Some(document) if is_movable(binding) => {
                    self.review_movable(&binding.key, &document, &mut draft)
                        .await?;
                }
                Some(document) => {
                    self.review_bound(&binding.key, &document, &mut draft)
                        .await?;
                }
                None if is_movable(binding) => {}
                None => draft.step(settings_changed(binding, draft.at)),
            }
        }
        let mut changes = draft.into_changes(Vec::new());
        self.plan_freed_by(&mut changes).await?;
        self.store.commit(changes).await?;
        Ok(())
    }

    /// Looks anew at a document that a provider holds or may hold: it may be routed elsewhere by now.
    async fn review_bound(
        &self,
        key: &BindingKey,
        document: &Document,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        let known = self.known(&key.document, draft).await?;
        let Some(binding) = known.iter().find(|binding| binding.key == *key) else {
            return Ok(());
        };
        let place = self.destination(&key.document.host, document, &known);
        let elsewhere = if place.connection == key.connection {
            place.elsewhere
        } else {
            Some(self.elsewhere(&key.connection, place.connection))
        };
        let (policy, at) = (self.policy(key), draft.at);
        let changed = routed_elsewhere(binding, elsewhere.as_ref(), policy, at)
            .or_else(|| settings_changed(binding, at))
            .or_else(|| bound_changed(binding, policy, at))
            .or_else(|| companions_changed(binding, policy, at));
        draft.step(changed);
        Ok(())
    }

    /// Looks anew at a document that no provider holds: it may go to another connection by now.
    async fn review_movable(
        &self,
        key: &BindingKey,
        document: &Document,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        let known = self.known(&key.document, draft).await?;
        let Some(binding) = known.iter().find(|binding| binding.key == *key) else {
            return Ok(());
        };
        let place = self.destination(&key.document.host, document, &known);
        if place.connection != key.connection {
            if binding.wanted == Wanted::Gone {
                return Ok(());
            }
            self.arrive(&key.document, document, &known, draft);
            return Ok(());
        }
        draft.step(match place.miss {
            None => settings_changed(binding, draft.at),
            Some(miss) => {
                let hold = Decision::Hold(vec![self.unclaimed(&miss)]);
                planned(binding, &hold, self.policy(key), draft.at)
            }
        });
        Ok(())
    }
}

/// The fingerprint of what a chart says, and the record that keeps it.
fn chart_ground(site: &ConnectionSite, chart: &Chart) -> (RecordKey, ContentHash) {
    let ground = ContentHash::of(&Chart {
        as_of: DateTime::<Utc>::UNIX_EPOCH,
        ..chart.clone()
    });
    let key = RecordKey::new(&["chart-fingerprint", site.id.as_str()]);
    (key, ground)
}

/// Whether another connection may have the document.
fn is_movable(binding: &Binding) -> bool {
    let open = match &binding.state {
        State::Skipped {
            reason: SkipReason::RoutedTo(_),
        } => false,
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Rejected { .. } => true,
        State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => false,
    };
    open && !binding.stays()
}
