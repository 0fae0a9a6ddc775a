//! The whole of it: once through everything, or for ever until it is stopped.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::DriverError;
use super::backoff::retry_at;
use super::ends::ends;
use super::site::{ConnectionSite, HostSite, World};
use super::turn::{ConnectionLoop, Gathering};
use crate::document::{ConnectionId, HostId};
use crate::provider::ErrorKind;
use crate::spans;

/// What a single run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Hosts and connections that could not be served.
    pub troubles: Vec<Trouble>,
}

/// A host or a connection that could not be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its name in the configuration, such as `connection acme-au`.
    pub site: String,
    /// What went wrong, with its causes.
    pub message: String,
}

/// Failures in a row after which a single run gives a site up.
pub(super) const ATTEMPTS_MAX: u32 = 3;

/// Goes once through everything: every page of every host, every due document, every change at the
/// providers, everything that hosts are owed.
///
/// A host or connection that fails does not hold up the others; it is named in the summary, and so is a
/// connection whose documents wait to be tried again. A stop finishes or stores what is in the air. An
/// error is a failing store.
pub async fn sync_once(world: Arc<World>, stop: CancellationToken) -> Result<Summary, DriverError> {
    spans::followed(spans::run(&world), once(world, stop)).await
}

async fn once(world: Arc<World>, stop: CancellationToken) -> Result<Summary, DriverError> {
    start(&world).await?;
    let mut summary = Summary::default();
    let (hosts, told_all) = watch::channel(world.hosts.is_empty());
    let pushing = push_all(&world, world.connections.values(), &told_all, &stop);
    let (pushed, all_pushed) = watch::channel(false);
    let telling = tell_all(&world, &all_pushed, &stop);
    for site in world.hosts.values() {
        let taken = take_all(&world, site, &stop).await;
        summary.note(format!("host {}", site.id), taken)?;
    }
    hosts.send_replace(true);
    let landed = summary.join(pushing).await;
    pushed.send_replace(true);
    let deaf = summary.join(telling).await?;
    landed?;
    for site in world.connections.values() {
        let collected = match heed_all(&world, site, &stop).await {
            Ok(()) => world.collect_all(site, &stop).await,
            failed => failed,
        };
        summary.note(name_of(site), collected)?;
    }
    // What was seen there may ask for more, such as a void that a payment had prevented; and what left one
    // connection for another may have come when nobody pushed there any more.
    for _ in 0..2 {
        let sites = world.connections.values();
        let served = sites.filter(|site| !summary.has_trouble(&name_of(site)));
        let pushing = push_all(&world, served, &told_all, &stop);
        summary.join(pushing).await?;
    }
    for site in world.hosts.values() {
        let name = format!("host {}", site.id);
        if !deaf.contains(&name) {
            let delivered = deliver_all(&world, site, &stop).await;
            summary.note(name, delivered)?;
        }
    }
    Ok(summary)
}

/// Works off what is due at these connections and tells these hosts; reads neither of them for news, which whoever
/// calls does first where payments are at stake.
///
/// What fails is named in the summary; an error is a failing store.
pub(super) async fn work_off(
    world: &Arc<World>,
    connections: &BTreeSet<&ConnectionId>,
    hosts: &BTreeSet<&HostId>,
    stop: &CancellationToken,
) -> Result<Summary, DriverError> {
    let sites = world.connections.values();
    let sites: Vec<_> = sites
        .filter(|site| connections.contains(&site.id))
        .collect();
    for site in &sites {
        world.recover(site).await?;
    }
    let mut summary = Summary::default();
    let (_told, told_all) = watch::channel(true);
    let pushing = push_all(world, sites, &told_all, stop);
    summary.join(pushing).await?;
    let told = world.hosts.values().filter(|site| hosts.contains(&site.id));
    for site in told {
        let delivered = deliver_all(world, site, stop).await;
        summary.note(format!("host {}", site.id), delivered)?;
    }
    Ok(summary)
}

