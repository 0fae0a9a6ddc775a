//! Where the connections and the hosts of a configuration stand, from the store alone and without a look at a document.

use chrono::{DateTime, Utc};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{HostCursor, ProviderCursor};
use tieout_xero::auth::ConnectionRecord;
use url::Url;

use super::PendingGrant;
use crate::command::{GrantStanding, look_at_grant};
use crate::config::HostConfig;
use crate::exit::Failure;
use crate::office::Office;

/// Where a connection stands.
pub(crate) struct KnownConnection {
    /// Its name.
    pub(crate) name: ConnectionId,
    /// How its books are called, where nobody signs in.
    pub(crate) books: Option<String>,
    /// What was written down when it was connected.
    pub(crate) record: Option<ConnectionRecord>,
    /// How its access stands, if it is connected.
    pub(crate) grant: Option<GrantStanding>,
    /// Everything that changed at the provider before this moment is known.
    pub(crate) complete_as_of: Option<DateTime<Utc>>,
    /// Whether it is switched off.
    pub(crate) is_off: bool,
    /// Since when a consent waits for the choice of an organisation.
    pub(crate) consented_at: Option<DateTime<Utc>>,
    /// The sandbox that it is connected to in place of Xero.
    pub(crate) sandbox: Option<Url>,
    /// The client id of its app.
    pub(crate) client_id: Option<String>,
}

/// Where a host stands.
pub(crate) struct KnownHost {
    /// Its name.
    pub(crate) name: HostId,
    /// What it is.
    pub(crate) kind: &'static str,
    /// Everything that it told before this moment is stored.
    pub(crate) complete_as_of: Option<DateTime<Utc>>,
    /// Whether it is switched off.
    pub(crate) is_off: bool,
}

/// Every connection of the configuration, by name.
pub(crate) async fn known_connections(
    office: &mut Office,
) -> Result<Vec<KnownConnection>, Failure> {
    let names: Vec<ConnectionId> = office.loaded.config.connections.keys().cloned().collect();
    let mut known = Vec::with_capacity(names.len());
    for name in names {
        known.extend(known_connection(office, &name).await?);
    }
    Ok(known)
}

/// One connection; `None` where the configuration has none of the name.
pub(crate) async fn known_connection(
    office: &mut Office,
    name: &ConnectionId,
) -> Result<Option<KnownConnection>, Failure> {
    let Some(connection) = office.loaded.config.connections.get(name).cloned() else {
        return Ok(None);
    };
    let record = office.apps.connections.read(name).await?;
    let grant = match &record {
        Some(record) => Some(look_at_grant(office, name, &connection, record).await?),
        None => None,
    };
    let store = office.store.as_ref();
    let pending = PendingGrant::read(store, name).await?;
    let config = &office.loaded.config;
    let app = config.app(&connection);
    Ok(Some(KnownConnection {
        complete_as_of: ProviderCursor::read(store, name).await?.complete_as_of,
        is_off: config.off.connections.contains(name),
        consented_at: pending.map(|pending| pending.at),
        sandbox: app.and_then(|app| app.sandbox.clone()),
        client_id: app.map(|app| app.client_id.clone()),
        name: name.clone(),
        books: connection.named_books(),
        record,
        grant,
    }))
}

/// Every host of the configuration, by name.
pub(crate) async fn known_hosts(office: &Office) -> Result<Vec<KnownHost>, Failure> {
    let config = &office.loaded.config;
    let mut known = Vec::with_capacity(config.hosts.len());
    for (name, host) in &config.hosts {
        let cursor = HostCursor::read(office.store.as_ref(), name).await?;
        known.push(KnownHost {
            name: name.clone(),
            kind: kind(host),
            complete_as_of: cursor.complete_as_of,
            is_off: config.off.hosts.contains(name),
        });
    }
    Ok(known)
}

fn kind(host: &HostConfig) -> &'static str {
    match host {
        HostConfig::Folder(_) => "a folder of files",
        HostConfig::Sftp(_) => "a folder of files on a server",
        HostConfig::Http(_) => "the contract over HTTP",
        HostConfig::Freshsales(_) => "Freshsales",
        HostConfig::Insightly(_) => "Insightly",
        HostConfig::Iinsight(_) => "iinsight",
        HostConfig::KornitX(_) => "Kornit X",
        HostConfig::Sql(_) => "views of a database",
    }
}
