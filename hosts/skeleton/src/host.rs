//! How the engine reaches Skeleton.

use std::sync::Arc;

use async_trait::async_trait;
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, WriteBackRefusal,
};
use tieout_core::transport::Transport;
use tieout_host_web::{ApiKey, Client, Manners};

use crate::capability::CAPABILITY;
use crate::changes::changes;
use crate::config::SkeletonConfig;
use crate::deliver::deliver;

/// Skeleton. The engine keeps how far it was read, so nothing is kept here.
pub struct SkeletonHost {
    client: Client,
}

impl SkeletonHost {
    /// Skeleton at an address. Asks nobody: a product that is down now is found out about when it is read.
    ///
    /// Fails as `Misconfigured`, naming the key, when the settings make no sense.
    pub fn open(config: &SkeletonConfig, transport: Arc<dyn Transport>) -> Result<Self, HostError> {
        if let Some(problem) = config.problems().into_iter().next() {
            let kind = HostErrorKind::Misconfigured;
            return Err(HostError::new(kind, "open host", problem.to_string()));
        }
        // An operator's mistake is told above; a command that asks nobody does without the key.
        let key = config.api_key.clone().unwrap_or_default();
        let access = Arc::new(ApiKey::bearer(&key)?);
        let client = Client::new(transport, config.url.clone(), access, Manners::default());
        Ok(Self { client })
    }
}

#[async_trait]
impl Host for SkeletonHost {
    fn capability(&self) -> &HostCapability {
        &CAPABILITY
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        changes(&self.client, after, limit).await
    }

    /// Nothing: a position says all.
    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        deliver(&self.client, delivery).await
    }

    /// A page of one record, which is not kept.
    async fn probe(&self) -> Result<(), HostError> {
        changes(&self.client, None, 1).await.map(drop)
    }
}