/// Keeps everything in agreement until it is stopped; then finishes or stores what is in the air.
///
/// A failing host or provider is tried again with growing pauses. An error is a failing store.
pub async fn serve(world: Arc<World>, stop: CancellationToken) -> Result<(), DriverError> {
    start(&world).await?;
    let mut loops = JoinSet::new();
    for site in world.hosts.values() {
        for chore in [Chore::Take, Chore::Deliver] {
            let chore = chore(Arc::clone(site));
            loops.spawn(keep(Arc::clone(&world), stop.clone(), chore));
        }
    }
    for site in world.connections.values() {
        for chore in [Chore::Collect, Chore::Heed, Chore::Push] {
            let chore = chore(Arc::clone(site));
            loops.spawn(keep(Arc::clone(&world), stop.clone(), chore));
        }
    }
    let mut failure = None;
    while let Some(ended) = loops.join_next().await {
        let result = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        if let Err(error) = result {
            stop.cancel();
            failure.get_or_insert(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

pub(super) async fn start(world: &World) -> Result<(), DriverError> {
    for site in world.connections.values() {
        world.recover(site).await?;
        world.open_cursor(site).await?;
    }
    world.review().await
}

/// One of the things that never end.
enum Chore {
    Take(Arc<HostSite>),
    Deliver(Arc<HostSite>),
    Collect(Arc<ConnectionSite>),
    Heed(Arc<ConnectionSite>),
    Push(Arc<ConnectionSite>),
}

/// Does a chore again and again; only a failing store ends it early.
async fn keep(world: Arc<World>, stop: CancellationToken, chore: Chore) -> Result<(), DriverError> {
    let mut attempts = 0;
    while !stop.is_cancelled() {
        match chore.once(&world, &stop).await {
            Ok(()) => {
                attempts = 0;
                chore.rest(&world, &stop).await;
            }
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(chore = %chore.name(), error = %error.chain(), attempts, "will be tried again");
                let now = world.clock.now();
                pause(&stop, now, again_at(&world, &error, attempts, now)).await;
                attempts = attempts.saturating_add(1);
            }
        }
    }
    Ok(())
}

impl Chore {
    async fn once(&self, world: &Arc<World>, stop: &CancellationToken) -> Result<(), DriverError> {
        match self {
            Self::Take(site) => take_all(world, site, stop).await,
            Self::Deliver(site) => deliver_all(world, site, stop).await,
            Self::Collect(site) => world.collect_all(site, stop).await,
            Self::Heed(site) => heed_all(world, site, stop).await,
            Self::Push(site) => push(world, site, stop).await,
        }
    }

    async fn rest(&self, world: &World, stop: &CancellationToken) {
        let now = world.clock.now();
        match self {
            Self::Take(site) => {
                tokio::select! {
                    () = pause(stop, now, super::intake::next_look(world, site)) => {}
                    () = site.asked.notified() => {}
                }
            }
            Self::Collect(site) => {
                let limits = &world.limits;
                let slowest = site.pace(&world.kinds_of(site)).look;
                let next = super::backoff::after(now, limits.provider_poll.max(slowest));
                tokio::select! {
                    biased;
                    () = pause(stop, now, next) => {}
                    () = site.stirred.notified() => {
                        // Whoever clicks does not wait for the budget to last.
                        let soonest = match site.take_ask() {
                            true => limits.provider_poll_min,
                            false => limits.provider_poll_min.max(slowest),
                        };
                        let soonest = super::backoff::after(now, soonest);
                        pause(stop, world.clock.now(), soonest).await;
                    }
                }
            }
            Self::Deliver(site) => {
                tokio::select! {
                    biased;
                    () = site.owed.notified() => {}
                    () = tokio::time::sleep(site.poll(&world.limits)) => {}
                    () = stop.cancelled() => {}
                }
            }
            Self::Heed(site) => {
                tokio::select! {
                    biased;
                    () = site.hinted.notified() => {
                        tokio::time::sleep(world.limits.hint_delay).await;
                    }
                    () = stop.cancelled() => {}
                }
            }
            // It rests by itself.
            Self::Push(_) => {}
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Take(site) => format!("read host {}", site.id),
            Self::Deliver(site) => format!("tell host {}", site.id),
            Self::Collect(site) => format!("read connection {}", site.id),
            Self::Heed(site) => format!("follow hints of connection {}", site.id),
            Self::Push(site) => format!("push to connection {}", site.id),
        }
    }
}

pub(super) async fn take_all(
    world: &World,
    site: &HostSite,
    stop: &CancellationToken,
) -> Result<(), DriverError> {
    while !stop.is_cancelled() && world.take_page(site).await?.more {}
    Ok(())
}

async fn heed_all(
    world: &World,
    site: &ConnectionSite,
    stop: &CancellationToken,
) -> Result<(), DriverError> {
    while !stop.is_cancelled() && world.heed_page(site).await? > 0 {}
    Ok(())
}

pub(super) async fn deliver_all(
    world: &World,
    site: &HostSite,
    stop: &CancellationToken,
) -> Result<(), DriverError> {
    while !stop.is_cancelled() && world.deliver_page(site).await? > 0 {}
    Ok(())
}

/// Works off a connection for as long as it runs.
async fn push(
    world: &Arc<World>,
    site: &Arc<ConnectionSite>,
    stop: &CancellationToken,
) -> Result<(), DriverError> {
    // After a failure some members may be in the air for nobody.
    world.recover(site).await?;
    let (stop, gathering) = (stop.clone(), Gathering::AsAsked);
    let mut connection =
        ConnectionLoop::new(Arc::clone(world), Arc::clone(site), stop.clone(), gathering);
    let worked = loop {
        match connection.work().await {
            Ok(_) if stop.is_cancelled() => break Ok(()),
            Ok(idle) => connection.rest(idle).await,
            Err(error) => break Err(error),
        }
    };
    let settled = connection.settle().await;
    worked.and(settled)
}

/// Works off a connection until nothing is due and every host has told everything.
async fn push_once(
    world: Arc<World>,
    site: Arc<ConnectionSite>,
    mut connection: ConnectionLoop,
    mut told_all: watch::Receiver<bool>,
    stop: CancellationToken,
) -> (String, Result<(), DriverError>) {
    let mut attempts = 0;
    let mut done = 0;
    // Somebody may have connected again since an earlier run of this process.
    let _ = site.take_refused_access();
    site.forget_denials();
    let worked = loop {
        let complete = *told_all.borrow();
        let worked = connection.work().await;
        if let Some(why) = site.take_refused_access() {
            break Err(DriverError::AccessRefused { why });
        }
        // Only failures in a row count: what was done between two says that it goes on.
        if site.done() > done {
            (attempts, done) = (0, site.done());
        }
        match worked {
            Ok(_) if stop.is_cancelled() => break Ok(()),
            Ok(idle) if complete => match ends(&world, &site, &idle) {
                Some(end) => break end,
                None => connection.rest(idle).await,
            },
            // The end of the hosts is a state and no event: whoever looks late still sees it.
            Ok(idle) => tokio::select! {
                biased;
                () = connection.rest(idle) => {}
                _ = told_all.wait_for(|all| *all) => {}
            },
            Err(error @ DriverError::Store(_)) => break Err(error),
            Err(DriverError::Provider(error))
                if error.kind == ErrorKind::Unauthorised && error.is_lasting =>
            {
                let why = error.to_string();
                break Err(DriverError::AccessRefused { why });
            }
            Err(error) => {
                let now = world.clock.now();
                let again = again_at(&world, &error, attempts, now);
                if attempts >= ATTEMPTS_MAX
                    || again > super::backoff::after(now, world.limits.once_patience)
                {
                    break Err(error);
                }
                pause(&stop, now, again).await;
                attempts += 1;
            }
        }
    };
    let settled = connection.settle().await;
    (name_of(&site), worked.and(settled))
}

/// Sets connections to work.
fn push_all<'a>(
    world: &Arc<World>,
    sites: impl IntoIterator<Item = &'a Arc<ConnectionSite>>,
    told_all: &watch::Receiver<bool>,
    stop: &CancellationToken,
) -> JoinSet<(String, Result<(), DriverError>)> {
    let mut pushing = JoinSet::new();
    for site in sites {
        let (of, gathering) = (Arc::clone(site), Gathering::Never);
        let connection = ConnectionLoop::new(Arc::clone(world), of, stop.clone(), gathering);
        let (world, site, told_all) = (Arc::clone(world), Arc::clone(site), told_all.clone());
        let push = push_once(world, site, connection, told_all, stop.clone());
        pushing.spawn(push.in_current_span());
    }
    pushing
}

/// Tells every host what lands, a full delivery at a time, until all is pushed.
fn tell_all(
    world: &Arc<World>,
    all_pushed: &watch::Receiver<bool>,
    stop: &CancellationToken,
) -> JoinSet<(String, Result<(), DriverError>)> {
    let mut telling = JoinSet::new();
    for site in world.hosts.values() {
        let (world, site) = (Arc::clone(world), Arc::clone(site));
        let (all_pushed, stop) = (all_pushed.clone(), stop.clone());
        let tell = async move {
            let told = tell_while_pushing(&world, &site, all_pushed, &stop).await;
            (format!("host {}", site.id), told)
        };
        telling.spawn(tell.in_current_span());
    }
    telling
}

async fn tell_while_pushing(
    world: &World,
    site: &HostSite,
    mut all_pushed: watch::Receiver<bool>,
    stop: &CancellationToken,
) -> Result<(), DriverError> {
    let full = u64::try_from(world.delivery_items_max(site)).unwrap_or(u64::MAX);
    let mut told = world.progress.counts().posted;
    while !stop.is_cancelled() {
        tokio::select! {
            biased;
            () = site.owed.notified() => {}
            _ = all_pushed.wait_for(|all| *all) => return Ok(()),
            () = stop.cancelled() => return Ok(()),
        }
        let posted = world.progress.counts().posted;
        if posted - told >= full {
            told = posted;
            world.deliver_page(site).await?;
        }
    }
    Ok(())
}

pub(super) fn name_of(site: &ConnectionSite) -> String {
    format!("connection {}", site.id)
}

/// When to try again after a failure: after a pause that grows, and not before the provider said.
fn again_at(
    world: &World,
    error: &DriverError,
    attempts: u32,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let pause = retry_at(&world.limits, attempts, now);
    error.retry_at().map_or(pause, |at| at.max(pause))
}

async fn pause(stop: &CancellationToken, now: DateTime<Utc>, until: DateTime<Utc>) {
    let length = (until - now).to_std().unwrap_or_default();
    tokio::select! {
        biased;
        () = tokio::time::sleep(length) => {}
        () = stop.cancelled() => {}
    }
}

impl Summary {
    fn has_trouble(&self, site: &str) -> bool {
        self.troubles.iter().any(|trouble| trouble.site == site)
    }

    /// Notes what became of each site. Gives those that failed.
    async fn join(
        &mut self,
        mut working: JoinSet<(String, Result<(), DriverError>)>,
    ) -> Result<Vec<String>, DriverError> {
        let mut failed = Vec::new();
        while let Some(worked) = working.join_next().await {
            let (site, result) =
                worked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            if result.is_err() {
                failed.push(site.clone());
            }
            self.note(site, result)?;
        }
        Ok(failed)
    }

    /// Notes a site's trouble, and gives whether there is any; a failing store ends the run.
    pub(super) fn note(
        &mut self,
        site: String,
        result: Result<(), DriverError>,
    ) -> Result<bool, DriverError> {
        match result {
            Ok(()) => Ok(false),
            Err(error @ DriverError::Store(_)) => Err(error),
            Err(error) => {
                let trouble = Trouble {
                    site,
                    message: error.chain(),
                };
                if !self.troubles.contains(&trouble) {
                    self.troubles.push(trouble);
                }
                Ok(true)
            }
        }
    }
}
