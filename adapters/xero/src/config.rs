//! What an operator configures for Xero, and which combinations are refused.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::auth::Endpoints;
pub use crate::http::HttpConfig;
pub use crate::limit::{LimitConfig, Reserves};

/// The least that the product needs: sign-in, a lasting grant, documents, payments, contacts, reference data, attachments.
pub const DEFAULT_SCOPES: [&str; 9] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.invoices",
    "accounting.payments",
    "accounting.contacts",
    "accounting.settings.read",
    "accounting.attachments",
];

/// One app registered at Xero.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct XeroConfig {
    /// The client id of the app.
    pub client_id: String,
    /// Its secret. Absent for an app of the kind "mobile or desktop", which has none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// The key that its webhooks are signed with, as their page at Xero shows it; without one no webhook is
    /// taken. While it is being changed: the new one and the old one, separated by a comma.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub webhook_key: Option<SecretString>,
    /// How access is granted.
    #[serde(default)]
    pub grant: GrantKind,
    /// Where Xero sends the browser after the consent; the same text as in the app's settings, byte for byte.
    #[serde(default = "default_redirect_uri")]
    pub redirect_uri: Url,
    /// What to ask for.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// The address of a sandbox to use instead of Xero.
    #[serde(default)]
    pub sandbox: Option<Url>,
    /// How calls are spent.
    #[serde(default)]
    pub limits: LimitConfig,
    /// How calls are made.
    #[serde(default)]
    pub http: HttpConfig,
}

/// How access is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// Somebody consents in the browser.
    #[default]
    AuthorizationCode,
    /// A custom connection: one organisation, no browser.
    ClientCredentials,
}

/// A configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} {problem}")]
pub struct ConfigError {
    /// The key, below the provider's table.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl XeroConfig {
    /// Where Xero, or its sandbox, is found.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        self.sandbox
            .as_ref()
            .map_or_else(Endpoints::xero, Endpoints::sandbox)
    }

    /// Refuses what cannot work, naming the key of the first problem.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that cannot work, each with its key.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems: Vec<(String, &'static str)> = Vec::new();
        let mut refuse = |key: &str, problem| problems.push((key.to_owned(), problem));
        if self.client_id.trim().is_empty() {
            refuse(
                "client_id",
                "is empty: copy it from the app's settings at Xero",
            );
        }
        match (&self.client_secret, self.grant) {
            (Some(secret), _) if secret.expose_secret().trim().is_empty() => {
                refuse(
                    "client_secret",
                    "is empty: leave the key out for an app without one",
                );
            }
            (None, GrantKind::ClientCredentials) => {
                refuse("client_secret", "is needed for a custom connection");
            }
            (Some(_) | None, GrantKind::AuthorizationCode)
            | (Some(_), GrantKind::ClientCredentials) => {}
        }
        if let Some(problem) = self.scope_problem() {
            refuse("scopes", problem);
        }
        if let Some(problem) = redirect_problem(&self.redirect_uri) {
            refuse("redirect_uri", problem);
        }
        if let Some(base) = &self.sandbox
            && (base.cannot_be_a_base() || base.query().is_some() || base.fragment().is_some())
        {
            refuse(
                "sandbox",
                "must be a plain address, such as http://localhost:8490",
            );
        }
        if self.sandbox.as_ref().is_some_and(|base| !is_here(base)) {
            refuse(
                "sandbox",
                "is not on this machine: the secret and the tokens of an app go to Xero or stay here",
            );
        }
        for (key, problem) in self.limits.problems() {
            refuse(&format!("limits.{key}"), problem);
        }
        for (key, problem) in self.http.problems() {
            refuse(&format!("http.{key}"), problem);
        }
        let error = |(key, problem): (String, &str)| ConfigError {
            key,
            problem: problem.to_owned(),
        };
        problems.into_iter().map(error).collect()
    }

    fn scope_problem(&self) -> Option<&'static str> {
        let has = |scope: &str| self.scopes.iter().any(|known| known == scope);
        if self
            .scopes
            .iter()
            .any(|scope| scope.is_empty() || scope.contains(char::is_whitespace))
        {
            return Some("must be a list of single words");
        }
        if !self
            .scopes
            .iter()
            .any(|scope| scope.starts_with("accounting."))
        {
            return Some("must ask for the accounts: nothing could be read or sent");
        }
        match self.grant {
            GrantKind::AuthorizationCode if !has("offline_access") => {
                Some("must ask for offline_access: the grant would die after 30 minutes")
            }
            GrantKind::AuthorizationCode | GrantKind::ClientCredentials => None,
        }
    }
}

/// Whether an address is one of this machine.
fn is_here(base: &Url) -> bool {
    match base.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn redirect_problem(uri: &Url) -> Option<&'static str> {
    match (uri.scheme(), uri.host_str()) {
        ("https", Some(_)) | ("http", Some("localhost")) => None,
        ("http", Some("127.0.0.1" | "[::1]")) => {
            Some("must say localhost: Xero refuses numeric addresses")
        }
        (_, _) => Some("must be https, or http on localhost"),
    }
}

fn default_redirect_uri() -> Url {
    Url::parse("http://localhost:8480/connect/xero/callback").expect("a valid literal")
}

fn default_scopes() -> Vec<String> {
    DEFAULT_SCOPES.map(str::to_owned).to_vec()
}
