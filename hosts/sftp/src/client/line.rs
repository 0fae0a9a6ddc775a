//! A connection with a user who is signed in, and what is asked over it.

use russh::ChannelMsg;
use russh::client::Handle;
use russh_sftp::client::error::Error;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::{File, FileAttributes, StatusCode};

use super::answers::failed;
use super::dial::{Guard, dial};
use super::sign_in::{private_key, sign_in};
use crate::config::SftpServer;
use crate::error::{SftpError, SftpErrorKind};
use crate::name::shown;
use crate::remote::FarFile;

/// The version of the protocol that everybody speaks.
const VERSION: u32 = 3;
/// Answers without a new name after which a server is not asked for more.
const EMPTY_ANSWERS_MAX: usize = 16;

/// A connection with a user who is signed in.
pub(crate) struct Line {
    pub(super) raw: RawSftpSession,
    /// Whether the server can be asked to bring a file to its disk.
    pub(super) syncs: bool,
    handle: Handle<Guard>,
}

impl Line {
    /// Connects and signs in.
    pub(crate) async fn connect(server: &SftpServer) -> Result<Self, SftpError> {
        let unreachable =
            |what: String| SftpError::new(SftpErrorKind::Unreachable, server.shown(), what);
        let of = server.clone();
        let key = tokio::task::spawn_blocking(move || private_key(&of)).await;
        let key =
            key.map_err(|error| unreachable(format!("the key could not be opened: {error}")))?;
        let connected = async {
            // Without a pinned key nothing would be sent anyway, and what the server shows is more to the point.
            let mut handle = dial(server).await?;
            sign_in(&mut handle, server, key?).await?;
            Self::over(handle, server).await
        };
        let most = server.connect_timeout();
        tokio::time::timeout(most, connected)
            .await
            .unwrap_or_else(|_| {
                let what = format!(
                    "the server let {} seconds pass without letting us in",
                    most.as_secs()
                );
                Err(unreachable(what))
            })
    }

