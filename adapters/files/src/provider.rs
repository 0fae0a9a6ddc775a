//! How the engine reaches Files.

use std::sync::Arc;

use async_trait::async_trait;
use tieout_core::clock::Clock;
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, Candidate, Capability, ChangePage, ChangesAfter, Chart, ContactAnswer,
    ContactWanted, ProviderError, Rejection, Request, Snapshot, Sought,
};

use crate::books::Books;
use crate::capability::CAPABILITY;
use crate::changes::changes;
use crate::chart::chart;
use crate::config::FilesConfig;
use crate::contacts::resolve;
use crate::look::{find, look_up, read};
use crate::send::send;

/// Files, for one organisation. The engine keeps what was sent and how far was read, so nothing is kept here.
pub struct FilesProvider {
    books: Arc<Books>,
}

impl FilesProvider {
    /// The provider of a configuration. Asks nobody.
    #[must_use]
    pub fn open(config: &FilesConfig, clock: Arc<dyn Clock>) -> Self {
        Self::on(Books::open(config, clock))
    }

    /// The provider of some books.
    #[must_use]
    pub fn on(books: Books) -> Self {
        Self {
            books: Arc::new(books),
        }
    }
}

#[async_trait]
impl AccountingProvider for FilesProvider {
    fn capability(&self) -> &'static Capability {
        &CAPABILITY
    }

    async fn chart(&self) -> Result<Chart, ProviderError> {
        chart(&self.books).await
    }

    async fn resolve_contacts(
        &self,
        wanted: &[ContactWanted],
    ) -> Result<Vec<ContactAnswer>, ProviderError> {
        resolve(&self.books, wanted).await
    }

    async fn send(
        &self,
        request: &Request,
    ) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError> {
        send(&self.books, request).await
    }

    async fn look_up(
        &self,
        kind: DocumentKind,
        numbers: &[String],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        look_up(&self.books, kind, numbers).await
    }

    async fn find(
        &self,
        kind: DocumentKind,
        sought: &[Sought],
    ) -> Result<Vec<Vec<Candidate>>, ProviderError> {
        find(&self.books, kind, sought).await
    }

    async fn read(
        &self,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        read(&self.books, kind, ids).await
    }

    async fn changes(&self, after: &ChangesAfter) -> Result<ChangePage, ProviderError> {
        changes(&self.books, after).await
    }
}
