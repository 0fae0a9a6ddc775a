//! What an endpoint is: an address, what it takes and gives as types, and the function that answers it.
//!
//! The description is made of the same types that read requests and write replies, so the two cannot part.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tieout_identity::Scope;

use super::access::ApiCaller;
use super::desk::Desk;
use super::problem::{Problem, Sort};

/// One endpoint.
pub(super) struct Endpoint {
    pub(super) method: Method,
    /// Its address, with names in braces.
    pub(super) path: &'static str,
    /// Its name in the description, which stays.
    pub(super) name: &'static str,
    /// What it does, as a sentence.
    pub(super) summary: &'static str,
    /// What its caller must be allowed to do.
    pub(super) scope: Scope,
    /// The status of a reply that is no refusal.
    pub(super) status: StatusCode,
    /// Whether a repeat after a crash could do it a second time.
    pub(super) is_once: bool,
    /// Whether it heeds `If-Match`.
    pub(super) is_versioned: bool,
    pub(super) forms: Forms,
    pub(super) act: Act,
}

/// What it takes and gives, as schemas.
pub(super) struct Forms {
    pub(super) path: Form,
    pub(super) query: Form,
    pub(super) body: Form,
    pub(super) reply: Form,
}

pub(super) type Form = fn(&mut SchemaGenerator) -> Schema;

type Answered = Pin<Box<dyn Future<Output = Result<Finished, Problem>> + Send>>;
pub(super) type Act = Arc<dyn Fn(Raw) -> Answered + Send + Sync>;

