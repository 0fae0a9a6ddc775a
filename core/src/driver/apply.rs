//! How transitions become durable: read, decide, commit, and again if somebody was faster.

use super::{DriverError, World};
use crate::engine::{Binding, BindingKey, State, Step};
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
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.count(&moved);
                    self.wake(moved.iter().map(|binding| &binding.key));
                    return Ok(moved);
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Counts what bindings came to.
    pub(super) fn count(&self, moved: &[Binding]) {
        let progress = &self.progress;
        for binding in moved {
            match &binding.state {
                State::Held { .. } => progress.held(1),
                State::Skipped { .. } => progress.skipped(1),
                State::Ready { .. } => progress.planned(1),
                State::Unsure { .. } => progress.doubts(1),
                State::Rejected { .. } => progress.refused(1),
                State::Waiting { .. }
                | State::InFlight(_)
                | State::Posted
                | State::Voided
                | State::Removed { .. }
                | State::Detached => {}
            }
        }
    }
}
