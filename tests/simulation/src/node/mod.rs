//! The node: one process of the engine after the other, put together as the program does, on one disk.

mod body;
mod consent;
mod disk;
mod host_line;
mod mistakes;
mod store;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tieout_core::clock::Clock;
use tieout_core::document::ConnectionId;
use tieout_core::driver::{ConnectionSite, HostSite, Limits, Progress, World};
use tieout_core::exchange::{Bodies, Recorded};
use tieout_core::settings::{Route, Routes};
use tieout_core::store::{Store, StoreError};
use tieout_core::transport::Transport;
use tieout_core::vault::{KeyRing, Vault};
use tieout_sandbox_xero::{WEB_CLIENT_ID, WEB_CLIENT_SECRET};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::auth::{App, GrantId, GrantKeeper, GrantStatus, OAuth, Session};
use tieout_xero::config::{DEFAULT_SCOPES, GrantKind};
use tieout_xero::http::RECORDED;
use tieout_xero::limit::{AppBudget, Budget, LimitConfig, LimitOptions, Limited};
use url::Url;

pub(crate) use body::{Body, Fuse};
pub(crate) use disk::Disk;
pub(crate) use store::{NodeStore, wait};
pub(crate) use wire::{Answered, Call};

use crate::books::ORGANISATIONS;
use crate::clock::NodeClock;
use crate::ground::Ground;
use crate::mutations::Mutation;
use crate::paper::{Division, host_id};
use crate::provider::Choices;
use host_line::HostLine;
use wire::Wire;

/// The key that seals tokens in every life: what it protects is invented.
const KEY: &str = "8f1b6c02d9e47a35c0b1f2e3d4a5968778695a4b3c2d1e0f9182736455463728";

/// One process.
pub(crate) struct Process {
    pub(crate) body: Arc<Body>,
    pub(crate) store: Arc<NodeStore>,
}

/// What a process works with once it is open.
pub(crate) struct Opened {
    pub(crate) world: Arc<World>,
    budgets: Vec<Budget>,
}

impl Process {
    pub(crate) fn start(
        ground: &Arc<Ground>,
        disk: &Disk,
        fuse: Option<Fuse>,
    ) -> Result<Self, StoreError> {
        let body = Body::new(Arc::clone(ground), fuse);
        let store = Arc::new(NodeStore::new(disk.store()?, Arc::clone(&body)));
        Ok(Self { body, store })
    }

    /// Somebody consents in the browser: tokens for both organisations, stored in the vault.
    pub(crate) async fn consent(&self) -> Result<GrantId, String> {
        let keeper = self.keeper();
        let tokens = consent::given(&self.body.ground, keeper.oauth()).await?;
        keeper
            .adopt(tokens)
            .await
            .map_err(|error| error.to_string())
    }

    /// Whether nobody gets in with a grant any more.
    pub(crate) async fn is_broken(&self, grant: &GrantId) -> bool {
        matches!(
            self.keeper().status(grant).await,
            Ok(GrantStatus::Broken { .. })
        )
    }

    /// Puts the process together.
    pub(crate) async fn open(
        &self,
        grant: &GrantId,
        choices: &Choices,
    ) -> Result<Opened, StoreError> {
        let keeper = self.keeper();
        let limits = self.limits();
        let app_budget = Arc::new(AppBudget::new(limits.app_calls_per_minute));
        let (mut sites, mut budgets) = (Vec::new(), Vec::new());
        for (name, organisation) in ORGANISATIONS {
            let options = LimitOptions {
                tenant_id: organisation.to_string(),
                limits: limits.clone(),
                app_budget: Arc::clone(&app_budget),
                clock: self.clock(),
                store: self.port(),
            };
            // Below the sign-in and the budget, as the program has it.
            let recorded = Recorded::new(self.transport(), self.clock(), RECORDED, Bodies::Kept);
            let limited = Limited::open(recorded, options).await?;
            budgets.push(limited.budget());
            let session = Session::new(limited, keeper.clone(), grant.clone(), organisation);
            let provider = XeroProvider::new(
                Arc::new(session),
                self.clock(),
                address("api.xro/2.0/"),
                organisation.to_string(),
            );
            let id = connection(name);
            let site = ConnectionSite::new(
                id.clone(),
                Arc::new(provider),
                choices.settings(organisation),
            );
            sites.push((id, Arc::new(site)));
        }
        let host = HostSite::new(host_id(), Arc::new(HostLine(Arc::clone(&self.body))));
        let world = World {
            store: self.port(),
            clock: self.clock(),
            hosts: [(host_id(), Arc::new(host))].into(),
            connections: sites.into_iter().collect(),
            routes: routes(),
            limits: pace(),
            progress: Arc::new(Progress::default()),
        };
        Ok(Opened {
            world: Arc::new(world),
            budgets,
        })
    }

    fn limits(&self) -> LimitConfig {
        let ground = &self.body.ground;
        let calls_per_minute = if ground.makes(Mutation::LimitsIgnored) {
            1_000
        } else {
            ground.minute_max
        };
        LimitConfig {
            calls_per_minute,
            ..LimitConfig::default()
        }
    }

    fn keeper(&self) -> GrantKeeper {
        let ring = KeyRing::parse(KEY).expect("64 hexadecimal digits");
        let vault = Arc::new(Vault::new(self.port(), ring));
        let oauth = OAuth::new(
            app(),
            tieout_xero::auth::Endpoints::sandbox(&address("")),
            self.transport(),
            self.clock(),
        );
        GrantKeeper::new(Arc::new(oauth), vault, self.port(), "node")
    }

    fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(Wire::new(Arc::clone(&self.body), Arc::clone(&self.store)))
    }

    fn port(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as _
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(NodeClock(self.body.ground.time.clone()))
    }
}

impl Opened {
    /// What a clean end saves.
    pub(crate) async fn close(&self) {
        for budget in &self.budgets {
            budget.close().await;
        }
    }
}

pub(crate) fn connection(name: &str) -> ConnectionId {
    ConnectionId::new(name).expect("a short name")
}

/// Looks a little rarer than by default: most calls of an idle node say nothing new.
fn pace() -> Limits {
    Limits {
        host_poll: Duration::from_secs(60),
        provider_poll: Duration::from_secs(7 * 60),
        ..Limits::default()
    }
}

fn routes() -> Routes {
    let route = |division: Division, name: &str| Route {
        divisions: Some(vec![division.name().to_owned()]),
        ..Route::everything(connection(name))
    };
    let [(australia, _), (new_zealand, _)] = ORGANISATIONS;
    Routes(vec![
        route(Division::North, australia),
        route(Division::South, new_zealand),
    ])
}

fn app() -> App {
    App {
        client_id: WEB_CLIENT_ID.to_owned(),
        client_secret: Some(SecretString::from(WEB_CLIENT_SECRET)),
        grant: GrantKind::AuthorizationCode,
        redirect_uri: address("callback"),
        scopes: DEFAULT_SCOPES
            .iter()
            .map(|scope| (*scope).to_owned())
            .collect(),
    }
}

fn address(path: &str) -> Url {
    Url::parse("http://localhost/")
        .and_then(|base| base.join(path))
        .expect("an address")
}
