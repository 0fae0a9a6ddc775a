//! How hosts are opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tieout_core::clock::{Clock, SystemClock};
use tieout_core::document::HostId;
use tieout_core::driver::HostSite;
use tieout_core::host::{Host, HostError, HostErrorKind, Notebook};
use tieout_core::spans::Spanned;
use tieout_core::store::{MemoryStore, Store};
use tieout_core::transport::Transport;
use tieout_host_contract::{FolderConfig, FolderHost, HttpHost, SftpHost, SftpHostConfig, SqlHost};
use tieout_host_freshsales::FreshsalesHost;
use tieout_host_iinsight::{IinsightConfig, IinsightHost, IinsightWriteBacks};
use tieout_host_insightly::InsightlyHost;
use tieout_host_kornit_x::KornitXHost;
use tieout_xero::http::{HttpConfig, ReqwestTransport};

use super::store_folder;
use crate::config::{HostConfig, Loaded, ServerConfig, resolve};
use crate::exit::{Failure, chain};

/// What a host is opened with besides its configuration.
struct Means {
    /// What it must remember.
    notebook: Notebook,
    /// How it is reached.
    transport: Arc<dyn Transport>,
    /// The present.
    clock: Arc<dyn Clock>,
}

/// Opens every host of the configuration that is not switched off. A host that cannot be opened ends the command, naming its
/// place in the file.
pub(super) async fn open(
    loaded: &Loaded,
    store: &Arc<dyn Store>,
) -> Result<BTreeMap<HostId, Arc<HostSite>>, Failure> {
    let transport = ReqwestTransport::new(&HttpConfig::default())
        .map_err(|error| Failure::new(format!("HTTPS cannot be used: {error}")))?;
    let mut hosts = BTreeMap::new();
    let off = &loaded.config.off.hosts;
    let on = loaded.config.hosts.iter();
    for (name, config) in on.filter(|(name, _)| !off.contains(*name)) {
        let means = Means {
            notebook: Notebook::new(Arc::clone(store), name.clone()),
            transport: Arc::new(Spanned::new(transport.clone())),
            clock: Arc::new(SystemClock),
        };
        let host = open_one(loaded, name, config, means)
            .await
            .map_err(|error| {
                let place = format!("hosts.{name}");
                Failure::config(loaded.mistake(&place, chain(&error)).to_string())
            })?;
        let (_, poll_s) = config.poll();
        let site =
            HostSite::new(name.clone(), host).looked_at_every(poll_s.map(Duration::from_secs));
        hosts.insert(name.clone(), Arc::new(site));
    }
    Ok(hosts)
}

async fn open_one(
    loaded: &Loaded,
    name: &HostId,
    config: &HostConfig,
    means: Means,
) -> Result<Arc<dyn Host>, HostError> {
    match config {
        HostConfig::Folder(folder) => {
            let mut folder = folder.clone();
            folder.path = resolve(&loaded.file, &folder.path);
            Ok(Arc::new(FolderHost::open(folder).await?))
        }
        HostConfig::Sftp(sftp) => {
            let Some(ServerConfig::Sftp(server)) = loaded.config.servers.get(&sftp.server) else {
                let what = format!("`server`: there is no server `{}`", sftp.server);
                return Err(HostError::new(
                    HostErrorKind::Misconfigured,
                    "open folder",
                    what,
                ));
            };
            let local = sftp_folder(loaded, name, sftp);
            let host = SftpHost::open((**sftp).clone(), (**server).clone(), local).await?;
            Ok(Arc::new(host))
        }
        HostConfig::Http(http) => {
            let host = HttpHost::open((**http).clone(), means.transport, means.clock)?;
            Ok(Arc::new(host))
        }
        HostConfig::Iinsight(iinsight) => iinsight_host(loaded, iinsight, means).await,
        HostConfig::KornitX(config) => {
            let config = config.as_ref().clone();
            let host = KornitXHost::open(config, means.notebook, means.transport, means.clock)?;
            Ok(Arc::new(host))
        }
        HostConfig::Sql(sql) => {
            let mut sql = sql.clone();
            sql.ca = sql.ca.map(|file| resolve(&loaded.file, &file));
            Ok(Arc::new(SqlHost::open(sql)?))
        }
        HostConfig::Freshsales(crm) => {
            let Means {
                transport,
                clock,
                notebook,
            } = means;
            let host = FreshsalesHost::open(crm.clone(), transport, clock, notebook)?;
            Ok(Arc::new(host))
        }
        HostConfig::Insightly(crm) => {
            let host = InsightlyHost::open(crm.clone(), means.transport, means.clock)?;
            Ok(Arc::new(host))
        }
    }
}

/// A host to be looked at without a trace: one that keeps notes keeps them in memory, and is asked as if it were new.
pub(super) async fn without_notes(
    loaded: &Loaded,
    site: &HostSite,
) -> Result<Arc<dyn Host>, HostError> {
    let config = match loaded.config.hosts.get(&site.id) {
        Some(HostConfig::Iinsight(iinsight)) => {
            let mut iinsight = iinsight.clone();
            // Its folder is open already, and nothing is told.
            iinsight.write_backs = IinsightWriteBacks::None;
            HostConfig::Iinsight(iinsight)
        }
        Some(kornit @ HostConfig::KornitX(_)) => kornit.clone(),
        Some(
            HostConfig::Folder(_)
            | HostConfig::Http(_)
            | HostConfig::Sql(_)
            | HostConfig::Freshsales(_)
            | HostConfig::Insightly(_)
            | HostConfig::Sftp(_),
        )
        | None => return Ok(Arc::clone(&site.host)),
    };
    let transport = ReqwestTransport::new(&HttpConfig::default()).map_err(|error| {
        HostError::new(
            HostErrorKind::Unavailable,
            "open host",
            "HTTPS cannot be used",
        )
        .caused_by(error)
    })?;
    let means = Means {
        notebook: Notebook::new(Arc::new(MemoryStore::new()), site.id.clone()),
        transport: Arc::new(transport),
        clock: Arc::new(SystemClock),
    };
    open_one(loaded, &site.id, &config, means).await
}

/// The folder of this machine for a host whose folder is on a server.
pub(crate) fn sftp_folder(loaded: &Loaded, name: &HostId, config: &SftpHostConfig) -> PathBuf {
    if let Some(local) = &config.local {
        return resolve(&loaded.file, local);
    }
    let mut beside = store_folder(loaded).into_os_string();
    beside.push("-sftp");
    PathBuf::from(beside).join(name.as_str())
}

async fn iinsight_host(
    loaded: &Loaded,
    config: &IinsightConfig,
    means: Means,
) -> Result<Arc<dyn Host>, HostError> {
    let folder: Option<Arc<dyn Host>> = match &config.write_backs {
        IinsightWriteBacks::None | IinsightWriteBacks::CreatePayment => None,
        IinsightWriteBacks::Folder(path) => {
            let path = resolve(&loaded.file, path);
            Some(Arc::new(FolderHost::open(FolderConfig::at(path)).await?))
        }
    };
    let means = tieout_host_iinsight::Means {
        transport: means.transport,
        notebook: means.notebook,
        clock: means.clock,
        folder,
    };
    Ok(Arc::new(IinsightHost::open(config.clone(), means)?))
}
