//! Where files are written: a folder of this machine, or one on a server, and how one of them is named.

use std::path::Path;

use async_trait::async_trait;
use tieout_sftp::{Address, Renamed};

use super::far::FarPlace;
use super::folder::Folder;
use super::outlet::OutletError;
use crate::config::ServerConfig;
use crate::exit::Failure;
use crate::office::Office;

/// Where files are written. One process of one store has it at a time.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// What is remembered of it is found by this.
    fn remembered_as(&self) -> String;

    /// The names of all files.
    async fn names(&self) -> Result<Vec<String>, OutletError>;

    /// Whether anything has a name.
    async fn has(&self, name: &str) -> Result<bool, OutletError>;

    /// Writes a whole file under a name that nobody else uses; a repeat writes it anew.
    async fn write(&self, name: &str, content: &[u8]) -> Result<(), OutletError>;

    /// Gives a file another name that no file has. It tells, and never guesses, what came of it.
    async fn rename(&self, from: &str, to: &str) -> Result<Renamed, OutletError>;

    /// Removes a file that may be gone.
    async fn remove(&self, name: &str) -> Result<(), OutletError>;

    /// Makes what was done last through a power cut, as far as the place can.
    async fn settle(&self) -> Result<(), OutletError>;
}

/// Takes a place for this process by what the operator called it.
pub(crate) async fn open(office: &Office, to: &Path) -> Result<Box<dyn Place>, Failure> {
    let text = to.to_string_lossy();
    if Address::is_meant(&text) {
        return on_a_server(office, &text).await;
    }
    let folder = std::fs::canonicalize(to).map_err(|error| {
        Failure::config(format!("{}: {error}", to.display()))
            .advise("Name a folder that is there: none is made.")
    })?;
    let shown = folder.display().to_string();
    match Folder::take(folder) {
        Ok(folder) => Ok(Box::new(folder)),
        Err(error) => Err(error.failure(&shown)),
    }
}

async fn on_a_server(office: &Office, text: &str) -> Result<Box<dyn Place>, Failure> {
    let address: Address = text
        .parse()
        .map_err(|error| Failure::config(format!("{text}: {error}")))?;
    let servers = office.loaded.config.servers.values();
    let mut known = servers.filter_map(|server| match server {
        ServerConfig::Sftp(server) => address.is_at(server).then_some(server),
    });
    let Some(server) = known.next() else {
        return Err(
            Failure::config(format!("{text}: the configuration knows no such server")).advise(
                "Describe it under `[servers.NAME.sftp]` with `host`, `port` and `user` as in the address, and with `host_key` and \
                 `private_key` or `password`.",
            ),
        );
    };
    if known.next().is_some() {
        return Err(Failure::config(format!(
            "{text}: the configuration knows several users there"
        ))
        .advise("Name one: sftp://USER@HOST/FOLDER."));
    }
    match FarPlace::open(server.as_ref().clone(), &address.path).await {
        Ok(place) => Ok(Box::new(place)),
        Err(error) => Err(error.failure(text)),
    }
}
