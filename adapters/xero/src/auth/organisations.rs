//! Which organisations a grant opens, and how one of them is let go.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use serde::Deserialize;
use tieout_core::transport::TransportError;
use url::Url;
use uuid::Uuid;

use super::oauth::printable;
use super::wire::ExchangeError;
use super::{AccessToken, AuthError, OAuth, api_refusal};
use crate::http::Route;

/// An organisation that somebody connected to the app, as Xero lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct XeroConnection {
    /// The identifier of the connection: what [`OAuth`] disconnects by. Not the organisation's.
    pub id: Uuid,
    /// The consent in which it was chosen.
    #[serde(default)]
    pub auth_event_id: Option<Uuid>,
    /// The organisation: what each call names.
    pub tenant_id: Uuid,
    /// `ORGANISATION`, or a kind of practice.
    #[serde(default)]
    pub tenant_type: Option<String>,
    /// The organisation's name.
    #[serde(default)]
    pub tenant_name: Option<String>,
}

/// The organisations of a grant's user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionList {
    /// Those chosen in this consent.
    pub chosen: Vec<XeroConnection>,
    /// Those that the same user connected earlier; the grant opens them too.
    pub earlier: Vec<XeroConnection>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// Now.
    Now,
    /// Before; somebody did it at Xero.
    Already,
}

impl OAuth {
    /// The organisations that a token opens, those chosen in the consent `auth_event_id` apart.
    ///
    /// Without the consent's identifier all of them count as chosen. Practices are left out: they keep no books.
    pub async fn connections(
        &self,
        token: &AccessToken,
        auth_event_id: Option<Uuid>,
    ) -> Result<ConnectionList, AuthError> {
        let url = &self.endpoints.connections;
        let reply = self
            .call(Method::GET, url, Route("/connections"), token)
            .await?;
        match reply.status() {
            StatusCode::OK => {
                let all: Vec<XeroConnection> =
                    serde_json::from_slice(reply.body()).map_err(|_| AuthError::BadReply {
                        what: "the list of connections",
                    })?;
                Ok(parted(all, auth_event_id))
            }
            status => Err(self.unexpected(status, reply.body())),
        }
    }

    /// Ends one connection at Xero. The grant stays, for its other connections. A repeat says so.
    pub async fn disconnect(
        &self,
        token: &AccessToken,
        connection: Uuid,
    ) -> Result<Disconnected, AuthError> {
        let mut url = self.endpoints.connections.clone();
        url.set_path(&format!(
            "{}/{connection}",
            url.path().trim_end_matches('/')
        ));
        let reply = self
            .call(Method::DELETE, &url, Route("/connections/{id}"), token)
            .await?;
        match reply.status() {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(Disconnected::Now),
            StatusCode::NOT_FOUND => Ok(Disconnected::Already),
            status => Err(self.unexpected(status, reply.body())),
        }
    }

    async fn call(
        &self,
        method: Method,
        url: &Url,
        route: Route,
        token: &AccessToken,
    ) -> Result<http::Response<Bytes>, AuthError> {
        let bearer = token.header().ok_or(AuthError::BadReply {
            what: "the token endpoint",
        })?;
        let request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json")
            .extension(route)
            .body(Bytes::new())
            .map_err(|error| self.unreachable(error))?;
        self.transport
            .send(request)
            .await
            .map_err(|error| match error {
                // Reading a list or ending a connection can be repeated whatever became of it.
                error @ (TransportError::NotSent(_)
                | TransportError::ReplyLost(_)
                | TransportError::ReplyTooLarge { .. }) => self.unreachable(error),
            })
    }

    fn unexpected(&self, status: StatusCode, body: &[u8]) -> AuthError {
        api_refusal(status, body)
            .unwrap_or_else(|| self.unreachable(printable(&format!("answered with {status}"))))
    }

    fn unreachable(
        &self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> AuthError {
        self.told(ExchangeError::NotProcessed {
            retry_at: None,
            source: source.into(),
        })
    }
}

fn parted(all: Vec<XeroConnection>, auth_event_id: Option<Uuid>) -> ConnectionList {
    let is_organisation = |connection: &XeroConnection| {
        connection
            .tenant_type
            .as_deref()
            .is_none_or(|kind| kind.eq_ignore_ascii_case("organisation"))
    };
    let (chosen, earlier) = all
        .into_iter()
        .filter(is_organisation)
        .partition(|connection| {
            auth_event_id.is_none() || connection.auth_event_id == auth_event_id
        });
    ConnectionList { chosen, earlier }
}
