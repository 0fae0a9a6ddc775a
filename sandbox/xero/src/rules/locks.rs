//! Which dates are closed (the boundary day itself is a switch, since no source settles it).

use chrono::NaiveDate;

use crate::books::Profile;
use crate::switches::Switches;

/// Xero's message when nothing dated this day may change.
#[must_use]
pub fn closed(profile: &Profile, switches: &Switches, date: NaiveDate) -> Option<String> {
    let is_closed = |lock: NaiveDate| {
        if switches.lock_date_inclusive {
            date <= lock
        } else {
            date < lock
        }
    };
    if let Some(lock) = profile.year_lock.filter(|lock| is_closed(*lock)) {
        return Some(format!(
            "The document date cannot be before the end of year lock date, currently set at {}",
            lock.format("%d-%b-%Y")
        ));
    }
    profile
        .period_lock
        .filter(|lock| is_closed(*lock))
        .map(|lock| {
            format!(
                "The document date cannot be before the period lock date, currently set at {}",
                lock.format("%d-%b-%Y")
            )
        })
}
