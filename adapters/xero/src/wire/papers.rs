//! How files and notes of a document come out of Xero, and how a note goes in.

use serde::{Deserialize, Serialize};

use super::loose;
use super::page::Listed;

/// A file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attachment {
    /// Its identifier.
    #[serde(rename = "AttachmentID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "loose::text")]
    pub file_name: Option<String>,
    /// Its bytes, as digits.
    #[serde(default, deserialize_with = "loose::text")]
    pub content_length: Option<String>,
}

impl Listed for Attachment {
    const LIST: &'static str = "Attachments";
}

/// An entry of a history.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HistoryRecord {
    /// The text.
    #[serde(default, deserialize_with = "loose::text")]
    pub details: Option<String>,
}

impl Listed for HistoryRecord {
    const LIST: &'static str = "HistoryRecords";
}

/// The body that writes notes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewNotes {
    /// They.
    pub history_records: Vec<NewNote>,
}

/// A note.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewNote {
    /// The text.
    pub details: String,
}
