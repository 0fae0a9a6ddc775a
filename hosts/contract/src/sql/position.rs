//! How far a database was read, so that nothing is passed over which becomes visible late.
//!
//! A transaction may draw a version, stay open while others draw higher ones and commit, and commit last: whoever reads
//! by version alone never sees its rows. So a version counts as settled only when every transaction that began to write
//! before it was seen as the newest has ended. What is visible above that is told all the same, and remembered until it is
//! settled.

use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

/// The form of the text.
const VERSION: u32 = 1;
/// Documents told ahead of what is settled. While so many wait for one open transaction, nothing more is told.
pub(super) const AHEAD_MAX: usize = 1_000;
/// Batches that wait for their documents; with more, the reading stops at the next one.
pub(super) const HELD_MAX: usize = 100;

/// How far a database was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    v: u32,
    /// Everything up to here was told.
    pub(super) after: Place,
    /// Up to this version nothing can become visible any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled: Option<i64>,
    /// What is settled next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<Pending>,
    /// What was told beyond `settled`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ahead: Vec<(i64, String)>,
    /// Batches that are not whole yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) held: Vec<Held>,
    /// The batch that became whole and is being told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) release: Option<Release>,
}

/// A place in the order of the rows: everything of lower versions, and of this one up to an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) version: i64,
    /// `None` for all of the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
}

/// Versions up to `upto` are settled when all transactions before `transaction` have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    upto: i64,
    transaction: u64,
}

/// A batch that is not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) batch: String,
    /// What was told of it.
    pub(super) said: String,
}

/// A batch that is being told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Release {
    pub(super) batch: String,
    /// The last identifier that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

/// What the database says about what may still become visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Horizon {
    /// The newest version that is visible; `None` when there is no row.
    pub(super) newest: Option<i64>,
    /// All transactions before this one have ended.
    pub(super) oldest_open: u64,
    /// The one after the last that ended. Open ones may be later than that.
    pub(super) after_ended: u64,
}

impl Position {
    /// Before everything.
    pub(super) fn start() -> Self {
        Self {
            v: VERSION,
            after: Place {
                version: i64::MIN,
                id: Some(String::new()),
            },
            settled: None,
            pending: None,
            ahead: Vec::new(),
            held: Vec::new(),
            release: None,
        }
    }

    /// The position of a text of ours.
    pub(super) fn parse(text: &str) -> Result<Self, HostError> {
        let of_another_make = |why: String| {
            let message = format!("the position `{text}` is not one of this host: {why}");
            HostError::new(HostErrorKind::Misconfigured, "read changes", message)
        };
        let position: Self =
            serde_json::from_str(text).map_err(|error| of_another_make(error.to_string()))?;
        if position.v != VERSION {
            return Err(of_another_make(format!("version {}", position.v)));
        }
        Ok(position)
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts are JSON")
    }

    /// Takes in what may still become visible. Gives the version that is to be settled next, if it is not on its way:
    /// [`Self::settles_after`] then takes which transactions are to be waited for.
    pub(super) fn look(&mut self, horizon: Horizon) -> Option<i64> {
        let newest = horizon.newest?;
        // The look that waited has ended itself: a number that was not given out yet is of another cluster, before the
        // database was moved.
        self.pending
            .take_if(|pending| pending.transaction >= horizon.after_ended);
        if let Some(pending) = self
            .pending
            .take_if(|pending| pending.transaction <= horizon.oldest_open)
        {
            self.settle(pending.upto);
        }
        let is_new = self.settled.is_none_or(|settled| newest > settled);
        (is_new && self.pending.is_none()).then_some(newest)
    }

    /// Everything up to a version is settled when all transactions before this one have ended. It must have begun after
    /// the version was seen.
    pub(super) fn settles_after(&mut self, upto: i64, transaction: u64) {
        self.pending = Some(Pending { upto, transaction });
    }

    /// How many rows may be read that turn out to be told already.
    pub(super) fn told_ahead(&self) -> usize {
        self.ahead.len()
    }

    /// Whether a row was told already.
    pub(super) fn is_told(&self, version: i64, id: &str) -> bool {
        self.ahead
            .iter()
            .any(|(known, name)| *known == version && name == id)
    }

    /// Whether a row can be told, beside `others`, without forgetting that it was.
    pub(super) fn has_room(&self, version: i64, others: usize) -> bool {
        self.is_settled(version) || self.ahead.len() + others < AHEAD_MAX
    }

    /// A row was told; rows are told in their order.
    pub(super) fn told(&mut self, version: i64, id: String) {
        if self.is_settled(version) {
            self.move_to(Place {
                version,
                id: Some(id),
            });
        } else {
            self.settled_is_told();
            self.ahead.push((version, id));
        }
    }

    /// All that is visible was told.
    pub(super) fn all_told(&mut self) {
        self.settled_is_told();
    }

    /// Whether somebody holds a transaction open that keeps all that was told from being settled.
    pub(super) fn is_full(&self) -> bool {
        self.ahead.len() >= AHEAD_MAX
    }

    fn settle(&mut self, upto: i64) {
        self.settled = Some(self.settled.map_or(upto, |settled| settled.max(upto)));
    }

    fn is_settled(&self, version: i64) -> bool {
        self.settled.is_some_and(|settled| version <= settled)
    }

    fn settled_is_told(&mut self) {
        if let Some(version) = self.settled
            && version >= self.after.version
        {
            self.move_to(Place { version, id: None });
        }
    }

    fn move_to(&mut self, place: Place) {
        self.ahead
            .retain(|(version, id)| !place.covers(*version, id));
        self.after = place;
    }
}

