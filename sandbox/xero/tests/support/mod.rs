//! How the tests talk to a sandbox in process: a client with a token, at times that the test chooses.
#![allow(dead_code)]

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use serde_json::Value;
use tieout_sandbox_xero::{NEW_ZEALAND, Options, Reply, Sandbox, Switches, WEB_CLIENT_ID};
use uuid::Uuid;

pub(crate) const SCOPES: &str = "openid profile email offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings.read accounting.attachments";

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-21T01:00:00Z".parse().expect("a valid time")
}

/// A client of one organisation, whose clock moves only when told.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) tenant: Uuid,
    pub(crate) token: String,
    pub(crate) now: DateTime<Utc>,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(Options::default(), NEW_ZEALAND)
    }

    pub(crate) fn with(options: Options, tenant: Uuid) -> Self {
        let sandbox = Sandbox::new(options);
        let now = start();
        let token = sandbox
            .grant(WEB_CLIENT_ID, &[tenant], SCOPES, now)
            .expect("the app is registered")
            .access_token;
        Self {
            sandbox,
            tenant,
            token,
            now,
        }
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/api.xro/2.0/{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("xero-tenant-id", self.tenant.to_string())
            .header("accept", "application/json")
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.reply(request).into_parts().0
    }

    pub(crate) fn reply(&self, request: Request<Bytes>) -> Reply {
        self.sandbox.handle(request, self.now)
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        read(
            &self.send(
                self.request("GET", path)
                    .body(Bytes::new())
                    .expect("a valid request"),
            ),
        )
    }

    pub(crate) fn write(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        read(
            &self.send(
                self.request(method, path)
                    .body(Bytes::from(body.to_string()))
                    .expect("a valid request"),
            ),
        )
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.write("PUT", path, body)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.write("POST", path, body)
    }

    pub(crate) fn get_since(&self, path: &str, since: &str) -> (u16, Value) {
        read(
            &self.send(
                self.request("GET", path)
                    .header("if-modified-since", since)
                    .body(Bytes::new())
                    .expect("a valid request"),
            ),
        )
    }

    /// A call by the same app whose token has only these scopes: what status a GET of a path has.
    pub(crate) fn as_app_with(&self, scopes: &str) -> impl Fn(&str) -> u16 + '_ {
        let token = self
            .sandbox
            .grant(WEB_CLIENT_ID, &[self.tenant], scopes, self.now)
            .expect("the app is registered")
            .access_token;
        move |path: &str| {
            let mut request = self
                .request("GET", path)
                .body(Bytes::new())
                .expect("a valid request");
            let bearer = format!("Bearer {token}").parse().expect("a header value");
            request.headers_mut().insert("authorization", bearer);
            self.send(request).status().as_u16()
        }
    }

    /// Writes one invoice and returns it; the write must succeed.
    pub(crate) fn invoice(&self, body: &Value) -> Value {
        let (status, reply) = self.put("Invoices", body);
        assert_eq!(status, 200, "{reply}");
        reply["Invoices"][0].clone()
    }
}

/// Changes some choices of the sandbox behind a client.
pub(crate) fn switched(client: &Client, change: impl FnOnce(&mut Switches)) {
    let mut switches = client.sandbox.switches();
    change(&mut switches);
    client.sandbox.set_switches(switches);
}

/// The body with other values in some fields; a null takes a field out.
pub(crate) fn with_fields(mut body: Value, fields: &Value) -> Value {
    for (key, value) in fields.as_object().into_iter().flatten() {
        if value.is_null() {
            body.as_object_mut().and_then(|body| body.remove(key));
        } else {
            body[key] = value.clone();
        }
    }
    body
}

pub(crate) fn read(response: &Response<Bytes>) -> (u16, Value) {
    let value = serde_json::from_slice(response.body())
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(response.body()).into_owned()));
    (response.status().as_u16(), value)
}

/// All validation messages of a 400 reply or of an element.
pub(crate) fn messages(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if key == "ValidationErrors" {
                    found.extend(
                        field
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(|message| message["Message"].as_str())
                            .map(str::to_owned),
                    );
                } else {
                    collect(field, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// A body for an approved sales invoice of one line at this price.
pub(crate) fn sale(number: &str, price: &str) -> Value {
    serde_json::json!({"Type": "ACCREC", "InvoiceNumber": number, "Contact": {"ContactNumber": "HT-001"},
        "Date": "2026-11-21", "DueDate": "2026-12-21", "Status": "AUTHORISED", "LineAmountTypes": "Inclusive",
        "LineItems": [{"Description": "Widget", "Quantity": 1, "UnitAmount": price, "AccountCode": "200"}]})
}

/// The same with other values in some fields; a null takes a field out.
pub(crate) fn sale_with(number: &str, fields: &Value) -> Value {
    with_fields(sale(number, "115.00"), fields)
}
