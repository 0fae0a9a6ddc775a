//! What an operator decides about Insightly, and which of it makes no sense.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_core::host::{Drafting, Mirroring};
use tieout_host_web::{ConfigError, address_problem, drafts_problems, mirror_problems};
use url::Url;

use crate::capability::KINDS;

/// Insightly.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InsightlyConfig {
    /// The API URL of User Settings, such as `https://api.na1.insightly.com/v3.1`.
    pub url: Url,
    /// The API key of User Settings; it has the rights of its user.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub api_key: Option<SecretString>,
    /// Where people open records, such as `https://crm.na1.insightly.com`; without it, drafts carry no link back.
    #[serde(default)]
    pub web_url: Option<Url>,
    /// How drafts are made of records.
    #[serde(default)]
    pub drafts: Drafting,
    /// The custom fields in which figures of the books are kept, by the kind of record; `FIELD_NAME` in the API.
    #[serde(default)]
    pub mirror: Mirroring,
}

impl InsightlyConfig {
    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let problem = |key, message: &str| ConfigError {
            key,
            message: message.to_owned(),
        };
        let mut problems = Vec::new();
        let addresses = [("url", Some(&self.url)), ("web_url", self.web_url.as_ref())];
        for (key, url) in addresses {
            if let Some(why) = url.and_then(address_problem) {
                problems.push(problem(key, why));
            }
        }
        match &self.api_key {
            None => problems.push(problem("api_key", "is missing")),
            Some(key) if key.expose_secret().trim().is_empty() => {
                problems.push(problem("api_key", "must not be empty"));
            }
            Some(_) => {}
        }
        problems.extend(drafts_problems(&self.drafts));
        problems.extend(mirror_problems(&self.mirror, KINDS));
        problems
    }
}
