//! How people reach the front of a process that serves, and the identity provider at which they sign in.

use std::sync::Arc;

use tieout_identity::{Oidc, Panels};
use tieout_xero::http::{HttpConfig, ReqwestTransport};
use url::Url;

use super::Office;
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
            &front_address(self)?,
            Arc::clone(&self.identity),
            Arc::new(transport),
        );
        oidc.map(Some).map_err(|fault| Failure::of(&fault))
    }

    /// Who signs and checks the tokens of panels.
    pub(crate) async fn panels(&self) -> Result<Panels, Failure> {
        let config = &self.loaded.config.panel;
        let vault = self.apps.vault().map(Arc::as_ref);
        let opened = Panels::open(vault, config, Arc::clone(&self.clock)).await;
        opened.map_err(|fault| Failure::of(&fault))
    }
}

/// How browsers reach the front: as the configuration says, or at the address that is listened at.
pub(crate) fn front_address(office: &Office) -> Result<Url, Failure> {
    let listen = office.loaded.config.listen.as_ref().ok_or_else(|| {
        Failure::config("the configuration has no [listen]")
            .advise("Add [listen] with `address = \"127.0.0.1:8481\"`, and run `tieout serve`.")
    })?;
    if let Some(url) = &listen.public_url {
        return Ok(url.clone());
    }
    let address = office.listens.unwrap_or(listen.address);
    if address.port() == 0 {
        return Err(
            Failure::config("the configuration leaves the port under [listen] open")
                .advise("Choose one, or say with `public_url` how browsers reach it."),
        );
    }
    let (ip, port) = (address.ip(), address.port());
    let named = ip.is_unspecified()
        || ip == std::net::Ipv4Addr::LOCALHOST
        || ip == std::net::Ipv6Addr::LOCALHOST;
    // By the name to which Xero leads back: a browser that is signed in under another one is not signed in there.
    let url = match named {
        true => format!("http://localhost:{port}/"),
        false => format!("http://{address}/"),
    };
    Url::parse(&url).map_err(|error| Failure::of(&error))
}
