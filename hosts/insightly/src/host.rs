//! How the engine reaches Insightly: dispatch only.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tieout_core::clock::Clock;
use tieout_core::host::{
    Delivery, Details, Drafting, Host, HostCapability, HostError, HostErrorKind, HostPage,
    HostRecord, MirrorHost, RecordHost, RecordKind, RecordPage, RecordRef, Trace, WriteBackRefusal,
};
use tieout_core::transport::Transport;
use tieout_host_web::{Client, Governor, Limited, Manners, Window, leave_traces, no_changes};
use tokio::sync::Mutex;

use crate::auth::access;
use crate::capability::{CAPABILITY, KINDS, REQUESTS_PER_SECOND_MAX};
use crate::client::Insightly;
use crate::config::InsightlyConfig;

/// Insightly.
pub struct InsightlyHost {
    pub(crate) insightly: Insightly,
    pub(crate) config: InsightlyConfig,
    /// Custom fields that the product works out itself, by kind, as far as it was asked.
    pub(crate) fixed: Mutex<BTreeMap<RecordKind, Vec<String>>>,
    capability: HostCapability,
}

impl InsightlyHost {
    /// Insightly at its address. Asks nobody.
    ///
    /// Fails as `Misconfigured`, naming the key, when the settings make no sense.
    pub fn open(
        config: InsightlyConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HostError> {
        if let Some(problem) = config.problems().into_iter().next() {
            let message = format!("`{}` {}", problem.key, problem.message);
            return Err(HostError::new(
                HostErrorKind::Misconfigured,
                "open host",
                message,
            ));
        }
        let governor = Governor::new(vec![Window::per_second(REQUESTS_PER_SECOND_MAX)]);
        let limited = Arc::new(Limited::new(transport, clock, governor));
        let access = access(config.api_key.as_ref())?;
        let client = Client::new(limited, config.url.clone(), access, Manners::default());
        let capability = HostCapability {
            takes_postings: config.drafts.leave_trace,
            ..CAPABILITY.clone()
        };
        Ok(Self {
            insightly: Insightly { client },
            config,
            fixed: Mutex::default(),
            capability,
        })
    }
}

#[async_trait]
impl Host for InsightlyHost {
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

    /// The first organisation: whether the key opens anything.
    async fn probe(&self) -> Result<(), HostError> {
        let query = [("top", "1"), ("brief", "true")];
        self.insightly
            .list(&["Organisations"], &query)
            .await
            .map(drop)
    }

    fn records(&self) -> Option<&dyn RecordHost> {
        Some(self)
    }
}

#[async_trait]
impl RecordHost for InsightlyHost {
    fn record_kinds(&self) -> &'static [RecordKind] {
        KINDS
    }

    fn drafting(&self) -> &Drafting {
        &self.config.drafts
    }

    async fn record(&self, key: &RecordRef) -> Result<Option<HostRecord>, HostError> {
        let web = self.config.web_url.as_ref();
        let named = self.config.mirror.of(key.kind);
        self.insightly.record(key, web, named).await
    }

    async fn search(
        &self,
        kind: RecordKind,
        text: &str,
        limit: usize,
    ) -> Result<Vec<HostRecord>, HostError> {
        let web = self.config.web_url.as_ref();
        self.insightly.search((kind, text), limit, web).await
    }

    async fn changed(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<RecordPage, HostError> {
        let web = self.config.web_url.as_ref();
        self.insightly.changed(kind, (after, limit), web).await
    }

    async fn complete(
        &self,
        record: &HostRecord,
        details: &Details,
    ) -> Result<Result<(), String>, HostError> {
        self.insightly.complete(record, details).await
    }

    async fn leave_trace(
        &self,
        key: &RecordRef,
        trace: &Trace,
    ) -> Result<Result<(), String>, HostError> {
        self.insightly.leave_note(key, trace).await
    }

    fn mirror(&self) -> Option<&dyn MirrorHost> {
        let names_any = !self.config.mirror.kinds().is_empty();
        names_any.then_some(self)
    }
}
