//! The same for a program that was built without OpenTelemetry: it says so, and makes no traces.

use axum::http::HeaderMap;
use tokio::runtime::Handle;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Identity;

use super::wanted::Collector;

/// No traces.
pub(crate) struct Telemetry;

const WITHOUT: &str = "this program was built without the feature `otel`";

impl Telemetry {
    /// Never begins.
    pub(crate) fn begin(_: &Collector, _: &Handle, _: bool) -> Result<Self, String> {
        Err(WITHOUT.to_owned())
    }

    /// Nothing listens.
    pub(crate) fn layer<S: tracing::Subscriber>(&self) -> impl Layer<S> + use<S> {
        Identity::new()
    }

    /// Nothing is sent.
    pub(crate) fn end(&self) {}
}

/// Nothing is sent.
pub(crate) async fn reach(_: &Collector) -> Result<(), String> {
    Err(WITHOUT.to_owned())
}

/// There is no span that could go on.
pub(crate) fn continues(_: &tracing::Span, _: &HeaderMap) {}

/// No work is followed.
pub(crate) fn place_at_hand() -> Option<(String, String)> {
    None
}
