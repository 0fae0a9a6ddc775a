//! Where the words of a command go that another process handed over: to that process, as it wants them.

use anstream::adapter::strip_str;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Which of its two streams a process is to write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What the other process writes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terminal {
    /// The columns of its terminal; none in a pipe.
    pub(crate) width: Option<u16>,
    /// Whether its standard output takes colours.
    pub(crate) colours_out: bool,
    /// Whether its standard error takes colours.
    pub(crate) colours_err: bool,
}

impl Terminal {
    /// What this process writes to.
    pub(crate) fn here() -> Self {
        let takes = |choice| choice != anstream::ColorChoice::Never;
        Self {
            width: comfy_table::Table::new().width(),
            colours_out: takes(anstream::AutoStream::choice(&std::io::stdout())),
            colours_err: takes(anstream::AutoStream::choice(&std::io::stderr())),
        }
    }
}

/// Takes the words of one command.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    /// What the reader writes to.
    pub(crate) terminal: Terminal,
    /// The configuration file that its command line names, if it names one.
    pub(crate) config: Option<String>,
    /// Pieces on their way, no longer than [`PIECE_BYTES_MAX`].
    pub(crate) pieces: mpsc::Sender<(Stream, Vec<u8>)>,
}

/// The longest piece of output, in bytes.
pub(crate) const PIECE_BYTES_MAX: usize = 64 * 1024;

tokio::task_local! {
    static SINK: Sink;
}

impl Sink {
    /// Runs a command whose words all go here. What it spawns speaks for this process and not for the command.
    pub(crate) async fn scope<T>(self, command: impl Future<Output = T>) -> T {
        SINK.scope(self, command).await
    }

    /// Waits for a slow reader without holding up what else runs on this thread. Whoever went away hears nothing.
    fn take(&self, stream: Stream, text: &str) {
        let is_coloured = match stream {
            Stream::Out => self.terminal.colours_out,
            Stream::Err => self.terminal.colours_err,
        };
        let text = if is_coloured {
            text.to_owned()
        } else {
            strip_str(text).to_string()
        };
        for piece in text.as_bytes().chunks(PIECE_BYTES_MAX) {
            let piece = (stream, piece.to_vec());
            if let Err(mpsc::error::TrySendError::Full(piece)) = self.pieces.try_send(piece) {
                let sent = tokio::task::block_in_place(|| self.pieces.blocking_send(piece));
                if sent.is_err() {
                    return;
                }
            }
        }
    }
}

/// Gives a text to whoever handed the command over; says whether there is one.
pub(super) fn divert(stream: Stream, text: &str) -> bool {
    let diverted = SINK.try_with(|sink| sink.take(stream, text));
    diverted.is_ok()
}

/// What the other process writes to, if the command was handed over.
pub(super) fn terminal() -> Option<Terminal> {
    SINK.try_with(|sink| sink.terminal).ok()
}

/// The configuration file that the command line of the other process names, if the command was handed over.
pub(super) fn config() -> Option<Option<String>> {
    SINK.try_with(|sink| sink.config.clone()).ok()
}
