//! How whole files cross: many pieces in the air at once, and none of them believed without a look at the length.

use std::path::Path;

use futures_util::StreamExt;
use futures_util::stream::{FuturesOrdered, FuturesUnordered};
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::answers::failed;
use super::line::{Line, far};
use crate::error::{SftpError, SftpErrorKind};
use crate::remote::FarFile;
use crate::source::Source;

/// Bytes of one piece: what every server takes.
const PIECE_BYTES: u32 = 32 * 1024;
/// Pieces in the air.
const PIECES: usize = 16;

impl Line {
    /// Writes a whole file; what was at the path goes.
    pub(crate) async fn write(
        &self,
        path: &str,
        place: &str,
        content: Source<'_>,
    ) -> Result<(), SftpError> {
        let mut from = content.open().await.map_err(|error| local(place, &error))?;
        match self.remove(path, place).await {
            Err(error) if error.kind() != SftpErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // Nobody's link is followed: the file is a new one.
        let flags = OpenFlags::CREATE | OpenFlags::EXCLUDE | OpenFlags::WRITE;
        let opened = self.raw.open(path, flags, FileAttributes::empty()).await;
        let handle = opened.map_err(|error| failed(place, error))?.handle;
        let sent = self.send(&handle, place, from.as_mut()).await;
        let synced = match (&sent, self.syncs) {
            (Ok(_), true) => self.raw.fsync(handle.as_str()).await.map(drop),
            (Ok(_), false) | (Err(_), _) => Ok(()),
        };
        // A quota may show only here.
        let closed = self.raw.close(handle).await.map(drop);
        let bytes = sent?;
        synced.and(closed).map_err(|error| failed(place, error))?;
        let (there, _) = self.look(path, place).await?;
        match there.bytes == bytes {
            true => Ok(()),
            false => {
                let what = format!(
                    "{bytes} bytes were written and {} are there: is the server's disk full?",
                    there.bytes
                );
                Err(SftpError::new(SftpErrorKind::Refused, place, what))
            }
        }
    }

    async fn send(
        &self,
        handle: &str,
        place: &str,
        from: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<u64, SftpError> {
        let mut offset = 0_u64;
        let mut pieces = FuturesUnordered::new();
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES as usize);
            let read = from
                .take(u64::from(PIECE_BYTES))
                .read_to_end(&mut piece)
                .await;
            let read = read.map_err(|error| local(place, &error))? as u64;
            if read == 0 {
                break;
            }
            pieces.push(self.raw.write(handle, offset, piece));
            offset += read;
            if pieces.len() >= PIECES
                && let Some(Err(error)) = pieces.next().await
            {
                return Err(failed(place, error));
            }
        }
        while let Some(written) = pieces.next().await {
            written.map_err(|error| failed(place, error))?;
        }
        Ok(offset)
    }

    /// Copies a file that is as it was when it was listed.
    pub(crate) async fn fetch(
        &self,
        path: &str,
        place: &str,
        file: &FarFile,
        to: &Path,
    ) -> Result<(), SftpError> {
        let changed = |what: &str| SftpError::new(SftpErrorKind::Changed, place, what);
        let opened = self
            .raw
            .open(path, OpenFlags::READ, FileAttributes::empty())
            .await;
        let handle = opened.map_err(|error| failed(place, error))?.handle;
        let copied = async {
            self.is_still(&handle, place, file).await?;
            let mut to = File::create(to)
                .await
                .map_err(|error| local(place, &error))?;
            self.receive(&handle, place, file.bytes, &mut to).await?;
            // Whoever is still writing has written more by now, or does so later and is seen by the next look.
            match self.raw.read(handle.as_str(), file.bytes, 1).await {
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => {}
                Ok(_) => return Err(changed("the file grew while it was read")),
                Err(error) => return Err(failed(place, error)),
            }
            self.is_still(&handle, place, file).await?;
            to.sync_all().await.map_err(|error| local(place, &error))
        };
        let copied = copied.await;
        // What was read is read, whatever becomes of the handle.
        let _ = self.raw.close(handle).await;
        copied
    }

    async fn is_still(&self, handle: &str, place: &str, file: &FarFile) -> Result<(), SftpError> {
        let told = self
            .raw
            .fstat(handle)
            .await
            .map_err(|error| failed(place, error))?;
        let now = far(file.name.clone(), &told.attrs);
        match now == *file {
            true => Ok(()),
            false => {
                let what = format!(
                    "the file had {} bytes and has {}: somebody writes it",
                    file.bytes, now.bytes
                );
                Err(SftpError::new(SftpErrorKind::Changed, place, what))
            }
        }
    }

    async fn receive(
        &self,
        handle: &str,
        place: &str,
        bytes: u64,
        to: &mut File,
    ) -> Result<(), SftpError> {
        let mut pieces = FuturesOrdered::new();
        let mut asked = 0;
        loop {
            while asked < bytes && pieces.len() < PIECES {
                let step = u64::from(PIECE_BYTES).min(bytes - asked);
                pieces.push_back(self.piece(handle, place, asked, step));
                asked += step;
            }
            let Some(piece) = pieces.next().await else {
                break;
            };
            to.write_all(&piece?)
                .await
                .map_err(|error| local(place, &error))?;
        }
        to.flush().await.map_err(|error| local(place, &error))
    }

    /// A whole piece; a server may answer with less than it was asked for.
    async fn piece(
        &self,
        handle: &str,
        place: &str,
        offset: u64,
        bytes: u64,
    ) -> Result<Vec<u8>, SftpError> {
        let mut piece: Vec<u8> = Vec::new();
        loop {
            let had = piece.len() as u64;
            let wanted = u32::try_from(bytes - had).expect("a piece is smaller than 4 GiB");
            if wanted == 0 {
                return Ok(piece);
            }
            match self.raw.read(handle, offset + had, wanted).await {
                Ok(data)
                    if !data.data.is_empty() && data.data.len() as u64 <= u64::from(wanted) =>
                {
                    piece.extend_from_slice(&data.data);
                }
                Ok(_) => {
                    let what = "the server answers with another length than it was asked for";
                    return Err(SftpError::new(SftpErrorKind::Refused, place, what));
                }
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => {
                    return Err(SftpError::new(
                        SftpErrorKind::Changed,
                        place,
                        "the file became shorter while it was read",
                    ));
                }
                Err(error) => return Err(failed(place, error)),
            }
        }
    }
}

fn local(place: &str, error: &std::io::Error) -> SftpError {
    let what = format!("the copy on this machine: {error}");
    SftpError::new(SftpErrorKind::Local, place, what)
}
