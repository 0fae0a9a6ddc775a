//! From spans to a collector: batches by OTLP over HTTP, in the background, with a bounded queue and a bounded end.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Context, InstrumentationScope, Key, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData,
    SpanExporter as Exporter, SpanProcessor,
};
use tieout_core::spans::TARGET;
use tokio::runtime::Handle;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use super::client::{Client, Failure};
use super::ledger::{Ledger, News};
use super::wanted::Collector;

/// Spans that wait to be sent, unless OTEL_BSP_MAX_QUEUE_SIZE says otherwise; what comes beyond is lost.
const QUEUE_SPANS_MAX: usize = 2_048;
/// How long the end of a command waits for the last batch.
const END_WITHIN: Duration = Duration::from_secs(2);

/// The traces of this process, on their way to a collector.
pub(crate) struct Telemetry {
    provider: SdkTracerProvider,
    ledger: Arc<Ledger>,
}

impl Telemetry {
    /// Begins to take spans; a command that `ends` tries a batch fewer times. Asks nobody.
    pub(crate) fn begin(
        collector: &Collector,
        runtime: &Handle,
        ends: bool,
    ) -> Result<Self, String> {
        let patient = RetryPolicy::recommended();
        let retry = match ends {
            true => patient.with_max_retries(1),
            false => patient,
        };
        let ledger = Arc::new(Ledger::default());
        let (inner, failure) = exporter(collector, runtime, retry)?;
        let exporter = Told {
            inner,
            failure,
            ledger: Arc::clone(&ledger),
            room: room(),
            address: collector.address.to_string(),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(room())
            .build();
        let processor = Counted {
            inner: BatchSpanProcessor::new(exporter, config),
            ledger: Arc::clone(&ledger),
        };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_resource(resource())
            .build();
        Ok(Self { provider, ledger })
    }

    /// What takes the spans of [`TARGET`] and nothing else: no other crate's, and no lines of the log, which may name people.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        let scope = InstrumentationScope::builder("tieout")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let tracer = self.provider.tracer_with_scope(scope);
        let ours: FilterFn =
            filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET);
        OpenTelemetryLayer::new(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
    }

    /// Sends what waits, for a moment at most, and takes no more.
    pub(crate) fn end(&self) {
        let ended = self.provider.shutdown_with_timeout(END_WITHIN);
        let lost = self.ledger.lost();
        if ended.is_err() || lost > 0 {
            tracing::info!(lost, "spans that no collector has");
        }
    }
}

/// Asks a collector whether it takes spans, with none.
pub(crate) async fn reach(collector: &Collector) -> Result<(), String> {
    let retry = RetryPolicy::disabled();
    let (exporter, failure) = exporter(collector, &Handle::current(), retry)?;
    let asked = Exporter::export(&exporter, Vec::new()).await;
    asked.map_err(|error| why(&failure, &error))
}

/// Has a span go on with the trace of whoever sent a request, if its headers name one.
pub(crate) fn continues(span: &tracing::Span, headers: &HeaderMap) {
    if span.is_disabled() || !headers.contains_key("traceparent") {
        return;
    }
    let caller = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &HeaderExtractor(headers));
    // It fails for a span that began already, and where nobody listens.
    let _ = span.set_parent(caller);
}

/// The trace and the span of the work at hand, in hexadecimal digits, where a collector will have them.
pub(crate) fn place_at_hand() -> Option<(String, String)> {
    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    let is_sent = span.is_valid() && span.is_sampled();
    is_sent.then(|| (span.trace_id().to_string(), span.span_id().to_string()))
}

fn exporter(
    collector: &Collector,
    runtime: &Handle,
    retry: RetryPolicy,
) -> Result<(SpanExporter, Failure), String> {
    let client = Client::new(collector, runtime.clone())?;
    let failure = client.failure();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(collector.address.as_str())
        .with_timeout(collector.patience)
        .with_http_client(client)
        .with_retry_policy(retry)
        .build();
    let exporter = exporter.map_err(|error| error.to_string())?;
    Ok((exporter, failure))
}

/// Why spans were not taken: what the connection says, or else the answer.
fn why(failure: &Failure, error: &OTelSdkError) -> String {
    failure.take().unwrap_or_else(|| error.to_string())
}

/// Who makes the spans: what the environment says, and else this program.
fn resource() -> Resource {
    let named = Resource::builder().build();
    let name = named.get(&Key::from_static_str("service.name"));
    let is_named = name.is_some_and(|it| !it.as_str().starts_with("unknown_service"));
    let mut resource = Resource::builder();
    if !is_named {
        resource = resource.with_service_name("tieout");
    }
    let own = [
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("service.instance.id", Uuid::new_v4().to_string()),
    ];
    let own = own
        .into_iter()
        .filter(|(key, _)| named.get(&Key::from_static_str(key)).is_none());
    resource
        .with_attributes(own.map(|(key, value)| KeyValue::new(key, value)))
        .build()
}

fn room() -> usize {
    let said = std::env::var("OTEL_BSP_MAX_QUEUE_SIZE");
    let said = said.ok().and_then(|value| value.parse().ok());
    said.filter(|room| *room > 0).unwrap_or(QUEUE_SPANS_MAX)
}

/// Counts the spans that end.
#[derive(Debug)]
struct Counted {
    inner: BatchSpanProcessor,
    ledger: Arc<Ledger>,
}

impl SpanProcessor for Counted {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.ledger.ended();
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Tells the log what becomes of batches, and never twice the same.
#[derive(Debug)]
struct Told {
    inner: SpanExporter,
    failure: Failure,
    ledger: Arc<Ledger>,
    room: usize,
    address: String,
}

impl Told {
    fn tell(&self, news: Option<News>, why: &str) {
        match news {
            None => {}
            Some(News::Failing) => tracing::warn!(
                collector = self.address,
                why,
                "the collector does not take spans: they are lost until it does, and nothing else is"
            ),
            Some(News::Well { lost }) => tracing::info!(
                collector = self.address,
                lost,
                "the collector takes spans again"
            ),
            Some(News::Full) => tracing::warn!(
                collector = self.address,
                room = self.room,
                "spans are made faster than the collector takes them: some are lost, and nothing else is"
            ),
        }
    }
}

impl Exporter for Told {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.tell(self.ledger.taken(spans, self.room), "");
        let result = self.inner.export(batch).await;
        let why = match &result {
            Ok(()) => String::new(),
            Err(error) => why(&self.failure, error),
        };
        self.tell(self.ledger.sent(spans, result.is_ok()), &why);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
