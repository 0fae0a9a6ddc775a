//! How much one caller may ask: so many requests at once, then so many a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::problem::{Problem, Sort};

/// Requests that may come at once after a pause.
const BURST_MAX: u32 = 120;
/// Requests a minute in the long run.
const PER_MINUTE: u32 = 600;
/// Callers that are counted; beyond, those that rested longest are forgotten, which only favours them.
const CALLERS_MAX: usize = 10_000;

/// The paces of all callers.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<String, Bucket>>);

/// What one caller has left, as the moment at which everything is there again.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

impl Paces {
    /// Counts a request of a caller. Refused with the seconds to wait when it is one too many.
    pub(super) fn take(&self, caller: &str, now: Instant) -> Result<(), Problem> {
        let each = Duration::from_secs(60) / PER_MINUTE;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CALLERS_MAX {
            known.retain(|_, bucket| bucket.full_at > now);
        }
        let bucket = known
            .entry(caller.to_owned())
            .or_insert(Bucket { full_at: now });
        let full_at = bucket.full_at.max(now) + each;
        let owed = full_at - now;
        let room = each * BURST_MAX;
        if owed <= room {
            bucket.full_at = full_at;
            return Ok(());
        }
        let wait = (owed - room).as_millis().div_ceil(1_000).max(1);
        Err(Problem::new(
            Sort::TooMany,
            format!(
                "{PER_MINUTE} requests a minute are answered for one caller, {BURST_MAX} at once"
            ),
        )
        .advise("Wait as long as `Retry-After` says.")
        .retry_after(u64::try_from(wait).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_a_burst_and_then_its_pace_and_nobody_pays_for_another() {
        let (paces, now) = (Paces::default(), Instant::now());
        for _ in 0..BURST_MAX {
            paces.take("one", now).unwrap();
        }
        assert_eq!(paces.take("one", now).unwrap_err().sort, Sort::TooMany);
        paces.take("other", now).unwrap();
        let later = now + Duration::from_millis(100);
        paces.take("one", later).unwrap();
        paces.take("one", later).unwrap_err();
        let rested = now + Duration::from_secs(3_600);
        for _ in 0..BURST_MAX {
            paces.take("one", rested).unwrap();
        }
        paces.take("one", rested).unwrap_err();
    }
}
