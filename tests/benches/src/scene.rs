//! Where a run plays: a folder with a configuration, a key and one file of invoices.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use serde::Deserialize;
use tempfile::TempDir;
use tieout_core::settings::Settings;
use tieout_core::vault::KeyRing;
use tieout_sandbox_xero::{WEB_CLIENT_ID, WEB_CLIENT_SECRET};

use crate::failure::Failure;
use crate::invoices::Invented;

/// The connection in the configuration.
pub const CONNECTION: &str = "books";
/// The host in the configuration.
pub const HOST: &str = "product";

const CONFIGURATION: &str = include_str!("tieout.toml");

/// A folder that is removed with this.
#[derive(Debug)]
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    /// Lays the folder out: the first `count` of the invoices wait in the outbox.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn lay(sandbox: &str, invoices: Invented, count: u64) -> Result<Self, Failure> {
        Self::lay_with(sandbox, |file| invoices.write_lines(count, file))
    }

    /// Lays the folder out with a file of invoices that somebody else writes.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn lay_with(
        sandbox: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("tieout-bench-").tempdir()?;
        let at = folder.path();
        fs::write(
            at.join("tieout.key"),
            KeyRing::generate()?.to_text().expose_secret(),
        )?;
        fs::write(at.join("xero.secret"), WEB_CLIENT_SECRET)?;
        fs::write(at.join("tieout.toml"), configuration(sandbox)?)?;
        let outbox = at.join(HOST).join("outbox");
        fs::create_dir_all(&outbox)?;
        let mut file = BufWriter::new(File::create(
            outbox.join("invoices-1-20261121T000000Z.jsonl"),
        )?);
        write(&mut file)?;
        file.flush()?;
        Ok(Self { folder })
    }

    /// The configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("tieout.toml")
    }

    /// The bytes of the store's folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn store_bytes(&self) -> Result<u64, Failure> {
        bytes_in(&self.folder.path().join("store"))
    }
}

/// The settings of the connection, as the program reads them.
///
/// # Errors
/// When the bench's own configuration is broken.
pub fn settings() -> Result<Settings, Failure> {
    #[derive(Deserialize)]
    struct Connection {
        settings: Settings,
    }
    #[derive(Deserialize)]
    struct Configuration {
        connections: BTreeMap<String, Connection>,
    }
    let mut read: Configuration = toml_edit::de::from_str(CONFIGURATION)?;
    let connection = read.connections.remove(CONNECTION);
    connection
        .map(|found| found.settings)
        .ok_or_else(|| Failure::new("the configuration has no connection"))
}

fn configuration(sandbox: &str) -> Result<String, Failure> {
    // The port is free now; the consent's listener takes it in a moment.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    Ok(CONFIGURATION
        .replace("@sandbox@", sandbox)
        .replace("@client_id@", WEB_CLIENT_ID)
        .replace("@port@", &port.to_string()))
}

fn bytes_in(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for item in fs::read_dir(folder)? {
        let item = item?;
        let about = item.metadata()?;
        bytes += if about.is_dir() {
            bytes_in(&item.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}
