//! The documented form of a story: what `tieout --json explain` prints, one object for each connection of a document.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tieout_core::mapping::MadeBy;

use super::summary::{Inside, Member};

/// The story of a document on one connection.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Explanation {
    /// What is remembered of it, in the stored form, which later versions may extend.
    pub(crate) binding: Value,
    /// Where it stands.
    pub(crate) standing: Standing,
    /// The summary that it travels in, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<Inside>,
    /// The documents that it joins, where it is a summary itself, by date and number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) members: Vec<Member>,
    /// What somebody should know or decide, each with what mends it and the commands that it allows.
    pub(crate) findings: Vec<Value>,
    /// Everything that happened, oldest first, in the stored form.
    pub(crate) story: Vec<Value>,
    /// The document as the host has it now; personal data is masked unless `--unmasked` is given.
    pub(crate) document: Option<Value>,
    /// What made each field of what the provider holds or would be given.
    pub(crate) mapping: Option<Mapping>,
    /// The runs that wrote it at the provider and are still remembered, oldest first; `tieout undo` takes their names.
    pub(crate) runs: Vec<String>,
    /// What the host said over time, oldest first, each with what it changed.
    pub(crate) revisions: Vec<Revision>,
    /// What was said to the provider about it and what came back, oldest first.
    pub(crate) exchanges: Vec<Exchange>,
}

/// Where a document stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Standing {
    /// In words.
    pub(crate) state: String,
    /// What happens next, or what somebody should do.
    pub(crate) next: String,
}

/// What made each field.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mapping {
    /// How it compares with what was sent.
    pub(crate) compared: Compared,
    /// The fields, in the order in which they are decided.
    pub(crate) fields: Vec<FieldMade>,
    /// Why it could not be sent as it is now, if so.
    pub(crate) findings: Vec<String>,
}

/// How a mapping compares with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compared {
    /// This is what was sent.
    AsSent,
    /// Document, settings or chart changed since it was sent.
    ChangedSince,
    /// Nothing was sent.
    NotSent,
    /// It cannot be worked out.
    Unfit,
}

/// One field.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FieldMade {
    /// The field, such as `lines[0].account_code`.
    pub(crate) field: String,
    /// Its value; masked where it may name somebody.
    pub(crate) value: String,
    /// What made it.
    pub(crate) made_by: MadeBy,
    /// The same in words.
    pub(crate) words: String,
    /// The line of the configuration file, where the setting stands in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
}

/// What the host said at one time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Revision {
    /// The host's count.
    pub(crate) revision: u64,
    /// When it was taken, where the story tells.
    pub(crate) taken_at: Option<DateTime<Utc>>,
    /// Whether the document is kept as it was; those from before revisions were kept are not.
    pub(crate) kept: bool,
    /// What differs from the one before.
    pub(crate) changed: Vec<Difference>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Difference {
    /// The field, such as `lines[1].quantity`.
    pub(crate) field: String,
    /// What it was; absent where it was not there.
    pub(crate) before: Option<String>,
    /// What it is.
    pub(crate) after: Option<String>,
}

/// What was said at once.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Exchange {
    /// Its name in the store.
    pub(crate) id: String,
    /// What it was for.
    pub(crate) purpose: String,
    /// For which request of ours, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flight: Option<String>,
    /// Which attempt of that request it was, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<usize>,
    /// How many documents it was about.
    pub(crate) documents: usize,
    /// The calls.
    pub(crate) calls: Vec<CallShown>,
}

/// One call.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CallShown {
    /// When it left.
    pub(crate) at: DateTime<Utc>,
    /// The method.
    pub(crate) method: String,
    /// The path with its query; what may name somebody is masked.
    pub(crate) path: String,
    /// The headers that matter.
    pub(crate) headers: Vec<(String, String)>,
    /// Bytes of the request's body.
    pub(crate) bytes: u64,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: u64,
    /// The status; absent where no reply came.
    pub(crate) status: Option<u16>,
    /// Why no reply came: `not sent: ...` or `reply lost: ...`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) no_reply: Option<String>,
    /// The reply's headers that matter.
    pub(crate) reply_headers: Vec<(String, String)>,
    /// Bytes of the reply's body.
    pub(crate) reply_bytes: u64,
    /// The part of the request that is about this document.
    pub(crate) request: Option<Value>,
    /// The part of the reply that is about this document.
    pub(crate) reply: Option<Value>,
    /// How many documents the bodies are about.
    pub(crate) of: usize,
    /// Why a body is not shown, where one is not though there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_shown: Option<String>,
}
