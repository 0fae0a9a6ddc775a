//! An OpenTelemetry collector for tests: takes OTLP over HTTP at a port of its own, and tells what it was told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as Ended;
use prost::Message;
use tokio::net::TcpListener;

/// What it does with what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Takes,
    Refuses,
    /// Takes the connection and never answers.
    Silent,
}

/// One request with spans.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) is_client: bool,
    pub(crate) is_server: bool,
    pub(crate) is_failed: bool,
    pub(crate) told: BTreeMap<String, String>,
}

#[derive(Clone)]
struct Desk {
    manner: Manner,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// A collector, for as long as it lives.
pub(crate) struct Collector {
    pub(crate) base: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Collector {
    pub(crate) async fn that(manner: Manner) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let desk = Desk {
            manner,
            heard: Arc::clone(&heard),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(desk);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            base,
            heard,
            serving,
        }
    }

    /// The requests that came.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The spans in them.
    pub(crate) fn spans(&self) -> Vec<Seen> {
        let heard = self.heard();
        let requests = heard.iter().map(Heard::request);
        let scopes = requests
            .flat_map(|it| it.resource_spans)
            .flat_map(|it| it.scope_spans);
        scopes
            .flat_map(|it| it.spans)
            .map(|span| Seen {
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                is_client: span.kind == SpanKind::Client as i32,
                is_server: span.kind == SpanKind::Server as i32,
                is_failed: span
                    .status
                    .is_some_and(|status| status.code == Ended::Error as i32),
                told: told(span.attributes),
                name: span.name,
            })
            .collect()
    }

    /// What the first request says of whoever sent it.
    pub(crate) fn resource(&self) -> BTreeMap<String, String> {
        let first = self.heard().first().map(Heard::request).unwrap();
        let resource = first.resource_spans.into_iter().next().unwrap().resource;
        told(resource.unwrap().attributes)
    }

    /// The only span of a name.
    pub(crate) fn only(&self, name: &str) -> Seen {
        let all = self.spans();
        let mut named = all.iter().filter(|span| span.name == name);
        match (named.next(), named.next()) {
            (Some(only), None) => only.clone(),
            (first, _) => panic!("{first:?} is not the only `{name}` of {all:#?}"),
        }
    }
}

impl Heard {
    /// Every text in it; identifiers and times are figures here, in which nothing can stand by chance.
    pub(crate) fn text(&self) -> String {
        format!("{:?}", self.request())
    }

    fn request(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(self.body.clone()).unwrap()
    }
}

async fn take(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    desk.heard.lock().unwrap().push(Heard {
        path: uri.path().to_owned(),
        headers,
        body,
    });
    match desk.manner {
        Manner::Takes => StatusCode::OK,
        Manner::Refuses => StatusCode::FORBIDDEN,
        Manner::Silent => std::future::pending().await,
    }
}

fn told(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<AnyValue>| match value.and_then(|it| it.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(figure)) => figure.to_string(),
        other => panic!("an attribute of a kind that nobody made: {other:?}"),
    };
    attributes
        .into_iter()
        .map(|it| (it.key, text(it.value)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
