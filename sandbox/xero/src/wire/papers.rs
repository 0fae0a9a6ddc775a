//! Attachments and history notes as they are sent and as they are answered.

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::books::papers::Attachment;

use super::date::{BareMsDate, MsDate};
use super::loose;

/// An attachment as Xero answers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachmentOut<'a> {
    #[serde(rename = "AttachmentID")]
    pub(crate) id: Uuid,
    pub(crate) file_name: &'a str,
    pub(crate) url: String,
    pub(crate) mime_type: &'a str,
    pub(crate) content_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include_online: Option<bool>,
}

impl<'a> AttachmentOut<'a> {
    /// A file of a document at this endpoint; only sales documents say whether the customer sees it.
    #[must_use]
    pub fn of(endpoint: &str, owner: Uuid, file: &'a Attachment) -> Self {
        let folder = format!("https://api.xero.com/api.xro/2.0/{endpoint}/{owner}/Attachments/");
        let url = Url::parse(&folder).map_or(folder, |folder| {
            with_segment(folder, &file.file_name).into()
        });
        Self {
            id: file.id,
            file_name: &file.file_name,
            url,
            mime_type: &file.mime_type,
            content_length: file.content.len(),
            include_online: matches!(endpoint, "Invoices" | "CreditNotes")
                .then_some(file.include_online),
        }
    }
}

/// The address with one more part of its path, escaped.
fn with_segment(mut url: Url, segment: &str) -> Url {
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(segment);
    }
    url
}

/// A history note as a client sends it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NoteIn {
    /// The text.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub details: Option<String>,
}

/// A line of the history as GET answers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoteOut<'a> {
    pub(crate) changes: &'static str,
    #[serde(rename = "DateUTCString")]
    pub(crate) date_string: String,
    #[serde(rename = "DateUTC")]
    pub(crate) date: MsDate,
    pub(crate) user: &'static str,
    pub(crate) details: &'a str,
}

/// A line of the history as the reply to its making shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoteMade<'a> {
    #[serde(rename = "DateUTCString")]
    pub(crate) date_string: String,
    #[serde(rename = "DateUTC")]
    pub(crate) date: BareMsDate,
    pub(crate) details: &'a str,
    pub(crate) validation_errors: [(); 0],
}
