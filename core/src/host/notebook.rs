//! What a host must remember beside its position: small notes in the store, under names of the host's own.

use std::sync::Arc;

use blake3::Hasher;

use super::{HostError, HostErrorKind};
use crate::document::HostId;
use crate::store::{ChangeSet, RecordKey, Store, StoreError};

/// Bytes of a name that stay readable; a longer one ends with its fingerprint.
const NAME_BYTES_MAX: usize = 60;

/// Notes of one host, durable once written. Clones share them.
///
/// For what the product itself does not keep: which identifiers were seen, what was answered to a write that has no
/// idempotency of its own. Notes are small and of one's own form; whoever changes the form reads the old one.
#[derive(Clone)]
pub struct Notebook {
    store: Arc<dyn Store>,
    host: HostId,
}

/// A note by the names of its chapter and its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind of note it is, such as `order`: a word of the host's own.
    pub chapter: &'static str,
    /// What it is about, often an identifier of the product: any text.
    pub name: String,
    /// Its content; `None` takes it out.
    pub content: Option<Vec<u8>>,
}

impl Notebook {
    /// The notes of a host.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, host: HostId) -> Self {
        Self { store, host }
    }

    /// A note; `None` when there is none.
    pub async fn read(&self, chapter: &str, name: &str) -> Result<Option<Vec<u8>>, HostError> {
        let key = self.key(chapter, name);
        self.store.record(&key).await.map_err(failed)
    }

    /// Every note of a chapter in the order of their names, at most `limit`.
    pub async fn chapter(&self, chapter: &str, limit: usize) -> Result<Vec<Vec<u8>>, HostError> {
        let prefix = format!(
            "{}/",
            RecordKey::new(&["host", self.host.as_str(), chapter])
        );
        let notes = self.store.records(&prefix, limit).await.map_err(failed)?;
        Ok(notes.into_iter().map(|(_, content)| content).collect())
    }

    /// Writes notes, all or none. A repeat writes the same again.
    pub async fn write(&self, notes: Vec<Note>) -> Result<(), HostError> {
        let records = notes
            .into_iter()
            .map(|note| (self.key(note.chapter, &note.name), note.content))
            .collect();
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        self.store.commit(changes).await.map_err(failed)
    }

    fn key(&self, chapter: &str, name: &str) -> RecordKey {
        let name = short(name);
        RecordKey::new(&["host", self.host.as_str(), chapter, &name])
    }
}

/// The name, if it is short and plain; otherwise as much of it as is, and its fingerprint.
fn short(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.chars().all(is_plain) {
        return name.to_owned();
    }
    let plain: String = name.chars().filter(|c| is_plain(*c)).take(24).collect();
    let mut hasher = Hasher::new();
    hasher.update(name.as_bytes());
    format!("{plain}~{}", &hasher.finalize().to_hex()[..32])
}

fn failed(error: StoreError) -> HostError {
    HostError::new(HostErrorKind::Unavailable, "note", "the store took no note").caused_by(error)
}
