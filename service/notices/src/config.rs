//! What a configuration says about notices: the mail server, and when people are told.

use std::path::PathBuf;

use chrono::NaiveTime;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::people::{EmailAddress, ThisMachine};

/// What people and other systems are told without asking. Who they are is managed with `tieout group` and
/// `tieout webhook`, while the program runs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyConfig {
    /// The mail server; without it no mail leaves, and webhooks work all the same.
    pub smtp: Option<SmtpConfig>,
    /// Minutes that what happened is gathered for, before a group is told of it; 0 tells at once.
    #[schemars(range(max = 1_440))]
    pub periodic_minutes: u32,
    /// When the mail of the day is made, as `HH:MM` in UTC.
    #[serde(deserialize_with = "time_of_day")]
    #[schemars(with = "String", regex(pattern = "^[0-2][0-9]:[0-5][0-9]$"))]
    pub daily_at: NaiveTime,
    /// Whether there is a mail of the day also when everything went.
    pub daily_always: bool,
    /// Minutes that what needs somebody is gathered for, so that a hundred findings are one mail; 0 tells at once.
    #[schemars(range(max = 60))]
    pub gather_minutes: u32,
    /// Whether webhooks may go to this machine, also without TLS: for trials, and for systems beside this one.
    pub webhooks_to_this_machine: bool,
}

/// The mail server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its name or address.
    pub host: String,
    /// Its port; 587, or 465 with `tls = "implicit"`, or 25 with `tls = "none"`, where it is left out.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the way there is closed.
    #[serde(default)]
    pub tls: SmtpTls,
    /// A file with the certificates that vouch for the server, in PEM; by default those that this machine trusts.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Whom it knows us as; without it we do not sign in.
    #[serde(default)]
    pub user: Option<String>,
    /// The password of the user.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// The address that mail comes from.
    pub from: String,
}

/// How the way to the mail server is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// It begins open and is closed before anything is said; a server that cannot do that gets no mail.
    #[default]
    Starttls,
    /// It is closed from the first byte on.
    Implicit,
    /// It is open: only to this machine.
    None,
}

/// Something in the section that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The key below `notify`.
    pub key: &'static str,
    /// What is wrong, as a fragment.
    pub message: String,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            smtp: None,
            periodic_minutes: 25,
            daily_at: NaiveTime::from_hms_opt(6, 0, 0).unwrap_or(NaiveTime::MIN),
            daily_always: false,
            gather_minutes: 3,
            webhooks_to_this_machine: false,
        }
    }
}

impl NotifyConfig {
    /// What cannot be used. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigProblem> {
        let mut found = Vec::new();
        let mut wrong = |key, message: &str| {
            found.push(ConfigProblem {
                key,
                message: message.to_owned(),
            });
        };
        if self.periodic_minutes > 1_440 {
            wrong("periodic_minutes", "must be from 0 to 1440");
        }
        if self.gather_minutes > 60 {
            wrong("gather_minutes", "must be from 0 to 60");
        }
        let Some(smtp) = &self.smtp else {
            return found;
        };
        let has_port = smtp.host.rsplit_once(':').is_some_and(|(name, port)| {
            !name.contains(':') && !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit())
        });
        if has_port {
            wrong(
                "smtp.host",
                "is a name or an address alone: the port stands in `port`",
            );
            return found;
        }
        let is_name = |char: char| char.is_ascii_alphanumeric() || ".-:[]_".contains(char);
        if smtp.host.is_empty() || !smtp.host.chars().all(is_name) {
            wrong("smtp.host", "must be the name or the address of a server");
        }
        if EmailAddress::new(smtp.from.as_str()).is_err() {
            wrong(
                "smtp.from",
                "must be one address, such as tieout@example.org",
            );
        }
        if smtp.tls == SmtpTls::None && !is_this_machine(&smtp.host) {
            wrong(
                "smtp.tls",
                "`none` is for a server on this machine: what the mail says would travel readable",
            );
        }
        if smtp.tls == SmtpTls::None && smtp.ca.is_some() {
            wrong(
                "smtp.ca",
                "vouches for nobody: the way is open with `tls = \"none\"`",
            );
        }
        let empty = smtp
            .password
            .as_ref()
            .is_some_and(|password| password.expose_secret().is_empty());
        match (&smtp.user, &smtp.password) {
            (Some(user), _) if user.is_empty() || user.chars().any(char::is_control) => {
                wrong("smtp.user", "must be a name");
            }
            (Some(_), None) => wrong("smtp.password", "is missing: `user` has one"),
            (None, Some(_)) => wrong("smtp.user", "is missing: `password` is somebody's"),
            (Some(_), Some(_)) if empty => wrong("smtp.password", "is empty"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        found
    }

    /// Whether endpoints on this machine are allowed.
    #[must_use]
    pub fn this_machine(&self) -> ThisMachine {
        match self.webhooks_to_this_machine {
            true => ThisMachine::Allowed,
            false => ThisMachine::Refused,
        }
    }
}

impl SmtpConfig {
    /// The port that is connected to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::Starttls => 587,
            SmtpTls::Implicit => 465,
            SmtpTls::None => 25,
        })
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| {
        D::Error::custom(format!(
            "`{text}` is no time of the day: write it as HH:MM, such as 06:00"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> Vec<&'static str> {
        let config: NotifyConfig = serde_json::from_str(json).unwrap();
        config.problems().iter().map(|it| it.key).collect()
    }

    #[test]
    fn what_cannot_be_used_is_told_before_anything_is_sent() {
        assert_eq!(problems("{}"), Vec::<&str>::new());
        let smtp = |more: &str| format!(r#"{{"smtp":{{"host":"mail.example.org"{more}}}}}"#);
        let from = r#","from":"tieout@example.org""#;
        assert_eq!(problems(&smtp(from)), Vec::<&str>::new());
        let open = format!(r#"{from},"tls":"none""#);
        assert_eq!(problems(&smtp(&open)), ["smtp.tls"]);
        let local =
            r#"{"smtp":{"host":"127.0.0.1","port":2525,"tls":"none","from":"a@b.example"}}"#;
        assert_eq!(problems(local), Vec::<&str>::new());
        let with_port = r#"{"smtp":{"host":"127.0.0.1:2525","tls":"none","from":"a@b.example"}}"#;
        assert_eq!(problems(with_port), ["smtp.host"]);
        let by_address = r#"{"smtp":{"host":"::1","tls":"none","from":"a@b.example"}}"#;
        assert_eq!(problems(by_address), Vec::<&str>::new());
        assert_eq!(problems(&smtp(r#","from":"Ann""#)), ["smtp.from"]);
        let user = format!(r#"{from},"user":"u""#);
        assert_eq!(problems(&smtp(&user)), ["smtp.password"]);
        let password = format!(r#"{from},"password":"p""#);
        assert_eq!(problems(&smtp(&password)), ["smtp.user"]);
        assert_eq!(
            problems(r#"{"periodic_minutes":1441,"gather_minutes":61}"#),
            ["periodic_minutes", "gather_minutes"]
        );
        assert!(serde_json::from_str::<NotifyConfig>(r#"{"daily_at":"6am"}"#).is_err());
        assert!(serde_json::from_str::<NotifyConfig>(r#"{"smpt":{}}"#).is_err());
    }
}
