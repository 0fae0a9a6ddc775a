//! `tieout serve`: keeps both sides in agreement until it is stopped.

use std::sync::Arc;

use tieout_core::driver::serve;

use super::office;
use crate::cli::Cli;
use crate::control::{Desk, Role};
use crate::exit::{Exit, Failure};
use crate::listen::{self, Listening};
use crate::notify;
use crate::office::archive;
use crate::output;
use crate::report::keep_daily;
use crate::runs::Days;
use crate::stop::{self, Work};

/// Runs until SIGINT or SIGTERM; then finishes or stores what is in the air. A second one ends it at once.
pub(super) async fn run(cli: &Cli) -> Result<Exit, Failure> {
    let mut office = office(cli).await?;
    let staff = office.staff().await?;
    for name in &staff.unconnected {
        tracing::warn!(connection = %name, "nobody has connected it yet: its documents wait; run `tieout connect`");
    }
    let stop = stop::on_signals(Work::Books, cli.json);
    tracing::info!(
        hosts = staff.world.hosts.len(),
        connections = staff.world.connections.len(),
        "keeping both sides in agreement"
    );
    let desk = Desk::open(&office, &staff, Role::Serving);
    let listening = Listening::start(&office.loaded.config, &staff, stop.clone()).await?;
    if let Some(listening) = &listening {
        tracing::info!(address = %listening.address, webhooks = listen::WEBHOOKS, "listening");
    }
    let reports = &office.loaded.config.reports;
    let reporting = reports.daily.then(|| {
        let (world, archive) = (Arc::clone(&staff.world), archive(&office.loaded));
        tokio::spawn(keep_daily(world, archive, reports.daily_at, stop.clone()))
    });
    let pruning = office.keep_pruning(stop.clone());
    let notifying = notify::start(&office, &staff, stop.clone())?;
    let days = Days::begin(&staff.world, &office.by).await?;
    let result = serve(Arc::clone(&staff.world), stop.clone()).await;
    stop.cancel();
    days.end().await;
    if let Some(reporting) = reporting
        && let Err(error) = reporting.await
    {
        tracing::error!(%error, "the reports of the day ended badly");
    }
    if let Err(error) = pruning.await {
        tracing::error!(%error, "letting old exchanges go ended badly");
    }
    if let Err(error) = notifying.await {
        tracing::error!(%error, "telling people ended badly");
    }
    if let Some(listening) = listening {
        listening.end().await;
    }
    if let Some(desk) = desk {
        desk.close().await;
    }
    staff.close().await;
    let counts = staff.world.progress.counts();
    if cli.json {
        output::json(&serde_json::json!({ "counts": counts }));
    }
    result?;
    Ok(Exit::Done)
}
