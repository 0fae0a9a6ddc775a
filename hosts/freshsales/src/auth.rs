//! How requests say who they come from: `Authorization: Token token=KEY`, the middle part included.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tieout_core::host::HostError;
use tieout_host_web::{Access, ApiKey};

/// The access of a key.
pub(crate) fn access(key: &SecretString) -> Result<Arc<dyn Access>, HostError> {
    let header = SecretString::from(format!("Token token={}", key.expose_secret().trim()));
    Ok(Arc::new(ApiKey::new("authorization", &header)?))
}
