//! In which order a plan is executed: hosts are read, documents leave, what moved arrives, hosts are told.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::told::{Executed, PlanSource};
use crate::document::{ConnectionId, HostId};
use crate::driver::preview::Pass;
use crate::driver::run::{Summary, Trouble, deliver_all, start, take_all};
use crate::driver::site::World;
use crate::driver::{DriverError, Limits};
use crate::engine::{BindingKey, Changed, Intention};
use crate::store::StoreError;

/// What is told of each document.
pub(super) type Tell<'a> = &'a mut (dyn FnMut(&Intention, Executed) + Send + Sync);

/// A plan at work.
pub(super) struct Job<'a> {
    pub(super) world: Arc<World>,
    pub(super) stop: CancellationToken,
    pub(super) tell: Tell<'a>,
    pub(super) pass: Pass,
    /// Connections that cannot be worked with, and why.
    pub(super) out_of_reach: BTreeMap<ConnectionId, String>,
    /// Connections whose chart was looked at in this run.
    pub(super) charted: BTreeSet<ConnectionId>,
    /// Hosts that could not be read, and why.
    unread: BTreeMap<HostId, String>,
    /// Documents of the page at work that were told.
    pub(super) told: HashSet<BindingKey>,
}

/// Executes a plan, and nothing else: each of its documents is sent only if just that would be sent now.
///
/// The hosts are read first, so what they changed since the plan counts. What is not in the plan is neither sent nor
/// voided. Every document is told once. A repeat, also after a crash, does what is left: what was done is told as
/// [`Executed::Already`], and a request whose reply was lost is found out about before anything is sent again. No other
/// process and no other task may send meanwhile. Hosts and connections that could not be served are in the summary. An
/// error is a failing store.
pub async fn execute(
    world: Arc<World>,
    plan: &dyn PlanSource,
    stop: CancellationToken,
    tell: Tell<'_>,
) -> Result<Summary, DriverError> {
    start(&world).await?;
    let mut summary = Summary::default();
    let mut job = Job {
        world: Arc::clone(&world),
        stop: stop.clone(),
        tell,
        pass: Pass::default(),
        out_of_reach: BTreeMap::new(),
        charted: BTreeSet::new(),
        unread: BTreeMap::new(),
        told: HashSet::new(),
    };
    for site in world.hosts.values() {
        match take_all(&world, site, &stop).await {
            Ok(()) => {}
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => {
                job.unread.insert(site.id.clone(), error.chain());
            }
        }
    }
    // What moves is created only after it was voided where it was.
    for turn in [Turn::First, Turn::Arriving] {
        job.go_through(plan, turn).await?;
    }
    let hosts = job.unread.iter();
    let hosts = hosts.map(|(id, why)| (format!("host {id}"), why.clone()));
    let connections = job.out_of_reach.iter();
    let connections = connections.map(|(id, why)| (format!("connection {id}"), why.clone()));
    let troubles = hosts.chain(connections);
    summary
        .troubles
        .extend(troubles.map(|(site, message)| Trouble { site, message }));
    for site in world.hosts.values() {
        match deliver_all(&world, site, &stop).await {
            Ok(()) => {}
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => summary.troubles.push(Trouble {
                site: format!("host {}", site.id),
                message: error.chain(),
            }),
        }
    }
    Ok(summary)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Arriving,
}

impl Job<'_> {
    /// Tells what became of a document.
    pub(super) fn say(&mut self, intention: &Intention, became: Executed) {
        self.told.insert(intention.key());
        (self.tell)(intention, became);
    }

    /// Executes the documents of a turn, page by page of each connection.
    async fn go_through(&mut self, plan: &dyn PlanSource, turn: Turn) -> Result<(), DriverError> {
        let most = page_documents(&self.world.limits);
        let mut waiting: BTreeMap<ConnectionId, Vec<Intention>> = BTreeMap::new();
        for intention in plan.read().map_err(unreadable)? {
            let intention = intention.map_err(unreadable)?;
            if (turn == Turn::Arriving) != intention.leaves.is_some() {
                continue;
            }
            let connection = intention.connection.clone();
            let page = waiting.entry(connection.clone()).or_default();
            page.push(intention);
            if page.len() >= most {
                let page = std::mem::take(page);
                self.one_page(&connection, page).await?;
            }
        }
        for (connection, page) in waiting {
            self.one_page(&connection, page).await?;
        }
        Ok(())
    }

    async fn one_page(
        &mut self,
        connection: &ConnectionId,
        page: Vec<Intention>,
    ) -> Result<(), DriverError> {
        let mut within_reach = Vec::new();
        for intention in page {
            let key = intention.key();
            let is_known = self.world.hosts.contains_key(&key.document.host);
            if let Some(why) = self.unread.get(&key.document.host) {
                let why = format!("its host could not be read: {why}");
                self.say(&intention, Executed::Left { why });
            } else if is_known {
                within_reach.push(intention);
            } else {
                let host = key.document.host.to_string();
                self.say(&intention, Executed::refused(absent("host", &host)));
            }
        }
        let Some(site) = self.world.connections.get(connection).map(Arc::clone) else {
            for intention in &within_reach {
                let changed = absent("connection", connection.as_str());
                self.say(intention, Executed::refused(changed));
            }
            return Ok(());
        };
        if !within_reach.is_empty() {
            self.page(&site, within_reach).await?;
        }
        self.told.clear();
        Ok(())
    }
}

/// Documents that are compared together; a forecast counts with the same.
pub(in crate::driver) fn page_documents(limits: &Limits) -> usize {
    limits.plan_documents_max.max(1)
}

fn absent(field: &str, planned: &str) -> Changed {
    Changed {
        field: field.to_owned(),
        planned: planned.to_owned(),
        now: "not connected".to_owned(),
    }
}

/// The plan itself cannot be read any more.
fn unreadable(error: std::io::Error) -> DriverError {
    DriverError::Store(StoreError::Io {
        operation: "reading the plan",
        source: error,
    })
}
