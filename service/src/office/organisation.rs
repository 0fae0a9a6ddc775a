//! One organisation, ready for calls: its provider, and how it is reached.

use std::sync::Arc;

use tieout_adapter_files::{FilesConfig, FilesProvider};
use tieout_core::document::ConnectionId;
use tieout_core::driver::ConnectionSite;
use tieout_core::provider::AccountingProvider;
use tieout_core::settings::Settings;
use tieout_xero::auth::ConnectionRecord;
use tieout_xero::limit::Budget;

use super::Office;
use crate::config::{ConnectionConfig, Loaded, ProviderKind};
use crate::exit::Failure;

/// One organisation, ready for calls.
#[derive(Clone)]
pub(crate) struct Organisation {
    /// Its provider.
    pub(crate) provider: Arc<dyn AccountingProvider>,
    /// How it is reached.
    pub(crate) access: Access,
}

/// How an organisation is reached.
#[derive(Clone)]
pub(crate) enum Access {
    /// Somebody signed in at Xero: what was written down then, and the budget of calls.
    Xero(Box<ConnectionRecord>, Budget),
    /// Nobody signs in: what tells the books from all others, such as their folder.
    Named(String),
}

impl Organisation {
    /// The connection that the driver works on.
    pub(crate) fn site(&self, name: ConnectionId, settings: Settings) -> Arc<ConnectionSite> {
        Arc::new(ConnectionSite::new(
            name,
            Arc::clone(&self.provider),
            settings,
        ))
    }

    /// What was written down when somebody signed in.
    pub(crate) fn record(&self) -> Option<&ConnectionRecord> {
        match &self.access {
            Access::Xero(record, _) => Some(record),
            Access::Named(_) => None,
        }
    }

    /// Its budget of calls, if it has one.
    pub(crate) fn budget(&self) -> Option<&Budget> {
        match &self.access {
            Access::Xero(_, budget) => Some(budget),
            Access::Named(_) => None,
        }
    }

    /// What tells it from every other organisation, and how people call it.
    pub(crate) fn identity(&self) -> (String, String) {
        match &self.access {
            Access::Xero(record, _) => (record.tenant_id.to_string(), record.tenant_name.clone()),
            Access::Named(name) => (name.clone(), name.clone()),
        }
    }
}

impl Office {
    /// The organisation of a connection; `None` if nobody has connected it yet.
    pub(super) async fn organisation(
        &mut self,
        loaded: &Loaded,
        name: &ConnectionId,
        connection: &ConnectionConfig,
    ) -> Result<Option<Organisation>, Failure> {
        match connection.provider {
            ProviderKind::Xero => {
                let apps = &mut self.apps;
                apps.organisation(&loaded.config, name, connection).await
            }
            ProviderKind::Files => {
                let folder = connection
                    .folder(&loaded.file)
                    .ok_or_else(|| Failure::config("the connection names no folder of books"))?;
                let access = Access::Named(folder.display().to_string());
                let config = FilesConfig { folder };
                let provider = FilesProvider::open(&config, Arc::clone(&self.clock));
                Ok(Some(Organisation {
                    provider: Arc::new(provider),
                    access,
                }))
            }
        }
    }
}
