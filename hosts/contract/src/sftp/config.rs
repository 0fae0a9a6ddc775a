//! What an operator decides about a folder on a server, and which of it makes no sense.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_host_web::ConfigError;

use crate::config::{FolderConfig, FolderLimits, Proof};
use crate::payment_import::PaymentImport;

/// A host that exchanges files in a folder on a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SftpHostConfig {
    /// The server: a name under `[servers]`.
    pub server: String,
    /// The folder there that holds `outbox/` and `inbox/`; it must exist, its sub-folders are made. From where the user comes
    /// in, unless it begins with `/`.
    pub path: String,
    /// A folder of this machine for files on their way and what is remembered of them: as precious as the store. Beside the
    /// store by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<PathBuf>,
    /// How long a file must lie unchanged before it is read, in milliseconds; 5,000 by default. 0 is right for a product that
    /// writes under another name and renames.
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

impl SftpHostConfig {
    /// The defaults for a folder on a server.
    #[must_use]
    pub fn at(server: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            path: path.into(),
            local: None,
            stable_ms: stable_ms(),
            proof: Proof::default(),
            payment_import: None,
            limits: FolderLimits::default(),
            poll_s: None,
        }
    }

    /// Every value that cannot work, each with its key. Touches no file.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let empty = |key, text: &str| {
            text.trim().is_empty().then(|| ConfigError {
                key,
                message: "must not be empty".to_owned(),
            })
        };
        let own = empty("server", &self.server)
            .into_iter()
            .chain(empty("path", &self.path));
        // What the two forms share is judged alike.
        let folder = FolderConfig {
            stable_ms: self.stable_ms,
            ..self.folder(PathBuf::from("."))
        };
        own.chain(folder.problems()).collect()
    }

    /// The same for the folder of this machine, where files lie only when they are whole.
    pub(super) fn folder(&self, path: PathBuf) -> FolderConfig {
        FolderConfig {
            path,
            stable_ms: 0,
            proof: self.proof,
            payment_import: self.payment_import.clone(),
            limits: self.limits.clone(),
            poll_s: self.poll_s,
        }
    }

    pub(super) fn stable(&self) -> Duration {
        Duration::from_millis(self.stable_ms)
    }
}

fn stable_ms() -> u64 {
    5_000
}
