//! How far an account was read, as the engine keeps it: each list by time and page, and the comparison of all invoices.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

use crate::wire::{List, Status, Subject};

/// The form of the text.
const VERSION: u32 = 1;

/// How far an account was read. A look reads each list to its end, then compares as far as that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    v: u32,
    /// The list that is read next; `None` for the comparison, which ends a look.
    pub(crate) next: Option<List>,
    #[serde(default)]
    lists: BTreeMap<List, Place>,
    #[serde(default)]
    pub(crate) compared: Compared,
    /// What was read beside invoices, and how; `None` in a position of a time when that was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reads: Option<Reads>,
}

/// What is read beside invoices, and how it is understood: another choice means that all of it is read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Reads {
    /// The account.
    pub(crate) account: String,
    /// The fingerprint of how payments are understood; `None` where they are not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payments: Option<String>,
    /// The same of adjustments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adjustments: Option<String>,
}

/// A place in one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// When the reading that reached the end of the list began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// The reading under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) round: Option<Round>,
    /// What was told of late, by identifier and fingerprint: the overlap tells it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) told: Vec<(String, String)>,
}

/// A reading of one list from its first page to the empty one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// The moment from which changes are asked for.
    pub(crate) from: DateTime<Utc>,
    /// A moment before the first page was asked for.
    pub(crate) began: DateTime<Utc>,
    /// The next page, from 1.
    pub(crate) page: u64,
    /// Rows of it that were told already.
    #[serde(default)]
    pub(crate) skip: usize,
    /// The sum of the fingerprints of this pass.
    #[serde(default)]
    pub(crate) sum: u64,
    /// That of the pass before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<u64>,
    /// Passes before this one.
    #[serde(default)]
    pub(crate) passes: u8,
    /// The fingerprint of the page before, so that a product that gives one page for ever is found out.
    #[serde(default)]
    pub(crate) last: String,
    /// Whether a page of it was full.
    #[serde(default)]
    pub(crate) is_full: bool,
    /// Whether somebody was named in it whom nobody knew.
    #[serde(default)]
    pub(crate) is_waiting: bool,
}

/// How far all invoices were compared with those that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Compared {
    /// What was asked, and as whom: what another one does not see is not deleted.
    pub(crate) scope: String,
    /// When the last comparison began.
    pub(crate) at: Option<DateTime<Utc>>,
    /// The generation of notes that the last complete comparison wrote.
    pub(crate) generation: u64,
    /// Its pages.
    pub(crate) pages: BTreeMap<Status, u64>,
    /// The first note of what was told since it began.
    pub(crate) told_from: u64,
    /// The next note of what is told.
    pub(crate) told_to: u64,
    /// Notes that nobody needs any more: a generation with its pages, and those of what was told.
    pub(crate) stale: Option<Stale>,
    /// The comparison under way.
    pub(crate) pass: Option<Pass>,
    /// Whether more deletions were found than are believed.
    pub(crate) is_stopped: bool,
}

/// Notes of the comparison before the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stale {
    pub(crate) generation: u64,
    pub(crate) pages: BTreeMap<Status, u64>,
    pub(crate) told_from: u64,
    pub(crate) told_to: u64,
}

/// A comparison under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pass {
    pub(crate) began: DateTime<Utc>,
    /// The list and page that is read next.
    pub(crate) status: Status,
    pub(crate) page: u64,
    /// The fingerprint of the page before.
    #[serde(default)]
    pub(crate) last: String,
    /// The pages that were written.
    #[serde(default)]
    pub(crate) pages: BTreeMap<Status, u64>,
    /// `told_to` when it began.
    pub(crate) told_at: u64,
    /// Those that the first reading did not meet, while the second one looks for them; `None` in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) missing: Option<Vec<String>>,
}

impl Position {
    /// Before everything.
    pub(crate) fn start(first: List) -> Self {
        Self {
            v: VERSION,
            next: Some(first),
            lists: BTreeMap::new(),
            compared: Compared::default(),
            reads: None,
        }
    }

    /// Begins every list anew where something is read, or understood otherwise, that was not before: what the lists told
    /// so far came without it. Gives whether they begin anew.
    pub(crate) fn keep_reads(&mut self, reads: Reads) -> bool {
        let is_noted = self.reads.is_some();
        let before = self.reads.take().unwrap_or_default();
        let is_new = |before: &Option<String>, now: &Option<String>| now.is_some() && before != now;
        let is_anew = !self.lists.is_empty()
            && (is_new(&before.payments, &reads.payments)
                || is_new(&before.adjustments, &reads.adjustments)
                || (is_noted && before.account != reads.account));
        if is_anew {
            self.lists.clear();
        }
        self.reads = Some(reads);
        is_anew
    }

    /// The position of a text of ours.
    pub(crate) fn parse(text: &str) -> Result<Self, HostError> {
        let of_another_make = |why: String| {
            let message = format!("the position of the last look is not one of iinsight: {why}");
            HostError::new(HostErrorKind::Misconfigured, "read changes", message)
        };
        let position: Self =
            serde_json::from_str(text).map_err(|error| of_another_make(error.to_string()))?;
        if position.v != VERSION {
            return Err(of_another_make(format!("version {}", position.v)));
        }
        Ok(position)
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts, times and numbers are JSON")
    }

    /// Forgets that an invoice was told.
    pub(crate) fn forget(&mut self, id: &str) {
        let invoices = self.lists.iter_mut();
        for (_, place) in invoices.filter(|(list, _)| list.subject() == Subject::Invoices) {
            place.told.retain(|(told, _)| told != id);
        }
    }

    /// Forgets that other lists told what a list tells now: should it be there again as it was, that is news.
    pub(crate) fn moved(&mut self, to: List, marks: &[(String, String)]) {
        let others = self.lists.iter_mut();
        let others = others.filter(|(list, _)| **list != to && list.subject() == to.subject());
        for (_, place) in others {
            place
                .told
                .retain(|(told, _)| marks.iter().all(|(id, _)| id != told));
        }
    }

    pub(crate) fn place(&mut self, list: List) -> &mut Place {
        self.lists.entry(list).or_default()
    }
}