/// A request as it came, from somebody who is known.
pub(super) struct Raw {
    pub(super) desk: Arc<Desk>,
    pub(super) by: ApiCaller,
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

/// A request that was read.
pub(super) struct Call<P = Nothing, Q = Nothing, B = Nothing> {
    pub(super) desk: Arc<Desk>,
    /// Who asks.
    pub(super) by: ApiCaller,
    /// The names in the address.
    pub(super) path: P,
    /// What stands behind the question mark.
    pub(super) query: Q,
    /// What was sent.
    pub(super) body: B,
    /// The versions that it was decided on, if it was said.
    pub(super) if_match: Option<Versions>,
    /// The address as it was asked, with its question.
    pub(super) asked: axum::http::Uri,
}

/// No names, no question, no body.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// What is given back when it is no refusal.
pub(super) struct Reply<R> {
    body: R,
    headers: HeaderMap,
}

/// A reply that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Bytes of a body.
pub(super) const BODY_BYTES_MAX: usize = 256 << 10;

const NO_STORE: &str = "no-store";

impl Finished {
    /// Whether nobody may keep it.
    pub(super) fn is_shown_once(&self) -> bool {
        let kept = self.headers.get(CACHE_CONTROL);
        kept.is_some_and(|value| value == NO_STORE)
    }
}

impl Endpoint {
    /// An endpoint that changes nothing, for whoever may read.
    pub(super) fn get<P, Q, R, F, A>(
        path: &'static str,
        name: &'static str,
        summary: &'static str,
        act: F,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + Send + 'static,
        F: Fn(Call<P, Q>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Result<Reply<R>, Problem>> + Send + 'static,
    {
        Self::of(Method::GET, Scope::Read, (path, name, summary), act)
    }

    /// An endpoint that does something, for whoever may decide about documents.
    pub(super) fn post<P, Q, B, R, F, A>(
        path: &'static str,
        name: &'static str,
        summary: &'static str,
        act: F,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + Send + 'static,
        F: Fn(Call<P, Q, B>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Result<Reply<R>, Problem>> + Send + 'static,
    {
        Self::of(Method::POST, Scope::Operate, (path, name, summary), act)
    }

    /// The same by another method, such as PUT or DELETE.
    pub(super) fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The same for whoever may do this.
    pub(super) fn for_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The same where a reply has this status.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same where a repeat after a crash could do it a second time.
    pub(super) fn once(mut self) -> Self {
        self.is_once = true;
        self
    }

    /// The same where `If-Match` is heeded.
    pub(super) fn versioned(mut self) -> Self {
        self.is_versioned = true;
        self
    }

    /// Whether it changes something.
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    fn of<P, Q, B, R, F, A>(
        method: Method,
        scope: Scope,
        (path, name, summary): (&'static str, &'static str, &'static str),
        act: F,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + Send + 'static,
        F: Fn(Call<P, Q, B>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Result<Reply<R>, Problem>> + Send + 'static,
    {
        let act: Act = Arc::new(move |raw: Raw| -> Answered {
            Box::pin(async move {
                let call = Call::<P, Q, B>::read(raw).await?;
                act(call).await?.finish()
            })
        });
        Self {
            method,
            path,
            name,
            summary,
            scope,
            status: StatusCode::OK,
            is_once: false,
            is_versioned: false,
            forms: Forms {
                path: SchemaGenerator::subschema_for::<P>,
                query: SchemaGenerator::subschema_for::<Q>,
                body: SchemaGenerator::subschema_for::<B>,
                reply: SchemaGenerator::subschema_for::<R>,
            },
            act,
        }
    }
}

impl<P, Q, B> Call<P, Q, B>
where
    P: DeserializeOwned + Send,
    Q: DeserializeOwned,
    B: DeserializeOwned,
{
    async fn read(mut raw: Raw) -> Result<Self, Problem> {
        let path = Path::<P>::from_request_parts(&mut raw.parts, &()).await;
        // A name that nothing can have.
        let Path(path) = path.map_err(|error| Problem::not_found(error.body_text()))?;
        let query = axum::extract::Query::<Q>::try_from_uri(&raw.parts.uri);
        let axum::extract::Query(query) =
            query.map_err(|error| Problem::new(Sort::NotReadable, error.body_text()))?;
        let if_match = raw.parts.headers.get(IF_MATCH);
        Ok(Self {
            body: body(&raw.parts.headers, &raw.body)?,
            if_match: if_match.map(Versions::read).transpose()?,
            asked: raw.parts.uri,
            desk: raw.desk,
            by: raw.by,
            path,
            query,
        })
    }
}

fn body<B: DeserializeOwned>(headers: &HeaderMap, bytes: &Bytes) -> Result<B, Problem> {
    let bytes: &[u8] = match bytes.is_empty() {
        true => b"{}",
        false if is_json(headers) => bytes,
        false => {
            return Err(Problem::new(
                Sort::NotJson,
                "the body is not `application/json`",
            ));
        }
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| {
        let sort = match error.inner().classify() {
            serde_json::error::Category::Data => Sort::NotUsable,
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => Sort::NotReadable,
        };
        Problem::new(sort, format!("at `{}`: {}", error.path(), error.inner()))
    })?;
    reader
        .end()
        .map_err(|error| Problem::new(Sort::NotReadable, error.to_string()))?;
    Ok(value)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| {
        kind.eq_ignore_ascii_case("application/json")
            || kind.to_ascii_lowercase().ends_with("+json")
    })
}

impl<R> Reply<R> {
    /// This.
    pub(super) fn of(body: R) -> Self {
        Self {
            body,
            headers: HeaderMap::new(),
        }
    }

    /// The same with the version of what it shows.
    pub(super) fn versioned(self, version: u64) -> Self {
        self.with(ETAG, &Versions::tag(version))
    }

    /// The same with where to look for it.
    pub(super) fn located(self, path: &str) -> Self {
        self.with(LOCATION, path)
    }

    /// The same where the reply has a secret in it, which nobody keeps: neither a cache, nor we for a repeat.
    pub(super) fn shown_once(self) -> Self {
        self.with(CACHE_CONTROL, NO_STORE)
    }

    /// The same with a header; one that cannot stand in a reply is left out.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl<R: Serialize> Reply<R> {
    fn finish(self) -> Result<Finished, Problem> {
        let body = serde_json::to_vec(&self.body).map_err(|error| {
            tracing::error!(%error, "a reply cannot be written");
            Problem::new(Sort::Broken, "the reply cannot be written")
        })?;
        let mut headers = self.headers;
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        Ok(Finished {
            status: StatusCode::OK,
            headers,
            body: body.into(),
        })
    }
}

impl IntoResponse for Finished {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// The versions that somebody decided on.
#[derive(Clone, Debug)]
pub(super) enum Versions {
    /// Whichever there is.
    Any,
    /// One of these.
    These(Vec<u64>),
}

impl Versions {
    fn tag(version: u64) -> String {
        format!("\"{version}\"")
    }

    fn read(value: &HeaderValue) -> Result<Self, Problem> {
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let versions = text.split(',').map(|tag| {
            let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
            tag.parse::<u64>().ok()
        });
        let versions: Option<Vec<u64>> = versions.collect();
        versions.map(Self::These).ok_or_else(|| {
            Problem::new(Sort::NotReadable, "`If-Match` holds no ETag of this API")
                .advise("Send the ETag of the reply that you decided on, as it was.")
        })
    }

    /// Whether a version is among them.
    pub(super) fn hold(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::These(these) => these.contains(&version),
        }
    }
}
