//! How a stand-in counts the calls of its clients and turns away those beyond its limits.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Calls within sliding times, as a product counts them.
#[derive(Debug)]
pub struct Patience {
    windows: Vec<(usize, Duration)>,
    calls: VecDeque<Instant>,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that were turned away.
    pub refused: u64,
}

impl Patience {
    /// At most so many calls within each of these times.
    #[must_use]
    pub fn of(windows: &[(usize, Duration)]) -> Self {
        Self {
            windows: windows.to_vec(),
            calls: VecDeque::new(),
            answered: 0,
            refused: 0,
        }
    }

    /// Counts a call, or tells how long it is too early. A call that is turned away does not count.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let longest = self.windows.iter().map(|(_, within)| *within).max();
        let longest = longest.unwrap_or_default();
        while self
            .calls
            .front()
            .is_some_and(|at| now.duration_since(*at) >= longest)
        {
            self.calls.pop_front();
        }
        for (most, within) in &self.windows {
            let inside = |at: &&Instant| now.duration_since(**at) < *within;
            let first = self.calls.iter().find(inside).copied();
            if self.calls.iter().filter(inside).count() >= *most {
                self.refused += 1;
                let passed = first.map_or(Duration::ZERO, |at| now.duration_since(at));
                return Err(within.saturating_sub(passed));
            }
        }
        self.answered += 1;
        self.calls.push_back(now);
        Ok(())
    }
}
