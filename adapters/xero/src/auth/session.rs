//! How a call gets its token and its organisation: a transport layer.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tieout_core::transport::{Transport, TransportError};
use uuid::Uuid;

use super::{AccessToken, AuthError, GrantId, GrantKeeper, api_refusal};

const TENANT: HeaderName = HeaderName::from_static("xero-tenant-id");

/// Signs calls to one organisation with its grant's token.
///
/// A call that is refused with 401 was not processed: it is sent once more with a renewed token, unless the reply
/// names a scope. Where access fails before the call, the error is [`TransportError::NotSent`] with an [`AuthError`] inside.
pub struct Session<T> {
    inner: T,
    keeper: GrantKeeper,
    grant: GrantId,
    tenant: HeaderValue,
}

impl<T> Session<T> {
    /// The layer round another transport, for one organisation.
    #[must_use]
    pub fn new(inner: T, keeper: GrantKeeper, grant: GrantId, tenant_id: Uuid) -> Self {
        let tenant = HeaderValue::try_from(tenant_id.to_string())
            .expect("an identifier is hexadecimal digits and hyphens");
        Self {
            inner,
            keeper,
            grant,
            tenant,
        }
    }

    /// The layer below.
    #[must_use]
    pub fn inner(&self) -> &T {
        &self.inner
    }

    fn sign(
        &self,
        request: &mut http::Request<Bytes>,
        token: &AccessToken,
    ) -> Result<(), AuthError> {
        let bearer = token.header().ok_or(AuthError::BadReply {
            what: "the token endpoint",
        })?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        request.headers_mut().insert(TENANT, self.tenant.clone());
        Ok(())
    }
}

#[async_trait]
impl<T: Transport> Transport for Session<T> {
    async fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let token = self.keeper.access(&self.grant).await.map_err(not_sent)?;
        self.sign(&mut request, &token).map_err(not_sent)?;
        let mut again = request.clone();
        let reply = self.inner.send(request).await?;
        if reply.status() != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        match api_refusal(reply.status(), reply.body()) {
            Some(AuthError::TokenRefused) => {}
            _ => return Ok(reply),
        }
        let token = match self.keeper.refused(&self.grant, &token).await {
            Ok(token) => token,
            // A token this young is not what is wrong: the caller sees what Xero said.
            Err(AuthError::TokenRefused) => return Ok(reply),
            Err(error) => return Err(not_sent(error)),
        };
        self.sign(&mut again, &token).map_err(not_sent)?;
        self.inner.send(again).await
    }
}

fn not_sent(error: AuthError) -> TransportError {
    TransportError::NotSent(Box::new(error))
}
