//! How the engine reaches a folder on a server: what is there is fetched, and what is written here is sent.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tieout_core::document::{Attachment, DocumentKey};
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, WriteBackRefusal,
};
use tieout_sftp::{Sftp, SftpErrorKind, SftpServer};
use tokio::sync::{Mutex, OnceCell};

use super::config::SftpHostConfig;
use super::error::{disk, failed};
use super::fetch::{self, Looked, OUTBOX, TAKING, Watch};
use super::land::Land;
use super::send::{self, LEAVING, ROOMS};
use crate::capability::SFTP;
use crate::fetched::{FILE_BYTES_MAX, checked};
use crate::folder::is_inside;
use crate::host::FolderHost;

/// How long a look waits for files that are too young to be taken, once nothing else is there.
const RIPENING_MAX: Duration = Duration::from_secs(10);

/// A host that exchanges files in a folder on a server.
///
/// One process with one store works on a folder there. Connections are made when there is something to do.
pub struct SftpHost {
    config: SftpHostConfig,
    server: SftpServer,
    land: Land,
    here: FolderHost,
    sftp: OnceCell<Sftp>,
    /// Held while files cross: a half step of one call is no business of another.
    watch: Mutex<Watch>,
}

impl SftpHost {
    /// Opens the folder of this machine, and makes it where it is missing. The server is asked only when there is something
    /// to do, so that a server that is down ends nothing.
    ///
    /// Fails as `Misconfigured`, naming the key or the path, when the settings make no sense or the folder cannot be written.
    pub async fn open(
        config: SftpHostConfig,
        server: SftpServer,
        local: PathBuf,
    ) -> Result<Self, HostError> {
        if let Some(problem) = config.problems().into_iter().next() {
            return Err(HostError::new(
                HostErrorKind::Misconfigured,
                "open folder",
                problem.to_string(),
            ));
        }
        tokio::fs::create_dir_all(&local)
            .await
            .map_err(disk("open folder", &local))?;
        let land = Land::at(local.clone());
        land.prepare().await?;
        let here = FolderHost::open(config.folder(local)).await?;
        send::forget_sent(&land).await?;
        Ok(Self {
            config,
            server,
            land,
            here,
            sftp: OnceCell::new(),
            watch: Mutex::default(),
        })
    }

    /// The folder at the server, with everything in it that we need.
    async fn sftp(&self) -> Result<&Sftp, HostError> {
        let opened = self.sftp.get_or_try_init(async || {
            let sftp = Sftp::open(self.server.clone(), &self.config.path).await?;
            for folder in [OUTBOX, ".tieout", TAKING, LEAVING]
                .into_iter()
                .chain(ROOMS)
            {
                sftp.make_folder(folder).await?;
            }
            Ok(sftp)
        });
        opened.await.map_err(failed("open folder"))
    }

    /// Sends what is to be sent, and fetches what is new; waits for young files once there is nothing else.
    async fn cross(&self, watch: &mut Watch) -> Result<Looked, HostError> {
        let looked = self.exchange(watch).await?;
        match looked.ripens_in {
            Some(left) if looked.landed == 0 && left <= RIPENING_MAX => {
                tokio::time::sleep(left).await;
                self.exchange(watch).await
            }
            Some(_) | None => Ok(looked),
        }
    }

    async fn exchange(&self, watch: &mut Watch) -> Result<Looked, HostError> {
        let sftp = self.sftp().await?;
        send::send(sftp, &self.land).await?;
        fetch::fetch(sftp, &self.land, watch, self.config.stable()).await
    }
}

#[async_trait]
impl Host for SftpHost {
    fn capability(&self) -> &HostCapability {
        &SFTP
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let mut watch = self.watch.lock().await;
        // What is here already is told without the server.
        let mut page = self.here.changes(after, limit).await?;
        if page.more {
            return Ok(page);
        }
        if !page.records.is_empty() {
            // Whoever reads to the end has read what came meanwhile, too.
            match self.exchange(&mut watch).await {
                Ok(looked) => {
                    let ripens = looked.ripens_in.is_some_and(|left| left <= RIPENING_MAX);
                    page.more = looked.landed > 0 || ripens;
                }
                Err(error) => {
                    tracing::warn!(%error, "whether there is more is seen by the next look");
                }
            }
            return Ok(page);
        }
        let reached = page.position.as_deref().or(after);
        match self.cross(&mut watch).await?.landed {
            0 => Ok(page),
            _ => self.here.changes(reached, limit).await,
        }
    }

    async fn acknowledge(&self, position: &str) -> Result<(), HostError> {
        let _watch = self.watch.lock().await;
        self.here.acknowledge(position).await?;
        let sent = async { send::send(self.sftp().await?, &self.land).await };
        if let Err(error) = sent.await {
            // It is put aside here, which is what was asked; the next look sends it.
            tracing::warn!(%error, "what was read is not put aside at the server yet");
        }
        Ok(())
    }

    async fn batch(&self, position: &str) -> Result<Option<String>, HostError> {
        self.here.batch(position).await
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let _watch = self.watch.lock().await;
        let delivered = self.here.deliver(delivery).await?;
        // It is told when the product can see it; a repeat writes nothing new here and sends what is left.
        send::send(self.sftp().await?, &self.land).await?;
        Ok(delivered)
    }

    async fn probe(&self) -> Result<(), HostError> {
        let sftp = self.sftp().await?;
        sftp.list(OUTBOX)
            .await
            .map(drop)
            .map_err(failed("read outbox"))
    }

    async fn attachment(&self, _: &DocumentKey, file: &Attachment) -> Result<Bytes, HostError> {
        let bad =
            |message: String| HostError::new(HostErrorKind::BadData, "read attachment", message);
        is_inside(&file.url).map_err(bad)?;
        let _watch = self.watch.lock().await;
        let read = failed("read attachment");
        let sftp = self.sftp().await?;
        if !sftp.is_direct(&file.url).await.map_err(&read)? {
            return Err(bad(format!(
                "`{}` is not there, or is a link or lies behind one",
                file.url
            )));
        }
        let found = match sftp.look(&file.url).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(bad(format!("there is no file `{}`", file.url))),
            Err(error) if error.kind() == SftpErrorKind::Refused => {
                return Err(bad(error.to_string()));
            }
            Err(error) => return Err(read(error)),
        };
        if found.bytes > FILE_BYTES_MAX {
            return Err(bad(format!(
                "`{}` has more than {FILE_BYTES_MAX} bytes",
                file.url
            )));
        }
        let to = self.land.scratch().join("attachment");
        sftp.fetch(&file.url, &found, &to).await.map_err(&read)?;
        let content = tokio::fs::read(&to)
            .await
            .map_err(disk("read attachment", &to))?;
        checked(file, Bytes::from(content))
    }
}
