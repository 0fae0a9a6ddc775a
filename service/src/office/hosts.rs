//! How hosts are opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use tieout_core::clock::SystemClock;
use tieout_core::document::HostId;
use tieout_core::driver::HostSite;
use tieout_core::host::{Host, HostError, Notebook};
use tieout_core::store::Store;
use tieout_core::transport::Transport;
use tieout_host_contract::{FolderHost, HttpHost};
use tieout_xero::http::{HttpConfig, ReqwestTransport};

use crate::config::{HostConfig, Loaded, resolve};
use crate::exit::{Failure, chain};

/// What a host is opened with besides its configuration.
struct Means {
    /// What it must remember.
    #[expect(dead_code, reason = "the hosts that keep notes come next")]
    notebook: Notebook,
    /// How it is reached.
    transport: Arc<dyn Transport>,
}

/// Opens every host of the configuration. A host that cannot be opened ends the command, naming its
/// place in the file.
pub(super) async fn open(
    loaded: &Loaded,
    store: &Arc<dyn Store>,
) -> Result<BTreeMap<HostId, Arc<HostSite>>, Failure> {
    let transport = ReqwestTransport::new(&HttpConfig::default())
        .map_err(|error| Failure::new(format!("HTTPS cannot be used: {error}")))?;
    let mut hosts = BTreeMap::new();
    for (name, config) in &loaded.config.hosts {
        let means = Means {
            notebook: Notebook::new(Arc::clone(store), name.clone()),
            transport: Arc::new(transport.clone()),
        };
        let host = open_one(loaded, config, means).await.map_err(|error| {
            let place = format!("hosts.{name}");
            Failure::config(loaded.mistake(&place, chain(&error)).to_string())
        })?;
        hosts.insert(name.clone(), Arc::new(HostSite::new(name.clone(), host)));
    }
    Ok(hosts)
}

async fn open_one(
    loaded: &Loaded,
    config: &HostConfig,
    means: Means,
) -> Result<Arc<dyn Host>, HostError> {
    match config {
        HostConfig::Folder(folder) => {
            let mut folder = folder.clone();
            folder.path = resolve(&loaded.file, &folder.path);
            Ok(Arc::new(FolderHost::open(folder).await?))
        }
        HostConfig::Http(http) => {
            let clock = Arc::new(SystemClock);
            let host = HttpHost::open((**http).clone(), means.transport, clock)?;
            Ok(Arc::new(host))
        }
    }
}
