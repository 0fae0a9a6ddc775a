//! How the engine reaches a product that serves the contract over HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::ExposeSecret;
use tieout_core::document::{Attachment, DocumentKey};
use tieout_core::host::{
    Delivery, Heard, Host, HostCapability, HostError, HostErrorKind, HostPage, Push, PushRefusal,
    WriteBackRefusal,
};
use tieout_core::transport::Transport;
use tieout_host_web::{Access, ApiKey, Client, IsMissingPlain, Manners, Open};
use tokio::sync::Mutex;

use super::changes::changes;
use super::config::{HttpHostConfig, Takes};
use super::deliver::{Progress, deliver};
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
    pub fn open(config: HttpHostConfig, transport: Arc<dyn Transport>) -> Result<Self, HostError> {
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
            is_missing_plain: IsMissingPlain::Address,
            ..Manners::default()
        };
        let client = Client::new(transport, config.url.clone(), access(&config)?, manners);
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

    /// The first document of each list.
    async fn probe(&self) -> Result<(), HostError> {
        for list in &self.config.documents {
            changes(&self.client, std::slice::from_ref(list), None, 1).await?;
        }
        Ok(())
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

fn access(config: &HttpHostConfig) -> Result<Arc<dyn Access>, HostError> {
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
