//! How a command that finds the store held hands itself over, and shows what comes back.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::AsyncRead;
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, mpsc};

use super::place;
use super::wire::{self, Frame, Request};
use crate::config::Loaded;
use crate::exit::{Ended, Failure};
use crate::output::{PIECE_BYTES_MAX, Stream, Terminal};
use crate::person;

/// The process that has the store.
pub(crate) struct Holder {
    stream: UnixStream,
}

/// Output that waits for a slow terminal, such as a pager, in bytes: the process that has the store does not wait for it.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

impl Holder {
    /// Whoever takes commands beside a store.
    pub(crate) async fn of(store: &Path) -> Option<Self> {
        let stream = place::connect(store).await?;
        Some(Self { stream })
    }

    /// Hands this process's command line over and writes what comes back. Ends when the command does; Ctrl-C ends
    /// this process, and with it the command there.
    pub(crate) async fn run(mut self, loaded: &Loaded) -> Result<Ended, Failure> {
        let request = request(loaded, std::env::args_os().skip(1).collect())?;
        let asked = wire::ask(&mut self.stream, &request).await;
        asked.map_err(|error| {
            Failure::new(format!(
                "the process that has the store could not be asked: {error}"
            ))
        })?;
        // Half of the stream stays open: its end would tell the other side that nobody waits any more.
        let (mut from, _to) = self.stream.split();
        show(&mut from).await
    }
}

fn request(loaded: &Loaded, arguments: Vec<OsString>) -> Result<Request, Failure> {
    let arguments: Result<Vec<String>, OsString> =
        arguments.into_iter().map(OsString::into_string).collect();
    let arguments = arguments.map_err(|argument| {
        Failure::config(format!(
            "the argument {} is not UTF-8 text",
            argument.display()
        ))
    })?;
    let config = std::path::absolute(&loaded.file).unwrap_or_else(|_| PathBuf::from(&loaded.file));
    Ok(Request {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        arguments,
        folder: std::env::current_dir().unwrap_or_default(),
        config,
        fingerprint: loaded.fingerprint.clone(),
        user: person::name(),
        terminal: Terminal::here(),
    })
}

/// Writes what comes, and gives the exit code at its end.
async fn show(from: &mut (impl AsyncRead + Unpin)) -> Result<Ended, Failure> {
    let room = Arc::new(Semaphore::new(WAITING_BYTES_MAX));
    let (pieces, waiting) = mpsc::unbounded_channel();
    let freed = Arc::clone(&room);
    let writer = tokio::task::spawn_blocking(move || write(waiting, &freed));
    let ended = loop {
        match wire::answered(from).await {
            Ok(Frame::Piece(stream, piece)) => {
                let bytes = u32::try_from(piece.len().min(PIECE_BYTES_MAX)).unwrap_or(u32::MAX);
                // A semaphore that nobody closes gives what is asked, sooner or later.
                if let Ok(taken) = room.acquire_many(bytes).await {
                    taken.forget();
                }
                // The writer ends after this loop does.
                let _ = pieces.send((stream, piece));
            }
            Ok(Frame::End(code)) => break Ok(Ended(code)),
            Err(error) => break Err(cut_off(&error)),
        }
    };
    drop(pieces);
    if let Err(error) = writer.await {
        return Err(Failure::new(format!("the output broke: {error}")));
    }
    ended
}

/// Writes pieces in their order. Whoever closed the pipe has seen enough.
fn write(mut pieces: mpsc::UnboundedReceiver<(Stream, Vec<u8>)>, room: &Semaphore) {
    while let Some((stream, piece)) = pieces.blocking_recv() {
        let _ = match stream {
            Stream::Out => std::io::stdout().write_all(&piece),
            Stream::Err => std::io::stderr().write_all(&piece),
        };
        room.add_permits(piece.len());
    }
    let _ = std::io::stdout().flush();
}

fn cut_off(error: &std::io::Error) -> Failure {
    let message = match error.kind() {
        std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::ConnectionReset
        | std::io::ErrorKind::BrokenPipe => {
            "the process that has the store ended before the command did".to_owned()
        }
        _ => format!("the answer of the process that has the store cannot be read: {error}"),
    };
    Failure::new(message)
        .advise("What it had stored is stored. Run the command again: without that process it works by itself.")
}
