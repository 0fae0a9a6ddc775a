//! What an operator decides about a server, and which of it makes no sense.

#[cfg(feature = "client")]
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use tieout_host_web::ConfigError;

/// How a fingerprint begins.
const SHA256: &str = "SHA256:";
/// Characters of a SHA-256 in base64 without padding.
const SHA256_CHARS: usize = 43;
/// Seconds that anything may take.
const TIMEOUT_S_MAX: u64 = 600;

/// A server that is reached by SFTP.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SftpServer {
    /// Its name or address.
    pub host: String,
    /// Its port; 22 by default.
    #[serde(default = "port")]
    pub port: u16,
    /// Who signs in.
    pub user: String,
    /// The fingerprint of the server's own key, such as `SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDe2...`. Without it nothing is
    /// sent: what the server shows is told, to be compared with what its operator says.
    #[serde(default)]
    pub host_key: Option<String>,
    /// The private key (Ed25519 or ECDSA) of the user, in the form of OpenSSH or PKCS #8.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub private_key: Option<SecretString>,
    /// What opens the private key, if it is locked.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub passphrase: Option<SecretString>,
    /// The user's password, where the server wants one: in place of a key, or after it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// Seconds until the connection stands and the user is signed in; 20 by default.
    #[serde(default = "connect_timeout_s")]
    #[schemars(range(min = 1, max = 600))]
    pub connect_timeout_s: u64,
    /// Seconds that the server may take for one answer; 30 by default.
    #[serde(default = "request_timeout_s")]
    #[schemars(range(min = 1, max = 600))]
    pub request_timeout_s: u64,
}

impl SftpServer {
    /// A server with the defaults, and with no way in yet.
    #[must_use]
    pub fn at(host: impl Into<String>, port: u16, user: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            user: user.into(),
            host_key: None,
            private_key: None,
            passphrase: None,
            password: None,
            connect_timeout_s: connect_timeout_s(),
            request_timeout_s: request_timeout_s(),
        }
    }

    /// Every value that cannot work, each with its key. Reaches for nothing.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        let mut problem = |key, message: String| problems.push(ConfigError { key, message });
        let is_name =
            |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_control() || c == ' ');
        if !is_name(&self.host) || self.host.contains(['/', '@']) {
            problem(
                "host",
                "must be the name or the address of a machine".to_owned(),
            );
        }
        if !is_name(&self.user) {
            problem("user", "must be the name of a user".to_owned());
        }
        if self.port == 0 {
            problem("port", "must be from 1 to 65535, not 0".to_owned());
        }
        if self
            .host_key
            .as_deref()
            .is_some_and(|key| !is_fingerprint(key))
        {
            let message =
                "must be a fingerprint: `SHA256:` and 43 characters, as `ssh-keygen -l` shows it";
            problem("host_key", message.to_owned());
        }
        for (key, value) in [
            ("connect_timeout_s", self.connect_timeout_s),
            ("request_timeout_s", self.request_timeout_s),
        ] {
            if !(1..=TIMEOUT_S_MAX).contains(&value) {
                problem(
                    key,
                    format!("must be from 1 to {TIMEOUT_S_MAX}, not {value}"),
                );
            }
        }
        problems
    }

    /// The server as it is shown to people: `sftp://user@host:port`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (user, host) = (&self.user, bracketed(&self.host));
        match self.port {
            22 => format!("sftp://{user}@{host}"),
            port => format!("sftp://{user}@{host}:{port}"),
        }
    }

    /// The place that a path is at, whoever signs in, to be remembered: `sftp://host:port/path`.
    #[must_use]
    pub fn place(&self, path: &str) -> String {
        let host = bracketed(&self.host).to_ascii_lowercase();
        format!("sftp://{host}:{}{path}", self.port)
    }

    #[cfg(feature = "client")]
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_s)
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.strip_prefix(SHA256).is_some_and(|digits| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
        digits.len() == SHA256_CHARS && digits.chars().all(fits)
    })
}

fn bracketed(host: &str) -> String {
    match host.contains(':') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    }
}

fn port() -> u16 {
    22
}

fn connect_timeout_s() -> u64 {
    20
}

fn request_timeout_s() -> u64 {
    30
}
