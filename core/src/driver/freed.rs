//! How documents that were kept out for their number are planned anew in the commit that frees it.

use super::DriverError;
use super::site::World;
use crate::document::{ConnectionId, DocumentKind};
use crate::engine::{Binding, number_freed};
use crate::store::{ChangeSet, Find};

/// A number that a document at the provider has no more.
pub(super) struct Freed {
    connection: ConnectionId,
    kind: DocumentKind,
    number: String,
}

impl Freed {
    /// What a change of a binding frees.
    pub(super) fn by(before: &Binding, after: &Binding) -> Option<Self> {
        let number = after.gives_up(before)?;
        Some(Self {
            connection: before.key.connection.clone(),
            kind: before.key.document.kind,
            number: number.to_owned(),
        })
    }
}

impl World {
    /// Plans anew what waits for these numbers, in the change set that frees them.
    ///
    /// What waits for a number that a rule of the settings makes is not found by it: it goes on when somebody retries.
    pub(super) async fn plan_freed(
        &self,
        freed: &[Freed],
        changes: &mut ChangeSet,
    ) -> Result<(), DriverError> {
        let at = self.clock.now();
        for one in freed {
            let mut keys = Vec::new();
            for number in self.numbers_of_hosts(one) {
                keys.extend(self.store.find(&Find::Number(number)).await?);
            }
            keys.retain(|key| key.connection == one.connection && key.document.kind == one.kind);
            for binding in self.store.bindings(&keys).await?.into_iter().flatten() {
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

    /// How hosts may write a number of the provider: as it is, and without the prefix of the settings.
    fn numbers_of_hosts(&self, freed: &Freed) -> Vec<String> {
        let site = self.connections.get(&freed.connection);
        let prefix = site.map_or("", |site| site.settings.number_prefix.as_str());
        let own = freed
            .number
            .strip_prefix(prefix)
            .filter(|_| !prefix.is_empty());
        let numbers = [Some(freed.number.as_str()), own].into_iter().flatten();
        numbers.map(str::to_owned).collect()
    }
}
