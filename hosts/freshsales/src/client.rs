//! How Freshsales is asked: below `api` of the account's address, in JSON both ways.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use tieout_core::host::HostError;
use tieout_host_web::{Client, Reply};

use crate::error::{refused, unreadable};

const READ: &str = "read freshsales";
const WRITE: &str = "write to freshsales";

/// What is said to Freshsales.
pub(crate) struct Freshsales {
    pub(crate) client: Client,
}

impl Freshsales {
    /// What lies at a path; `None` when nothing does.
    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<Value>, HostError> {
        let mut url = self.client.address(&[&["api"], path].concat());
        let said = query.iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in said {
            url.query_pairs_mut().append_pair(name, value);
        }
        let reply = self.client.get(READ, &url).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !reply.is_done() {
            return Err(refused(READ, &reply));
        }
        let value = serde_json::from_slice(&reply.body);
        value.map(Some).map_err(|error| unreadable(READ, error))
    }

    /// The same where something must be.
    pub(crate) async fn must(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, HostError> {
        let found = self.get(path, query).await?;
        found.ok_or_else(|| {
            let message = format!("api/{} is not there; is `url` right?", path.join("/"));
            HostError::new(
                tieout_core::host::HostErrorKind::Misconfigured,
                READ,
                message,
            )
        })
    }

    /// Sends a body once.
    pub(crate) async fn write(
        &self,
        method: Method,
        path: &[&str],
        fields: &Map<String, Value>,
    ) -> Result<Reply, HostError> {
        let mut headers = HeaderMap::new();
        let media = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, media);
        let body = serde_json::to_vec(fields).map_err(|error| unreadable(WRITE, error))?;
        let url = self.client.address(&[&["api"], path].concat());
        let sent = self
            .client
            .send(WRITE, method, &url, headers, Bytes::from(body));
        Ok(sent.await?)
    }
}
