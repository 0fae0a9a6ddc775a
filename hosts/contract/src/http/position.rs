//! How far each list of a product was read, as the engine keeps it: a cursor of the product's, or the newest change.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

use super::config::Served;

/// The form of the text.
const VERSION: u32 = 1;
/// A round that nobody went on with for so long begins anew: a list that fails keeps no other waiting.
const ROUND_LEFT_AFTER: TimeDelta = TimeDelta::minutes(1);

/// How far the lists of a product were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    v: u32,
    /// The list that is read next; in a round they are read one after the other.
    pub(super) next: String,
    lists: BTreeMap<String, Place>,
    /// The round that is under way; none between two looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round: Option<Round>,
}

/// A round through the lists: each is read to its end once, or those without a cursor would be read for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Round {
    /// The lists that were read to their end in it.
    ended: BTreeSet<String>,
    /// When its last page was read.
    at: DateTime<Utc>,
}

/// A place in one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The product's cursor, as it gave it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// Where a product gives no cursor at its end: the newest change that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<DateTime<Utc>>,
}

impl Position {
    pub(super) fn start(first: Served) -> Self {
        Self {
            v: VERSION,
            next: first.as_str().to_owned(),
            lists: BTreeMap::new(),
            round: None,
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
        serde_json::to_string(self).expect("texts and times are JSON")
    }

    pub(super) fn place(&self, list: Served) -> Place {
        self.lists.get(list.as_str()).cloned().unwrap_or_default()
    }

    pub(super) fn move_to(&mut self, list: Served, place: Place) {
        self.lists.insert(list.as_str().to_owned(), place);
    }

    /// Leaves a round that broke off some time ago.
    pub(super) fn go_on(&mut self, now: DateTime<Utc>) {
        self.round = self
            .round
            .take()
            .filter(|round| (now - round.at).abs() < ROUND_LEFT_AFTER);
    }

    /// Whether a list was read to its end in this round.
    pub(super) fn has_ended(&self, list: Served) -> bool {
        let round = self.round.as_ref();
        round.is_some_and(|round| round.ended.contains(list.as_str()))
    }

    /// A list was read to its end.
    pub(super) fn end(&mut self, list: Served) {
        let round = self.round.get_or_insert_default();
        round.ended.insert(list.as_str().to_owned());
    }

    /// A page was read. Gives whether a list is left for this round; if not, the round is over.
    pub(super) fn is_left(&mut self, lists: &[Served], now: DateTime<Utc>) -> bool {
        let is_left = lists.iter().any(|list| !self.has_ended(*list));
        // One in which nothing has ended is none yet.
        self.round = self.round.take().filter(|_| is_left);
        if let Some(round) = &mut self.round {
            round.at = now;
        }
        is_left
    }
}
