//! What an operator decides about signing in, and which of it makes no sense.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::{Lifetimes, Role};

/// Hours of a session that make sense: 30 days unused, 90 days in all.
const IDLE_H_MAX: u32 = 720;
const SESSION_H_MAX: u32 = 2_160;

/// How people sign in to the pages of `tieout serve`. One-time links of `tieout person link` always work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignInConfig {
    /// Hours without a request after which a session ends.
    #[schemars(range(min = 1, max = 720))]
    pub idle_h: u32,
    /// Hours after which a session ends however much it is used.
    #[schemars(range(min = 1, max = 2_160))]
    pub session_h: u32,
    /// The identity provider of your organisation, by OpenID Connect.
    pub oidc: Option<OidcConfig>,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            idle_h: 12,
            session_h: 168,
            oidc: None,
        }
    }
}

/// An identity provider, by OpenID Connect. Register `/sign-in/oidc/callback` below the public address with it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Its issuer, to the letter as it calls itself: `/.well-known/openid-configuration` is found below it.
    #[schemars(url)]
    pub issuer: String,
    /// What it calls this installation.
    pub client_id: String,
    /// The secret that goes with it; clients without one rely on PKCE alone.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// What the button on the sign-in page says behind "Sign in with".
    #[serde(default = "default_name")]
    pub name: String,
    /// What is asked for; some providers want one more for groups.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Takes addresses that the provider does not call verified. Only where nobody can choose an address of their
    /// own there, as in a directory that administrators keep.
    #[serde(default)]
    pub unverified_email: bool,
    /// Who has a verified address of a domain is let in with a role, such as `"acme.com" = "viewer"`.
    #[serde(default)]
    pub domains: BTreeMap<String, Role>,
    /// Who belongs to a group at the provider is let in with a role.
    #[serde(default)]
    pub roles: RoleRules,
}

/// Which groups at the identity provider have which role. The highest counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleRules {
    /// The claim that lists the groups; with dots for one inside another, such as `realm_access.roles`.
    pub claim: String,
    /// Groups of admins.
    pub admin: Vec<String>,
    /// Groups of operators.
    pub operator: Vec<String>,
    /// Groups of viewers.
    pub viewer: Vec<String>,
}

impl Default for RoleRules {
    fn default() -> Self {
        Self {
            claim: "groups".to_owned(),
            admin: Vec::new(),
            operator: Vec::new(),
            viewer: Vec::new(),
        }
    }
}

/// A setting that makes no sense, by its key below `sign_in`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {message}")]
pub struct ConfigError {
    /// The key, such as `oidc.issuer`.
    pub key: String,
    /// What is wrong and what is right.
    pub message: String,
}

impl SignInConfig {
    /// How long sessions live.
    #[must_use]
    pub fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            idle: TimeDelta::hours(i64::from(self.idle_h)),
            absolute: TimeDelta::hours(i64::from(self.session_h)),
        }
    }

    /// Everything that cannot work. Asks nobody.
    #[must_use]
    pub fn mistakes(&self) -> Vec<ConfigError> {
        let mut mistakes = Vec::new();
        for (key, hours, max) in [
            ("idle_h", self.idle_h, IDLE_H_MAX),
            ("session_h", self.session_h, SESSION_H_MAX),
        ] {
            if hours == 0 || hours > max {
                mistakes.push(mistake(key, format!("must be from 1 to {max} hours")));
            }
        }
        mistakes.extend(self.oidc.iter().flat_map(OidcConfig::mistakes));
        mistakes
    }
}

impl OidcConfig {
    fn mistakes(&self) -> Vec<ConfigError> {
        let mut mistakes = Vec::new();
        let mut wrong = |key: &str, message: &str| {
            mistakes.push(mistake(&format!("oidc.{key}"), message.to_owned()));
        };
        match Url::parse(&self.issuer) {
            Err(_) => wrong("issuer", "is no address: write it as the provider does"),
            Ok(url) => {
                if let Some(message) = issuer_problem(&url) {
                    wrong("issuer", message);
                }
            }
        }
        if self.client_id.trim().is_empty() {
            wrong("client_id", "is empty: the provider gives it out");
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            wrong(
                "scopes",
                "must hold `openid`: without it nobody is identified",
            );
        }
        if self.name.trim().is_empty() {
            wrong("name", "is empty: the button needs a word");
        }
        if self.roles.claim.is_empty() {
            wrong(
                "roles.claim",
                "is empty: name the claim that lists the groups",
            );
        }
        for domain in self.domains.keys() {
            let is_domain = format!("x@{domain}").parse::<crate::Email>();
            if is_domain.is_err() || *domain != domain.to_lowercase() {
                wrong("domains", "must be domains in lower case, without `@`");
            }
        }
        mistakes
    }

    /// The role that groups and address come to: the highest; `None` where no rule fits.
    pub(crate) fn role_of(&self, groups: &[String], domain: Option<&str>) -> Option<Role> {
        let in_any = |wanted: &[String]| wanted.iter().any(|it| groups.contains(it));
        let by_group = [
            (Role::Admin, &self.roles.admin),
            (Role::Operator, &self.roles.operator),
            (Role::Viewer, &self.roles.viewer),
        ];
        let by_group = by_group
            .into_iter()
            .find_map(|(role, wanted)| in_any(wanted).then_some(role));
        let by_domain = domain.and_then(|domain| self.domains.get(domain).copied());
        by_group.max(by_domain)
    }

    /// Whether any group has a role.
    pub(crate) fn asks_for_groups(&self) -> bool {
        let RoleRules {
            claim: _,
            admin,
            operator,
            viewer,
        } = &self.roles;
        !(admin.is_empty() && operator.is_empty() && viewer.is_empty())
    }
}

/// Why an address of an identity provider cannot be used; `None` when it can.
pub(crate) fn issuer_problem(url: &Url) -> Option<&'static str> {
    if url.cannot_be_a_base() || !may_be_asked(url) {
        return Some("must begin with https://: who listens could sign in as anybody");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must hold no password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("must end with its path, without `?` or `#`");
    }
    None
}

/// Over TLS, unless nobody outside this machine can listen.
pub(crate) fn may_be_asked(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => false,
    }
}

pub(crate) fn mistake(key: &str, message: String) -> ConfigError {
    ConfigError {
        key: key.to_owned(),
        message,
    }
}

fn default_name() -> String {
    "your organisation".to_owned()
}

fn default_scopes() -> Vec<String> {
    ["openid", "email", "profile"].map(str::to_owned).to_vec()
}
