//! A transport that waits for a product's limits, and says so rather than wait for long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};

use crate::limit::Governor;

/// Longer than this nobody waits: the request fails, certainly not sent.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// How often a request goes again: other processes and other people's programs ask the same product.
const AGAIN_MAX: u32 = 4;

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

    /// Waits for a place; says until when there is none if that is longer than anybody waits.
    async fn place(&self, waited: &mut Duration) -> Result<(), DateTime<Utc>> {
        loop {
            let now = self.clock.now();
            let taken = self.governor().take(now);
            let Err(until) = taken else { return Ok(()) };
            let pause = (until - now).to_std().unwrap_or_default();
            *waited += pause;
            if *waited > WAIT_MAX {
                return Err(until);
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn governor(&self) -> std::sync::MutexGuard<'_, Governor> {
        self.governor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The product's limit is reached for longer than anybody waits.
#[derive(Debug, thiserror::Error)]
#[error("its limit of requests is reached until {0}")]
struct Spent(DateTime<Utc>);

#[async_trait]
impl Transport for Limited {
    /// A request that was refused because too much was asked was not done: it goes again when its pause is over.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut waited = Duration::ZERO;
        let mut refused: Option<Response<Bytes>> = None;
        let mut again = 0;
        loop {
            if let Err(until) = self.place(&mut waited).await {
                let spent = TransportError::NotSent(Box::new(Spent(until)));
                return refused.ok_or(spent);
            }
            let reply = self.inner.send(request.clone()).await?;
            let now = self.clock.now();
            self.governor().hear(reply.status(), reply.headers(), now);
            if again == AGAIN_MAX || reply.status() != StatusCode::TOO_MANY_REQUESTS {
                return Ok(reply);
            }
            again += 1;
            refused = Some(reply);
        }
    }
}
