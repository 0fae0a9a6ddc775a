//! How transitions become durable: read, decide, commit, and again if somebody was faster.

use super::{DriverError, World};
use crate::engine::{Binding, BindingKey, Entry, Event, Step};
use crate::store::{ChangeSet, StoreError};

/// Conflicts in a row before a turn gives up and comes again.
const CONFLICTS_MAX: usize = 8;

impl World {
    /// Applies a transition to some bindings and commits the outcome together with `base`.
    ///
    /// Transitions are pure, so a conflict is answered by reading and deciding again. `base` is
    /// committed even when no binding changes. Gives the bindings that changed.
    pub(super) async fn apply(
        &self,
        keys: &[BindingKey],
        base: ChangeSet,
        transition: impl Fn(&Binding) -> Option<Step> + Send,
    ) -> Result<Vec<Binding>, DriverError> {
        let mut conflicts = 0;
        loop {
            let known = self.store.bindings(keys).await?;
            let steps: Vec<Step> = known.iter().flatten().filter_map(&transition).collect();
            let mut changes = base.clone();
            let moved: Vec<Binding> = steps.iter().map(|step| step.binding.clone()).collect();
            for step in steps {
                changes.bindings.push(step.binding);
                changes.journal.push(step.entry);
            }
            let happened = changes.journal.clone();
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.count(&happened);
                    self.wake(moved.iter().map(|binding| &binding.key));
                    return Ok(moved);
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Counts what happened to bindings.
    pub(super) fn count(&self, happened: &[Entry]) {
        let progress = &self.progress;
        for entry in happened {
            match &entry.event {
                Event::Held { .. } => progress.held(1),
                Event::Planned { op: Some(_), .. } => progress.planned(1),
                Event::Planned { op: None, .. } => {
                    progress.skipped(usize::from(entry.state.as_deref() == Some("skipped")));
                }
                Event::InDoubt { .. } => progress.doubts(1),
                Event::Refused { .. } => progress.refused(1),
                Event::RecordUnreadable { .. } => progress.unreadable(1),
                Event::HostChanged { .. }
                | Event::Departed { .. }
                | Event::Landed { .. }
                | Event::Resolved { .. }
                | Event::PutBack { .. }
                | Event::ProviderChanged { .. }
                | Event::Delivered { .. }
                | Event::DeliveryRefused { .. }
                | Event::Operator { .. } => {}
            }
        }
    }
}
