//! What a host reads in `<name>.result.json`.

use serde::Serialize;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Every document was taken.
    Accepted,
    /// Some documents were taken.
    PartlyAccepted,
    /// Nothing was taken.
    Refused,
    /// The file was understood by its name and is not needed.
    NotNeeded,
}

/// The head of a result: all but the rows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ResultHead<'a> {
    /// The file's name as the host gave it.
    pub(crate) file: &'a str,
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// The same for people, with what to do.
    pub(crate) message: &'a str,
    /// Documents in it.
    pub(crate) documents: u64,
    /// Documents taken.
    pub(crate) accepted: u64,
    /// Documents refused.
    pub(crate) refused: u64,
    /// The sum of the gross totals; absent when a row's figure cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gross: Option<String>,
    /// Which proofs of wholeness were checked: `count`, `gross`, `sha256`.
    pub(crate) proofs: Vec<&'static str>,
    /// The SHA-256 of its bytes, when it was read to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<&'a str>,
}

/// What became of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RowOutcome {
    /// It was taken.
    Accepted,
    /// It was refused.
    Refused,
}

/// One document of the file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RowResult<'a> {
    /// The document's place among the documents of the file, from 1.
    pub(crate) row: u64,
    /// The line in the file, from 1: of the fault, or where the document begins.
    pub(crate) line: u64,
    /// The host's identifier, if it can be read.
    pub(crate) id: Option<&'a str>,
    /// The number that people use, if it can be read.
    pub(crate) number: Option<&'a str>,
    /// What became of it.
    pub(crate) outcome: RowOutcome,
    /// The field at fault, such as `lines[0].quantity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'a str>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
}
