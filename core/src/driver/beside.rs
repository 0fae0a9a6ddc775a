//! Which documents have a turn for what goes out beside them, and when a turn ends.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::DriverError;
use super::companions::Progressed;
use super::site::{ConnectionSite, World};
use super::tape::of_beside;
use crate::engine::{BindingKey, Lane};

/// Bindings of one turn.
const BINDINGS_MAX: usize = 50;
/// Steps for one binding in one turn; what is left comes with the next.
const STEPS_MAX: usize = 1_000;

impl World {
    /// Works off what is due beside the first documents of a connection. Gives the time before which the
    /// provider takes nothing, if it said so.
    ///
    /// A failure concerns what failed and holds up no other. A crash leaves what was in the air in doubt:
    /// payments are then looked for by their markers before any repeat, files and notes are looked for by
    /// the provider's port itself.
    pub(super) async fn beside_page(
        &self,
        site: &ConnectionSite,
        stop: &CancellationToken,
    ) -> Result<Option<DateTime<Utc>>, DriverError> {
        let due = self
            .store
            .due(&site.id, Lane::Beside, self.clock.now(), BINDINGS_MAX)
            .await?;
        self.beside_of(site, &due.keys, stop).await
    }

    /// The same for these bindings alone, as far as something is due beside them.
    pub(super) async fn beside_of(
        &self,
        site: &ConnectionSite,
        keys: &[BindingKey],
        stop: &CancellationToken,
    ) -> Result<Option<DateTime<Utc>>, DriverError> {
        // What stands at the provider may be newer than a store that was restored: it is read before the first
        // payment leaves.
        if !site.was_read() && self.may_pay(keys).await? {
            self.collect_all(site, stop).await?;
        }
        for key in keys {
            for _ in 0..STEPS_MAX {
                if stop.is_cancelled() {
                    return Ok(None);
                }
                let step = self.on_tape(of_beside(site, key), self.beside(site, key));
                match step.await? {
                    Progressed::Nothing => break,
                    Progressed::OneStep => {}
                    Progressed::Paused(until) => return Ok(Some(until)),
                }
            }
        }
        Ok(None)
    }

    /// Whether a payment may be made or taken back beside one of these: not beside what is undone and has none.
    async fn may_pay(&self, keys: &[BindingKey]) -> Result<bool, DriverError> {
        let known = self.store.bindings(keys).await?;
        let mut known = known.iter().flatten();
        Ok(known.any(|it| !it.is_to_be_undone() || it.has_payments_beside()))
    }
}
