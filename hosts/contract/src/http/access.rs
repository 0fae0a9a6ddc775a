//! What lets the requests to a product in: a key that stays, or a token for the client's own credentials.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tieout_core::clock::Clock;
use tieout_core::host::HostError;
use tieout_core::transport::Transport;
use tieout_host_web::{Access, ApiKey, ClientCredentials, Credentials, Manners, Open, ShownBy};

use super::config::{ClientAuth, HttpHostConfig};

/// The access that the configuration names.
pub(crate) fn access(
    config: &HttpHostConfig,
    transport: &Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Access>, HostError> {
    if let Some(credentials) = credentials(config) {
        let transport = Arc::clone(transport);
        return Ok(Arc::new(ClientCredentials::new(
            transport,
            clock,
            credentials,
        )));
    }
    let Some(key) = &config.api_key else {
        return Ok(Arc::new(Open));
    };
    let is_plain = !key.expose_secret().contains(' ');
    let key = match is_plain && config.key_header.eq_ignore_ascii_case("authorization") {
        true => ApiKey::bearer(key)?,
        false => ApiKey::new(&config.key_header, key)?,
    };
    Ok(Arc::new(key))
}

/// The key of the configuration to mend when nobody is let in.
pub(super) fn access_key(config: &HttpHostConfig) -> &'static str {
    match config.token_url {
        Some(_) => "client_secret",
        None => Manners::default().access_key,
    }
}

fn credentials(config: &HttpHostConfig) -> Option<Credentials> {
    Some(Credentials {
        token_url: config.token_url.clone()?,
        client_id: config.client_id.clone()?,
        client_secret: config.client_secret.clone()?,
        scope: config.scope.clone(),
        more: config
            .audience
            .iter()
            .map(|audience| ("audience".to_owned(), audience.clone()))
            .collect(),
        shown: match config.client_auth {
            Some(ClientAuth::Basic) | None => ShownBy::Basic,
            Some(ClientAuth::Body) => ShownBy::Body,
        },
    })
}
