//! How often something may be tried by each of many, in bounded memory: pure, time is an argument.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// How often one may try: so many at once, and one more each time this has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// At once.
    pub burst: u32,
    /// Until one more is allowed.
    pub every: TimeDelta,
}

/// The pace of each of many, who are told apart by a name.
///
/// Of each it is remembered only until when what they have tried would have lasted at an even pace. When there are
/// more names than are kept, those who tried least are forgotten, so that a flood of new names forgets itself.
#[derive(Debug)]
pub struct Paces {
    pace: Pace,
    names_max: usize,
    spent_until: HashMap<String, DateTime<Utc>>,
}

impl Paces {
    /// Nobody has tried anything yet.
    #[must_use]
    pub fn new(pace: Pace, names_max: usize) -> Self {
        Self {
            pace,
            names_max: names_max.max(1),
            spent_until: HashMap::new(),
        }
    }

    /// Counts one try.
    ///
    /// # Errors
    /// How long to wait, where there were too many; a refused try does not count.
    pub fn take(&mut self, name: &str, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        self.look(name, now)?;
        let spent = self.spent(name, now) + self.pace.every;
        if !self.spent_until.contains_key(name) {
            self.make_room(now);
        }
        self.spent_until.insert(name.to_owned(), spent);
        Ok(())
    }

    /// Whether one more may be tried, without counting it.
    ///
    /// # Errors
    /// How long to wait, where there were too many.
    pub fn look(&self, name: &str, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let burst = i32::try_from(self.pace.burst).unwrap_or(i32::MAX);
        let after = self.spent(name, now) + self.pace.every;
        let allowed = self.pace.every.checked_mul(burst);
        let wait = (after - now) - allowed.unwrap_or(TimeDelta::MAX);
        if wait > TimeDelta::zero() {
            Err(wait)
        } else {
            Ok(())
        }
    }

    /// Names that are remembered.
    #[must_use]
    pub fn names(&self) -> usize {
        self.spent_until.len()
    }

    fn spent(&self, name: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        self.spent_until
            .get(name)
            .map_or(now, |spent| (*spent).max(now))
    }

    fn make_room(&mut self, now: DateTime<Utc>) {
        if self.spent_until.len() < self.names_max {
            return;
        }
        self.spent_until.retain(|_, spent| *spent > now);
        if self.spent_until.len() < self.names_max {
            return;
        }
        // An eighth at once: sorting for each new name would make a flood dear for us.
        let mut by_spent: Vec<(DateTime<Utc>, String)> = self
            .spent_until
            .iter()
            .map(|(name, spent)| (*spent, name.clone()))
            .collect();
        by_spent.sort();
        for (_, name) in by_spent.into_iter().take(self.names_max.div_ceil(8)) {
            self.spent_until.remove(&name);
        }
    }
}
