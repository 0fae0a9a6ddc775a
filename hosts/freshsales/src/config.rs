//! What an operator decides about Freshsales, and which of it makes no sense.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_core::host::{Drafting, Mirroring};
use tieout_host_web::{ConfigError, address_problem, drafts_problems, mirror_problems};
use url::Url;

use crate::capability::KINDS;

/// Freshsales.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreshsalesConfig {
    /// The address of the account, such as `https://acme.myfreshworks.com/crm/sales`; the API lies below it.
    pub url: Url,
    /// The API key of a user; it has that user's rights.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub api_key: Option<SecretString>,
    /// Requests an hour that the plan allows; 1,000 by default. A tenth of them is left to others.
    #[serde(default = "requests_per_hour")]
    pub requests_per_hour: usize,
    /// The custom field that holds the tax or business number, such as `cf_tax_number`.
    #[serde(default)]
    pub tax_number_field: Option<String>,
    /// How drafts are made of records.
    #[serde(default)]
    pub drafts: Drafting,
    /// The custom fields in which figures of the books are kept, by the kind of record, such as `cf_total_unpaid`.
    #[serde(default)]
    pub mirror: Mirroring,
}

impl FreshsalesConfig {
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
        match &self.api_key {
            None => problems.push(problem("api_key", "is missing")),
            Some(key) if key.expose_secret().trim().is_empty() => {
                problems.push(problem("api_key", "must not be empty"));
            }
            Some(_) => {}
        }
        if !(10..=100_000).contains(&self.requests_per_hour) {
            problems.push(problem("requests_per_hour", "must be from 10 to 100,000"));
        }
        let field = self.tax_number_field.as_deref();
        if field.is_some_and(|field| !field.starts_with("cf_")) {
            problems.push(problem("tax_number_field", "must begin with `cf_`"));
        }
        problems.extend(drafts_problems(&self.drafts));
        problems.extend(mirror_problems(&self.mirror, KINDS));
        problems
    }
}

fn requests_per_hour() -> usize {
    1_000
}
