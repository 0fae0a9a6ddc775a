//! How a single run ends with a connection that has nothing to do now.

use super::DriverError;
use super::backoff::after;
use super::run::ATTEMPTS_MAX;
use super::site::{ConnectionSite, World};
use super::turn::Idle;

/// The end; `None` where the run waits for what is due soon.
pub(super) fn ends(
    world: &World,
    site: &ConnectionSite,
    idle: &Idle,
) -> Option<Result<(), DriverError>> {
    let patience = after(world.clock.now(), world.limits.once_patience);
    let until = match idle.soonest() {
        None => return Some(Ok(())),
        // Whoever may not send now may be allowed in a moment, and is told soon where that does not come.
        Some(at) if at <= patience && site.denied() < ATTEMPTS_MAX => return None,
        Some(at) => at,
    };
    // A file that the host lacks is a finding; nobody waits for it.
    if idle.next_at.is_none() && site.last_failure().is_none() {
        return Some(Ok(()));
    }
    let earlier = || "a failure of an earlier run".to_owned();
    let why = site.last_failure().unwrap_or_else(earlier);
    Some(Err(DriverError::LeftWaiting { until, why }))
}
