//! One command a file, and the table that leads to each.

mod backup;
mod certificate;
mod check;
mod connect;
mod disconnect;
mod documents;
mod explain;
mod grant;
mod init;
mod plan;
mod report;
mod retry;
mod sandbox;
mod schema;
mod serve;
mod status;
mod sync;

use crate::cli::{Cli, Command, SandboxCommand};
use crate::config::{Secrets, load};
use crate::demo;
use crate::exit::{Exit, Failure};
use crate::office::Office;

pub(crate) use connect::connect_with;
pub(crate) use status::standing;
pub(crate) use sync::run_once;

/// Runs the command of the command line.
pub(crate) async fn run(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Init(args) => init::run(cli, args),
        Command::Check(args) => check::run(cli, args).await,
        Command::Connect(args) => connect::run(cli, args).await,
        Command::Disconnect(args) => disconnect::run(cli, args).await,
        Command::Plan(args) => plan::run(cli, args).await,
        Command::Sync(args) if args.once => sync::run(cli).await,
        Command::Sync(_) | Command::Serve(_) => serve::run(cli).await,
        Command::Status => status::run(cli).await,
        Command::Report(args) => report::run(cli, args).await,
        Command::Backup(args) => backup::back_up(cli, args).await,
        Command::Restore(args) => backup::restore(cli, args),
        Command::VerifyStore => backup::verify(cli),
        Command::Certificate(command) => certificate::run(cli, command),
        Command::Explain(args) => explain::run(cli, args).await,
        Command::Retry(args) => retry::run(cli, args).await,
        Command::Demo(args) => demo::run(cli, args).await,
        Command::Sandbox(SandboxCommand::Xero(args)) => sandbox::run(cli, args).await,
        Command::Schema(args) => schema::run(cli, args),
    }
}

/// Opens what the configuration names.
fn office(cli: &Cli, secrets: Secrets) -> Result<Office, Failure> {
    Office::open(load(cli.config.as_deref(), secrets)?)
}
