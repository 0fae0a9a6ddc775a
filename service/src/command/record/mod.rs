//! `tieout record`: what a person sees and does beside the records of a product.

mod act;
mod draft;
mod look;
mod mirror;
mod show;

use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{RecordDesk, RecordError};
use tieout_core::host::{RecordKind, RecordRef};

use crate::cli::{Cli, Named, RecordCommand};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff};

/// Does what was asked beside a record. Hosts and organisations are asked; nothing is sent but by the engine.
pub(super) async fn run(
    cli: &Cli,
    command: &RecordCommand,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let staff = office.staff().await?;
    let done = on_staff(cli, command, &office.by, &staff).await;
    office.dismiss(&staff).await;
    done
}

async fn on_staff(
    cli: &Cli,
    command: &RecordCommand,
    by: &str,
    staff: &Staff,
) -> Result<Exit, Failure> {
    match command {
        RecordCommand::Show(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            show::run(cli, args, &desk, &key).await
        }
        RecordCommand::Search(args) => look::search(cli, args, staff).await,
        RecordCommand::Match(args) => {
            let desk = open(&args.host.host, args.host.connection.as_deref(), by, staff)?;
            look::sweep(cli, args, &desk).await
        }
        RecordCommand::Contacts(args) => {
            let desk = open(&args.host.host, args.host.connection.as_deref(), by, staff)?;
            look::contacts(cli, &args.text, &desk).await
        }
        RecordCommand::Find(args) => {
            let desk = open(&args.host.host, args.host.connection.as_deref(), by, staff)?;
            look::find(cli, args, &desk).await
        }
        RecordCommand::Link(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            act::link(cli, args, &desk, &key).await
        }
        RecordCommand::Unlink(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            act::unlink(cli, args, &desk, &key).await
        }
        RecordCommand::Pin(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            act::pin(cli, args, &desk, &key).await
        }
        RecordCommand::Unpin(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            act::unpin(cli, args, &desk, &key).await
        }
        RecordCommand::Draft(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            draft::run(cli, args, &desk, &key).await
        }
        RecordCommand::Mirror(args) => {
            let desk = open(&args.host, args.connection.as_deref(), by, staff)?;
            mirror::run(cli, args, &desk).await
        }
        RecordCommand::Copy(args) => {
            let (desk, key) = desk(&args.named, by, staff)?;
            act::copy(cli, args, &desk, &key).await
        }
    }
}

fn desk<'w>(
    named: &Named,
    by: &'w str,
    staff: &'w Staff,
) -> Result<(RecordDesk<'w>, RecordRef), Failure> {
    let desk = open(&named.host, named.connection.as_deref(), by, staff)?;
    Ok((desk, key(&named.record)?))
}

fn open<'w>(
    host: &str,
    connection: Option<&str>,
    by: &'w str,
    staff: &'w Staff,
) -> Result<RecordDesk<'w>, Failure> {
    let connection = connection.map(ConnectionId::new).transpose();
    let connection = connection.map_err(|error| Failure::config(error.to_string()))?;
    RecordDesk::open(&staff.world, &host_id(host)?, connection.as_ref(), by).map_err(misnamed)
}

fn host_id(host: &str) -> Result<HostId, Failure> {
    HostId::new(host).map_err(|error| Failure::config(error.to_string()))
}

/// A record as a person names it.
fn key(text: &str) -> Result<RecordRef, Failure> {
    let (word, id) = text.split_once('/').ok_or_else(|| unnamed(text))?;
    let kind = kind(word)?;
    RecordRef::new(kind, id).map_err(|_| unnamed(text))
}

fn kind(word: &str) -> Result<RecordKind, Failure> {
    RecordKind::of_word(&word.to_lowercase()).ok_or_else(|| {
        Failure::config(format!("`{word}` is no kind of record")).advise(
            "Kinds: contact, company (organisation, account), deal, opportunity, project, lead.",
        )
    })
}

fn unnamed(text: &str) -> Failure {
    Failure::config(format!("`{text}` names no record"))
        .advise("Name it as KIND/ID, such as contact/338001.")
}

/// A failure that somebody's choice mends ends with 3.
fn failed(error: RecordError) -> Failure {
    match error {
        RecordError::Failed(error) => Failure::from(error),
        RecordError::Denied { why, advice } => {
            let mut failure = Failure::new(why).advise(advice);
            failure.exit = Exit::NeedsSomebody;
            failure
        }
    }
}

/// What is wrong with the command line or the configuration ends with 2.
fn misnamed(error: RecordError) -> Failure {
    let mut failure = failed(error);
    if failure.exit == Exit::NeedsSomebody {
        failure.exit = Exit::Misconfigured;
    }
    failure
}
