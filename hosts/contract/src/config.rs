//! What an operator decides about a host folder, and which of it makes no sense.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_host_web::ConfigError;

use crate::payment_import::PaymentImport;

/// A host that exchanges files in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// The folder that holds `outbox/` and `inbox/`; it must exist, its sub-folders are made.
    pub path: PathBuf,
    /// How long a file must lie unchanged before it is read, in milliseconds; 2,000 by default. 0 is
    /// right for a host that writes under another name and renames.
    #[serde(default = "stable_ms")]
    pub stable_ms: u64,
    /// Whether a file must prove that it is whole; by default the proof is checked when there is one.
    #[serde(default)]
    pub proof: Proof,
    /// New payments in the columns of the product's own import, beside `payments-<n>.csv`; none by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_import: Option<PaymentImport>,
    /// What a file may hold.
    #[serde(default)]
    pub limits: FolderLimits,
    /// Seconds between two looks at this host; `schedule.host_poll_s` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub poll_s: Option<u64>,
}

/// Whether a file must come with a trailer or a `.sha256` side file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A proof is checked when there is one.
    #[default]
    Optional,
    /// A file without a proof is refused.
    Required,
}

/// Limits of a host folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FolderLimits {
    /// Bytes of one document: a JSON element, a line, or all rows of one invoice in CSV. 4 MiB by
    /// default; a larger document is refused, the others of its file are not.
    pub document_bytes_max: usize,
    /// Documents in one file; 250,000 by default. A file with more is refused.
    pub documents_per_file_max: u64,
    /// Bytes of one file; 1 GiB by default. A larger file is refused unread.
    pub file_bytes_max: u64,
    /// Documents in one page, whatever the caller asks for; 500 by default.
    pub page_documents_max: usize,
    /// Bytes of file after which a page ends early; 8 MiB by default.
    pub page_bytes_max: u64,
    /// Deliveries remembered, so that a repeat writes nothing; 2,000 by default.
    pub deliveries_kept: usize,
}

impl Default for FolderLimits {
    fn default() -> Self {
        Self {
            document_bytes_max: 4 << 20,
            documents_per_file_max: 250_000,
            file_bytes_max: 1 << 30,
            page_documents_max: 500,
            page_bytes_max: 8 << 20,
            deliveries_kept: 2_000,
        }
    }
}

impl FolderConfig {
    /// The defaults for a folder.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            stable_ms: stable_ms(),
            proof: Proof::default(),
            payment_import: None,
            limits: FolderLimits::default(),
            poll_s: None,
        }
    }

    /// Refuses values that cannot work, naming the key of the first. Touches no file.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Every value that cannot work, each with its key. Touches no file.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let limits = &self.limits;
        let path = self.path.as_os_str().is_empty().then(|| ConfigError {
            key: "path",
            message: "must name a folder".to_owned(),
        });
        let ranges = [
            ("stable_ms", self.stable_ms, 0, 3_600_000),
            (
                "limits.document_bytes_max",
                limits.document_bytes_max as u64,
                1 << 10,
                64 << 20,
            ),
            (
                "limits.documents_per_file_max",
                limits.documents_per_file_max,
                1,
                1_000_000,
            ),
            (
                "limits.file_bytes_max",
                limits.file_bytes_max,
                1 << 10,
                1 << 40,
            ),
            (
                "limits.page_documents_max",
                limits.page_documents_max as u64,
                1,
                10_000,
            ),
            (
                "limits.page_bytes_max",
                limits.page_bytes_max,
                1 << 10,
                256 << 20,
            ),
            (
                "limits.deliveries_kept",
                limits.deliveries_kept as u64,
                100,
                1_000_000,
            ),
        ];
        let outside = ranges
            .into_iter()
            .filter(|(_, value, least, most)| !(least..=most).contains(&value));
        let import = self.payment_import.iter().flat_map(PaymentImport::problems);
        path.into_iter()
            .chain(import)
            .chain(outside.map(|(key, value, least, most)| ConfigError {
                key,
                message: format!("must be from {least} to {most}, not {value}"),
            }))
            .collect()
    }
}

fn stable_ms() -> u64 {
    2_000
}
