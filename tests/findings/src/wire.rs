//! The way from the adapter to the sandbox, in the same process: sign-in done, and what a reply does not show.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::Value;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{Sandbox, WEB_CLIENT_ID};
use uuid::Uuid;

const SCOPES: &str = "offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings accounting.attachments";

/// What replies or requests lack, until it is taken away again: in the sandbox people cannot rename a theme or change a
/// tax rate, and it refuses nothing that the adapter knows to be refused.
#[derive(Clone, Debug)]
pub(crate) struct Veil {
    lies: Lies,
    /// A part of the path of the request.
    path: &'static str,
    /// Objects that have this text in one of their fields.
    of: &'static str,
    /// Which of their fields is left out; the whole object without one.
    field: Option<&'static str>,
}

/// Over what a veil lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lies {
    Replies,
    Requests,
}

impl Veil {
    /// Replies lack objects.
    pub(crate) fn row(path: &'static str, of: &'static str) -> Self {
        Self {
            lies: Lies::Replies,
            path,
            of,
            field: None,
        }
    }

    /// Replies lack a field of objects.
    pub(crate) fn field(path: &'static str, of: &'static str, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..Self::row(path, of)
        }
    }

    /// Requests lack a field of objects.
    pub(crate) fn asked(path: &'static str, of: &'static str, field: &'static str) -> Self {
        Self {
            lies: Lies::Requests,
            ..Self::field(path, of, field)
        }
    }
}

/// The veils that lie over replies now.
pub(crate) type Veils = Arc<Mutex<Vec<Veil>>>;

/// Calls about one organisation.
pub(crate) struct Wire {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) clock: TokioClock,
    pub(crate) organisation: Uuid,
    pub(crate) veils: Veils,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let now = self.clock.now();
        let tokens = self
            .sandbox
            .grant(WEB_CLIENT_ID, &[self.organisation], SCOPES, now)
            .ok_or_else(|| TransportError::NotSent("no such app".into()))?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", tokens.access_token))
            .map_err(|error| TransportError::NotSent(error.into()))?;
        let tenant = HeaderValue::from_str(&self.organisation.to_string())
            .map_err(|error| TransportError::NotSent(error.into()))?;
        request.headers_mut().insert("authorization", bearer);
        request.headers_mut().insert("xero-tenant-id", tenant);
        let path = request.uri().path().to_owned();
        let request = request.map(|body| self.veiled(Lies::Requests, &path, body));
        let (response, _, _) = self.sandbox.handle(request, now).into_parts();
        Ok(response.map(|body| self.veiled(Lies::Replies, &path, body)))
    }
}

impl Wire {
    fn veiled(&self, lies: Lies, path: &str, body: Bytes) -> Bytes {
        let veils = self.veils.lock().unwrap_or_else(PoisonError::into_inner);
        let is_here = |it: &&Veil| it.lies == lies && path.contains(it.path);
        let here: Vec<&Veil> = veils.iter().filter(is_here).collect();
        if here.is_empty() {
            return body;
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
            return body;
        };
        for veil in here {
            cover(&mut value, veil);
        }
        value.to_string().into()
    }
}

fn cover(value: &mut Value, veil: &Veil) {
    match value {
        Value::Array(items) => {
            if veil.field.is_none() {
                items.retain(|item| !is_meant(item, veil));
            }
            items.iter_mut().for_each(|item| cover(item, veil));
        }
        Value::Object(fields) => {
            if let Some(field) = veil.field
                && fields.values().any(|it| it == veil.of)
            {
                fields.remove(field);
            }
            fields.values_mut().for_each(|item| cover(item, veil));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_meant(item: &Value, veil: &Veil) -> bool {
    item.as_object()
        .is_some_and(|fields| fields.values().any(|it| it == veil.of))
}
