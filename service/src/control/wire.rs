//! What travels between a command and the process that runs it: frames of a bounded size, each with its kind.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::output::{PIECE_BYTES_MAX, Stream, Terminal};

/// What a command hands over. Nothing of its environment is in it but the name of its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// The program that asks: another version may have other commands.
    pub(super) version: String,
    /// Its command line, without the program.
    pub(super) arguments: Vec<String>,
    /// Where it was called: relative paths count from there.
    pub(super) folder: PathBuf,
    /// Its configuration file.
    pub(super) config: PathBuf,
    /// What that file says: see [`crate::config::Loaded::fingerprint`].
    pub(super) fingerprint: String,
    /// Who asks, for the journal.
    pub(super) user: String,
    /// What its words are written to.
    pub(super) terminal: Terminal,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Something to write.
    Piece(Stream, Vec<u8>),
    /// The command ended with this exit code.
    End(u8),
}

/// The longest request, in bytes: a command line of the system may be longer, one of a person is not.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// How long the other side may take for one frame.
pub(super) const FRAME_WITHIN: Duration = Duration::from_secs(10);

const KIND_OUT: u8 = 1;
const KIND_ERR: u8 = 2;
const KIND_END: u8 = 3;

/// Sends a request.
pub(super) async fn ask(to: &mut (impl AsyncWrite + Unpin), request: &Request) -> io::Result<()> {
    let body = serde_json::to_vec(request)?;
    if body.len() > REQUEST_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("the command line is longer than {REQUEST_BYTES_MAX} bytes"),
        ));
    }
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(body);
    in_time(FRAME_WITHIN, to.write_all(&bytes)).await
}

/// Receives a request.
pub(super) async fn asked(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Request> {
    in_time(FRAME_WITHIN, async {
        let length = from.read_u32().await?;
        let body = body(from, length, REQUEST_BYTES_MAX).await?;
        Ok(serde_json::from_slice(&body)?)
    })
    .await
}

/// Sends one frame to a reader who takes it within this time.
pub(super) async fn answer(
    to: &mut (impl AsyncWrite + Unpin),
    frame: &Frame,
    within: Duration,
) -> io::Result<()> {
    let (kind, body): (u8, &[u8]) = match frame {
        Frame::Piece(Stream::Out, piece) => (KIND_OUT, piece),
        Frame::Piece(Stream::Err, piece) => (KIND_ERR, piece),
        Frame::End(code) => (KIND_END, std::slice::from_ref(code)),
    };
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    let mut bytes = vec![kind];
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    in_time(within, to.write_all(&bytes)).await
}

/// Receives one frame, however long that takes. An end of the stream is an error: the last frame says so itself.
pub(super) async fn answered(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
    let kind = from.read_u8().await?;
    let length = from.read_u32().await?;
    let body = body(from, length, PIECE_BYTES_MAX).await?;
    match (kind, body.as_slice()) {
        (KIND_OUT, _) => Ok(Frame::Piece(Stream::Out, body)),
        (KIND_ERR, _) => Ok(Frame::Piece(Stream::Err, body)),
        (KIND_END, [code]) => Ok(Frame::End(*code)),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of the unknown kind {kind}"),
        )),
    }
}

async fn body(
    from: &mut (impl AsyncRead + Unpin),
    length: u32,
    bytes_max: usize,
) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    if length > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {length} bytes, where {bytes_max} are allowed"),
        ));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok(body)
}

async fn in_time<T>(within: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(within, work).await {
        Ok(done) => done,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(arguments: Vec<String>) -> Request {
        Request {
            version: "1".to_owned(),
            arguments,
            folder: PathBuf::from("/srv/ann"),
            config: PathBuf::from("/etc/tieout.toml"),
            fingerprint: "f".to_owned(),
            user: "ann".to_owned(),
            terminal: Terminal::default(),
        }
    }

    #[tokio::test]
    async fn what_is_sent_arrives() {
        let (mut here, mut there) = tokio::io::duplex(1 << 20);
        let sent = request(vec!["explain".to_owned(), "INV-ü".to_owned()]);
        ask(&mut here, &sent).await.unwrap();
        assert_eq!(asked(&mut there).await.unwrap(), sent);
        for frame in [
            Frame::Piece(Stream::Out, vec![7; PIECE_BYTES_MAX]),
            Frame::Piece(Stream::Err, Vec::new()),
            Frame::End(3),
        ] {
            answer(&mut there, &frame, FRAME_WITHIN).await.unwrap();
            assert_eq!(answered(&mut here).await.unwrap(), frame);
        }
    }

    #[tokio::test]
    async fn frames_that_are_too_large_broken_or_unknown_are_refused_before_memory_is_taken() {
        for (bytes, kind) in [
            (
                [1, 0xff, 0xff, 0xff, 0xff].as_slice(),
                io::ErrorKind::InvalidData,
            ),
            (&[9, 0, 0, 0, 0], io::ErrorKind::InvalidData),
            (&[3, 0, 0, 0, 2, 1, 1], io::ErrorKind::InvalidData),
            (&[1, 0, 0, 0, 2, 1], io::ErrorKind::UnexpectedEof),
        ] {
            let mut from = bytes;
            assert_eq!(
                answered(&mut from).await.unwrap_err().kind(),
                kind,
                "{bytes:?}"
            );
        }
        let mut from = [0xff, 0xff, 0xff, 0xff].as_slice();
        assert_eq!(
            asked(&mut from).await.unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        let long = request(vec!["x".repeat(REQUEST_BYTES_MAX)]);
        let refused = ask(&mut Vec::new(), &long).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
    }

    #[tokio::test]
    async fn a_reader_who_takes_nothing_is_not_waited_for() {
        let (mut here, _there) = tokio::io::duplex(16);
        let frame = Frame::Piece(Stream::Out, vec![7; 100]);
        let late = answer(&mut here, &frame, Duration::from_millis(5))
            .await
            .unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }
}
