//! `tieout serve`: keeps both sides in agreement until it is stopped, and begins anew when its configuration was changed.

use std::pin::pin;
use std::sync::Arc;

use tieout_core::driver::{ProgressCounts, serve};
use tokio_util::sync::CancellationToken;

use super::office;
use crate::cli::Cli;
use crate::config::{Loaded, Secrets, load};
use crate::control::{Desk, Role, Shop};
use crate::exit::{Exit, Failure};
use crate::listen::{self, Door, Listening};
use crate::notify;
use crate::office::{Office, Staff, archive};
use crate::output;
use crate::report::keep_daily;
use crate::runs::Days;
use crate::setup::{Wish, fulfil};
use crate::stop::{self, Changes, Work};
use crate::web::{Front, Renewal};

/// Runs until SIGINT or SIGTERM; then finishes or stores what is in the air. A second one ends it at once. SIGHUP, or a page
/// that changed the configuration, has it begin anew.
pub(super) async fn run(cli: &Cli) -> Result<Exit, Failure> {
    let mut office = office(cli).await?;
    let stop = stop::on_signals(Work::Books, cli.json);
    let counts = keep(&mut office, None, &stop).await?;
    if cli.json {
        output::json(&serde_json::json!({ "counts": counts }));
    }
    Ok(Exit::Done)
}

/// Keeps both sides in agreement until it is stopped, at a door that is open already or where the configuration says.
pub(crate) async fn keep(
    office: &mut Office,
    mut door: Option<Door>,
    stop: &CancellationToken,
) -> Result<ProgressCounts, Failure> {
    let mut changes = Changes::listen();
    let mut staff = office.staff().await?;
    Door::follow(&mut door, &office.loaded.config)?;
    loop {
        office.listens = door.as_ref().map(|door| door.address);
        let renewal = Renewal::new(stop.child_token());
        let counts = {
            let mut shift = pin!(shift(office, &staff, door.as_ref(), &renewal));
            loop {
                tokio::select! {
                    counts = &mut shift => break counts?,
                    () = changes.next() => renewal.ask(),
                }
            }
        };
        if stop.is_cancelled() || !renewal.is_wanted() {
            return Ok(counts);
        }
        staff = begin_anew(office, renewal.wishes()).await?;
        if let Err(failure) = Door::follow(&mut door, &office.loaded.config) {
            tracing::error!(error = failure.message, "listening where it did before");
        }
    }
}

/// Takes the configuration as it is now, and does what can only be done while nobody works. A configuration that cannot be
/// used is told, and the work goes on with the one before.
async fn begin_anew(office: &mut Office, wishes: Vec<Wish>) -> Result<Arc<Staff>, Failure> {
    let before = office.loaded.clone();
    let loaded = load(Some(&before.file), Secrets::Needed);
    let turning = async { turned(office, loaded?).await };
    let (staff, taken) = match turning.await {
        Ok(staff) => {
            tracing::info!(file = %before.file.display(), "beginning anew");
            if office.loaded.config.telemetry != before.config.telemetry {
                tracing::warn!("[telemetry] counts from the next start of the program on");
            }
            (staff, Ok(()))
        }
        Err(failure) => {
            tracing::error!(
                error = failure.message,
                "the changed configuration cannot be used; going on with the one before"
            );
            (turned(office, before).await?, Err(failure))
        }
    };
    if wishes.is_empty() {
        return Ok(staff);
    }
    // They may change what is connected.
    staff.close().await;
    fulfil(office, wishes, taken).await;
    office.staff().await
}

async fn turned(office: &mut Office, loaded: Loaded) -> Result<Arc<Staff>, Failure> {
    office.turn_to(loaded)?;
    let staff = office.staff().await?;
    // Whatever could end the work once it has begun is found here, where there is a way back.
    office.panels().await?;
    if office.loaded.config.listen.is_some() {
        office.oidc()?;
        listen::check(&office.loaded.config, &staff)?;
    }
    notify::mailer(&office.loaded)?;
    notify::outbound(&office.loaded)?;
    Ok(staff)
}

/// Works with one configuration, until it is stopped or renewed.
async fn shift(
    office: &Office,
    staff: &Arc<Staff>,
    door: Option<&Door>,
    renewal: &Arc<Renewal>,
) -> Result<ProgressCounts, Failure> {
    let stop = renewal.end();
    tell_what_is_kept(staff);
    let shop = Shop::new(office, staff, Role::Serving);
    let desk = Desk::open(Arc::clone(&shop));
    let listening = match door {
        Some(door) => {
            let entrance = (office.panels().await?, office.oidc()?);
            let front = Front::new(
                shop,
                Arc::clone(renewal),
                stop.clone(),
                door.address,
                entrance,
            );
            let listening = Listening::start(door, &front, stop.clone())?;
            tracing::info!(address = %door.address, webhooks = listen::WEBHOOKS, "listening");
            hint_at_the_first_person(office).await;
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
    let notifying = notify::start(office, staff, stop.clone())?;
    let days = Days::begin(&staff.world, &office.by).await?;
    let serving = serve(Arc::clone(&staff.world), stop.clone());
    let result = staff.telling_by_the_minute(serving).await;
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
    result?;
    Ok(staff.world.progress.counts())
}

fn tell_what_is_kept(staff: &Staff) {
    for name in &staff.unconnected {
        tracing::warn!(connection = %name, "nobody has connected it yet: its documents wait; run `tieout connect`");
    }
    tracing::info!(
        hosts = staff.world.hosts.len(),
        connections = staff.world.connections.len(),
        "keeping both sides in agreement"
    );
}

/// Nobody can sign in at a dashboard that knows no one.
async fn hint_at_the_first_person(office: &Office) {
    if office
        .identity
        .people()
        .await
        .is_ok_and(|people| people.is_empty())
    {
        tracing::info!(
            "nobody may sign in at the dashboard yet: `tieout person add YOU@EXAMPLE.COM --role admin` gives the first link"
        );
    }
}
