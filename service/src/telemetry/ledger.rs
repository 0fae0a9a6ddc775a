//! How many spans were made, sent and lost, and what of that is said: one warning when losing begins, one line when it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What became of spans.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Spans that ended.
    ended: AtomicU64,
    /// Spans that were taken out of the queue to be sent.
    taken: AtomicU64,
    /// Spans whose request failed.
    refused: AtomicU64,
    is_failing: AtomicBool,
    is_full: AtomicBool,
}

/// Something that a person should hear, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The collector takes no spans any more.
    Failing,
    /// It takes them again; so many were lost meanwhile.
    Well {
        /// Spans.
        lost: u64,
    },
    /// The queue is full: more are made than the collector takes.
    Full,
}

impl Ledger {
    /// A span ended.
    pub(super) fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Spans leave the queue, which holds `room` at most.
    pub(super) fn taken(&self, spans: usize, room: usize) -> Option<News> {
        let taken = self.taken.fetch_add(count(spans), Ordering::Relaxed);
        let waiting = self.ended.load(Ordering::Relaxed).saturating_sub(taken);
        let is_over = waiting > count(room);
        (is_over && !self.is_full.swap(true, Ordering::Relaxed)).then_some(News::Full)
    }

    /// A request with spans ended.
    pub(super) fn sent(&self, spans: usize, is_done: bool) -> Option<News> {
        if is_done {
            let was_failing = self.is_failing.swap(false, Ordering::Relaxed);
            let lost = self.refused.load(Ordering::Relaxed);
            return was_failing.then_some(News::Well { lost });
        }
        self.refused.fetch_add(count(spans), Ordering::Relaxed);
        let was_failing = self.is_failing.swap(true, Ordering::Relaxed);
        (!was_failing).then_some(News::Failing)
    }

    /// Spans that no collector has: refused, or never taken out of the queue.
    pub(super) fn lost(&self) -> u64 {
        let ended = self.ended.load(Ordering::Relaxed);
        let taken = self.taken.load(Ordering::Relaxed);
        self.refused.load(Ordering::Relaxed) + ended.saturating_sub(taken)
    }
}

fn count(spans: usize) -> u64 {
    u64::try_from(spans).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losing_is_told_once_and_its_end_once() {
        let ledger = Ledger::default();
        for _ in 0..30 {
            ledger.ended();
        }
        assert_eq!(ledger.taken(10, 100), None);
        assert_eq!(ledger.sent(10, false), Some(News::Failing));
        assert_eq!(ledger.taken(10, 100), None);
        assert_eq!(ledger.sent(10, false), None, "no flood");
        assert_eq!(ledger.lost(), 30, "refused, or still waiting");
        assert_eq!(ledger.taken(10, 100), None);
        assert_eq!(ledger.sent(10, true), Some(News::Well { lost: 20 }));
        assert_eq!(ledger.sent(0, true), None);
        assert_eq!(ledger.lost(), 20);
    }

    #[test]
    fn a_full_queue_is_told_once() {
        let ledger = Ledger::default();
        for _ in 0..30 {
            ledger.ended();
        }
        assert_eq!(ledger.taken(5, 20), Some(News::Full));
        assert_eq!(ledger.taken(5, 20), None);
    }
}
