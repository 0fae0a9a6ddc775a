//! How requests say who they come from: `Authorization: Token token=KEY`, the middle part included.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tieout_core::host::HostError;
use tieout_host_web::{Access, ApiKey};

/// The access of a key.
pub(crate) fn access(key: Option<&SecretString>) -> Result<Arc<dyn Access>, HostError> {
    // That there is none is a problem of the configuration, and told as such.
    let key = key.map(ExposeSecret::expose_secret).unwrap_or_default();
    let header = SecretString::from(format!("Token token={}", key.trim()));
    Ok(Arc::new(ApiKey::new("authorization", &header)?))
}
