//! What is pinned to documents and contacts: files and history notes, kept by the id of what they are pinned to.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Xero's id.
    pub id: Uuid,
    /// Unique within the document, in any case.
    pub file_name: String,
    /// As the uploader named it.
    pub mime_type: String,
    /// The file itself.
    pub content: Bytes,
    /// Whether the customer sees it with the online invoice.
    pub include_online: bool,
}

/// A line of the history, permanent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of change, such as `Note`.
    pub changes: &'static str,
    /// The text.
    pub details: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// All files and notes of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Papers {
    attachments: HashMap<Uuid, Vec<Attachment>>,
    notes: HashMap<Uuid, Vec<Note>>,
}

impl Papers {
    /// The files of a document, in order of arrival.
    #[must_use]
    pub fn attachments(&self, owner: Uuid) -> &[Attachment] {
        self.attachments.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// The file with this name.
    #[must_use]
    pub fn named(&self, owner: Uuid, file_name: &str) -> Option<&Attachment> {
        self.attachments(owner)
            .iter()
            .find(|known| known.file_name.eq_ignore_ascii_case(file_name))
    }

    /// Adds a file, or puts it in place of the one with the same name, whose id it takes over.
    pub fn attach(&mut self, owner: Uuid, file: Attachment) {
        let files = self.attachments.entry(owner).or_default();
        match files
            .iter_mut()
            .find(|known| known.file_name.eq_ignore_ascii_case(&file.file_name))
        {
            Some(known) => {
                *known = Attachment {
                    id: known.id,
                    ..file
                };
            }
            None => files.push(file),
        }
    }

    /// The history of a document, in order of arrival.
    #[must_use]
    pub fn notes(&self, owner: Uuid) -> &[Note] {
        self.notes.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// Adds a line to the history.
    pub fn note(&mut self, owner: Uuid, note: Note) {
        self.notes.entry(owner).or_default().push(note);
    }
}
