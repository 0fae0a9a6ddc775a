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
use super::wire::{self, FRAME_WITHIN, Frame, Request};
use crate::cli::{Cli, Command, RecordCommand};
use crate::command;
use crate::config::{Secrets, load};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff, store_folder};
use crate::output::{self, Sink, Stream};

/// What the process that has the store is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It keeps both sides in agreement until it is stopped.
    Serving,
    /// It goes once through everything.
    Once,
    /// It does what a plan says, and nothing else.
    Plan,
}

/// Takes commands until it is closed.
pub(crate) struct Desk {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

/// What running a command takes.
struct Shop {
    office: Office,
    staff: Arc<Staff>,
    role: Role,
}

/// Commands at once; a further one is turned away.
const COMMANDS_MAX: usize = 8;
/// Pieces of output that wait for a reader, each of at most [`output::PIECE_BYTES_MAX`].
const PIECES_MAX: usize = 64;
/// How long commands under way may go on when the process ends.
const END_WITHIN: Duration = Duration::from_secs(5);

impl Desk {
    /// Starts to listen beside the store. Where that cannot be, the work goes on without and the log says why.
    pub(crate) fn open(office: &Office, staff: &Arc<Staff>, role: Role) -> Option<Self> {
        let bound = match place::bind(&store_folder(&office.loaded)) {
            Ok(bound) => bound,
            Err(error) => {
                tracing::warn!(%error, "no other command can work while this one runs: its socket cannot be made");
                return None;
            }
        };
        let shop = Arc::new(Shop {
            office: office.lend(staff, office.by.clone()),
            staff: Arc::clone(staff),
            role,
        });
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

/// Does what was asked, on the store, the apps and the organisations of this process.
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
    let mut office = shop.office.lend(&shop.staff, output::short(&request.user));
    if request.fingerprint != office.loaded.fingerprint {
        output::notice(
            cli.json,
            &format!(
                "{} says something else than what the process that has the store began with: that process does not \
                 follow it until it is started anew",
                request.config.display()
            ),
        );
    }
    if shop.role == Role::Plan && asks_for_work(&cli.command) {
        return Err(beside_a_plan());
    }
    match &cli.command {
        // The file as it is now is what is checked, by the organisations as they are open.
        Command::Check(_) => office.loaded = load(Some(&request.config), Secrets::Spared)?,
        Command::Sync(args) if args.plan.is_some() => return Err(not_just_a_plan(shop)),
        Command::Sync(args) if args.once => return wake(shop, &cli).await,
        Command::Retry(_) | Command::Adopt(_) | Command::Detach(_) | Command::Skip(_) => {
            let exit = command::on_office(&cli, &mut office).await?;
            shop.staff.world.work_now();
            return Ok(exit);
        }
        Command::Record(RecordCommand::Draft(_)) => {
            let exit = command::on_office(&cli, &mut office).await?;
            shop.staff.world.work_now();
            return Ok(exit);
        }
        Command::Init(_)
        | Command::Connect(_)
        | Command::Disconnect(_)
        | Command::Record(_)
        | Command::Person(_)
        | Command::Key(_)
        | Command::Plan(_)
        | Command::Sync(_)
        | Command::Serve(_)
        | Command::Status
        | Command::Findings(_)
        | Command::Explain(_)
        | Command::Replay(_)
        | Command::Report(_)
        | Command::Undo(_)
        | Command::Usage(_)
        | Command::Export(_)
        | Command::Backfill(_)
        | Command::Certificate(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::VerifyStore
        | Command::Demo(_)
        | Command::Conform(_)
        | Command::Sandbox(_)
        | Command::Schema(_) => {}
    }
    command::on_office(&cli, &mut office).await
}

/// A plan is executed by whoever sends nothing else.
fn not_just_a_plan(shop: &Shop) -> Failure {
    let pid = std::process::id();
    match shop.role {
        Role::Serving => Failure::new(format!(
            "`tieout serve` is at work (pid {pid}) and sends everything as it comes: just a plan cannot be done beside it"
        ))
        .advise("Stop it, execute the plan, and start it again when everything else may go too."),
        Role::Once => Failure::new(format!("`tieout sync` is at work (pid {pid})"))
            .advise("Wait until it ends, and make a new plan: it sends everything."),
        Role::Plan => Failure::new(format!("`tieout sync --plan` is at work (pid {pid})"))
            .advise("Wait until it ends."),
    }
}

/// Whether a command changes what is to be sent, or has something sent: whoever executes a plan does neither.
fn asks_for_work(command: &Command) -> bool {
    match command {
        Command::Retry(_) | Command::Adopt(_) | Command::Detach(_) | Command::Skip(_) => true,
        Command::Undo(args) => args.apply || args.cancel,
        Command::Record(command) => matches!(command, RecordCommand::Draft(_)),
        Command::Sync(args) => args.plan.is_none(),
        Command::Backfill(args) => args.action.is_some(),
        Command::Init(_)
        | Command::Connect(_)
        | Command::Disconnect(_)
        | Command::Person(_)
        | Command::Key(_)
        | Command::Check(_)
        | Command::Plan(_)
        | Command::Serve(_)
        | Command::Status
        | Command::Findings(_)
        | Command::Explain(_)
        | Command::Replay(_)
        | Command::Report(_)
        | Command::Usage(_)
        | Command::Export(_)
        | Command::Certificate(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::VerifyStore
        | Command::Demo(_)
        | Command::Conform(_)
        | Command::Sandbox(_)
        | Command::Schema(_) => false,
    }
}

fn beside_a_plan() -> Failure {
    Failure::new(format!(
        "`tieout sync --plan` is at work (pid {}): it does what its plan says, and nothing else",
        std::process::id()
    ))
    .advise("Wait until it ends, or stop it: the same plan goes on later. Then give this command again.")
}

/// `sync --once` beside a process that syncs: that one does it, now.
async fn wake(shop: &Shop, cli: &Cli) -> Result<Exit, Failure> {
    let pid = std::process::id();
    match shop.role {
        Role::Once => Err(Failure::new(format!(
            "`tieout sync --once` is at work already (pid {pid})"
        ))
        .advise("Wait until it ends.")),
        Role::Plan => Err(beside_a_plan()),
        Role::Serving => {
            shop.staff.world.look_now();
            if cli.json {
                let run = command::latest_run(shop.office.store.as_ref()).await?;
                let run = run.map(|run| run.id);
                output::json(&serde_json::json!({ "woken": true, "pid": pid, "run": run }));
            } else {
                output::say!(
                    "The running process (pid {pid}) sends and collects already; it looks at every host and every \
                     organisation now. `tieout status` tells what came of it."
                );
            }
            Ok(Exit::Done)
        }
    }
}
