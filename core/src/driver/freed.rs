//! How documents that were kept out for their number are planned anew in the commit that frees it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::DriverError;
use super::site::World;
use crate::document::{ConnectionId, DocumentKind};
use crate::engine::{Binding, BindingKey, number_freed};
use crate::store::{ChangeSet, Find, Store, StoreError};

/// Numbers that a document has and asks for no more.
pub(super) struct Freed {
    connection: ConnectionId,
    kind: DocumentKind,
    /// As hosts may write them.
    numbers: BTreeSet<String>,
}

impl Freed {
    /// What a change of a binding frees. `prefix` is what the settings put before the numbers of hosts.
    fn by(before: &Binding, after: &Binding, prefix: &str) -> Option<Self> {
        let numbers = after.gives_up(before);
        let spelled = numbers.into_iter().flat_map(|number| {
            let bare = number.strip_prefix(prefix).unwrap_or(number);
            [number.to_owned(), bare.to_owned()]
        });
        let numbers: BTreeSet<String> = spelled.collect();
        (!numbers.is_empty()).then(|| Self {
            connection: before.key.connection.clone(),
            kind: before.key.document.kind,
            numbers,
        })
    }
}

impl World {
    /// What a change of a binding frees.
    pub(super) fn freed(&self, before: &Binding, after: &Binding) -> Option<Freed> {
        let site = self.connections.get(&before.key.connection);
        let prefix = site.map_or("", |site| site.settings.number_prefix.as_str());
        Freed::by(before, after, prefix)
    }

    /// Plans anew what waits for these numbers, in the change set that frees them.
    ///
    /// What waits for a number that a rule of the settings makes is not found by it: it goes on when somebody retries.
    pub(super) async fn plan_freed(
        &self,
        freed: &[Freed],
        changes: &mut ChangeSet,
    ) -> Result<(), StoreError> {
        plan(self.store.as_ref(), freed, changes, self.clock.now()).await
    }

    /// Plans anew what waits for a number that a change set frees, in the change set itself.
    pub(super) async fn plan_freed_by(&self, changes: &mut ChangeSet) -> Result<(), DriverError> {
        let freed = freed_by(self.store.as_ref(), changes, |before, after| {
            self.freed(before, after)
        });
        let freed = freed.await?;
        Ok(self.plan_freed(&freed, changes).await?)
    }
}

/// Plans anew what waits for a number of a document that a person takes out, in the change set of that decision.
pub async fn plan_freed_by_hand(
    store: &dyn Store,
    changes: &mut ChangeSet,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    // Of what was never sent only the number of its host was asked for.
    let freed = freed_by(store, changes, |before, after| Freed::by(before, after, ""));
    let freed = freed.await?;
    plan(store, &freed, changes, at).await
}

async fn freed_by(
    store: &dyn Store,
    changes: &ChangeSet,
    freed: impl Fn(&Binding, &Binding) -> Option<Freed>,
) -> Result<Vec<Freed>, StoreError> {
    let changed = changes.bindings.iter().filter(|it| it.version > 0);
    let keys: Vec<BindingKey> = changed.clone().map(|it| it.key.clone()).collect();
    let before = store.bindings(&keys).await?;
    let pairs = before.iter().zip(changed);
    Ok(pairs
        .filter_map(|(before, after)| freed(before.as_ref()?, after))
        .collect())
}

async fn plan(
    store: &dyn Store,
    freed: &[Freed],
    changes: &mut ChangeSet,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    for one in freed {
        let mut keys = Vec::new();
        for number in &one.numbers {
            keys.extend(store.find(&Find::Number(number.clone())).await?);
        }
        keys.retain(|key| key.connection == one.connection && key.document.kind == one.kind);
        for binding in store.bindings(&keys).await?.into_iter().flatten() {
            let key = &binding.key;
            let drafted = changes.bindings.iter().position(|it| it.key == *key);
            let known = drafted.map_or(&binding, |index| &changes.bindings[index]);
            let Some(step) = number_freed(known, at) else {
                continue;
            };
            changes.journal.push(step.entry);
            match drafted {
                Some(index) => changes.bindings[index] = step.binding,
                None => changes.bindings.push(step.binding),
            }
        }
    }
    Ok(())
}