impl Place {
    fn covers(&self, version: i64, id: &str) -> bool {
        version < self.version
            || version == self.version && self.id.as_deref().is_none_or(|upto| id <= upto)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Transactions: all before the first have ended, and the look takes the second for itself.
    fn horizon(newest: i64, oldest_open: u64, own: u64) -> (Horizon, u64) {
        let after_ended = oldest_open;
        let horizon = Horizon {
            newest: Some(newest),
            oldest_open,
            after_ended,
        };
        (horizon, own)
    }

    /// Reads a page of these rows, each visible; gives what was told.
    fn read(
        position: &mut Position,
        (horizon, own): (Horizon, u64),
        rows: &[(i64, &str)],
        limit: usize,
    ) -> Vec<i64> {
        if let Some(upto) = position.look(horizon) {
            position.settles_after(upto, own);
        }
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        let new: Vec<_> = rows
            .into_iter()
            .filter(|(version, id)| !position.after.covers(*version, id))
            .filter(|(version, id)| !position.is_told(*version, id))
            .collect();
        let all = new.len() <= limit;
        let told: Vec<i64> = new
            .iter()
            .take(limit)
            .map(|(version, _)| *version)
            .collect();
        for (version, id) in new.into_iter().take(limit) {
            position.told(version, id.to_owned());
        }
        if all {
            position.all_told();
        }
        *position = Position::parse(&position.to_text()).unwrap();
        told
    }

    /// The same while one is open and others, with the look's own before them, have ended.
    fn behind(newest: i64, open: u64, after_ended: u64, own: u64) -> (Horizon, u64) {
        let (mut horizon, own) = horizon(newest, open, own);
        horizon.after_ended = after_ended;
        (horizon, own)
    }

    #[test]
    fn what_commits_late_with_a_lower_version_is_told_and_nothing_twice() {
        let mut position = Position::start();
        // Transaction 10 drew 1 and is open; 11 drew 2 and committed; 12 looks.
        let told = read(&mut position, behind(2, 10, 12, 12), &[(2, "b")], 10);
        assert_eq!(told, [2]);
        let told = read(&mut position, behind(2, 10, 13, 13), &[(2, "b")], 10);
        assert!(told.is_empty());
        // It commits, while 14 is open now.
        let told = read(
            &mut position,
            behind(2, 14, 14, 15),
            &[(1, "a"), (2, "b")],
            10,
        );
        assert_eq!(told, [1]);
        assert_eq!((position.after.version, position.told_ahead()), (2, 0));
        let rows = [(1, "a"), (2, "b"), (3, "c")];
        assert_eq!(read(&mut position, horizon(3, 16, 16), &rows, 10), [3]);
        assert!(read(&mut position, horizon(3, 17, 17), &rows, 10).is_empty());
        assert_eq!((position.after.version, position.told_ahead()), (3, 0));
    }

    #[test]
    fn an_open_transaction_that_is_later_than_all_that_ended_is_waited_for_too() {
        let mut position = Position::start();
        // 11 drew 1 and is open; 10 drew 2 and committed: all before 11 have ended, and 11 is after them. 12 looks.
        let told = read(&mut position, horizon(2, 11, 12), &[(2, "b")], 10);
        assert_eq!(told, [2]);
        let told = read(&mut position, behind(2, 11, 13, 13), &[(2, "b")], 10);
        assert!(told.is_empty());
        let told = read(&mut position, horizon(2, 14, 14), &[(1, "a"), (2, "b")], 10);
        assert_eq!(told, [1]);
        assert_eq!((position.after.version, position.told_ahead()), (2, 0));
    }

    #[test]
    fn rows_of_one_version_are_read_over_several_pages() {
        let mut position = Position::start();
        let rows = [(7, "a"), (7, "b"), (7, "c"), (8, "a")];
        assert_eq!(read(&mut position, horizon(8, 20, 20), &rows, 2), [7, 7]);
        assert_eq!(read(&mut position, horizon(8, 21, 21), &rows, 1), [7]);
        assert_eq!(position.after.id.as_deref(), Some("c"));
        assert_eq!(read(&mut position, horizon(8, 22, 22), &rows, 2), [8]);
        assert!(read(&mut position, horizon(8, 23, 23), &rows, 2).is_empty());
    }

    #[test]
    fn a_page_that_ends_amid_what_is_settled_forgets_nothing_told_ahead() {
        let mut position = Position::start();
        let busy = behind(9, 30, 31, 31);
        assert_eq!(read(&mut position, busy, &[(5, "e"), (9, "i")], 10), [5, 9]);
        // 30 commits 1 to 4.
        let rows = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (9, "i")];
        assert_eq!(read(&mut position, horizon(9, 32, 32), &rows, 2), [1, 2]);
        assert_eq!(position.told_ahead(), 2);
        assert_eq!(read(&mut position, horizon(9, 33, 33), &rows, 2), [3, 4]);
        assert!(read(&mut position, horizon(9, 34, 34), &rows, 2).is_empty());
        assert_eq!((position.after.version, position.told_ahead()), (9, 0));
    }

    #[test]
    fn a_database_that_moved_to_another_cluster_is_settled_by_its_new_transactions() {
        let mut position = Position::start();
        read(
            &mut position,
            behind(2, 1_000, 1_001, 1_001),
            &[(2, "b")],
            10,
        );
        read(&mut position, behind(2, 5, 6, 6), &[(2, "b")], 10);
        read(&mut position, horizon(2, 7, 7), &[(2, "b")], 10);
        assert_eq!((position.after.version, position.told_ahead()), (2, 0));
    }
}
