//! How Insightly is asked: single records with their tag, and searches page by page.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use tieout_core::host::HostError;
use tieout_host_web::{Client, Reply};

use crate::error::{refused, unreadable};

const READ: &str = "read insightly";
const WRITE: &str = "write to insightly";

/// What is said to Insightly.
pub(crate) struct Insightly {
    pub(crate) client: Client,
}

/// A record as it came, and the mark of its state.
pub(crate) struct Tagged {
    pub(crate) fields: Map<String, Value>,
    pub(crate) tag: Option<String>,
}

impl Insightly {
    /// The record of a path; `None` when there is none.
    pub(crate) async fn one(&self, path: &[&str]) -> Result<Option<Tagged>, HostError> {
        let reply = self.client.get(READ, &self.client.address(path)).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let tag = reply.headers.get(header::ETAG);
        let tag = tag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        match body(&reply)? {
            Value::Object(fields) => Ok(Some(Tagged { fields, tag })),
            _ => Err(unreadable(READ, format!("{}: no record", path.join("/")))),
        }
    }

    /// One page of a list, with the moment at which the server made it.
    pub(crate) async fn list(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<(Vec<Value>, HeaderMap), HostError> {
        let mut url = self.client.address(path);
        url.query_pairs_mut().extend_pairs(query);
        let reply = self.client.get(READ, &url).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Err(refused(READ, &reply));
        }
        match body(&reply)? {
            Value::Array(rows) => Ok((rows, reply.headers)),
            _ => Err(unreadable(READ, format!("{}: no list", path.join("/")))),
        }
    }

    /// Sends a body once.
    pub(crate) async fn write(
        &self,
        method: Method,
        path: &[&str],
        tag: Option<&str>,
        fields: &Map<String, Value>,
    ) -> Result<Reply, HostError> {
        let mut headers = HeaderMap::new();
        let media = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, media);
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
            headers.insert(header::IF_MATCH, tag);
        }
        let body = serde_json::to_vec(fields).map_err(|error| unreadable(WRITE, error))?;
        let url = self.client.address(path);
        let sent = self
            .client
            .send(WRITE, method, &url, headers, Bytes::from(body));
        Ok(sent.await?)
    }
}

fn body(reply: &Reply) -> Result<Value, HostError> {
    if !reply.is_done() {
        return Err(refused(READ, reply));
    }
    serde_json::from_slice(&reply.body).map_err(|error| unreadable(READ, error))
}
