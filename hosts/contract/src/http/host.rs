//! How the engine reaches a product that serves the contract over HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tieout_core::clock::Clock;
use tieout_core::document::{Attachment, DocumentKey};
use tieout_core::host::{
    Delivery, Heard, Host, HostCapability, HostError, HostErrorKind, HostPage, Push, PushRefusal,
    WriteBackRefusal,
};
use tieout_core::transport::Transport;
use tieout_host_web::{Client, IsMissingPlain, Manners};
use tokio::sync::Mutex;

use super::access::{access, access_key};
use super::changes::changes;
use super::config::{HttpHostConfig, Takes};
use super::deliver::{Progress, deliver};
use super::offer::{self, Capabilities};
use super::push::{Secrets, hear};
use crate::capability::HTTP;
use crate::config::ConfigError;
use crate::fetched::checked;

/// A product that serves the contract over HTTP.
///
/// The engine keeps how far each list was read, so several processes may read one product; nothing is kept
/// here but the key.
pub struct HttpHost {
    client: Arc<Client>,
    config: HttpHostConfig,
    capability: HostCapability,
    progress: Mutex<Progress>,
    /// What proves that a push is the product's; `None` where it sends none.
    secrets: Option<Secrets>,
}

impl HttpHost {
    /// A host at an address. Asks nobody: a product that is down now is found out about when it is read.
    ///
    /// Fails as `Misconfigured`, naming the key, when the settings make no sense.
    pub fn open(
        config: HttpHostConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HostError> {
        let wrong = |error: ConfigError| {
            let message = error.to_string();
            HostError::new(HostErrorKind::Misconfigured, "open host", message)
        };
        config
            .problems()
            .into_iter()
            .next()
            .map_or(Ok(()), |problem| Err(wrong(problem)))?;
        let manners = Manners {
            access_key: access_key(&config),
            is_missing_plain: IsMissingPlain::Address,
            ..Manners::default()
        };
        let access = access(&config, &transport, clock)?;
        let client = Client::new(transport, config.url.clone(), access, manners);
        let takes = |what| config.takes.contains(&what);
        let capability = HostCapability {
            takes_payments: takes(Takes::Payments),
            takes_settlements: takes(Takes::Settlements),
            takes_postings: takes(Takes::Postings),
            ..HTTP.clone()
        };
        let secrets = config.webhook_secret.as_ref().map(Secrets::parse);
        let secrets = secrets.transpose().map_err(|message| {
            wrong(ConfigError {
                key: "webhook_secret",
                message,
            })
        })?;
        Ok(Self {
            client: Arc::new(client),
            secrets,
            config,
            capability,
            progress: Mutex::default(),
        })
    }
}

#[async_trait]
impl Host for HttpHost {
    fn capability(&self) -> &HostCapability {
        &self.capability
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let limit = limit.min(self.config.page_documents_max).max(1);
        changes(&self.client, &self.config.documents, after, limit).await
    }

    /// Nothing: the cursor of a list is durable.
    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        deliver(&self.client, delivery, &self.config, &self.progress).await
    }

    /// What the product says of itself, and the first document of each list.
    async fn probe(&self) -> Result<(), HostError> {
        let said = offer::read(&self.client).await?.unwrap_or_default();
        let lacks = said.lacks(&self.config);
        if !lacks.is_empty() {
            let kind = HostErrorKind::Misconfigured;
            return Err(HostError::new(kind, "probe", lacks.join("; ")));
        }
        for list in &self.config.documents {
            changes(&self.client, std::slice::from_ref(list), None, 1).await?;
        }
        Ok(())
    }

    async fn introduction(&self) -> Result<Vec<String>, HostError> {
        let said = offer::read(&self.client).await?;
        Ok(said.map_or_else(Vec::new, |said| Capabilities::words(&said, &self.config)))
    }

    async fn hear(&self, push: &Push) -> Result<Heard, PushRefusal> {
        let secrets = self.secrets.as_ref().ok_or(PushRefusal::NotTaken)?;
        hear(&self.client, &self.config.documents, secrets, push).await
    }

    async fn attachment(&self, _: &DocumentKey, file: &Attachment) -> Result<Bytes, HostError> {
        let operation = "read attachment";
        let bad = |why: String| HostError::new(HostErrorKind::BadData, operation, why);
        // A path below the product's own address, or that address itself: no document leads us elsewhere.
        let url = self
            .client
            .address(&[""])
            .join(&file.url)
            .map_err(|error| bad(format!("`{}` is no address: {error}", file.url)))?;
        if url.origin() != self.config.url.origin() {
            let own = self.config.url.origin().ascii_serialization();
            return Err(bad(format!("{} lies outside {own}", file.url)));
        }
        let reply = self.client.get(operation, &url).await?;
        if !reply.is_done() {
            return Err(bad(format!("{} was answered {}", file.url, reply.status)));
        }
        checked(file, reply.body)
    }
}
