//! Where a page of a list ended, as a text that can stand in an address.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::folded;
use super::rules::JSON_NEVER_FAILS;
use crate::engine::{Binding, BindingKey};

/// The place of a binding in every list, as it was when it was seen there.
///
/// Any list can be gone on with from it, also one with another filter or another order. Its text has only letters, digits,
/// `-` and `_`, and is no secret; it lets nobody see what the list itself would not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "t")]
    pub(super) changed_at: DateTime<Utc>,
    #[serde(rename = "n")]
    pub(super) number: String,
    #[serde(rename = "k")]
    pub(super) key: BindingKey,
}

impl Cursor {
    /// The place of a binding.
    #[must_use]
    pub fn of(binding: &Binding) -> Self {
        Self {
            changed_at: binding.changed_at,
            number: folded::head(&binding.number),
            key: binding.key.clone(),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).expect(JSON_NEVER_FAILS);
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

/// A text that is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in a list")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| BadCursor)?;
        // A text made by hand must not lead the index astray.
        if cursor.number == folded::head(&cursor.number) {
            Ok(cursor)
        } else {
            Err(BadCursor)
        }
    }
}
