//! What a handler answers: status, content type and body, and the error bodies that every endpoint shares.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// A reply before the headers that all replies share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Content type of the body.
    pub content_type: Cow<'static, str>,
    /// The body.
    pub body: Bytes,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

impl Answer {
    /// A JSON reply. A value that cannot be written becomes an empty 500, which our own types never cause.
    #[must_use]
    pub fn json(status: StatusCode, value: &impl Serialize) -> Self {
        serde_json::to_vec(value).map_or_else(
            |_| Self::text(StatusCode::INTERNAL_SERVER_ERROR, ""),
            |body| Self::raw_json(status, body),
        )
    }

    /// A JSON reply that is written already.
    #[must_use]
    pub fn raw_json(status: StatusCode, body: Vec<u8>) -> Self {
        Self::of(status, JSON, body)
    }

    /// A page.
    #[must_use]
    pub fn html(status: StatusCode, page: String) -> Self {
        Self::of(status, HTML, page.into_bytes())
    }

    /// Plain text.
    #[must_use]
    pub fn text(status: StatusCode, text: &str) -> Self {
        Self::of(status, TEXT, text.as_bytes().to_vec())
    }

    /// Nothing, 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::of(StatusCode::NO_CONTENT, TEXT, Vec::new())
    }

    /// Sends the browser on; an address that is no header value is refused with 400.
    #[must_use]
    pub fn see_other(to: &str) -> Self {
        HeaderValue::from_str(to).map_or_else(
            |_| Self::text(StatusCode::BAD_REQUEST, "bad redirect"),
            |location| {
                Self::of(StatusCode::SEE_OTHER, TEXT, Vec::new())
                    .with_header(header::LOCATION, location)
            },
        )
    }

    /// The same reply with a further header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Xero's body for 401 and 403, with keys in upper case as seen live.
    #[must_use]
    pub fn problem(status: StatusCode, detail: &str, instance: Uuid) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        Self::json(
            status,
            &json!({"Type": null, "Title": title, "Status": status.as_u16(), "Detail": detail,
                "Instance": instance, "Extensions": {}}),
        )
    }

    /// Xero's body for requests it cannot read or will not run, with its error number.
    #[must_use]
    pub fn exception(number: u32, kind: &str, message: &str) -> Self {
        Self::json(
            StatusCode::BAD_REQUEST,
            &json!({"ErrorNumber": number, "Type": kind, "Message": message}),
        )
    }

    /// 400 for a body that is no JSON or has a field of the wrong form: the whole request fails.
    #[must_use]
    pub fn unreadable(why: &str) -> Self {
        Self::exception(
            14,
            "PostDataInvalidException",
            &format!("JSON for post data was invalid,{why}"),
        )
    }

    /// A file as it was uploaded.
    #[must_use]
    pub fn file(mime_type: String, content: Bytes) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: Cow::Owned(mime_type),
            body: content,
            headers: Vec::new(),
        }
    }

    /// 413 with the body that was seen for a file of 14 MB (Xero-Java#349).
    #[must_use]
    pub fn too_large(instance: Uuid) -> Self {
        Self::json(
            StatusCode::PAYLOAD_TOO_LARGE,
            &json!({"Title": "RequestEntityTooLarge", "Status": 413, "Detail": "PayloadTooLarge",
                "Instance": instance, "Extensions": {}}),
        )
    }

    /// 404 as plain text.
    #[must_use]
    pub fn not_found() -> Self {
        Self::text(
            StatusCode::NOT_FOUND,
            "The resource you're looking for cannot be found",
        )
    }

    /// 405 as plain text.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    /// Turns into the HTTP response, without the shared headers.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        // A content type that is no header value came with an upload; the file is then sent as plain bytes.
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_str(&self.content_type)
                .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
        );
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }

    fn of(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: Cow::Borrowed(content_type),
            body: body.into(),
            headers: Vec::new(),
        }
    }
}
