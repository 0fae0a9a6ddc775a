//! Under which names the notes of an account are kept: what one account told is never taken for what another one tells.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tieout_core::engine::ContentHash;
use tieout_core::host::{HostError, HostErrorKind, Note, Notebook};
use tokio::sync::OnceCell;

use crate::config::IinsightConfig;

const CHAPTER: &str = "account";
/// The note of the account whose notes carry plain names: the first one that was read under the name of this host.
const FIRST: &str = "first";
/// Notes written at once.
const NOTES_MAX: usize = 500;

/// The notes of one account. Two accounts count their companies, people, invoices and payments alike.
pub(crate) struct Notes {
    notebook: Notebook,
    account: String,
    prefix: OnceCell<String>,
}

impl Notes {
    /// The notes of the account that a configuration names. Reads nothing yet.
    pub(crate) fn new(notebook: Notebook, config: &IinsightConfig) -> Self {
        Self {
            notebook,
            account: account(config),
            prefix: OnceCell::new(),
        }
    }

    /// What a note says; `None` when there is none.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        chapter: &'static str,
        name: &str,
    ) -> Result<Option<T>, HostError> {
        let Some(note) = self.bytes(chapter, name).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&note).map(Some).map_err(|error| {
            let message = format!("the note of {chapter} {name} cannot be read");
            HostError::new(HostErrorKind::BadData, "read note", message).caused_by(error)
        })
    }

    /// The bytes of a note; `None` when there is none.
    pub(crate) async fn bytes(
        &self,
        chapter: &'static str,
        name: &str,
    ) -> Result<Option<Vec<u8>>, HostError> {
        let name = self.name(name).await?;
        self.notebook.read(chapter, &name).await
    }

    /// Writes a note. A repeat writes the same again.
    pub(crate) async fn write<T: Serialize>(
        &self,
        chapter: &'static str,
        name: &str,
        content: &T,
    ) -> Result<(), HostError> {
        let content = serde_json::to_vec(content).expect("texts, days, figures and times are JSON");
        let note = Note {
            chapter,
            name: name.to_owned(),
            content: Some(content),
        };
        self.write_all(vec![note]).await
    }

    /// Writes notes under the names that they have within the account.
    pub(crate) async fn write_all(&self, mut notes: Vec<Note>) -> Result<(), HostError> {
        for note in &mut notes {
            note.name = self.name(&note.name).await?;
        }
        for notes in notes.chunks(NOTES_MAX) {
            self.notebook.write(notes.to_vec()).await?;
        }
        Ok(())
    }

    async fn name(&self, name: &str) -> Result<String, HostError> {
        let prefix = self.prefix.get_or_try_init(|| self.find_prefix()).await?;
        Ok(format!("{prefix}{name}"))
    }

    /// Nothing for the first account, which notes of an earlier version are of too.
    async fn find_prefix(&self) -> Result<String, HostError> {
        match self.notebook.read(CHAPTER, FIRST).await? {
            Some(first) if first == self.account.as_bytes() => Ok(String::new()),
            Some(_) => Ok(format!("{}.", self.account)),
            None => {
                let note = Note {
                    chapter: CHAPTER,
                    name: FIRST.to_owned(),
                    content: Some(self.account.clone().into_bytes()),
                };
                self.notebook.write(vec![note]).await?;
                Ok(String::new())
            }
        }
    }
}

/// The fingerprint of an account: where it lives, and for which of its customers the product issued the credentials.
pub(crate) fn account(config: &IinsightConfig) -> String {
    let seen = (config.address().to_string(), &config.client_id);
    ContentHash::of(&seen).as_str()[..16].to_owned()
}
