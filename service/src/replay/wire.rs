//! The way from the provider's adapter to a sandbox in this process: no socket, no identity server, nothing leaves.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{Ending, Sandbox, WEB_CLIENT_ID};
use tieout_xero::config::DEFAULT_SCOPES;
use uuid::Uuid;

/// Signs calls in at the sandbox and hands them over.
pub(super) struct InProcess {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) tenant: Uuid,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let now = self.clock.now();
        let scopes = DEFAULT_SCOPES.join(" ");
        let granted = self
            .sandbox
            .grant(WEB_CLIENT_ID, &[self.tenant], &scopes, now);
        let tokens = granted.ok_or_else(|| not_sent("the sandbox does not know its app"))?;
        let bearer = HeaderValue::try_from(format!("Bearer {}", tokens.access_token))
            .map_err(|_| not_sent("the token is no header"))?;
        let tenant = HeaderValue::try_from(self.tenant.to_string())
            .map_err(|_| not_sent("the tenant is no header"))?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert("xero-tenant-id", tenant);
        let (response, delivery, _in_flight) = self.sandbox.handle(request, now).into_parts();
        match delivery.ending {
            Ending::Whole => Ok(response),
            Ending::HangUp | Ending::CutAfter(_) => {
                Err(TransportError::ReplyLost("the connection closed".into()))
            }
        }
    }
}

fn not_sent(why: &'static str) -> TransportError {
    TransportError::NotSent(why.into())
}
