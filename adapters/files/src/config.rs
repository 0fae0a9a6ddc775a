//! What an operator decides about Files, and which of it makes no sense.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Books that are a folder of JSON documents.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    /// The folder with `books.json`, on a local disk. One connection at most writes to it.
    pub folder: PathBuf,
}

/// A value that cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key, below the provider's table.
    pub key: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl FilesConfig {
    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        if self.folder.as_os_str().is_empty() {
            problems.push(ConfigError {
                key: "folder",
                message: "must be given".to_owned(),
            });
        }
        problems
    }
}
