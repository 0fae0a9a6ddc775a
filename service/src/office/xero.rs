//! How Xero apps and organisations are put together from their layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use tieout_core::clock::Clock;
use tieout_core::document::ConnectionId;
use tieout_core::exchange::{Bodies, Recorded};
use tieout_core::store::Store;
use tieout_core::transport::Transport;
use tieout_core::vault::Vault;
use tieout_xero::adapter::XeroProvider;
use tieout_xero::auth::{App, Connections, GrantKeeper, OAuth, Session};
use tieout_xero::config::XeroConfig;
use tieout_xero::http::{RECORDED, ReqwestTransport, Traced};
use tieout_xero::limit::{AppBudget, LimitOptions, Limited};
use url::Url;

use super::{Access, Organisation};
use crate::config::{Config, ConnectionConfig};
use crate::exit::Failure;

/// The apps registered at Xero, each with its grants and its budget, and what is connected.
pub(crate) struct Apps {
    store: Arc<dyn Store>,
    vault: Option<Arc<Vault>>,
    clock: Arc<dyn Clock>,
    open: BTreeMap<String, AppDesk>,
    /// What is connected.
    pub(crate) connections: Connections,
}

/// One app.
#[derive(Clone)]
pub(crate) struct AppDesk {
    /// Its grants.
    pub(crate) keeper: GrantKeeper,
    transport: Arc<dyn Transport>,
    budget: Arc<AppBudget>,
}

impl AppDesk {
    /// Its sign-in service, with another way back from the consent than the configuration's.
    pub(crate) fn oauth_to(&self, redirect: &Url, clock: &Arc<dyn Clock>) -> OAuth {
        let known = self.keeper.oauth();
        let app = App {
            redirect_uri: redirect.clone(),
            ..known.app().clone()
        };
        let endpoints = known.endpoints().clone();
        OAuth::new(
            app,
            endpoints,
            Arc::clone(&self.transport),
            Arc::clone(clock),
        )
    }
}

/// Who holds leases in a store that one process opens at a time.
const NODE: &str = "local";

impl Apps {
    pub(super) fn new(
        store: Arc<dyn Store>,
        vault: Option<Arc<Vault>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let connections = Connections::new(Arc::clone(&store));
        Self {
            store,
            vault,
            clock,
            open: BTreeMap::new(),
            connections,
        }
    }

    /// The same apps for somebody else in this process: grants and budgets are those of the open ones.
    pub(super) fn share(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            vault: self.vault.clone(),
            clock: Arc::clone(&self.clock),
            open: self.open.clone(),
            connections: Connections::new(Arc::clone(&self.store)),
        }
    }

    /// What opens secrets; `None` without a key.
    pub(crate) fn vault(&self) -> Option<&Arc<Vault>> {
        self.vault.as_ref()
    }

    /// The app of a connection; connections that share a client share its grants and its budget.
    pub(crate) fn app(
        &mut self,
        config: &Config,
        connection: &ConnectionConfig,
    ) -> Result<AppDesk, Failure> {
        let app = config
            .app(connection)
            .ok_or_else(|| Failure::config("the connection has no app at Xero"))?;
        if let Some(open) = self.open.get(&app.client_id) {
            return Ok(open.clone());
        }
        let opened = self.open_app(app)?;
        self.open.insert(app.client_id.clone(), opened.clone());
        Ok(opened)
    }

    /// The organisation of a connection; `None` if nobody has connected it yet.
    pub(crate) async fn organisation(
        &mut self,
        config: &Config,
        name: &ConnectionId,
        connection: &ConnectionConfig,
    ) -> Result<Option<Organisation>, Failure> {
        let Some(record) = self.connections.read(name).await? else {
            return Ok(None);
        };
        let desk = self.app(config, connection)?;
        let app = config
            .app(connection)
            .ok_or_else(|| Failure::config("the connection has no app at Xero"))?;
        let options = LimitOptions {
            tenant_id: record.tenant_id.to_string(),
            limits: app.limits.clone(),
            app_budget: Arc::clone(&desk.budget),
            clock: Arc::clone(&self.clock),
            store: Arc::clone(&self.store),
        };
        // Below the sign-in and the budget, so that what is recorded is what was said; the identity server is spoken
        // to by the bare transport, and never recorded.
        let bodies = match config.journal.exchanges_keep_days {
            0 => Bodies::Left,
            1.. => Bodies::Kept,
        };
        let bare = Arc::clone(&desk.transport);
        let recorded = Recorded::new(bare, Arc::clone(&self.clock), RECORDED, bodies);
        let limited = Limited::open(recorded, options).await?;
        let budget = limited.budget();
        let session = Session::new(
            limited,
            desk.keeper.clone(),
            record.grant.clone(),
            record.tenant_id,
        );
        let provider = XeroProvider::new(
            Arc::new(session),
            Arc::clone(&self.clock),
            app.endpoints().api_base,
            record.tenant_id.to_string(),
        )
        .paced_by(budget.clone());
        Ok(Some(Organisation {
            provider: Arc::new(provider),
            access: Access::Xero(Box::new(record), budget),
        }))
    }

    fn open_app(&self, app: &XeroConfig) -> Result<AppDesk, Failure> {
        let vault = self.vault.clone().ok_or_else(|| {
            Failure::config("no key to seal tokens with")
                .advise("Add [secrets] key = { file = \"tieout.key\" }; `tieout init` writes both.")
        })?;
        let plain = ReqwestTransport::new(&app.http).map_err(|error| Failure::of(&error))?;
        let transport: Arc<dyn Transport> = Arc::new(Traced::new(plain));
        let oauth = OAuth::new(
            App::from(app),
            app.endpoints(),
            Arc::clone(&transport),
            Arc::clone(&self.clock),
        );
        let keeper = GrantKeeper::new(Arc::new(oauth), vault, Arc::clone(&self.store), NODE);
        let budget = Arc::new(AppBudget::new(app.limits.app_calls_per_minute));
        Ok(AppDesk {
            keeper,
            transport,
            budget,
        })
    }
}
