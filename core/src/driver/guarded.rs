//! What a panic inside a host is: a failure of that host alone, while everything else goes on.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use tracing::Instrument;

use crate::document::{Attachment, DocumentKey};
use crate::host::{
    Delivery, Heard, Host, HostCapability, HostError, HostErrorKind, HostPage, Push, PushRefusal,
    RecordHost, Repeat, WriteBackRefusal,
};
use crate::spans;

/// Characters of what a panic said that are shown.
const SAID_CHARS: usize = 200;

/// A host whose panics are its own failures.
///
/// A host keeps nothing half done in memory that counts: what it is owed and how far it was read lies in the store, so the
/// call that panicked comes again like one that failed.
pub(super) struct Guarded(Arc<dyn Host>);

impl Guarded {
    /// The same host, guarded.
    pub(super) fn host(host: Arc<dyn Host>) -> Arc<dyn Host> {
        Arc::new(Self(host))
    }

    /// Calls the host under a span.
    async fn called<'a, T>(
        &self,
        operation: &'static str,
        call: impl FnOnce() -> Pin<Box<dyn Future<Output = Result<T, HostError>> + Send + 'a>>,
    ) -> Result<T, HostError> {
        let span = spans::host_call(self.0.as_ref(), operation);
        let called = caught(operation, call).instrument(span.clone()).await;
        let called = called.and_then(|it| it);
        spans::seen_through(&span, &called);
        called
    }
}

#[async_trait]
impl Host for Guarded {
    fn capability(&self) -> &HostCapability {
        self.0.capability()
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let call = || self.0.changes(after, limit);
        self.called("read changes", call).await
    }

    async fn acknowledge(&self, position: &str) -> Result<(), HostError> {
        let call = || self.0.acknowledge(position);
        self.called("acknowledge", call).await
    }

    async fn batch(&self, position: &str) -> Result<Option<String>, HostError> {
        let call = || self.0.batch(position);
        self.called("name batch", call).await
    }

    async fn repeated(&self, position: &str, repeats: &[Repeat]) -> Result<(), HostError> {
        let call = || self.0.repeated(position, repeats);
        self.called("note repeats", call).await
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let call = || self.0.deliver(delivery);
        self.called("deliver", call).await
    }

    async fn probe(&self) -> Result<(), HostError> {
        self.called("look at host", || self.0.probe()).await
    }

    async fn introduction(&self) -> Result<Vec<String>, HostError> {
        let call = || self.0.introduction();
        self.called("look at host", call).await
    }

    async fn hear(&self, push: &Push) -> Result<Heard, PushRefusal> {
        let span = spans::host_call(self.0.as_ref(), "hear push");
        let heard = caught("hear push", || self.0.hear(push));
        let heard = heard.instrument(span.clone()).await;
        spans::seen_through(&span, &heard);
        heard.map_err(PushRefusal::Failed).and_then(|it| it)
    }

    fn records(&self) -> Option<&dyn RecordHost> {
        self.0.records()
    }

    async fn attachment(
        &self,
        document: &DocumentKey,
        file: &Attachment,
    ) -> Result<Bytes, HostError> {
        let call = || self.0.attachment(document, file);
        self.called("read attachment", call).await
    }
}

/// What a call gives; a panic of it, or of making it, is a failure of the host.
async fn caught<'a, T>(
    operation: &'static str,
    call: impl FnOnce() -> Pin<Box<dyn Future<Output = T> + Send + 'a>>,
) -> Result<T, HostError> {
    let failed = |panic: Box<dyn Any + Send>| failed(operation, panic.as_ref());
    let made = catch_unwind(AssertUnwindSafe(call)).map_err(failed)?;
    Caught(made).await.map_err(failed)
}

/// A call that may panic.
struct Caught<'a, T>(Pin<Box<dyn Future<Output = T> + Send + 'a>>);

impl<T> Future for Caught<'_, T> {
    type Output = Result<T, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Whatever the panic left of the call is never polled again: it is dropped with this.
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(given)) => Poll::Ready(Ok(given)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

fn failed(operation: &'static str, panic: &(dyn Any + Send)) -> HostError {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it said nothing");
    let said: String = said.chars().take(SAID_CHARS).collect();
    let message = format!(
        "this program broke off while it worked on this host, which is a mistake of ours: {said}"
    );
    HostError::new(HostErrorKind::BadData, operation, message)
}
