//! The real adapter as one of an accounting system that keeps invoices alone.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, Candidate, Capability, ChangePage, ChangesAfter, Chart, ContactAnswer,
    ContactWanted, ProviderError, Rejection, Request, Snapshot, Sought,
};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::capability::CAPABILITY;

static NARROW: LazyLock<Capability> = LazyLock::new(|| Capability {
    documents: &[DocumentKind::Invoice],
    ..CAPABILITY.clone()
});

/// See the file.
pub(crate) struct Narrow(pub(crate) Arc<XeroProvider>);

#[async_trait]
impl AccountingProvider for Narrow {
    fn capability(&self) -> &'static Capability {
        &NARROW
    }

    async fn chart(&self) -> Result<Chart, ProviderError> {
        self.0.chart().await
    }

    async fn resolve_contacts(
        &self,
        wanted: &[ContactWanted],
    ) -> Result<Vec<ContactAnswer>, ProviderError> {
        self.0.resolve_contacts(wanted).await
    }

    async fn send(
        &self,
        request: &Request,
    ) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError> {
        self.0.send(request).await
    }

    async fn look_up(
        &self,
        kind: DocumentKind,
        numbers: &[String],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        self.0.look_up(kind, numbers).await
    }

    async fn find(
        &self,
        kind: DocumentKind,
        sought: &[Sought],
    ) -> Result<Vec<Vec<Candidate>>, ProviderError> {
        self.0.find(kind, sought).await
    }

    async fn read(
        &self,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        self.0.read(kind, ids).await
    }

    async fn changes(&self, after: &ChangesAfter) -> Result<ChangePage, ProviderError> {
        self.0.changes(after).await
    }
}
