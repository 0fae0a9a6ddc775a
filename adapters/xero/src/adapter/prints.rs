//! What was told before, as fingerprints: small enough to be stored with every page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Rows that are remembered as told; beyond them the oldest are told again.
pub(super) const TOLD_ROWS_MAX: usize = 1_000;
/// Characters of a fingerprint: eight bytes in base64.
const PRINT_CHARS: usize = 11;

/// Fingerprints in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Prints(String);

impl Prints {
    /// Remembers what `print` made of an identifier; beyond the limit the oldest is forgotten.
    pub(super) fn remember(&mut self, id: &str) {
        let print = print(&[id]);
        if !self.has(&print) {
            self.add(&print);
            self.drop_oldest(self.len().saturating_sub(TOLD_ROWS_MAX));
        }
    }

    /// Whether an identifier is remembered.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.has(&print(&[id]))
    }

    pub(super) fn has(&self, print: &str) -> bool {
        self.all().any(|known| known == print.as_bytes())
    }

    pub(super) fn is_last(&self, print: &str) -> bool {
        self.all().next_back() == Some(print.as_bytes())
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.as_bytes().chunks(PRINT_CHARS)
    }

    pub(super) fn add(&mut self, print: &str) {
        self.0.push_str(print);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() / PRINT_CHARS
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops at most `count` of the oldest and says how many it dropped.
    pub(super) fn drop_oldest(&mut self, count: usize) -> usize {
        let count = count.min(self.len());
        self.0.drain(..count * PRINT_CHARS);
        count
    }
}

/// Sixty-four bits are enough among thousands: a false match would hide one change.
pub(super) fn print(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.to_lowercase().as_bytes());
        hash.update([0]);
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..8])
}
