//! Which commands are followed, under which name, and whether they end.

use tieout_core::spans::TARGET;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::asked::HasFile;
use crate::cli::{Cli, Command, SyncArgs};
use crate::exit::{Ended, Exit, Failure};

/// How a command is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// It works on nothing that anybody would look at later.
    Not,
    /// It goes on until it is stopped: each piece of its work is a trace of its own.
    Lasting(HasFile),
    /// It ends, and is one trace under this name.
    Once(&'static str, HasFile),
}

/// How the command of a command line is followed.
pub(crate) fn follow(cli: &Cli) -> Follow {
    let name = match &cli.command {
        Command::Serve(_)
        | Command::Sync(SyncArgs {
            once: false,
            plan: None,
        }) => return Follow::Lasting(HasFile::Yes),
        Command::Demo(args) if !args.once => return Follow::Lasting(HasFile::No),
        Command::Demo(_) => return Follow::Once("demo", HasFile::No),
        Command::Init(_)
        | Command::Certificate(_)
        | Command::Conform(_)
        | Command::Sandbox(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Restore(_) => return Follow::Not,
        Command::Sync(_) => "sync",
        Command::Check(_) => "check",
        Command::Connect(_) => "connect",
        Command::Disconnect(_) => "disconnect",
        Command::Plan(_) => "plan",
        Command::Status => "status",
        Command::Findings(_) => "findings",
        Command::Report(_) => "report",
        Command::Usage(_) => "usage",
        Command::Backfill(_) => "backfill",
        Command::Export(_) => "export",
        Command::Explain(_) => "explain",
        Command::Replay(_) => "replay",
        Command::Backup(_) => "backup",
        Command::VerifyStore => "verify-store",
        Command::Retry(_) => "retry",
        Command::Adopt(_) => "adopt",
        Command::Detach(_) => "detach",
        Command::Skip(_) => "skip",
        Command::Undo(_) => "undo",
        Command::Erase(_) => "erase",
        Command::Record(_) => "record",
        Command::Group(_) => "group",
        Command::Webhook(_) => "webhook",
        Command::Person(_) => "person",
        Command::Key(_) => "key",
    };
    Follow::Once(name, HasFile::Yes)
}

/// Runs a command under the span of its name, where it has one.
pub(crate) async fn under_its_name<T: Copy + Into<Ended>>(
    cli: &Cli,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Follow::Once(name, _) = follow(cli) else {
        return work.await;
    };
    let span = info_span!(
        target: TARGET,
        "command",
        otel.name = Empty,
        tieout.command = name,
        tieout.run = Empty,
        process.exit.code = Empty,
        otel.status_code = Empty,
    );
    span.record("otel.name", format!("tieout {name}"));
    let ended = work.instrument(span.clone()).await;
    let code = match &ended {
        Ok(ended) => (*ended).into(),
        Err(failure) => failure.exit.into(),
    };
    tell(&span, code);
    ended
}

/// Under which name what this command wrote can be taken back.
pub(crate) fn tell_run(id: &str) {
    Span::current().record("tieout.run", id);
}

fn tell(span: &Span, ended: Ended) {
    span.record("process.exit.code", i64::from(ended.0));
    // What needs somebody was done all the same, and a stop was asked for.
    if ended == Exit::Failed.into() || ended == Exit::Misconfigured.into() {
        span.record("otel.status_code", "ERROR");
    }
}
