//! The spans of the engine's own work: a run, a look, a plan, a request of ours, what a host is asked and told.

use tracing::field::{Empty, display};
use tracing::{Instrument, Span, info_span};

use super::words::{of_driver, of_host};
use crate::document::{ConnectionId, HostId};
use crate::driver::{DriverError, World};
use crate::exchange::{About, Purpose};
use crate::host::{Host, HostError};

/// The target of every span that can be followed from outside, and of nothing else: by it a listener takes these alone,
/// and the log leaves them out.
pub const TARGET: &str = "tieout_span";

/// Once through everything.
#[must_use]
pub fn run(world: &World) -> Span {
    info_span!(
        target: TARGET,
        "run once",
        tieout.hosts = figure(world.hosts.len()),
        tieout.connections = figure(world.connections.len()),
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// A call that waits because the budget says so; it ends when the call leaves or is given up.
#[must_use]
pub fn wait_for_budget(purpose: &str) -> Span {
    info_span!(target: TARGET, "wait for budget", tieout.purpose = purpose)
}

/// One page of a host: asked for, stored, acknowledged.
pub(crate) fn taking(host: &HostId) -> Span {
    info_span!(
        target: TARGET,
        "read host",
        tieout.host = %host,
        tieout.documents = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// What a host is owed, handed over and its answers stored.
pub(crate) fn handing_over(host: &HostId, items: usize) -> Span {
    info_span!(
        target: TARGET,
        "tell host",
        tieout.host = %host,
        tieout.items = figure(items),
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// A look at what changed at a connection.
pub(crate) fn collecting(connection: &ConnectionId) -> Span {
    info_span!(
        target: TARGET,
        "look for changes",
        tieout.connection = %connection,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Documents of a connection that are planned together.
pub(crate) fn planning(connection: &ConnectionId, documents: usize) -> Span {
    info_span!(
        target: TARGET,
        "plan",
        tieout.connection = %connection,
        tieout.documents = figure(documents),
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// A piece of work that asks a provider, as it is recorded too.
pub(crate) fn piece(about: &About) -> Span {
    let alone = match about.members.as_slice() {
        [only] => Some(display(&only.document)),
        [] | [_, _, ..] => None,
    };
    info_span!(
        target: TARGET,
        "ask provider",
        otel.name = name(about.purpose),
        tieout.connection = %about.connection,
        tieout.flight = about.flight.as_ref().map(display),
        tieout.document = alone,
        tieout.documents = (!about.members.is_empty()).then(|| figure(about.members.len())),
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// What a host is asked to do. The host itself is asked for its kind only where somebody listens.
pub(crate) fn host_call(host: &dyn Host, operation: &'static str) -> Span {
    info_span!(
        target: TARGET,
        "ask host",
        otel.name = operation,
        tieout.host.kind = host.capability().kind,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Does a step under its span, which tells the kind of its failure.
pub(crate) async fn followed<T>(
    span: Span,
    work: impl Future<Output = Result<T, DriverError>> + Send,
) -> Result<T, DriverError> {
    // On the heap: the driver's loops carry many of these, one inside the other.
    let result = Box::pin(work.instrument(span.clone())).await;
    if let Err(error) = &result {
        fail(&span, of_driver(error));
    }
    result
}

/// Tells how many documents the step at hand read.
pub(crate) fn told(documents: usize) {
    Span::current().record("tieout.documents", figure(documents));
}

/// Tells how a call of a host ended.
pub(crate) fn seen_through<T>(span: &Span, result: &Result<T, HostError>) {
    if let Err(error) = result {
        fail(span, of_host(error));
    }
}

/// A span that failed, and of which kind the failure is.
pub(super) fn fail(span: &Span, kind: &str) {
    span.record("error.type", kind);
    span.record("otel.status_code", "ERROR");
}

/// A count as attributes take it.
pub(super) fn figure(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Send => "send",
        Purpose::Repeat => "repeat",
        Purpose::LookUp => "look up",
        Purpose::Contacts => "find contacts",
        Purpose::Adoption => "look before sending",
        Purpose::Read => "read after hint",
        Purpose::Poll => "look for changes",
        Purpose::Companion => "tend companion",
    }
}
