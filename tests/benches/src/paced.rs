//! How much of the allowed rate is used, and whether a call is ever refused: hours in virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{ConnectionSite, HostSite, Limits, Progress, World, sync_once};
use tieout_core::settings::{Route, Routes};
use tieout_core::store::{MemoryStore, Store};
use tieout_sandbox_xero::{AUSTRALIA, Options, Sandbox};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::capability::CAPABILITY;
use tieout_xero::limit::{AppBudget, LimitConfig, LimitOptions, Limited};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::failure::Failure;
use crate::host::InventedHost;
use crate::invoices::Invented;
use crate::scene::{CONNECTION, HOST, settings};
use crate::transport::InProcess;

/// How long a call takes there and back.
const LATENCY: Duration = Duration::from_millis(300);

/// What a run in virtual time came to.
#[derive(Clone, Debug, Serialize)]
pub struct Paced {
    /// Invoices sent.
    pub invoices: u64,
    /// Calls by kind.
    pub requests: BTreeMap<String, u64>,
    /// All calls.
    pub requests_made: u64,
    /// Calls that the minute allows over the run's time.
    pub requests_allowed: u64,
    /// How long the run took, in milliseconds of virtual time.
    pub virtual_ms: u128,
    /// How much of the allowed rate was used, in percent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub used_percent: Decimal,
    /// Calls that were refused with 429.
    pub refused: u64,
}

/// Sends as many invoices as fill `requests` requests, with all limits in force.
///
/// Runs on a paused clock of its own, so it must not be called from within a runtime.
///
/// # Errors
/// When the run fails or leaves an invoice out of the books.
pub fn measure(seed: u64, requests: u64) -> Result<Paced, Failure> {
    let count = requests * CAPABILITY.batch_documents_max as u64;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(run(Invented { seed, series: 'E' }, count))
}

async fn run(invoices: Invented, count: u64) -> Result<Paced, Failure> {
    let sandbox = Arc::new(Sandbox::new(Options::default()));
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(start()));
    let world = world(&sandbox, &clock, invoices, count).await?;
    let begun = clock.now();
    let summary = sync_once(world, CancellationToken::new()).await?;
    let virtual_ms = (clock.now() - begun).to_std()?.as_millis();
    if let Some(trouble) = summary.troubles.first() {
        return Err(Failure::new(format!(
            "{}: {}",
            trouble.site, trouble.message
        )));
    }
    check_books(&sandbox, invoices, count)?;
    let counts = sandbox.counters().of(AUSTRALIA);
    let per_minute = u128::from(LimitConfig::default().calls_per_minute);
    let requests_allowed = u64::try_from(virtual_ms * per_minute / 60_000)?;
    let share = Decimal::from(counts.total() * 100).checked_div(Decimal::from(requests_allowed));
    Ok(Paced {
        invoices: count,
        requests_made: counts.total(),
        requests_allowed,
        virtual_ms,
        used_percent: share.unwrap_or_default().round_dp(1),
        refused: counts.refused.values().sum(),
        requests: counts.requests,
    })
}

async fn world(
    sandbox: &Arc<Sandbox>,
    clock: &Arc<dyn Clock>,
    invoices: Invented,
    count: u64,
) -> Result<Arc<World>, Failure> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let limits = LimitConfig::default();
    let transport = InProcess::new(Arc::clone(sandbox), AUSTRALIA, Arc::clone(clock), LATENCY);
    let options = LimitOptions {
        tenant_id: AUSTRALIA.to_string(),
        app_budget: Arc::new(AppBudget::new(limits.app_calls_per_minute)),
        limits,
        clock: Arc::clone(clock),
        store: Arc::clone(&store),
    };
    let limited = Limited::open(transport, options).await?;
    let base = Url::parse("http://localhost/api.xro/2.0/")?;
    let provider = XeroProvider::new(
        Arc::new(limited),
        Arc::clone(clock),
        base,
        AUSTRALIA.to_string(),
    );
    let (host, connection) = (HostId::new(HOST)?, ConnectionId::new(CONNECTION)?);
    let site = ConnectionSite::new(connection.clone(), Arc::new(provider), settings()?);
    let telling = HostSite::new(host.clone(), Arc::new(InventedHost { invoices, count }));
    Ok(Arc::new(World {
        store,
        clock: Arc::clone(clock),
        hosts: [(host, Arc::new(telling))].into(),
        connections: [(connection.clone(), Arc::new(site))].into(),
        routes: Routes(vec![Route::everything(connection)]),
        limits: Limits::default(),
        progress: Arc::new(Progress::default()),
    }))
}

fn check_books(sandbox: &Sandbox, invoices: Invented, count: u64) -> Result<(), Failure> {
    let totals = sandbox.read(AUSTRALIA, |books| {
        let rows = books.invoices.ledger.rows().iter();
        rows.map(|row| (row.number.clone(), row.total))
            .collect::<BTreeMap<_, _>>()
    });
    let totals = totals.unwrap_or_default();
    for position in 0..count {
        let invoice = invoices.invoice(position);
        if totals.get(&invoice.number) != Some(&invoice.totals.gross) {
            return Err(Failure::new(format!(
                "{} is not in the books with its total",
                invoice.number
            )));
        }
    }
    Ok(())
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_227_000, 0).expect("a moment of the calendar")
}
