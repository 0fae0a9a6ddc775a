//! What an operator decides about a product whose database is read, and which of it makes no sense.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio_postgres::config::{Config, Host, SslMode};

use crate::http::Takes;
use tieout_host_web::ConfigError;

/// A host that hands over by views and procedures of its PostgreSQL database.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlHostConfig {
    /// Where the database is, such as `postgres://tieout:PASSWORD@db.example.com:5432/product`; in place of `host` and
    /// the keys after it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
    /// The machine of the database, or the folder of its socket.
    #[serde(default)]
    pub host: Option<String>,
    /// Its port; 5432 by default.
    #[serde(default)]
    pub port: Option<u16>,
    /// The user, who needs to read the views and to execute the procedures, and nothing else.
    #[serde(default)]
    pub user: Option<String>,
    /// The user's password.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// The database; by default the one of the user's name.
    #[serde(default)]
    pub database: Option<String>,
    /// The schema of the views and procedures; `public` by default.
    #[serde(default = "public")]
    pub schema: String,
    /// When the connection is encrypted.
    #[serde(default)]
    pub tls: Tls,
    /// A file with the certificates that vouch for the database, in PEM; by default those that this machine trusts.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Seconds that one statement may take; 30 by default.
    #[serde(default = "statement_timeout_s")]
    #[schemars(range(min = 1, max = 3_600))]
    pub statement_timeout_s: u64,
    /// Documents in one page, whatever the caller asks for; 500 by default.
    #[serde(default = "page_documents_max")]
    #[schemars(range(min = 1, max = 10_000))]
    pub page_documents_max: usize,
    /// The write-backs that have a procedure; all by default.
    #[serde(default = "everything")]
    pub takes: Vec<Takes>,
    /// How a person is named who is billed without a company.
    #[serde(default)]
    pub contact_names: ContactNames,
    /// Seconds between two looks at this host; `schedule.host_poll_s` by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    pub poll_s: Option<u64>,
}

/// When the connection to a database is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Whenever it leaves this machine.
    #[default]
    Elsewhere,
    /// On this machine too.
    Always,
}

/// How a person is named who is billed without a company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactNames {
    /// As the view names the person.
    #[default]
    AsNamed,
    /// `Surname, First name`, where the view has both.
    SurnameFirst,
}

/// Seconds that are given to the network beyond what the statement may take.
const NETWORK_S: u64 = 5;

impl SqlHostConfig {
    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let problem = |key, message: String| ConfigError { key, message };
        let mut problems = Vec::new();
        match (&self.url, &self.host) {
            (Some(_), _) => problems.extend(self.beside_url()),
            (None, None) => {
                let message = "must be given, or `host` and `user`".to_owned();
                problems.push(problem("url", message));
            }
            (None, Some(host)) if host.trim().is_empty() => {
                problems.push(problem("host", "must not be empty".to_owned()));
            }
            (None, Some(_)) if self.user.as_deref().is_none_or(str::is_empty) => {
                problems.push(problem("user", "must be given".to_owned()));
            }
            (None, Some(_)) => {}
        }
        if problems.is_empty()
            && let Err(error) = self.target()
        {
            problems.push(error);
        }
        if self.schema.trim().is_empty() || self.schema.contains('\0') {
            problems.push(problem("schema", "must name a schema".to_owned()));
        }
        let ranges = [
            ("statement_timeout_s", self.statement_timeout_s, 3_600),
            (
                "page_documents_max",
                u64::try_from(self.page_documents_max).unwrap_or(u64::MAX),
                10_000,
            ),
        ];
        for (key, value, most) in ranges {
            if !(1..=most).contains(&value) {
                problems.push(problem(
                    key,
                    format!("must be from 1 to {most}, not {value}"),
                ));
            }
        }
        problems
    }

    /// Whether it says where the database is; an address may be a secret that a command does without.
    pub(super) fn is_addressed(&self) -> bool {
        self.url.is_some() || self.host.is_some()
    }

    /// Where the database is and who asks, for the driver.
    pub(super) fn target(&self) -> Result<Config, ConfigError> {
        let mut target = match &self.url {
            // The driver's message quotes no part of the text, which holds a password.
            Some(url) => Config::from_str(url.expose_secret()).map_err(|error| ConfigError {
                key: "url",
                message: format!(
                    "is not of the form postgres://USER:PASSWORD@HOST/DATABASE: {error}"
                ),
            })?,
            None => {
                let mut target = Config::new();
                target.host(self.host.as_deref().unwrap_or_default());
                target.user(self.user.as_deref().unwrap_or_default());
                if let Some(port) = self.port {
                    target.port(port);
                }
                if let Some(password) = &self.password {
                    target.password(password.expose_secret());
                }
                if let Some(database) = &self.database {
                    target.dbname(database);
                }
                target
            }
        };
        if target.get_hosts().is_empty() {
            return Err(ConfigError {
                key: "url",
                message: "must name the host of the database".to_owned(),
            });
        }
        let plain = target.get_ssl_mode() == SslMode::Disable;
        if self.is_encrypted(&target) {
            if plain {
                let message = "must not have `sslmode=disable`: the password and the documents would travel readable";
                return Err(ConfigError {
                    key: "url",
                    message: message.to_owned(),
                });
            }
            target.ssl_mode(SslMode::Require);
        } else {
            target.ssl_mode(SslMode::Disable);
        }
        target.application_name("tieout");
        target.connect_timeout(Duration::from_secs(CONNECT_S));
        Ok(target)
    }

    /// Whether what is said to a target is encrypted.
    pub(super) fn is_encrypted(&self, target: &Config) -> bool {
        let local = target.get_hosts().iter().all(is_this_machine)
            && target.get_hostaddrs().iter().all(IpAddr::is_loopback);
        match self.tls {
            Tls::Always => true,
            Tls::Elsewhere => !local,
        }
    }

    /// How long a statement may take, as the database is told.
    pub(super) fn statement_timeout_ms(&self) -> u64 {
        self.statement_timeout_s.saturating_mul(1_000)
    }

    /// After how long nobody waits for the reply to a statement any more.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.statement_timeout_s.saturating_add(NETWORK_S))
    }

    fn beside_url(&self) -> Vec<ConfigError> {
        let given = [
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("database", self.database.is_some()),
        ];
        let twice = given.into_iter().filter(|(_, given)| *given);
        twice
            .map(|(key, _)| ConfigError {
                key,
                message: "stands in `url` already: leave one of them out".to_owned(),
            })
            .collect()
    }
}

const CONNECT_S: u64 = 10;

/// Whether nobody outside this machine hears what is said to a host.
fn is_this_machine(host: &Host) -> bool {
    match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || IpAddr::from_str(name).is_ok_and(|address| address.is_loopback())
        }
    }
}

fn public() -> String {
    "public".to_owned()
}

fn statement_timeout_s() -> u64 {
    30
}

fn page_documents_max() -> usize {
    500
}

fn everything() -> Vec<Takes> {
    vec![Takes::Payments, Takes::Settlements, Takes::Postings]
}
