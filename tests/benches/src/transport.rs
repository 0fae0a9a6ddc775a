//! How calls reach a sandbox in the same process, under a clock that may be virtual: delays, hang-ups and all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Request, Response, header};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{Ending, Sandbox, WEB_CLIENT_ID};
use uuid::Uuid;

use crate::control::SCOPES;

/// A token is taken anew before it ends after half an hour.
const TOKEN_LIVES: TimeDelta = TimeDelta::minutes(25);

/// Signed calls on one organisation of a sandbox, each of which takes some time on its way.
pub struct InProcess {
    sandbox: Arc<Sandbox>,
    organisation: Uuid,
    clock: Arc<dyn Clock>,
    latency: Duration,
    token: Mutex<Option<(HeaderValue, DateTime<Utc>)>>,
}

impl InProcess {
    /// Calls that arrive after half of `latency` and whose replies take the other half.
    #[must_use]
    pub fn new(
        sandbox: Arc<Sandbox>,
        organisation: Uuid,
        clock: Arc<dyn Clock>,
        latency: Duration,
    ) -> Self {
        Self {
            sandbox,
            organisation,
            clock,
            latency,
            token: Mutex::new(None),
        }
    }

    fn sign(&self, request: &mut Request<Bytes>) -> Result<(), TransportError> {
        let now = self.clock.now();
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if token
            .as_ref()
            .is_none_or(|(_, since)| now - *since >= TOKEN_LIVES)
        {
            let granted = self
                .sandbox
                .grant(WEB_CLIENT_ID, &[self.organisation], SCOPES, now)
                .ok_or_else(|| {
                    TransportError::NotSent("the sandbox does not know the app".into())
                })?;
            let bearer = HeaderValue::try_from(format!("Bearer {}", granted.access_token));
            *token = Some((
                bearer.map_err(|error| TransportError::NotSent(Box::new(error)))?,
                now,
            ));
        }
        let organisation = HeaderValue::try_from(self.organisation.to_string());
        let organisation =
            organisation.map_err(|error| TransportError::NotSent(Box::new(error)))?;
        if let Some((bearer, _)) = token.as_ref() {
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, bearer.clone());
        }
        request.headers_mut().insert("xero-tenant-id", organisation);
        Ok(())
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.sign(&mut request)?;
        tokio::time::sleep(self.latency / 2).await;
        let (response, delivery, in_flight) =
            self.sandbox.handle(request, self.clock.now()).into_parts();
        tokio::time::sleep(self.latency / 2 + delivery.delay).await;
        // The sandbox counts the call as being in the air until its last byte is here.
        drop(in_flight);
        match delivery.ending {
            Ending::Whole => Ok(response),
            Ending::HangUp => Err(TransportError::ReplyLost("the connection closed".into())),
            Ending::CutAfter(_) => Err(TransportError::ReplyLost("the reply was cut short".into())),
        }
    }
}
