//! What goes wrong for longer than one request: outages, budgets that others use up, clocks that jump.

use chrono::TimeDelta;
use tieout_sandbox_xero::Limits;

use super::Chance;
use crate::coverage::Case;
use crate::ground::{Ground, allowed};

/// What goes wrong for longer than one request.
pub(crate) fn begin(ground: &Ground) {
    let down = ground.strikes(Chance::ProviderDown);
    if down {
        ground.met(Case::ProviderDown);
        ground.tell("fault", "the provider cannot be reached");
    }
    ground.set_provider_down(down);
    let down = ground.strikes(Chance::HostDown);
    if down {
        ground.met(Case::HostDown);
        ground.tell("fault", "the host cannot be reached");
    }
    ground.set_host_down(down);
    if ground.strikes(Chance::HostRefuses) {
        ground.tell("fault", "the host refuses payments and settlements");
        ground.host.refuse();
    } else {
        ground.host.accept();
    }
    let limits = used_up(ground);
    ground.sandbox.set_limits(limits);
    clock_may_jump(ground);
}

/// Moves the node's clock: back by less than what the engine allows for clocks that differ, ahead by as little.
pub(crate) fn clock_may_jump(ground: &Ground) {
    if !ground.strikes(Chance::ClockJumps) {
        return;
    }
    let wrong_by = ground.time.wrong_by();
    let goes_back = wrong_by > TimeDelta::zero() || ground.faults().one_in(2);
    let by = if goes_back {
        ground.met(Case::ClockBack);
        TimeDelta::seconds(-10) - wrong_by
    } else {
        ground.met(Case::ClockAhead);
        TimeDelta::seconds(i64::try_from(ground.faults().between(1, 50)).unwrap_or(1))
    };
    ground.tell(
        "fault",
        format!("the node's clock jumps by {} s", by.num_seconds()),
    );
    ground.time.jump(by);
}

/// What others leave of the provider's budgets.
fn used_up(ground: &Ground) -> Limits {
    let usual = allowed(ground.minute_max);
    let mut limits = usual.clone();
    if ground.strikes(Chance::MinuteUsedUp) {
        limits.minute_max = 3;
    }
    if ground.strikes(Chance::DayUsedUp) {
        limits.day_max = 5;
    }
    if ground.strikes(Chance::AirUsedUp) {
        limits.concurrent_max = 1;
    }
    if ground.strikes(Chance::AppUsedUp) {
        limits.app_minute_max = 2;
    }
    if limits != usual {
        ground.tell("fault", format!("others use the budgets up: {limits:?}"));
    }
    limits
}