    async fn over(handle: Handle<Guard>, server: &SftpServer) -> Result<Self, SftpError> {
        let no_files = |what: String| {
            let what = format!(
                "the server lets the user in and serves no files by SFTP: {}",
                shown(&what)
            );
            SftpError::new(SftpErrorKind::Refused, server.shown(), what)
        };
        let channel = handle.channel_open_session().await;
        let mut channel = channel.map_err(|error| no_files(error.to_string()))?;
        let asked = channel.request_subsystem(true, "sftp").await;
        asked.map_err(|error| no_files(error.to_string()))?;
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => break,
                Some(ChannelMsg::WindowAdjusted { .. }) => {}
                Some(_) | None => return Err(no_files("it refused".to_owned())),
            }
        }
        let config = Config {
            request_timeout_secs: server.request_timeout_s,
            ..Config::default()
        };
        let raw = RawSftpSession::new_with_config(channel.into_stream(), config);
        let version = raw
            .init()
            .await
            .map_err(|error| failed(&server.shown(), error))?;
        if version.version != VERSION {
            return Err(no_files(format!("it speaks version {}", version.version)));
        }
        Ok(Self {
            raw,
            syncs: version.extensions.contains_key("fsync@openssh.com"),
            handle,
        })
    }

    /// Whether it looks alive; it may be lost all the same.
    pub(crate) fn stands(&self) -> bool {
        !self.handle.is_closed()
    }

    /// A path from the root, without detours.
    pub(crate) async fn real(&self, path: &str, place: &str) -> Result<String, SftpError> {
        let named = self.raw.realpath(path).await;
        let named = named.map_err(|error| failed(place, error))?;
        let found = named.files.into_iter().next().map(|file| file.filename);
        let is_path =
            |path: &String| path.starts_with('/') && !path.contains(char::REPLACEMENT_CHARACTER);
        found.filter(is_path).ok_or_else(|| {
            let what = "the server does not say where this is";
            SftpError::new(SftpErrorKind::Refused, place, what)
        })
    }

    /// The path of a folder that is there.
    pub(crate) async fn folder(&self, path: &str, place: &str) -> Result<String, SftpError> {
        let found = self.real(path, place).await?;
        let told = self.raw.stat(&found).await;
        let told = told.map_err(|error| failed(place, error))?;
        match told.attrs.permissions.is_none() || told.attrs.file_type().is_dir() {
            true => Ok(found),
            false => Err(SftpError::new(
                SftpErrorKind::NotFound,
                place,
                "this is no folder",
            )),
        }
    }

    /// What is in a folder, and of each whether it is a regular file.
    pub(crate) async fn list(
        &self,
        path: &str,
        place: &str,
        most: usize,
    ) -> Result<Vec<(FarFile, bool)>, SftpError> {
        let opened = self
            .raw
            .opendir(path)
            .await
            .map_err(|error| failed(place, error))?;
        let listed = self.entries(&opened.handle, place, most).await;
        // What was read is read, whatever becomes of the handle.
        let _ = self.raw.close(opened.handle).await;
        listed
    }

    async fn entries(
        &self,
        handle: &str,
        place: &str,
        most: usize,
    ) -> Result<Vec<(FarFile, bool)>, SftpError> {
        let mut entries = Vec::new();
        let mut empty = 0;
        loop {
            match self.raw.readdir(handle).await {
                Ok(some) if some.files.is_empty() => empty += 1,
                Ok(some) => entries.extend(some.files.into_iter().map(entry)),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => {
                    return Ok(entries);
                }
                Err(error) => return Err(failed(place, error)),
            }
            if entries.len() > most || empty > EMPTY_ANSWERS_MAX {
                let what = format!("there are more than {most} files, or the server finds no end");
                return Err(SftpError::new(SftpErrorKind::TooLarge, place, what));
            }
        }
    }

    /// What is at a path itself, a link not followed, and whether it is a regular file.
    pub(crate) async fn look(&self, path: &str, place: &str) -> Result<(FarFile, bool), SftpError> {
        let told = self
            .raw
            .lstat(path)
            .await
            .map_err(|error| failed(place, error))?;
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let is_file = told.attrs.permissions.is_none() || told.attrs.file_type().is_file();
        Ok((far(name, &told.attrs), is_file))
    }

    /// Whether anything at all is at a path, even a broken link.
    pub(crate) async fn is_there(&self, path: &str, place: &str) -> Result<bool, SftpError> {
        match self.look(path, place).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == SftpErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn make_folder(&self, path: &str, place: &str) -> Result<(), SftpError> {
        let made = self.raw.mkdir(path, FileAttributes::empty()).await;
        made.map(drop).map_err(|error| failed(place, error))
    }

    pub(crate) async fn rename(&self, from: &str, to: &str, place: &str) -> Result<(), SftpError> {
        let renamed = self.raw.rename(from, to).await;
        renamed.map(drop).map_err(|error| failed(place, error))
    }

    pub(crate) async fn remove(&self, path: &str, place: &str) -> Result<(), SftpError> {
        let removed = self.raw.remove(path).await;
        removed.map(drop).map_err(|error| failed(place, error))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // The session goes with its channel; a server that is told goodbye by silence closes it, too.
        let _ = self.raw.close_session();
    }
}

/// What is known of a file that may not be told apart yet.
pub(super) fn far(name: String, attributes: &FileAttributes) -> FarFile {
    FarFile {
        name,
        bytes: attributes.size.unwrap_or(0),
        modified_s: attributes.mtime.unwrap_or(0),
    }
}

/// Servers that tell no kind tell it in the line for people.
fn entry(file: File) -> (FarFile, bool) {
    let is_file = match file.attrs.permissions {
        Some(_) => file.attrs.file_type().is_file(),
        None => file.longname.starts_with('-'),
    };
    (far(file.filename, &file.attrs), is_file)
}
