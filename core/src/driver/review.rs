//! What a start does when settings or routes changed: open decisions are made anew.

use chrono::{DateTime, Utc};

use super::cursor::{read, record};
use super::intake::{leave, unrouted};
use super::site::World;
use super::DriverError;
use crate::document::{ConnectionId, Document};
use crate::engine::{Binding, BindingKey, ContentHash, HostChange, State, host_changed, settings_changed};
use crate::store::{ChangeSet, RecordKey, StoreError};

/// Bindings looked at in one step of the walk.
const STEP_MAX: usize = 500;

impl World {
    /// Plans anew what was held, refused, skipped or unrouted, if settings or routes are not those of
    /// the last start. A crash during the walk means that the next start walks again.
    pub(super) async fn review(&self) -> Result<(), DriverError> {
        let settings: Vec<_> = self.connections.iter().map(|(id, site)| (id, &site.settings)).collect();
        let ground = ContentHash::of(&(&self.routes, settings));
        let key = RecordKey::new(&["settings", "fingerprint"]);
        if read::<ContentHash>(self.store.as_ref(), &key).await?.as_ref() == Some(&ground) {
            return Ok(());
        }
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            self.review_some(&some).await?;
        }
        let records = vec![record(key, &ground)];
        self.store.commit(ChangeSet { records, ..ChangeSet::default() }).await?;
        Ok(())
    }

    async fn review_some(&self, some: &[Binding]) -> Result<(), DriverError> {
        let at = self.clock.now();
        let mut changes = ChangeSet::default();
        for binding in some {
            if binding.key.connection == ConnectionId::unrouted() && !matches!(binding.state, State::Detached) {
                self.route_anew(binding, &mut changes, at).await?;
            } else if let Some(step) = settings_changed(binding, at) {
                changes.bindings.push(step.binding);
                changes.journal.push(step.entry);
            }
        }
        match self.store.commit(changes).await {
            Ok(()) => Ok(()),
            // Only a start walks, before anything else runs; whoever interferes decided anew itself.
            Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves an unrouted document to the connection whose route claims it now.
    async fn route_anew(
        &self,
        binding: &Binding,
        changes: &mut ChangeSet,
        at: DateTime<Utc>,
    ) -> Result<(), DriverError> {
        let documents = self.store.documents(std::slice::from_ref(&binding.key.document)).await?;
        let Some(document) = documents.into_iter().flatten().next() else { return Ok(()) };
        match self.routes.connection(&binding.key.document.host, &document) {
            Ok(connection) => self.claim(binding, &document, connection.clone(), changes, at).await,
            Err(miss) => {
                let step = unrouted(binding, &miss, at);
                if step.binding.state != binding.state {
                    changes.bindings.push(step.binding);
                    changes.journal.push(step.entry);
                }
                Ok(())
            }
        }
    }

    async fn claim(
        &self,
        binding: &Binding,
        document: &Document,
        connection: ConnectionId,
        changes: &mut ChangeSet,
        at: DateTime<Utc>,
    ) -> Result<(), DriverError> {
        let key = BindingKey { document: binding.key.document.clone(), connection };
        let known = self.store.bindings(std::slice::from_ref(&key)).await?.into_iter().flatten().next();
        let step = host_changed(&key, known.as_ref(), &HostChange::of(document), self.policy(&key), at);
        if let Some(step) = step {
            changes.bindings.push(step.binding);
            changes.journal.push(step.entry);
        }
        if let Some(step) = leave(binding, &key.connection, at) {
            changes.bindings.push(step.binding);
            changes.journal.push(step.entry);
        }
        Ok(())
    }
}
