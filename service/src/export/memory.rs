//! What was written where, in the store: so that each document is written once, whoever took the files away.

use serde::{Deserialize, Serialize};
use tieout_core::document::{DocumentKey, HostId};
use tieout_core::engine::ContentHash;
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};

use crate::cli::ExportFormat;

/// The form of the records.
const VERSION: u32 = 1;
/// Hexadecimal digits of a store's mark.
pub(super) const MARK_DIGITS: usize = 16;

/// What was written of one host into one folder in one form.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    output: String,
    /// Names of files are a matter of the folder, whoever writes there in whatever form.
    folder: String,
}

/// A document that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    v: u32,
    /// The document.
    pub(crate) document: DocumentKey,
    /// The fingerprint of what was written of it.
    pub(crate) content: ContentHash,
    /// The file.
    pub(crate) file: String,
    /// Its number, where the reader of the files takes each number once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
}

impl Written {
    pub(crate) fn new(document: DocumentKey, content: ContentHash, file: String) -> Self {
        Self {
            v: VERSION,
            document,
            content,
            file,
            number: None,
        }
    }

    /// The same for a reader that takes each number once.
    pub(crate) fn numbered(mut self, number: String) -> Self {
        self.number = Some(number);
        self
    }
}

impl Memory {
    /// That of a place, by what it is remembered as: for a folder the path that leads to it without detours.
    pub(crate) fn of(host: &HostId, format: ExportFormat, place: &str) -> Self {
        let named = format!("{host}\n{}\n{place}", format.as_str());
        let output = ContentHash::of_bytes(named.as_bytes());
        Self {
            output: output.as_str().to_owned(),
            folder: ContentHash::of_bytes(place.as_bytes()).as_str().to_owned(),
        }
    }

    /// What was last written of a document.
    pub(crate) async fn written(
        &self,
        store: &dyn Store,
        document: &DocumentKey,
    ) -> Result<Option<Written>, StoreError> {
        let kept = store.record(&self.of_document(document)).await?;
        // A record of a later version is written anew by it, and by us.
        Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Whether a file was written, whether or not it got its name.
    pub(crate) async fn has(&self, store: &dyn Store, file: &str) -> Result<bool, StoreError> {
        Ok(store.record(&self.of_file(file)).await?.is_some())
    }

    /// Which document has a number here already.
    pub(crate) async fn holder(
        &self,
        store: &dyn Store,
        number: &str,
    ) -> Result<Option<String>, StoreError> {
        let kept = store.record(&self.of_number(number)).await?;
        Ok(kept.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Keeps that documents were written. From now on their files count, even if they have no name yet.
    pub(crate) async fn keep(
        &self,
        store: &dyn Store,
        written: &[Written],
    ) -> Result<(), StoreError> {
        let mut records = Vec::with_capacity(2 * written.len());
        for one in written {
            let value = serde_json::to_vec(one).expect("texts are JSON");
            records.push((self.of_document(&one.document), Some(value)));
            let file = self.of_file(&one.file);
            if !records.iter().any(|(key, _)| *key == file) {
                records.push((file, Some(b"1".to_vec())));
            }
            if let Some(number) = &one.number {
                let holder = one.document.to_string().into_bytes();
                records.push((self.of_number(number), Some(holder)));
            }
        }
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        store.commit(changes).await
    }

    /// Keeps that a file has a name, of which nothing else is to be kept.
    pub(crate) async fn keep_name(&self, store: &dyn Store, file: &str) -> Result<(), StoreError> {
        let changes = ChangeSet {
            records: vec![(self.of_file(file), Some(b"1".to_vec()))],
            ..ChangeSet::default()
        };
        store.commit(changes).await
    }

    /// The mark of this store on files without a name: two stores may write to one place.
    pub(crate) async fn mark(&self, store: &dyn Store) -> Result<String, StoreError> {
        let key = RecordKey::new(&["exported", "mark"]);
        if let Some(mark) = store.record(&key).await? {
            return Ok(String::from_utf8_lossy(&mark).into_owned());
        }
        let made = uuid::Uuid::new_v4().simple().to_string();
        let mark = made[..MARK_DIGITS].to_owned();
        let changes = ChangeSet {
            records: vec![(key, Some(mark.clone().into_bytes()))],
            ..ChangeSet::default()
        };
        store.commit(changes).await?;
        Ok(mark)
    }

    fn of_document(&self, document: &DocumentKey) -> RecordKey {
        let name = ContentHash::of_bytes(document.to_string().as_bytes());
        RecordKey::new(&["exported", &self.output, "document", name.as_str()])
    }

    fn of_file(&self, file: &str) -> RecordKey {
        let name = ContentHash::of_bytes(file.as_bytes());
        RecordKey::new(&["exported", &self.folder, "file", name.as_str()])
    }

    fn of_number(&self, number: &str) -> RecordKey {
        let name = ContentHash::of_bytes(number.as_bytes());
        RecordKey::new(&["exported", &self.output, "number", name.as_str()])
    }
}
