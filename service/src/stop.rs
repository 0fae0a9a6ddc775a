//! How the program is asked to stop: the first signal finishes what is under way, the second ends it at once.

use std::io::IsTerminal;

use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::output::{self, complain};

/// What the program is doing when it is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// It sends and collects documents.
    Books,
    /// It is a stand-in that keeps everything in memory alone.
    Sandbox,
    /// It tries write-backs on somebody's product.
    Trial,
    /// It tries the procedures of somebody's database, and rolls each back.
    Database,
}

impl Work {
    /// Said at the first signal: what is waited for.
    fn waits_for(self) -> &'static str {
        match self {
            Self::Books => {
                "stopping: waiting for the replies to requests under way; Ctrl-C again ends at once"
            }
            Self::Sandbox => {
                "stopping: waiting for the requests under way; Ctrl-C again ends at once"
            }
            Self::Trial => "stopping: the test payments are taken back; Ctrl-C again ends at once",
            Self::Database => "stopping: what was called is rolled back; Ctrl-C again ends at once",
        }
    }

    /// Said at the second signal: what becomes of what was under way.
    fn at_once(self) -> &'static str {
        match self {
            Self::Books => {
                "ended at once; nothing is lost: every request under way is stored, and the next run finds out what became of it"
            }
            Self::Sandbox => "ended at once; what the sandbox held was in memory and is gone",
            Self::Trial => {
                "ended at once; payments whose identifiers begin with `tieout-conform-` may be left in the product"
            }
            Self::Database => "ended at once; the database rolls back what was called",
        }
    }
}

/// Watches for SIGINT and SIGTERM from now to the end of the process, and gives what the first of them cancels.
///
/// The second ends the process with 130, whatever it waits for. That is as safe as a power cut: a flight is
/// stored before its first byte leaves. Call it once a process: two watchers would speak twice.
pub(crate) fn on_signals(work: Work, json: bool) -> CancellationToken {
    let token = CancellationToken::new();
    match Signals::listen() {
        Ok(signals) => {
            tokio::spawn(watch(signals, work, json, token.clone()));
        }
        // The system's own way then stays: the first signal ends the process.
        Err(error) => tracing::warn!(%error, "signals cannot be watched"),
    }
    token
}

async fn watch(mut signals: Signals, work: Work, json: bool, token: CancellationToken) {
    signals.next().await;
    tell(json, work.waits_for());
    token.cancel();
    signals.next().await;
    tell(json, work.at_once());
    std::process::exit(Exit::Stopped as i32);
}

fn tell(json: bool, words: &str) {
    if json {
        output::notice(json, words);
    } else if std::io::stderr().is_terminal() {
        // The terminal shows `^C` behind what stands there, such as the progress.
        complain(format_args!("\n{words}"));
    } else {
        complain(format_args!("{words}"));
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Takes the signals over at once, not first when somebody waits for them.
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The signal by which a system says that a configuration was changed: SIGHUP.
pub(crate) struct Changes(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Changes {
    /// Takes the signal over; without that it would end the process.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let hang_up = signal(SignalKind::hangup());
            Self(
                hang_up
                    .inspect_err(|error| tracing::warn!(%error, "SIGHUP cannot be watched"))
                    .ok(),
            )
        }
        #[cfg(not(unix))]
        Self()
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(hang_up) = &mut self.0
            && hang_up.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
