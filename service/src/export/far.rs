//! A folder on a server as a place for files.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tieout_sftp::{Renamed, Sftp, SftpServer, Source};

use super::outlet::OutletError;
use super::place::Place;

/// Where this process is at work. Others have another store, and so other unnamed files: they are not in each other's way.
static BUSY: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A folder on a server.
pub(super) struct FarPlace {
    sftp: Sftp,
    _turn: Turn,
}

impl FarPlace {
    pub(super) async fn open(server: SftpServer, folder: &str) -> Result<Self, OutletError> {
        let sftp = Sftp::open(server, folder).await?;
        let turn = Turn::take(sftp.place())?;
        Ok(Self { sftp, _turn: turn })
    }
}

#[async_trait]
impl Place for FarPlace {
    fn remembered_as(&self) -> String {
        self.sftp.place()
    }

    async fn names(&self) -> Result<Vec<String>, OutletError> {
        let listing = self.sftp.list("").await?;
        Ok(listing.files.into_iter().map(|file| file.name).collect())
    }

    async fn has(&self, name: &str) -> Result<bool, OutletError> {
        Ok(self.sftp.is_there(name).await?)
    }

    async fn write(&self, name: &str, content: &[u8]) -> Result<(), OutletError> {
        Ok(self.sftp.write(name, Source::Bytes(content)).await?)
    }

    async fn rename(&self, from: &str, to: &str) -> Result<Renamed, OutletError> {
        Ok(self.sftp.rename(from, to).await?)
    }

    async fn remove(&self, name: &str) -> Result<(), OutletError> {
        Ok(self.sftp.remove(name).await?)
    }

    async fn settle(&self) -> Result<(), OutletError> {
        // Each file was brought to the disk where the server can; of names the protocol says nothing.
        Ok(())
    }
}

/// The right to work at a place until it is dropped.
struct Turn(String);

impl Turn {
    fn take(place: String) -> Result<Self, OutletError> {
        let mut busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        match busy.insert(place.clone()) {
            true => Ok(Self(place)),
            false => Err(OutletError::Busy),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.0);
    }
}
