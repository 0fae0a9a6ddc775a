//! `tieout serve`: keeps both sides in agreement until it is stopped.

use std::sync::Arc;

use tieout_core::driver::serve;
use tokio_util::sync::CancellationToken;

use super::office;
use crate::cli::Cli;
use crate::config::Secrets;
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs until SIGINT or SIGTERM; then finishes or stores what is in the air.
pub(super) async fn run(cli: &Cli) -> Result<Exit, Failure> {
    let mut office = office(cli, Secrets::Needed)?;
    let staff = office.staff().await?;
    for name in &staff.unconnected {
        tracing::warn!(connection = %name, "nobody has connected it yet: its documents wait; run `tieout connect`");
    }
    tracing::info!(
        hosts = staff.world.hosts.len(),
        connections = staff.world.connections.len(),
        "keeping both sides in agreement"
    );
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        output::stop_signal().await;
        tracing::info!("stopping: what is in the air is finished first");
        asked.cancel();
    });
    let result = serve(Arc::clone(&staff.world), stop).await;
    staff.close().await;
    let counts = staff.world.progress.counts();
    if cli.json {
        output::json(&serde_json::json!({ "counts": counts }));
    }
    result?;
    Ok(Exit::Done)
}
