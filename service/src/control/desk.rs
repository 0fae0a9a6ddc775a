//! How the process that has the store takes commands of others: who may ask, and how each is run, answered and ended.

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::place::{self, Bound};
use super::shop::Shop;
use super::wire::{self, FRAME_WITHIN, Frame, Request};
use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::output::{self, Sink, Stream};

/// Takes commands until it is closed.
pub(crate) struct Desk {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

/// Commands at once; a further one is turned away.
const COMMANDS_MAX: usize = 8;
/// Pieces of output that wait for a reader, each of at most [`output::PIECE_BYTES_MAX`].
const PIECES_MAX: usize = 64;
/// How long commands under way may go on when the process ends.
const END_WITHIN: Duration = Duration::from_secs(5);

impl Desk {
    /// Starts to listen beside the store. Where that cannot be, the work goes on without and the log says why.
    pub(crate) fn open(shop: Arc<Shop>) -> Option<Self> {
        let bound = match place::bind(&shop.store_folder()) {
            Ok(bound) => bound,
            Err(error) => {
                tracing::warn!(%error, "no other command can work while this one runs: its socket cannot be made");
                return None;
            }
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(listen(bound, shop, stop.clone()));
        Some(Self { task, stop })
    }

    /// Takes no more commands, and waits a moment for those under way.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the desk for commands broke");
        }
    }
}

async fn listen(bound: Bound, shop: Arc<Shop>, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(COMMANDS_MAX));
    let mut commands = JoinSet::new();
    loop {
        let arrived = tokio::select! {
            arrived = bound.listener.accept() => arrived,
            () = stop.cancelled() => break,
        };
        let stream = match arrived {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a command could not be taken");
                // Such as too many open files: at once it would be the same again.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        while commands.try_join_next().is_some() {}
        let slot = Arc::clone(&slots).try_acquire_owned().ok();
        let (shop, uid) = (Arc::clone(&shop), bound.uid);
        commands.spawn(async move {
            let refusal = refusal(&stream, uid).or_else(|| slot.is_none().then(busy));
            serve_one(stream, &shop, refusal).await;
            drop(slot);
        });
    }
    // Nobody can ask any more; whoever has asked is answered, but not for ever.
    drop(bound);
    let all = async { while commands.join_next().await.is_some() {} };
    if tokio::time::timeout(END_WITHIN, all).await.is_err() {
        tracing::warn!("a command was cut off at the end");
    }
}

/// Why somebody may not ask, if so: the documents name people, and a command can change what is sent.
fn refusal(stream: &UnixStream, owner: u32) -> Option<Failure> {
    const ROOT: u32 = 0;
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == owner || peer.uid() == ROOT => None,
        Ok(peer) => {
            tracing::warn!(
                uid = peer.uid(),
                "a command of another user was turned away"
            );
            Some(
                Failure::new("the process that has the store takes no commands of this user")
                    .advise("Run it as the user who runs that process, or as root."),
            )
        }
        Err(error) => Some(Failure::new(format!("nobody knows who asks: {error}"))),
    }
}

fn busy() -> Failure {
    Failure::new(format!(
        "the process that has the store is at {COMMANDS_MAX} commands already"
    ))
    .advise("Try again in a moment.")
}

/// Runs one command, unless there is a reason not to, and sends what it says.
async fn serve_one(stream: UnixStream, shop: &Shop, refusal: Option<Failure>) {
    let (mut from, to) = stream.into_split();
    let (pieces, waiting) = mpsc::channel(PIECES_MAX);
    let sender = tokio::spawn(send(waiting, to));
    let request = match wire::asked(&mut from).await {
        Ok(request) => request,
        Err(error) => {
            tracing::warn!(%error, "what was asked could not be read");
            return;
        }
    };
    let sink = Sink {
        terminal: request.terminal,
        config: output::config_among(request.arguments.iter().cloned()),
        pieces,
    };
    let json = request
        .arguments
        .iter()
        .any(|argument| argument == "--json");
    let work = sink.scope(async {
        let ended = match refusal {
            Some(refusal) => Err(refusal),
            None => obey(shop, &request).await,
        };
        ended.unwrap_or_else(|failure| {
            failure.print(json);
            failure.exit
        })
    });
    let gone = sender.abort_handle();
    let exit = tokio::select! {
        exit = work => exit,
        // Whoever asked has gone, such as by Ctrl-C: a command ends where it waits, and what it stored is stored.
        () = hang_up(&mut from) => {
            tracing::info!("a command ended because whoever asked went away");
            gone.abort();
            return;
        }
    };
    // The sender ends when the last piece is sent: the sink went with the command.
    if let Ok(Some(to)) = sender.await {
        finish(to, exit).await;
    }
}

/// Ends when the other side closes the stream, or says more than was asked.
async fn hang_up(from: &mut OwnedReadHalf) {
    let _ = from.read_u8().await;
}

/// Sends pieces in their order; gives the stream back unless it broke.
async fn send(
    mut pieces: mpsc::Receiver<(Stream, Vec<u8>)>,
    mut to: OwnedWriteHalf,
) -> Option<OwnedWriteHalf> {
    while let Some((stream, piece)) = pieces.recv().await {
        let frame = Frame::Piece(stream, piece);
        if let Err(error) = wire::answer(&mut to, &frame, FRAME_WITHIN).await {
            tracing::info!(%error, "whoever asked does not read what a command says");
            return None;
        }
    }
    Some(to)
}

async fn finish(mut to: OwnedWriteHalf, exit: Exit) {
    if let Err(error) = wire::answer(&mut to, &Frame::End(exit as u8), FRAME_WITHIN).await {
        tracing::info!(%error, "whoever asked went away before the end");
    }
}

/// Does what another process asked for.
async fn obey(shop: &Shop, request: &Request) -> Result<Exit, Failure> {
    if request.version != env!("CARGO_PKG_VERSION") {
        return Err(Failure::new(format!(
            "the process that has the store is tieout {}, and this is {}",
            env!("CARGO_PKG_VERSION"),
            request.version
        ))
        .advise("Restart it with the new program."));
    }
    let words = std::iter::once("tieout").chain(request.arguments.iter().map(String::as_str));
    let cli = Cli::try_parse_from(words).map_err(|error| Failure::config(error.to_string()))?;
    let cli = cli.in_folder(&request.folder);
    let by = output::short(&request.user);
    if request.fingerprint != shop.fingerprint() {
        output::notice(
            cli.json,
            &format!(
                "{} says something else than what the process that has the store began with: that process does not \
                 follow it until it takes it on (a page, a SIGHUP, or a new start)",
                request.config.display()
            ),
        );
    }
    shop.obey(&cli, &request.config, by).await
}
