//! What every endpoint works with: the front, what callers may still ask, replies that are kept, and jobs.

use std::sync::Arc;

use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{HostSite, World};
use tieout_core::store::Store;

use super::access::ApiCaller;
use super::jobs::Jobs;
use super::problem::Problem;
use super::replies::Replies;
use crate::office::{Office, store_folder};
use crate::web::front::Front;

/// What endpoints work with.
pub(super) struct Desk {
    pub(super) front: Arc<Front>,
    pub(super) replies: Replies,
    pub(super) jobs: Arc<Jobs>,
}

impl Desk {
    pub(super) fn new(front: &Arc<Front>) -> Arc<Self> {
        let mut beside = store_folder(front.shop.loaded()).into_os_string();
        beside.push("-jobs");
        let clock = Arc::clone(&front.shop.staff().world.clock);
        Arc::new(Self {
            replies: Replies::new(front.store(), Arc::clone(&clock)),
            jobs: Jobs::at(beside.into(), clock, front.renewal.end()),
            front: Arc::clone(front),
        })
    }

    pub(super) fn world(&self) -> &Arc<World> {
        &self.front.shop.staff().world
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.world().store.as_ref()
    }

    /// The office in the name of whoever asks.
    pub(super) fn office(&self, by: &ApiCaller) -> Office {
        self.front.office(&by.name)
    }

    /// A connection of the configuration.
    pub(super) fn must_know(&self, connection: &ConnectionId) -> Result<(), Problem> {
        let config = &self.front.shop.loaded().config;
        match config.connections.contains_key(connection) || *connection == ConnectionId::unrouted()
        {
            true => Ok(()),
            false => Err(Problem::not_found(format!(
                "the configuration has no connection `{connection}`"
            ))
            .advise("GET /v1/connections lists them.")),
        }
    }

    /// A host of the configuration, at work.
    pub(super) fn host(&self, host: &HostId) -> Result<&Arc<HostSite>, Problem> {
        self.world().hosts.get(host).ok_or_else(|| {
            Problem::not_found(format!("the configuration has no host `{host}`"))
                .advise("GET /v1/hosts lists them.")
        })
    }
}
