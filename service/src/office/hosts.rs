//! How hosts are opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use tieout_core::document::HostId;
use tieout_core::driver::HostSite;
use tieout_core::host::{Host, HostError, HostErrorKind};
use tieout_host_contract::{FolderHost, HttpHost};
use tieout_xero::http::{HttpConfig, ReqwestTransport};

use crate::config::{HostConfig, Loaded, resolve};
use crate::exit::{Failure, chain};

/// Opens every host of the configuration. A host that cannot be opened ends the command, naming its
/// place in the file.
pub(super) async fn open(loaded: &Loaded) -> Result<BTreeMap<HostId, Arc<HostSite>>, Failure> {
    let mut hosts = BTreeMap::new();
    for (name, config) in &loaded.config.hosts {
        let host = open_one(loaded, config).await.map_err(|error| {
            let place = format!("hosts.{name}");
            Failure::config(loaded.mistake(&place, chain(&error)).to_string())
        })?;
        hosts.insert(name.clone(), Arc::new(HostSite::new(name.clone(), host)));
    }
    Ok(hosts)
}

async fn open_one(loaded: &Loaded, config: &HostConfig) -> Result<Arc<dyn Host>, HostError> {
    match config {
        HostConfig::Folder(folder) => {
            let mut folder = folder.clone();
            folder.path = resolve(&loaded.file, &folder.path);
            Ok(Arc::new(FolderHost::open(folder).await?))
        }
        HostConfig::Http(http) => {
            let transport = ReqwestTransport::new(&HttpConfig::default()).map_err(|error| {
                HostError::new(HostErrorKind::Misconfigured, "open host", error.to_string())
            })?;
            Ok(Arc::new(HttpHost::open(http.clone(), Arc::new(transport))?))
        }
    }
}
