//! `tieout serve`: keeps both sides in agreement until it is stopped, and begins anew when its configuration was changed.

use std::sync::Arc;

use tieout_core::driver::{ProgressCounts, serve};

use super::office;
use crate::cli::Cli;
use crate::config::{Secrets, load};
use crate::control::{Desk, Role, Shop};
use crate::exit::{Exit, Failure};
use crate::listen::{self, Door, Listening};
use crate::office::{Office, archive};
use crate::output;
use crate::report::keep_daily;
use crate::runs::Days;
use crate::setup::fulfil;
use crate::stop::{self, Work};
use crate::web::{Front, Renewal};

/// Runs until SIGINT or SIGTERM; then finishes or stores what is in the air. A second one ends it at once.
pub(super) async fn run(cli: &Cli) -> Result<Exit, Failure> {
    let mut office = office(cli).await?;
    let stop = stop::on_signals(Work::Books, cli.json);
    let mut door = None;
    let counts = loop {
        door = Door::open(door, &office.loaded.config)?;
        let renewal = Renewal::new(stop.child_token());
        let counts = shift(&mut office, door.as_ref(), &renewal).await?;
        if stop.is_cancelled() || !renewal.is_wanted() {
            break counts;
        }
        let taken = begin_anew(&mut office);
        fulfil(&mut office, renewal.wishes(), taken).await;
    };
    if cli.json {
        output::json(&serde_json::json!({ "counts": counts }));
    }
    Ok(Exit::Done)
}

/// Takes the configuration as it is now. One that cannot be used is told, and the work goes on with the one before.
fn begin_anew(office: &mut Office) -> Result<(), Failure> {
    let loaded = load(Some(&office.loaded.file), Secrets::Needed);
    let taken = loaded.and_then(|loaded| office.turn_to(loaded));
    match &taken {
        Ok(()) => tracing::info!(file = %office.loaded.file.display(), "beginning anew"),
        Err(failure) => {
            tracing::error!(
                error = failure.message,
                "the changed configuration cannot be used; going on with the one before"
            );
        }
    }
    taken
}

/// Works with one configuration, until it is stopped or renewed.
async fn shift(
    office: &mut Office,
    door: Option<&Door>,
    renewal: &Arc<Renewal>,
) -> Result<ProgressCounts, Failure> {
    let stop = renewal.end();
    let staff = office.staff().await?;
    for name in &staff.unconnected {
        tracing::warn!(connection = %name, "nobody has connected it yet: its documents wait; run `tieout connect`");
    }
    tracing::info!(
        hosts = staff.world.hosts.len(),
        connections = staff.world.connections.len(),
        "keeping both sides in agreement"
    );
    let shop = Shop::new(office, &staff, Role::Serving);
    let desk = Desk::open(Arc::clone(&shop));
    let listening = match door {
        Some(door) => {
            let front = Front::new(shop, Arc::clone(renewal), stop.clone(), door.address);
            let listening = Listening::start(door, &front, stop.clone())?;
            tracing::info!(address = %door.address, webhooks = listen::WEBHOOKS, "listening");
            Some(listening)
        }
        None => None,
    };
    let reports = &office.loaded.config.reports;
    let reporting = reports.daily.then(|| {
        let (world, archive) = (Arc::clone(&staff.world), archive(&office.loaded));
        tokio::spawn(keep_daily(world, archive, reports.daily_at, stop.clone()))
    });
    let pruning = office.keep_pruning(stop.clone());
    let days = Days::begin(&staff.world, &office.by).await?;
    let result = serve(Arc::clone(&staff.world), stop.clone()).await;
    if result.is_ok() && listening.is_some() {
        // Where everything is switched off, or nothing is there yet, pages are all there is to do.
        stop.cancelled().await;
    }
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
    if let Some(listening) = listening {
        listening.end().await;
    }
    if let Some(desk) = desk {
        desk.close().await;
    }
    staff.close().await;
    result?;
    Ok(staff.world.progress.counts())
}
