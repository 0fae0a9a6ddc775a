//! How a sandbox is set up: its seed, the apps that are registered with it, its budgets and its choices.

use std::fmt;

use uuid::Uuid;

use crate::limits::Limits;
use crate::switches::Switches;

/// Client id of the web app that is registered by default.
pub const WEB_CLIENT_ID: &str = "TIEOUTSANDBOXWEBAPP0000000000001";
/// Client secret of the default web app. It protects nothing: the sandbox holds invented books.
pub const WEB_CLIENT_SECRET: &str = "sandbox-web-secret";
/// Client id of the PKCE app that is registered by default; it has no secret.
pub const PKCE_CLIENT_ID: &str = "TIEOUTSANDBOXPKCEAPP000000000002";
/// Client id of the custom connection (client credentials, New Zealand organisation) that is registered by default.
pub const CUSTOM_CLIENT_ID: &str = "TIEOUTSANDBOXCUSTOM0000000000003";
/// Client secret of the default custom connection.
pub const CUSTOM_CLIENT_SECRET: &str = "sandbox-custom-secret";

/// What kind of app it is, which decides the grants it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppKind {
    /// Code flow with a secret.
    Web,
    /// Code flow with a proof key and without a secret.
    Pkce,
    /// Client credentials for one organisation.
    Custom {
        /// The organisation.
        tenant: Uuid,
    },
}

/// An app registered with the sandbox.
#[derive(Clone)]
pub struct App {
    /// Shown as `ProviderName` in replies and on the consent page.
    pub name: String,
    /// Client id.
    pub client_id: String,
    /// Client secret; nothing for PKCE apps.
    pub client_secret: Option<String>,
    /// Kind.
    pub kind: AppKind,
    /// Addresses that a consent may return to, compared byte for byte. Empty: any `http://localhost` address.
    pub redirect_uris: Vec<String>,
    /// Whether the broad scopes of before March 2026 are allowed too.
    pub broad_scopes: bool,
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("App")
            .field("name", &self.name)
            .field("client_id", &self.client_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Whether a consent may return to this address.
    #[must_use]
    pub fn may_return_to(&self, address: &str) -> bool {
        if !self.redirect_uris.is_empty() {
            return self.redirect_uris.iter().any(|known| known == address);
        }
        address
            .strip_prefix("http://localhost")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    }
}

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Equal seeds and equal acts give equal ids and tokens.
    pub seed: u64,
    /// Registered apps.
    pub apps: Vec<App>,
    /// Budgets.
    pub limits: Limits,
    /// Choices.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        let app = |name: &str, id: &str, secret: Option<&str>, kind| App {
            name: name.to_owned(),
            client_id: id.to_owned(),
            client_secret: secret.map(str::to_owned),
            kind,
            redirect_uris: Vec::new(),
            broad_scopes: false,
        };
        Self {
            seed: 1,
            apps: vec![
                app(
                    "tieout",
                    WEB_CLIENT_ID,
                    Some(WEB_CLIENT_SECRET),
                    AppKind::Web,
                ),
                app("tieout desktop", PKCE_CLIENT_ID, None, AppKind::Pkce),
                app(
                    "tieout custom connection",
                    CUSTOM_CLIENT_ID,
                    Some(CUSTOM_CLIENT_SECRET),
                    AppKind::Custom {
                        tenant: crate::books::seed::NEW_ZEALAND,
                    },
                ),
            ],
            limits: Limits::default(),
            switches: Switches::default(),
        }
    }
}

impl Options {
    /// The same set-up as Xero's Starter tier has it, for an organisation on the smallest plan: 1,000 calls a day, 20 sales
    /// invoices and 5 bills approved a month.
    #[must_use]
    pub fn starter(mut self) -> Self {
        self.limits = Limits::starter().with_early_plan();
        self
    }

    /// The same set-up without any limit on calls, for benches.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.limits.enforced = false;
        self
    }
}
