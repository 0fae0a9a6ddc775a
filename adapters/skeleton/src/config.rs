//! What an operator decides about Skeleton, and which of it makes no sense.

use schemars::JsonSchema;
use serde::Deserialize;

/// Books at Skeleton.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkeletonConfig {
    /// The organisation, as Skeleton names it.
    pub organisation: String,
}

/// A value that cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key, below the provider's table.
    pub key: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl SkeletonConfig {
    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        if self.organisation.trim().is_empty() {
            problems.push(ConfigError {
                key: "organisation",
                message: "must be given".to_owned(),
            });
        }
        problems
    }
}
