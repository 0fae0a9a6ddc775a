//! How spans leave: by our own HTTP, on our own runtime, whichever thread asks for it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tieout_core::transport::Transport;
use tieout_xero::http::{HttpConfig, ReqwestTransport};
use tokio::runtime::Handle;

use super::wanted::Collector;
use crate::exit::chain;

/// What a collector answers is a few bytes; whoever sends more is none.
const REPLY_BYTES_MAX: usize = 64 * 1024;

/// A client for one collector.
#[derive(Debug)]
pub(super) struct Client {
    transport: ReqwestTransport,
    /// The thread that sends batches belongs to no runtime, and HTTP needs one.
    runtime: Handle,
    failure: Failure,
}

/// Why the last request got no answer: whoever sends batches only learns that it did not.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<Mutex<Option<String>>>);

impl Failure {
    /// It, once.
    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Client {
    /// A client that waits as long as the collector may take.
    pub(super) fn new(collector: &Collector, runtime: Handle) -> Result<Self, String> {
        let patience_ms = u64::try_from(collector.patience.as_millis()).unwrap_or(u64::MAX);
        let config = HttpConfig {
            connect_timeout_ms_max: patience_ms,
            total_timeout_ms_max: patience_ms,
            reply_bytes_max: REPLY_BYTES_MAX,
            ..HttpConfig::default()
        };
        let transport = ReqwestTransport::new(&config).map_err(|error| chain(&error))?;
        Ok(Self {
            transport,
            runtime,
            failure: Failure::default(),
        })
    }

    /// Where it is told why a request got no answer.
    pub(super) fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let transport = self.transport.clone();
        let sending = self
            .runtime
            .spawn(async move { transport.send(request).await });
        Ok(sending.await?.inspect_err(|error| {
            let mut failure = self
                .failure
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *failure = Some(chain(error));
        })?)
    }
}
