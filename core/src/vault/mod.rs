//! How secrets rest: sealed under a key that the store never sees.

mod key;
mod seal;

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use crate::store::{ChangeSet, RecordKey, Store, StoreError};
pub use key::{KeyError, KeyRing};
use seal::SealError;

/// Records whose values are secrets: tokens, client secrets.
///
/// Each is sealed with XChaCha20-Poly1305 under the ring's current key and bound to its name.
pub struct Vault {
    store: Arc<dyn Store>,
    ring: KeyRing,
}

/// Why a secret was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The store failed.
    #[error("the store of secrets failed")]
    Store(#[from] StoreError),
    /// No key of the ring sealed it: give the old key too, or authorise again.
    #[error(
        "{0} was sealed with a key that is not in the key ring: add the older key, or authorise again"
    )]
    NoKey(RecordKey),
    /// It was altered, moved from another name, or sealed with another key.
    #[error("{0} does not open: it was altered or sealed with another key; authorise again")]
    Altered(RecordKey),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
}

impl Vault {
    /// The secrets of a store under a key ring.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, ring: KeyRing) -> Self {
        Self { store, ring }
    }

    /// The secret of this name; `None` when there is none.
    pub async fn read(&self, key: &RecordKey) -> Result<Option<SecretString>, VaultError> {
        match self.store.record(key).await? {
            Some(sealed) => self.open(key, &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// Sets the secret of this name, or removes it with `None`. Durable when it returns.
    pub async fn write(
        &self,
        key: &RecordKey,
        secret: Option<&SecretString>,
    ) -> Result<(), VaultError> {
        let record = (
            key.clone(),
            secret.map(|secret| self.seal(key, secret)).transpose()?,
        );
        Ok(self
            .store
            .commit(ChangeSet {
                records: vec![record],
                ..ChangeSet::default()
            })
            .await?)
    }

    /// The value to put under this name in a change set that holds more than the secret.
    pub fn seal(&self, key: &RecordKey, secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.ring, key, secret).map_err(|error| explain(error, key))
    }

    /// The secret in a value that stands under this name.
    pub fn open(&self, key: &RecordKey, sealed: &[u8]) -> Result<SecretString, VaultError> {
        seal::open(&self.ring, key, sealed).map_err(|error| explain(error, key))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("ring", &self.ring)
            .finish_non_exhaustive()
    }
}

fn explain(error: SealError, key: &RecordKey) -> VaultError {
    match error {
        SealError::Random => VaultError::Random,
        SealError::NoKey => VaultError::NoKey(key.clone()),
        SealError::Altered => VaultError::Altered(key.clone()),
    }
}
