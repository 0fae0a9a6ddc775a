//! Whose turn it is: the more urgent purpose first, within a purpose the one that came first, and nobody is forgotten.

use chrono::{DateTime, TimeDelta, Utc};

use super::Purpose;

/// Whoever has waited this long goes next after the operators, whatever the purpose; but old documents never before
/// today's.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::seconds(30);

/// A call that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) number: u64,
    pub(super) purpose: Purpose,
    pub(super) since: DateTime<Utc>,
}

/// The calls that wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<Waiting>,
    next_number: u64,
}

impl Queue {
    /// Joins, unless `most` wait already.
    pub(super) fn join(
        &mut self,
        purpose: Purpose,
        now: DateTime<Utc>,
        most: usize,
    ) -> Option<Waiting> {
        if self.waiting.len() >= most {
            return None;
        }
        let waiting = Waiting {
            number: self.next_number,
            purpose,
            since: now,
        };
        self.next_number += 1;
        self.waiting.push(waiting);
        Some(waiting)
    }

    pub(super) fn leave(&mut self, number: u64) {
        self.waiting.retain(|waiting| waiting.number != number);
    }

    pub(super) fn is_next(&self, number: u64, now: DateTime<Utc>) -> bool {
        let next = self.waiting.iter().min_by_key(|waiting| rank(waiting, now));
        next.is_some_and(|next| next.number == number)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

fn rank(waiting: &Waiting, now: DateTime<Utc>) -> (Purpose, u8, u64) {
    let long = now - waiting.since >= FORGOTTEN_AFTER;
    match waiting.purpose {
        Purpose::Operator => (Purpose::Operator, 0, waiting.number),
        Purpose::Documents | Purpose::Payments | Purpose::Polling if long => {
            (Purpose::Operator, 1, waiting.number)
        }
        Purpose::Backfill if long => (Purpose::Documents, 1, waiting.number),
        purpose @ (Purpose::Documents
        | Purpose::Payments
        | Purpose::Polling
        | Purpose::Backfill) => (purpose, 0, waiting.number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_urgent_go_first_and_nobody_is_forgotten() {
        let start = DateTime::UNIX_EPOCH;
        let mut queue = Queue::default();
        let polling = queue.join(Purpose::Polling, start, 9).unwrap();
        let later = start + TimeDelta::seconds(10);
        let documents = queue.join(Purpose::Documents, later, 9).unwrap();
        assert!(queue.is_next(documents.number, later));
        let much_later = start + FORGOTTEN_AFTER;
        assert!(queue.is_next(polling.number, much_later));
        let operator = queue.join(Purpose::Operator, much_later, 9).unwrap();
        assert!(queue.is_next(operator.number, much_later));
        queue.leave(operator.number);
        queue.leave(polling.number);
        assert!(queue.is_next(documents.number, much_later));
    }

    #[test]
    fn old_documents_that_waited_long_go_before_polling_and_never_before_todays() {
        let start = DateTime::UNIX_EPOCH;
        let mut queue = Queue::default();
        let backfill = queue.join(Purpose::Backfill, start, 9).unwrap();
        let later = start + FORGOTTEN_AFTER;
        let polling = queue.join(Purpose::Polling, later, 9).unwrap();
        assert!(queue.is_next(backfill.number, later));
        let documents = queue.join(Purpose::Documents, later, 9).unwrap();
        assert!(queue.is_next(documents.number, later));
        queue.leave(documents.number);
        queue.leave(backfill.number);
        assert!(queue.is_next(polling.number, later));
    }

    #[test]
    fn a_full_queue_takes_nobody() {
        let mut queue = Queue::default();
        assert!(
            queue
                .join(Purpose::Polling, DateTime::UNIX_EPOCH, 1)
                .is_some()
        );
        assert!(
            queue
                .join(Purpose::Operator, DateTime::UNIX_EPOCH, 1)
                .is_none()
        );
    }
}
