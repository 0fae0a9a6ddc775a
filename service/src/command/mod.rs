//! One command a file, and the table that leads to each.

mod act;
mod adopt;
mod backfill;
mod backup;
mod bulk;
mod certificate;
mod check;
mod chosen;
mod conform;
mod connect;
mod decide;
mod disconnect;
mod documents;
mod erase;
mod explain;
mod export;
mod failed;
mod findings;
mod grant;
mod group;
mod init;
mod key;
mod person;
mod plan;
mod recent;
mod recent_judge;
mod record;
mod replay;
mod report;
mod retry;
mod sandbox;
mod sandbox_host;
mod schema;
mod serve;
mod shell;
mod status;
mod sync;
mod sync_plan;
mod undo;
mod unread;
mod usage;
mod webhook;

use std::time::{Duration, Instant};

use tieout_core::document::ConnectionId;

use crate::cli::{Cli, Command, GroupCommand, SandboxCommand, SyncArgs};
use crate::config::{Loaded, Secrets, load};
use crate::control::Holder;
use crate::demo;
use crate::exit::{Ended, Exit, Failure};
use crate::office::{Office, Opening, store_folder};

pub(crate) use backfill::{Outlook, outlook, span};
pub(crate) use bulk::{Deed, Outcome, all as decide_all};
pub(crate) use check::{Report as CheckReport, check_connection};
pub(crate) use chosen::Chosen;
pub(crate) use connect::{connect_with, forget_unused, remember};
pub(crate) use decide::{Decided, Decision, ask_anew, decide};
pub(crate) use disconnect::disconnect;
pub(crate) use documents::find as find_documents;
pub(crate) use documents::here as bindings_here;
pub(crate) use findings::{InNeed, SiteInNeed, sites};
pub(crate) use grant::{GrantStanding, GrantState, look as look_at_grant};
pub(crate) use group::{failed as notice_failed, member as group_member};
pub(crate) use plan::{Gathered, gather, outcome};
pub(crate) use retry::taken_over;
pub(crate) use serve::keep as keep_serving;
pub(crate) use status::{ConnectionStanding, Standing, standing, whole_standing};
pub(crate) use sync::run_once;
pub(crate) use undo::{Named as Undone, latest as latest_run, runs_of, undo_targets};
pub(crate) use usage::{
    AppUsage, OrganisationUsage, Usage, at_this_rate, read as read_usage, total as total_of,
};

/// How long a store is waited for that another command has: most take a moment.
const STORE_WITHIN: Duration = Duration::from_secs(3);
const STORE_RETRY: Duration = Duration::from_millis(20);

