//! What an operator decides about a product that serves the contract over HTTP, and which of it makes no sense.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_host_web::address_problem;
use url::Url;

use super::push::Secrets;
use crate::wire::FileType;
use tieout_host_web::ConfigError;

/// A host that serves the contract over HTTP.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpHostConfig {
    /// The address below which `v1/invoices` and the other routes lie, such as `https://api.example.com/tieout`.
    pub url: Url,
    /// The key that every request carries, as `Authorization: Bearer KEY`, or alone in the header that `key_header`
    /// names.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub api_key: Option<SecretString>,
    /// The header of the key; `authorization` by default.
    #[serde(default = "authorization")]
    pub key_header: String,
    /// Where the product gives tokens for client credentials (OAuth 2), in place of `api_key`.
    #[serde(default)]
    pub token_url: Option<Url>,
    /// The client's name at `token_url`.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The client's secret at `token_url`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// What is asked for at `token_url`, separated by spaces, where the product wants that said.
    #[serde(default)]
    pub scope: Option<String>,
    /// How the client says at `token_url` who it is: `basic` by default, by HTTP basic authentication; `body` by fields
    /// of the request's content.
    #[serde(default)]
    pub client_auth: Option<ClientAuth>,
    /// Whom the token is for, where `token_url` wants that said: sent as `audience`.
    #[serde(default)]
    pub audience: Option<String>,
    /// What the product signs with what it sends to `/hooks/NAME` by itself, by Standard Webhooks: `whsec_…`; while it
    /// is being changed, the old and the new one with a comma between. Without it nothing is taken there.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub webhook_secret: Option<SecretString>,
    /// The lists that the product serves; invoices alone by default.
    #[serde(default = "invoices")]
    pub documents: Vec<Served>,
    /// The write-backs that it takes; all by default.
    #[serde(default = "everything")]
    pub takes: Vec<Takes>,
    /// Documents asked for in one request; 500 by default. The product may give fewer.
    #[serde(default = "page_documents_max")]
    pub page_documents_max: usize,
    /// Write-backs under way at once; 4 by default.
    #[serde(default = "concurrent_max")]
    pub concurrent_max: usize,
    /// Seconds between two looks at this host; `schedule.host_poll_s` by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    pub poll_s: Option<u64>,
}

/// How a client says who it is where tokens are given (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// By HTTP basic authentication, which every server must take.
    Basic,
    /// By `client_id` and `client_secret` in the content of the request.
    Body,
}

/// A list that a product may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Served {
    /// Sales invoices, and credit notes among them.
    Invoices,
    /// Credit notes to customers.
    CreditNotes,
    /// Suppliers' bills.
    Bills,
    /// Orders to suppliers.
    PurchaseOrders,
}

/// A write-back that a product may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Payments, one by one.
    Payments,
    /// The whole settlement of a document.
    Settlements,
    /// What became of each document.
    Postings,
}

impl Served {
    /// Every list of the contract.
    pub const ALL: [Self; 4] = [
        Self::Invoices,
        Self::CreditNotes,
        Self::Bills,
        Self::PurchaseOrders,
    ];

    /// The list in the route.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.file_type().as_str()
    }

    /// The same documents in the form of files: one form, however it travels.
    pub(crate) fn file_type(self) -> FileType {
        match self {
            Self::Invoices => FileType::Invoices,
            Self::CreditNotes => FileType::CreditNotes,
            Self::Bills => FileType::Bills,
            Self::PurchaseOrders => FileType::PurchaseOrders,
        }
    }
}

impl HttpHostConfig {
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
        if http::HeaderName::try_from(self.key_header.as_str()).is_err() {
            problems.push(problem("key_header", "must be the name of a header"));
        }
        let fits = |key: &SecretString| http::HeaderValue::from_str(key.expose_secret()).is_ok();
        match &self.api_key {
            Some(key) if key.expose_secret().trim().is_empty() => {
                problems.push(problem("api_key", "must not be empty"));
            }
            Some(key) if !fits(key) => {
                problems.push(problem("api_key", "must hold nothing that a header cannot"));
            }
            Some(_) | None => {}
        }
        problems.extend(self.credential_problems());
        if let Some(Err(why)) = self.webhook_secret.as_ref().map(Secrets::parse) {
            problems.push(problem("webhook_secret", &why));
        }
        if self.documents.is_empty() {
            problems.push(problem("documents", "must name one list at least"));
        }
        let ranges = [
            ("page_documents_max", self.page_documents_max, 1, 10_000),
            ("concurrent_max", self.concurrent_max, 1, 32),
        ];
        problems.extend(
            ranges
                .into_iter()
                .filter(|(_, value, least, most)| !(least..=most).contains(&value))
                .map(|(key, value, least, most)| ConfigError {
                    key,
                    message: format!("must be from {least} to {most}, not {value}"),
                }),
        );
        problems
    }
}

impl HttpHostConfig {
    /// What is wrong with the client's credentials.
    fn credential_problems(&self) -> Vec<ConfigError> {
        let problem = |key, message: &str| {
            let message = message.to_owned();
            Some(ConfigError { key, message })
        };
        let is_empty = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
        let secret = self.client_secret.as_ref().map(SecretString::expose_secret);
        let Some(token_url) = &self.token_url else {
            let is_alone = self.client_id.is_some()
                || secret.is_some()
                || self.scope.is_some()
                || self.client_auth.is_some()
                || self.audience.is_some();
            let missing = "must say where tokens are given for the client's credentials";
            return Vec::from_iter(is_alone.then(|| problem("token_url", missing)).flatten());
        };
        [
            address_problem(token_url).and_then(|why| problem("token_url", why)),
            is_empty(self.client_id.as_deref())
                .then(|| problem("client_id", "must be there with `token_url`"))
                .flatten(),
            is_empty(secret)
                .then(|| problem("client_secret", "must be there with `token_url`"))
                .flatten(),
            self.api_key
                .as_ref()
                .and_then(|_| problem("api_key", "must not stand beside `token_url`: one lets in")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn invoices() -> Vec<Served> {
    vec![Served::Invoices]
}

fn everything() -> Vec<Takes> {
    vec![Takes::Payments, Takes::Settlements, Takes::Postings]
}

fn page_documents_max() -> usize {
    500
}

fn concurrent_max() -> usize {
    4
}
