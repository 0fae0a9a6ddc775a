//! What a start does first: whatever was in the air when the process stopped is in doubt.

use super::DriverError;
use super::site::{ConnectionSite, World};
use crate::engine::{BindingKey, State, in_doubt};
use crate::store::ChangeSet;

/// Why a flight is in doubt after a start.
const STOPPED: &str = "the process stopped while the request was in the air";

impl World {
    /// Puts every flight of a connection that nobody waits for any more in doubt, and ends those
    /// whose members are all settled.
    pub(super) async fn recover(&self, site: &ConnectionSite) -> Result<(), DriverError> {
        for flight in self.store.flights(&site.id).await? {
            let keys: Vec<BindingKey> = flight
                .members
                .iter()
                .map(|member| member.binding.clone())
                .collect();
            let known = self.store.bindings(&keys).await?;
            let open = known
                .iter()
                .flatten()
                .any(|binding| binding.is_aboard(&flight.id));
            let base = if open {
                ChangeSet::default()
            } else {
                super::dispatch::closing(&flight)
            };
            let now = self.clock.now();
            let not_before = super::backoff::after(now, self.limits.doubt_delay);
            self.apply(&keys, base, |binding| match &binding.state {
                State::InFlight(departure) if departure.flight == flight.id => {
                    in_doubt(binding, STOPPED, Some(not_before), now)
                }
                _ => None,
            })
            .await?;
        }
        Ok(())
    }
}
