//! Where log lines go, to standard error, quiet unless asked for; and that spans go to a collector where one is named.

use std::io::IsTerminal;

use tieout_core::spans::TARGET;
use tokio::runtime::Handle;
use tracing::Event;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::cli::{Cli, Command, SyncArgs};
use crate::telemetry::{Follow, Telemetry, Wanted, asked, follow, place_at_hand};

/// Starts logging, and traces where they are wanted. `TIEOUT_LOG` decides what is said, such as `info` or
/// `tieout_core=debug`; without it a daemon says `info` and every other command only errors.
pub(crate) fn start(cli: &Cli, runtime: &Handle) -> Option<Telemetry> {
    let usual = match &cli.command {
        Command::Serve(_)
        | Command::Sync(SyncArgs {
            once: false,
            plan: None,
        }) => "info",
        _ => "error",
    };
    let filter = EnvFilter::try_from_env("TIEOUT_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    // Spans are for collectors: beside the lines they would say the same twice.
    let silent = format!("{TARGET}=off").parse();
    let filter = filter.add_directive(silent.expect("the target is one word"));
    let (telemetry, trouble) = telemetry(cli, runtime);
    let registry = tracing_subscriber::registry();
    match &telemetry {
        // As a filter of everything: then a span costs nothing.
        None => registry.with(filter).with(lines(cli)).init(),
        Some(telemetry) => registry
            .with(telemetry.layer())
            .with(lines(cli).with_filter(filter))
            .init(),
    }
    if let Some(why) = trouble {
        tracing::warn!(
            why,
            "there are no traces; `tieout check` says what mends it"
        );
    }
    telemetry
}

fn lines<S>(cli: &Cli) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    if cli.json {
        let placed = |inner| Placed { inner, json: true };
        lines.json().map_event_format(placed).boxed()
    } else {
        let ansi = std::io::stderr().is_terminal();
        let lines = lines.with_ansi(ansi);
        let placed = |inner: tracing_subscriber::fmt::format::Format| Placed {
            inner: inner.with_ansi(ansi),
            json: false,
        };
        lines.map_event_format(placed).boxed()
    }
}

/// Lines that tell at their end which trace and which span they belong to, where a trace is made.
struct Placed<F> {
    inner: F,
    json: bool,
}

impl<S, N, F> FormatEvent<S, N> for Placed<F>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let Some((trace, span)) = place_at_hand() else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.inner
            .format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match line.strip_suffix('}').filter(|_| self.json) {
            Some(open) => writeln!(
                writer,
                r#"{open},"trace_id":"{trace}","span_id":"{span}"}}"#
            ),
            None => writeln!(writer, "{line} trace_id={trace} span_id={span}"),
        }
    }
}

/// The traces of this command, and why there are none where somebody wants them.
fn telemetry(cli: &Cli, runtime: &Handle) -> (Option<Telemetry>, Option<String>) {
    let (has_file, ends) = match follow(cli) {
        Follow::Not => return (None, None),
        Follow::Lasting(has_file) => (has_file, false),
        Follow::Once(_, has_file) => (has_file, true),
    };
    match asked(cli, has_file) {
        Wanted::Nothing | Wanted::Off(_) => (None, None),
        Wanted::Impossible { why, .. } => (None, Some(why)),
        Wanted::To(collector) => match Telemetry::begin(&collector, runtime, ends) {
            Ok(telemetry) => (Some(telemetry), None),
            Err(why) => (None, Some(why)),
        },
    }
}
