//! How people reach the front of a process that serves, and the identity provider at which they sign in.

use std::sync::Arc;

use tieout_identity::Oidc;
use tieout_xero::http::{HttpConfig, ReqwestTransport};
use url::Url;

use super::Office;
use crate::config::Config;
use crate::exit::Failure;

impl Office {
    /// The identity provider of the configuration, over a connection of its own; `None` where there is none. Asks nobody.
    pub(crate) fn oidc(&self) -> Result<Option<Oidc>, Failure> {
        let config = &self.loaded.config;
        let Some(provider) = &config.sign_in.oidc else {
            return Ok(None);
        };
        let transport =
            ReqwestTransport::new(&HttpConfig::default()).map_err(|error| Failure::of(&error))?;
        let oidc = Oidc::new(
            provider.clone(),
            &front_address(config)?,
            Arc::clone(&self.identity),
            Arc::new(transport),
        );
        oidc.map(Some).map_err(|fault| Failure::of(&fault))
    }
}

/// How browsers reach the front: as the configuration says, or at the address that is listened at.
pub(crate) fn front_address(config: &Config) -> Result<Url, Failure> {
    let listen = config.listen.as_ref().ok_or_else(|| {
        Failure::config("the configuration has no [listen]")
            .advise("Add [listen] with `address = \"127.0.0.1:8481\"`, and run `tieout serve`.")
    })?;
    if let Some(url) = &listen.public_url {
        return Ok(url.clone());
    }
    let mut address = listen.address;
    if address.port() == 0 {
        return Err(
            Failure::config("the configuration leaves the port under [listen] open")
                .advise("Choose one, or say with `public_url` how browsers reach it."),
        );
    }
    if address.ip().is_unspecified() {
        let here: std::net::IpAddr = match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(here);
    }
    Url::parse(&format!("http://{address}/")).map_err(|error| Failure::of(&error))
}
