//! How requests say who they come from: HTTP Basic, the API key as user name and an empty password.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tieout_core::host::HostError;
use tieout_host_web::{Access, ApiKey};

/// The access of a key.
pub(crate) fn access(key: Option<&SecretString>) -> Result<Arc<dyn Access>, HostError> {
    // That there is none is a problem of the configuration, and told as such.
    let key = key.map(ExposeSecret::expose_secret).unwrap_or_default();
    let pair = format!("{}:", key.trim());
    let header = SecretString::from(format!("Basic {}", BASE64_STANDARD.encode(pair)));
    Ok(Arc::new(ApiKey::new("authorization", &header)?))
}
