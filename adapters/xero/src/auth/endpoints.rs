//! Where Xero, or its sandbox, is found.

use url::Url;

/// The addresses of one Xero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Where a person consents.
    pub authorize: Url,
    /// Where codes and refresh tokens become tokens.
    pub token: Url,
    /// Where tokens are given back.
    pub revoke: Url,
    /// The organisations of a grant.
    pub connections: Url,
    /// The Accounting API; ends in a slash, so that `join("Invoices")` works.
    pub api_base: Url,
}

impl Endpoints {
    /// Xero's own.
    #[must_use]
    pub fn xero() -> Self {
        Self {
            authorize: literal("https://login.xero.com/identity/connect/authorize"),
            token: literal("https://identity.xero.com/connect/token"),
            revoke: literal("https://identity.xero.com/connect/revocation"),
            connections: literal("https://api.xero.com/connections"),
            api_base: literal("https://api.xero.com/api.xro/2.0/"),
        }
    }

    /// Those of a sandbox at `base`.
    #[must_use]
    pub fn sandbox(base: &Url) -> Self {
        let below = |path: &str| {
            let mut url = base.clone();
            url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
            url
        };
        Self {
            authorize: below("identity/connect/authorize"),
            token: below("connect/token"),
            revoke: below("connect/revocation"),
            connections: below("connections"),
            api_base: below("api.xro/2.0/"),
        }
    }
}

fn literal(url: &str) -> Url {
    Url::parse(url).expect("a valid literal")
}
