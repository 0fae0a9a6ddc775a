//! What a tie-out came to, chained to the one before it, so that a later change of any of them shows.
//!
//! A certificate names the fingerprint of the file of the one before it and of the file with its rows: SHA-256 over the
//! bytes as they lie on the disk. `sha256sum` and a text editor are enough to verify a chain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cause::Cause;
use super::compare::{Comparison, Verdict};
use super::control::{Control, ControlKey};
use crate::document::ConnectionId;

/// The form of the certificates of this version.
pub const FORMAT: &str = "tieout-certificate/1";

/// What a tie-out came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// 1 for the first of a chain, one more for each further one.
    pub number: u64,
    /// The fingerprint of the file before this one; absent on the first.
    pub previous: Option<String>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// How the provider's side was known.
    pub depth: Depth,
    /// Up to when every change of an organisation was known; absent where nobody ever looked.
    pub complete_as_of: BTreeMap<ConnectionId, Option<DateTime<Utc>>>,
    /// Organisations that could not be asked, with the reason: their documents are compared as remembered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unasked: BTreeMap<ConnectionId, String>,
    /// How many documents came to what.
    pub counts: Counts,
    /// Documents by cause; one may have several.
    pub causes: BTreeMap<Cause, u64>,
    /// Control totals.
    pub controls: Vec<ControlRow>,
    /// The rows, one for each document.
    pub rows: RowsFile,
}

/// How the provider's side of a tie-out is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// As remembered after reading every change up to now; what was edited there is read again.
    Remembered,
    /// Every document was read again.
    Full,
}

/// How many documents came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Both sides hold the same.
    pub agree: u64,
    /// They differ.
    pub differ: u64,
    /// Neither side holds it, or it is deliberately not sent.
    pub nothing_to_compare: u64,
    /// Documents at the provider that nobody here sent. Known after a full tie-out alone.
    pub foreign: Option<u64>,
}

impl Counts {
    /// Counts a document.
    pub fn add(&mut self, one: &Comparison) {
        match &one.verdict {
            Verdict::Agrees => self.agree += 1,
            Verdict::NothingToCompare { .. } => self.nothing_to_compare += 1,
            Verdict::Differs { .. } => self.differ += 1,
        }
    }

    /// Rows that it counted.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.agree + self.differ + self.nothing_to_compare + self.foreign.unwrap_or_default()
    }
}

/// A control total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRow {
    /// Of which documents.
    pub of: ControlKey,
    /// What they come to.
    pub total: Control,
}

/// The file with the rows of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsFile {
    /// Its name, in the same folder.
    pub name: String,
    /// Its fingerprint.
    pub sha256: String,
    /// Documents in it.
    pub rows: u64,
}

/// The fingerprint of a file: SHA-256 in hexadecimal.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The fingerprint of a file that is written in pieces.
#[derive(Clone, Debug, Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Adds a piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// What all pieces come to.
    #[must_use]
    pub fn end(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A certificate as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    /// The name of its file.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The fingerprint of the file with its rows and the number of rows in it; `None` when it is not there.
    pub rows: Option<(String, u64)>,
}

/// What an unbroken chain shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Certificates in it.
    pub certificates: u64,
    /// The fingerprint of the newest: keep it elsewhere, and nobody can shorten the chain unseen.
    pub tip: Option<String>,
    /// Numbers of those that found differences.
    pub with_differences: Vec<u64>,
    /// Numbers of those that could not ask every organisation.
    pub incomplete: Vec<u64>,
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct Broken {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Verifies a chain from its files alone, in the order of their numbers.
///
/// # Errors
///
/// The first file that was changed, is missing, or does not follow the one before it.
pub fn verify(files: &[CertificateFile]) -> Result<Chain, Broken> {
    let mut chain = Chain {
        certificates: 0,
        tip: None,
        with_differences: Vec::new(),
        incomplete: Vec::new(),
    };
    for file in files {
        let broken = |problem: String| Broken {
            file: file.name.clone(),
            problem,
        };
        let one: Certificate = serde_json::from_slice(&file.bytes)
            .map_err(|error| broken(format!("it is no certificate: {error}")))?;
        if one.format != FORMAT {
            return Err(broken(format!(
                "its form is `{}`, this program knows `{FORMAT}`",
                one.format
            )));
        }
        let expected = chain.certificates + 1;
        if one.number != expected {
            return Err(broken(format!(
                "it is number {}, and number {expected} is missing",
                one.number
            )));
        }
        if one.previous != chain.tip {
            return Err(broken(
                "the one before it was changed after this one was made, or replaced".to_owned(),
            ));
        }
        match &file.rows {
            None => return Err(broken(format!("its rows are missing: {}", one.rows.name))),
            Some((sha256, _)) if *sha256 != one.rows.sha256 => {
                return Err(broken(format!("its rows were changed: {}", one.rows.name)));
            }
            Some((_, rows)) if *rows != one.rows.rows || *rows != one.counts.rows() => {
                return Err(broken(format!(
                    "it counts {} documents, and {} holds {rows}",
                    one.counts.rows(),
                    one.rows.name
                )));
            }
            Some(_) => {}
        }
        if one.counts.differ > 0 {
            chain.with_differences.push(one.number);
        }
        if !one.unasked.is_empty() {
            chain.incomplete.push(one.number);
        }
        chain.certificates = expected;
        chain.tip = Some(fingerprint(&file.bytes));
    }
    Ok(chain)
}
