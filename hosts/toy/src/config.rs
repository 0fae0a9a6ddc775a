//! What an operator decides about Toy, and which of it makes no sense.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_host_web::{ConfigError, address_problem};
use url::Url;

/// Toy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToyConfig {
    /// The address below which its API lies, such as `https://api.example.com`.
    pub url: Url,
    /// The key that every request carries, as `Authorization: Bearer KEY`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub api_key: Option<SecretString>,
}

impl ToyConfig {
    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let problem = |key, message: &str| ConfigError {
            key,
            message: message.to_owned(),
        };
        let mut problems = Vec::new();
        if let Some(why) = address_problem(&self.url) {
            problems.push(problem("url", why));
        }
        let key = self.api_key.as_ref().map(ExposeSecret::expose_secret);
        if key.is_none_or(|key| key.trim().is_empty()) {
            problems.push(problem("api_key", "must be given"));
        }
        problems
    }
}
