//! What can be done at a server, and what is done when the connection is lost amid it.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::client::Line;
use crate::config::SftpServer;
use crate::error::{SftpError, SftpErrorKind};
use crate::name::{is_plain, shown};
use crate::source::Source;

/// Entries of one folder that are looked at.
const ENTRIES_MAX: usize = 100_000;
/// How often something is tried anew over a new connection.
const CONNECTIONS_MAX: usize = 3;

/// A folder on a server.
///
/// It connects when there is something to do, and anew when the connection was lost. What changes something is never
/// repeated blindly: after a lost reply it is looked at first. Names and paths are relative to the folder.
pub struct Sftp {
    server: SftpServer,
    /// The folder, from the root.
    folder: String,
    line: Mutex<Option<Arc<Line>>>,
}

/// A file at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// When it was changed, in seconds since 1970 by the server's clock; 0 if the server does not say.
    pub modified_s: u32,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The regular files; links and folders are left out.
    pub files: Vec<FarFile>,
    /// Names that were not believed, made harmless: see [`is_plain`].
    pub refused: Vec<String>,
}

/// What became of a renaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// The file has its new name.
    Done,
    /// Another file has that name; both are as they were.
    Taken,
    /// There is no file of the old name.
    Gone,
}

/// Does what may be done twice, over a new connection where the old one was lost.
macro_rules! again {
    ($sftp:ident, $line:ident => $work:expr) => {{
        let mut connections = 0;
        loop {
            let $line = $sftp.line().await?;
            let done = $work.await;
            connections += 1;
            if !$sftp.is_lost(&$line, &done).await || connections == CONNECTIONS_MAX {
                break done;
            }
        }
    }};
}

impl Sftp {
    /// Connects, signs in, and finds the folder, which must be there.
    ///
    /// Fails as `Misconfigured` without a pinned key or a way in, as `HostKey` or `SignIn` before anything else is sent.
    pub async fn open(server: SftpServer, folder: &str) -> Result<Self, SftpError> {
        let line = Arc::new(Line::connect(&server).await?);
        let place = format!("{}/{}", server.shown(), folder.trim_start_matches('/'));
        let found = line.folder(folder, &place).await?;
        Ok(Self {
            server,
            folder: found,
            line: Mutex::new(Some(line)),
        })
    }

    /// The folder from the root, without detours.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The place, whoever signs in: what is remembered of it is found by this.
    #[must_use]
    pub fn place(&self) -> String {
        self.server.place(&self.folder)
    }