/// Runs the command of the command line: here, or in the process that has the store.
pub(crate) async fn run(cli: &Cli) -> Result<Ended, Failure> {
    let exit = match &cli.command {
        Command::Init(args) => init::run(cli, args),
        Command::Demo(args) => demo::run(cli, args).await,
        Command::Sandbox(SandboxCommand::Xero(args)) => sandbox::run(cli, args).await,
        Command::Sandbox(SandboxCommand::Insightly(args)) => {
            sandbox_host::insightly(cli, args).await
        }
        Command::Sandbox(SandboxCommand::Freshsales(args)) => {
            sandbox_host::freshsales(cli, args).await
        }
        Command::Schema(args) => schema::run(cli, args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(cli, args),
        Command::Conform(command) => conform::run(cli, command).await,
        // What is connected is changed under nobody's hands: no other process may have the store.
        Command::Connect(args) => connect::run(cli, args, &mut office(cli).await?).await,
        Command::Disconnect(args) => disconnect::run(cli, args, &mut office(cli).await?).await,
        Command::Erase(args) if args.apply => {
            erase::apply(cli, args, office_with(cli, Secrets::Spared).await?).await
        }
        Command::Serve(_) => serve::run(cli).await,
        Command::Sync(args) if !args.once && args.plan.is_none() => serve::run(cli).await,
        Command::Restore(args) => backup::restore(cli, args),
        Command::Certificate(command) => certificate::run(cli, command),
        Command::Findings(args) if args.kinds || args.kind.is_some() => findings::kinds(cli, args),
        Command::Sync(_)
        | Command::Plan(_)
        | Command::Check(_)
        | Command::Report(_)
        | Command::Adopt(_)
        | Command::Record(_)
        | Command::Undo(_)
        | Command::Group(GroupCommand::Test { .. })
        | Command::Webhook(_) => {
            return anywhere(cli, Secrets::Needed).await;
        }
        Command::Status
        | Command::Findings(_)
        | Command::Erase(_)
        | Command::Explain(_)
        | Command::Replay(_)
        | Command::Retry(_)
        | Command::Detach(_)
        | Command::Skip(_)
        | Command::Usage(_)
        | Command::Backfill(_)
        | Command::Export(_)
        | Command::Group(_)
        | Command::Person(_)
        | Command::Key(_)
        | Command::Backup(_)
        | Command::VerifyStore => {
            return anywhere(cli, Secrets::Spared).await;
        }
    };
    Ok(exit?.into())
}

/// Runs a command that works on any open store, whichever process has it.
pub(crate) async fn on_office(cli: &Cli, office: &mut Office) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Check(args) => check::run(cli, args, office).await,
        Command::Plan(args) => plan::run(cli, args, office).await,
        Command::Status => status::run(cli, office).await,
        Command::Findings(args) => findings::run(cli, args, office).await,
        Command::Erase(args) if !args.apply => erase::show(cli, args, office).await,
        Command::Explain(args) => explain::run(cli, args, office).await,
        Command::Replay(args) => replay::run(cli, args, office).await,
        Command::Retry(args) => retry::run(cli, args, office).await,
        Command::Usage(args) => usage::run(cli, args, office).await,
        Command::Backfill(args) => backfill::run(cli, args, office).await,
        Command::Export(args) => export::run(cli, args, office).await,
        Command::Adopt(args) => adopt::run(cli, args, office).await,
        Command::Detach(args) => act::run_detach(cli, args, office).await,
        Command::Skip(args) => act::run_skip(cli, args, office).await,
        Command::Undo(args) => undo::run(cli, args, office).await,
        Command::Record(command) => record::run(cli, command, office).await,
        Command::Person(command) => person::run(cli, command, office).await,
        Command::Key(command) => key::run(cli, command, office).await,
        Command::Report(args) => report::run(cli, args, office).await,
        Command::Group(command) => group::run(cli, command, office).await,
        Command::Webhook(command) => webhook::run(cli, command, office).await,
        Command::Backup(args) => backup::back_up(cli, args, office).await,
        Command::VerifyStore if office.is_lent() => Err(Failure::new(
            "the store is at work, and what changes meanwhile would look like damage",
        )
        .advise("Stop `tieout serve` first, or verify a backup: restore it to another place.")),
        Command::VerifyStore => backup::verify(cli, office),
        Command::Sync(SyncArgs {
            plan: Some(plan), ..
        }) if !office.is_lent() => sync_plan::run(cli, plan, office).await,
        Command::Sync(args) if args.once && !office.is_lent() => sync::run(cli, office).await,
        Command::Init(_)
        | Command::Connect(_)
        | Command::Disconnect(_)
        | Command::Erase(_)
        | Command::Sync(_)
        | Command::Serve(_)
        | Command::Restore(_)
        | Command::Certificate(_)
        | Command::Conform(_)
        | Command::Demo(_)
        | Command::Sandbox(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_) => Err(Failure::new("this command works in no other process")),
    }
}

/// Works on the store, or hands the command to the process that has it.
async fn anywhere(cli: &Cli, secrets: Secrets) -> Result<Ended, Failure> {
    // Whoever has the store has its secrets too.
    let loaded = load(cli.config.as_deref(), Secrets::Spared)
        // Then everything is told at once, with the secrets that are missing here.
        .or_else(|_| load(cli.config.as_deref(), secrets))?;
    let until = Instant::now() + STORE_WITHIN;
    loop {
        if let Some(holder) = Holder::of(&store_folder(&loaded)).await {
            return holder.run(&loaded).await;
        }
        match Office::try_open(load(cli.config.as_deref(), secrets)?)? {
            Opening::Open(mut office) => return Ok(on_office(cli, &mut office).await?.into()),
            Opening::Held(failure) if Instant::now() >= until => return Err(failure),
            Opening::Held(_) => tokio::time::sleep(STORE_RETRY).await,
        }
    }
}

/// Opens what the configuration names, for this process alone.
async fn office(cli: &Cli) -> Result<Office, Failure> {
    office_with(cli, Secrets::Needed).await
}

async fn office_with(cli: &Cli, secrets: Secrets) -> Result<Office, Failure> {
    let loaded = load(cli.config.as_deref(), secrets)?;
    let until = Instant::now() + STORE_WITHIN;
    loop {
        match Office::try_open(loaded.clone())? {
            Opening::Open(office) => return Ok(*office),
            Opening::Held(failure) if Instant::now() >= until => return Err(failure),
            Opening::Held(failure) => {
                if Holder::of(&store_folder(&loaded)).await.is_some() {
                    return Err(not_beside(failure, &loaded));
                }
                tokio::time::sleep(STORE_RETRY).await;
            }
        }
    }
}

/// A command that no other process can do, and that must not be done beside it.
fn not_beside(failure: Failure, loaded: &Loaded) -> Failure {
    failure.advise(format!(
        "That is `tieout serve` or `tieout sync`, which works with the connections as they were at its start. Stop it \
         first, and start it again afterwards. Its configuration is {}.",
        loaded.file.display()
    ))
}

/// The connection of the configuration that a person named, if one was named.
fn named_connection(office: &Office, name: Option<&str>) -> Result<Option<ConnectionId>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let known = &office.loaded.config.connections;
    match known.keys().find(|known| known.as_str() == name) {
        Some(found) => Ok(Some(found.clone())),
        None => Err(Failure::config(format!(
            "the configuration has no connection `{name}`"
        ))),
    }
}
