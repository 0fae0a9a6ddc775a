//! The demo's scene: a folder with a configuration, two hosts and their files.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use tieout_core::vault::KeyRing;
use tieout_host_contract::fixtures::{CASE_MANAGER, Fixture, IINSIGHT};
use tieout_sandbox_xero::{AUSTRALIA, BRITAIN, NEW_ZEALAND, WEB_CLIENT_ID, WEB_CLIENT_SECRET};
use uuid::Uuid;

use crate::exit::Failure;
use crate::private::{self, Readers};

/// A connection of the demo.
pub(super) struct Connection {
    /// Its name in the configuration.
    pub(super) name: &'static str,
    /// The organisation that the consent is for.
    pub(super) tenant: Uuid,
}

/// The connections, in the order in which they are allowed.
pub(super) const CONNECTIONS: &[Connection] = &[
    Connection {
        name: "wattle-au",
        tenant: AUSTRALIA,
    },
    Connection {
        name: "kowhai-nz",
        tenant: NEW_ZEALAND,
    },
    Connection {
        name: "harrow-uk",
        tenant: BRITAIN,
    },
];

/// The demo's folder and files.
pub(super) struct Scene {
    /// Everything is in here.
    pub(super) folder: PathBuf,
    /// The configuration.
    pub(super) config: PathBuf,
}

impl Scene {
    /// Lays the scene out in an empty or new folder.
    pub(super) fn set(folder: Option<&Path>, base_url: &str) -> Result<Self, Failure> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => std::env::temp_dir().join(format!("tieout-demo-{}", Uuid::now_v7().simple())),
        };
        let occupied = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        if occupied {
            return Err(
                Failure::config(format!("{} is not empty", folder.display()))
                    .advise("Name another folder; nothing was touched."),
            );
        }
        let ring = KeyRing::generate().map_err(|error| Failure::of(&error))?;
        let config = folder.join("tieout.toml");
        let lay = || -> std::io::Result<()> {
            private::make_folder(&folder)?;
            let key = folder.join("tieout.key");
            private::write_new(&key, ring.to_text().expose_secret(), Readers::Owner)?;
            let secret = folder.join("xero.secret");
            private::write_new(&secret, WEB_CLIENT_SECRET, Readers::Owner)?;
            drop_files(&folder.join("case-manager"), CASE_MANAGER)?;
            drop_files(&folder.join("iinsight"), IINSIGHT)?;
            std::fs::write(&config, configuration(base_url)?)
        };
        lay().map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        Ok(Self { folder, config })
    }
}

fn drop_files(host: &Path, files: &[Fixture]) -> std::io::Result<()> {
    let outbox = host.join("outbox");
    std::fs::create_dir_all(&outbox)?;
    files
        .iter()
        .try_for_each(|file| std::fs::write(outbox.join(file.name), file.content))
}

fn configuration(base_url: &str) -> std::io::Result<String> {
    // The port is free now; the consent listener takes it in a moment.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    let text = include_str!("tieout.toml");
    Ok(text
        .replace("@sandbox@", base_url)
        .replace("@client_id@", WEB_CLIENT_ID)
        .replace("@port@", &port.to_string()))
}
