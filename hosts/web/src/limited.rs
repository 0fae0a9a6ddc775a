//! A transport that waits for a product's limits, and says so rather than wait for long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};

use crate::limit::Governor;

/// Longer than this nobody waits: the request fails, certainly not sent.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Keeps a product's limits for everybody who asks it through this.
pub struct Limited {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    governor: Mutex<Governor>,
}

impl Limited {
    /// A transport that keeps limits.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, governor: Governor) -> Self {
        Self {
            inner,
            clock,
            governor: Mutex::new(governor),
        }
    }

    fn governor(&self) -> std::sync::MutexGuard<'_, Governor> {
        self.governor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The product's limit is reached for longer than anybody waits.
#[derive(Debug, thiserror::Error)]
#[error("its limit of requests is reached until {0}")]
struct Spent(chrono::DateTime<chrono::Utc>);

#[async_trait]
impl Transport for Limited {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut waited = Duration::ZERO;
        loop {
            let now = self.clock.now();
            let taken = self.governor().take(now);
            let Err(until) = taken else { break };
            let pause = (until - now).to_std().unwrap_or_default();
            waited += pause;
            if waited > WAIT_MAX {
                return Err(TransportError::NotSent(Box::new(Spent(until))));
            }
            tokio::time::sleep(pause).await;
        }
        let reply = self.inner.send(request).await?;
        let now = self.clock.now();
        self.governor().hear(reply.status(), reply.headers(), now);
        Ok(reply)
    }
}
