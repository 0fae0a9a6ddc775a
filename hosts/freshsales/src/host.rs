//! How the engine reaches Freshsales: dispatch only.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tieout_core::clock::Clock;
use tieout_core::host::{
    Delivery, Details, Drafting, Host, HostCapability, HostError, HostErrorKind, HostPage,
    HostRecord, MirrorHost, Notebook, RecordHost, RecordKind, RecordPage, RecordRef, Trace,
    WriteBackRefusal,
};
use tieout_core::transport::Transport;
use tieout_host_web::{Client, Governor, Limited, Manners, Window, leave_traces, no_changes};
use tokio::sync::Mutex;
use url::Url;

use crate::auth::access;
use crate::capability::{CAPABILITY, KINDS, REQUESTS_PER_MINUTE_MAX};
use crate::client::Freshsales;
use crate::config::FreshsalesConfig;
use crate::map::Names;

/// Freshsales.
pub struct FreshsalesHost {
    pub(crate) freshsales: Freshsales,
    pub(crate) config: FreshsalesConfig,
    pub(crate) notebook: Notebook,
    /// What identifiers stand for, and since when that is known.
    pub(crate) names: Mutex<Option<(Names, DateTime<Utc>)>>,
    pub(crate) clock: Arc<dyn Clock>,
    capability: HostCapability,
}

impl FreshsalesHost {
    /// Freshsales at its address. Asks nobody.
    ///
    /// Fails as `Misconfigured`, naming the key, when the settings make no sense.
    pub fn open(
        config: FreshsalesConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        notebook: Notebook,
    ) -> Result<Self, HostError> {
        if let Some(problem) = config.problems().into_iter().next() {
            let message = format!("`{}` {}", problem.key, problem.message);
            return Err(HostError::new(
                HostErrorKind::Misconfigured,
                "open host",
                message,
            ));
        }
        let hourly = config.requests_per_hour - config.requests_per_hour / 10;
        let windows = vec![
            Window::per_minute(REQUESTS_PER_MINUTE_MAX),
            Window::per_hour(hourly),
        ];
        let limited = Arc::new(Limited::new(
            transport,
            Arc::clone(&clock),
            Governor::new(windows),
        ));
        let access = access(config.api_key.as_ref())?;
        let client = Client::new(limited, config.url.clone(), access, Manners::default());
        let capability = HostCapability {
            takes_postings: config.drafts.leave_trace,
            ..CAPABILITY.clone()
        };
        Ok(Self {
            freshsales: Freshsales { client },
            config,
            notebook,
            names: Mutex::new(None),
            clock,
            capability,
        })
    }

    /// What reading a record takes besides names.
    pub(crate) fn reading(&self) -> (&Url, Option<&str>) {
        (&self.config.url, self.config.tax_number_field.as_deref())
    }
}

#[async_trait]
impl Host for FreshsalesHost {
    fn capability(&self) -> &HostCapability {
        &self.capability
    }

    async fn changes(&self, after: Option<&str>, _: usize) -> Result<HostPage, HostError> {
        Ok(no_changes(after))
    }

    /// Nothing: there is nothing to put aside.
    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        leave_traces(self, delivery).await
    }

    /// The views of contacts: whether the key opens anything.
    async fn probe(&self) -> Result<(), HostError> {
        self.freshsales
            .must(&["contacts", "filters"], &[])
            .await
            .map(drop)
    }

    fn records(&self) -> Option<&dyn RecordHost> {
        Some(self)
    }
}

#[async_trait]
impl RecordHost for FreshsalesHost {
    fn record_kinds(&self) -> &'static [RecordKind] {
        KINDS
    }

    fn drafting(&self) -> &Drafting {
        &self.config.drafts
    }

    async fn record(&self, key: &RecordRef) -> Result<Option<HostRecord>, HostError> {
        self.read(key).await
    }

    async fn search(
        &self,
        kind: RecordKind,
        text: &str,
        limit: usize,
    ) -> Result<Vec<HostRecord>, HostError> {
        self.look_for(kind, text, limit).await
    }

    async fn changed(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        _: usize,
    ) -> Result<RecordPage, HostError> {
        self.follow(kind, after).await
    }

    async fn complete(
        &self,
        record: &HostRecord,
        details: &Details,
    ) -> Result<Result<(), String>, HostError> {
        self.fill_in(record, details).await
    }

    async fn leave_trace(
        &self,
        key: &RecordRef,
        trace: &Trace,
    ) -> Result<Result<(), String>, HostError> {
        self.leave(key, trace).await
    }

    fn mirror(&self) -> Option<&dyn MirrorHost> {
        let names_any = !self.config.mirror.kinds().is_empty();
        names_any.then_some(self)
    }
}