    /// A path as it is shown to people.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        format!("{}{}", self.server.shown(), shown(&self.path(path)))
    }

    /// The regular files of a sub-folder, or of the folder itself for an empty path. Fails as `TooLarge` beyond 100,000.
    pub async fn list(&self, path: &str) -> Result<Listing, SftpError> {
        let (full, place) = self.full(path);
        let entries = again!(self, line => line.list(&full, &place, ENTRIES_MAX))?;
        let mut listing = Listing::default();
        for (file, is_file) in entries {
            match is_plain(&file.name) {
                true if is_file => listing.files.push(file),
                true => {}
                false if matches!(file.name.as_str(), "." | "..") => {}
                false => listing.refused.push(shown(&file.name)),
            }
        }
        Ok(listing)
    }

    /// The regular file at a path; `None` when there is nothing. Fails as `Refused` for anything else, a link for instance.
    pub async fn look(&self, path: &str) -> Result<Option<FarFile>, SftpError> {
        let (full, place) = self.full(path);
        let found = again!(self, line => line.look(&full, &place));
        match found {
            Ok((file, true)) => Ok(Some(file)),
            Ok((_, false)) => Err(SftpError::new(
                SftpErrorKind::Refused,
                place,
                "it is no regular file",
            )),
            Err(error) if error.kind() == SftpErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether anything at all has a name, even a broken link.
    pub async fn is_there(&self, path: &str) -> Result<bool, SftpError> {
        let (full, place) = self.full(path);
        again!(self, line => line.is_there(&full, &place))
    }

    /// Whether a path leads to what is at it without a link on the way; not when nothing is there.
    pub async fn is_direct(&self, path: &str) -> Result<bool, SftpError> {
        let (full, place) = self.full(path);
        let found = again!(self, line => line.real(&full, &place));
        match found {
            Ok(real) => Ok(real == full),
            Err(error) if error.kind() == SftpErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a sub-folder; a repeat changes nothing.
    pub async fn make_folder(&self, path: &str) -> Result<(), SftpError> {
        let (full, place) = self.full(path);
        let found = again!(self, line => line.folder(&full, &place));
        match found {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == SftpErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let made = again!(self, line => line.make_folder(&full, &place));
        match made {
            // After a lost answer it may be there.
            Err(error) if error.kind() == SftpErrorKind::Refused => {
                again!(self, line => line.folder(&full, &place)).map_err(|_| error)?;
                Ok(())
            }
            decided => decided,
        }
    }

    /// Writes a whole file at a path that nobody else uses; what is there goes. When it returns, the file has its length
    /// there and, where the server can, is on its disk. A repeat writes it anew; after an error there may be a part of it.
    pub async fn write(&self, path: &str, content: Source<'_>) -> Result<(), SftpError> {
        let (full, place) = self.full(path);
        again!(self, line => line.write(&full, &place, content))
    }

    /// Copies a file that was listed or looked at to a new file of this machine, on its disk when it returns. Fails as
    /// `Changed` when it is not what it was: `modified_s` and length are compared, and nothing may follow its end.
    pub async fn fetch(&self, path: &str, file: &FarFile, to: &Path) -> Result<(), SftpError> {
        let (full, place) = self.full(path);
        again!(self, line => line.fetch(&full, &place, file, to))
    }

    /// Gives a file a name that no file has. After a lost reply it is looked at what came of it: a file that is gone from
    /// its old name has the new one, or had it.
    pub async fn rename(&self, from: &str, to: &str) -> Result<Renamed, SftpError> {
        let (from, place) = self.full(from);
        let (to, to_place) = self.full(to);
        let mut was_asked = false;
        let mut connections = 0;
        loop {
            let line = self.line().await?;
            // Some servers put one file in place of another.
            let attempt = async {
                if !line.is_there(&from, &place).await? {
                    return Ok(if was_asked {
                        Renamed::Done
                    } else {
                        Renamed::Gone
                    });
                }
                if line.is_there(&to, &to_place).await? {
                    return Ok(Renamed::Taken);
                }
                was_asked = true;
                match line.rename(&from, &to, &to_place).await {
                    Ok(()) => Ok(Renamed::Done),
                    Err(error) if error.kind() == SftpErrorKind::Lost => Err(error),
                    Err(error) => match (
                        line.is_there(&from, &place).await?,
                        line.is_there(&to, &to_place).await?,
                    ) {
                        (true, true) => Ok(Renamed::Taken),
                        (false, true) => Ok(Renamed::Done),
                        (_, false) => Err(error),
                    },
                }
            };
            let outcome = attempt.await;
            connections += 1;
            if !self.is_lost(&line, &outcome).await || connections == CONNECTIONS_MAX {
                return outcome;
            }
        }
    }

    /// Removes a file that may be gone already.
    pub async fn remove(&self, path: &str) -> Result<(), SftpError> {
        let (full, place) = self.full(path);
        let removed = again!(self, line => line.remove(&full, &place));
        match removed {
            Err(error) if error.kind() == SftpErrorKind::NotFound => Ok(()),
            decided => decided,
        }
    }

    async fn line(&self) -> Result<Arc<Line>, SftpError> {
        let mut line = self.line.lock().await;
        if let Some(line) = line.as_ref().filter(|line| line.stands()) {
            return Ok(Arc::clone(line));
        }
        let new = Arc::new(Line::connect(&self.server).await?);
        *line = Some(Arc::clone(&new));
        Ok(new)
    }

    /// Whether the connection was lost; then it is not used any more.
    async fn is_lost<T>(&self, over: &Arc<Line>, done: &Result<T, SftpError>) -> bool {
        let Err(error) = done else { return false };
        if error.kind() != SftpErrorKind::Lost {
            return false;
        }
        tracing::debug!(%error, "the connection to a server was lost");
        let mut line = self.line.lock().await;
        if line.as_ref().is_some_and(|line| Arc::ptr_eq(line, over)) {
            *line = None;
        }
        true
    }

    fn full(&self, path: &str) -> (String, String) {
        (self.path(path), self.shown(path))
    }

    fn path(&self, path: &str) -> String {
        let folder = self.folder.trim_end_matches('/');
        match path {
            "" if folder.is_empty() => "/".to_owned(),
            "" => folder.to_owned(),
            path => format!("{folder}/{path}"),
        }
    }
}
