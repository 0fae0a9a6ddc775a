//! How far each list of a product was read, as the engine keeps it: a cursor of the product's, or the newest change.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

use super::config::Served;

/// The form of the text.
const VERSION: u32 = 1;

/// How far the lists of a product were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    v: u32,
    /// The list that is read next; in a round they are read one after the other.
    pub(super) next: String,
    lists: BTreeMap<String, Place>,
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
}
