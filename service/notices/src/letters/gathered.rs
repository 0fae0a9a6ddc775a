//! What a walk over everything finds for one group: counts of all, and the newest to be listed.

use chrono::{DateTime, Utc};

use crate::tally::{LISTED_MAX, Row, Tallied};

/// How many of one sort, and the newest of them, in bounded room.
#[derive(Default)]
pub(super) struct Newest {
    count: u64,
    rows: Vec<(DateTime<Utc>, Row)>,
}

impl Newest {
    /// Counts one more.
    pub(super) fn add(&mut self, changed_at: DateTime<Utc>, row: Row) {
        self.count += 1;
        self.rows.push((changed_at, row));
        if self.rows.len() >= LISTED_MAX * 4 {
            self.shrink();
        }
    }

    /// All of it, the newest first.
    pub(super) fn tallied(mut self) -> Tallied {
        self.shrink();
        Tallied {
            count: self.count,
            rows: self.rows.into_iter().map(|(_, row)| row).collect(),
            sums: Vec::new(),
        }
    }

    fn shrink(&mut self) {
        self.rows
            .sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.key.cmp(&b.key)));
        self.rows.truncate(LISTED_MAX);
    }
}
