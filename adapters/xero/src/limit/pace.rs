//! How slowly to go so that a day's budget lasts: looks share what the day has left evenly, documents gather when half is gone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tieout_core::provider::Pace;

use super::{Governor, Purpose};

/// Of what looking may still spend today, this part is planned with: the rest is for what looks find.
const LOOKS_PERCENT: u64 = 50;

/// While more than this part of a day's calls is left, documents leave as they come.
const PLENTY_PERCENT: u64 = 50;

/// The longest that documents gather, in seconds: so late that nobody asks where they are they never are.
const GATHER_S_MAX: u64 = 8 * 60;

/// The longest pause between two looks, in seconds.
const LOOK_S_MAX: u64 = 6 * 3_600;

/// How many calls things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallsOf {
    /// A look at changes.
    pub look: u32,
    /// Documents that leave together, with the contacts and the chart that they need.
    pub departure: u64,
}

impl Governor {
    /// The pauses that make the day's budget last, when a look at changes and a departure of documents take so many
    /// calls.
    #[must_use]
    pub fn pace(&self, now: DateTime<Utc>, calls: CallsOf) -> Pace {
        let left_s = self.day.begins_anew_by(now) - now;
        let left_s = left_s.num_seconds().max(0).unsigned_abs();
        let left = u64::from(self.day.left(now));
        let above = |purpose| {
            let kept = self.config.reserves.calls(purpose, self.day.limit);
            left.saturating_sub(u64::from(kept))
        };
        // An even pace from here to the day's end; without a call left, the longest pause.
        let every = |calls: u64, most_s: u64| {
            let seconds = left_s.checked_div(calls).unwrap_or(most_s);
            Duration::from_secs(seconds.min(most_s))
        };
        let looks = above(Purpose::Polling) * LOOKS_PERCENT / 100;
        let look = every(looks / u64::from(calls.look.max(1)), LOOK_S_MAX);
        let plenty = left * 100 > u64::from(self.day.limit) * PLENTY_PERCENT;
        let gather = match plenty {
            true => Duration::ZERO,
            false => every(
                above(Purpose::Documents) / calls.departure.max(1),
                GATHER_S_MAX,
            ),
        };
        Pace { look, gather }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::{LimitConfig, Outcome, ReplyFacts};

    fn pace(calls_per_day: u32, left: u32, calls_of_a_look: u32) -> (u64, u64) {
        pace_of(calls_per_day, left, calls_of_a_look, 1)
    }

    fn pace_of(calls_per_day: u32, left: u32, calls_of_a_look: u32, departure: u64) -> (u64, u64) {
        let now = DateTime::UNIX_EPOCH;
        let limits = LimitConfig {
            calls_per_day,
            ..LimitConfig::default()
        };
        let mut governor = Governor::new(limits, now);
        let said = ReplyFacts {
            day_remaining: Some(left),
            ..ReplyFacts::default()
        };
        governor.depart(now);
        governor.arrive(now, &Outcome::Reply(said));
        let calls = CallsOf {
            look: calls_of_a_look,
            departure,
        };
        let pace = governor.pace(now, calls);
        (pace.look.as_secs(), pace.gather.as_secs())
    }

    #[test]
    fn a_thousand_calls_are_looked_with_every_seven_minutes_and_five_thousand_every_two() {
        // 800 are above what looking leaves, 400 of them are planned with, two a look.
        assert_eq!(pace(1_000, 1_000, 2), (432, 0));
        assert_eq!(pace(5_000, 5_000, 2), (86, 0));
        // More kinds are looked at more seldom.
        assert_eq!(pace(1_000, 1_000, 5), (1_080, 0));
    }

    #[test]
    fn documents_gather_when_half_is_gone() {
        assert_eq!(pace(1_000, 501, 2).1, 0);
        // 480 are above what documents leave.
        assert_eq!(pace(1_000, 500, 2), (1_152, 180));
        // Contacts that are looked up with them make each departure dearer.
        assert_eq!(pace_of(5_000, 2_500, 2, 3).1, 108);
        assert_eq!(pace(1_000, 25, 2), (LOOK_S_MAX, GATHER_S_MAX));
        assert_eq!(pace(1_000, 0, 2), (LOOK_S_MAX, GATHER_S_MAX));
    }
}
