//! `tieout record link`, `unlink`, `pin`, `unpin` and `copy`: what a person decides beside a record.

use serde_json::json;
use tieout_core::driver::RecordDesk;
use tieout_core::host::RecordRef;
use tieout_core::panel::{ContactLink, DocumentRole, LinkedDocument};

use super::failed;
use crate::cli::{Cli, CopyArgs, CopyTo, LinkArgs, PinArgs, UnlinkArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, ok, say, short};

pub(super) async fn link(
    cli: &Cli,
    args: &LinkArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let record = desk.record(key).await.map_err(failed)?;
    if let Some(document) = &args.document {
        let link = desk
            .add_document(DocumentRole::Linked, &record, document)
            .await;
        tell_document(cli, key, &link.map_err(failed)?, "is linked to");
        return Ok(Exit::Done);
    }
    let link = match &args.contact {
        Some(named) => desk.link_contact(&record, named).await,
        None => desk.create_contact(&record).await,
    };
    let link = link.map_err(failed)?;
    tell_contact(cli, key, &link);
    Ok(Exit::Done)
}

fn tell_contact(cli: &Cli, key: &RecordRef, link: &ContactLink) {
    if cli.json {
        output::json(&json!({ "link": link }));
        return;
    }
    let id = link
        .contact
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    say!("{} {key} is linked to {} ({id}).", ok(), short(&link.name));
}

pub(super) async fn unlink(
    cli: &Cli,
    args: &UnlinkArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let record = desk.record(key).await.map_err(failed)?;
    if let Some(document) = &args.document {
        let link = desk
            .remove_document(DocumentRole::Linked, &record, document)
            .await;
        tell_document(
            cli,
            key,
            &link.map_err(failed)?,
            "is not linked any more to",
        );
        return Ok(Exit::Done);
    }
    let was = desk.unlink_contact(&record).await.map_err(failed)?;
    if cli.json {
        output::json(&json!({ "unlinked": was }));
        return Ok(Exit::Done);
    }
    match was {
        Some(link) => say!(
            "{} {key} is not linked to {} any more; nothing is matched by itself until it is linked again.",
            ok(),
            short(&link.name)
        ),
        None => say!(
            "{} {key} was linked to nobody, and is not matched by itself.",
            ok()
        ),
    }
    Ok(Exit::Done)
}

pub(super) async fn pin(
    cli: &Cli,
    args: &PinArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let record = desk.record(key).await.map_err(failed)?;
    let link = desk
        .add_document(DocumentRole::Pinned, &record, &args.document)
        .await;
    tell_document(cli, key, &link.map_err(failed)?, "is pinned to");
    Ok(Exit::Done)
}

pub(super) async fn unpin(
    cli: &Cli,
    args: &PinArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let record = desk.record(key).await.map_err(failed)?;
    let link = desk
        .remove_document(DocumentRole::Pinned, &record, &args.document)
        .await;
    tell_document(
        cli,
        key,
        &link.map_err(failed)?,
        "is not pinned any more to",
    );
    Ok(Exit::Done)
}

fn tell_document(cli: &Cli, key: &RecordRef, link: &LinkedDocument, words: &str) {
    if cli.json {
        output::json(&json!({ "document": link }));
        return;
    }
    say!(
        "{} {} {} ({}) {words} {key}.",
        ok(),
        link.kind,
        short(&link.number),
        link.id
    );
}

pub(super) async fn copy(
    cli: &Cli,
    args: &CopyArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let record = desk.record(key).await.map_err(failed)?;
    let (copied, to) = match args.to {
        CopyTo::Contact => (desk.copy_to_provider(&record).await, "the contact"),
        CopyTo::Record => (desk.copy_to_host(&record).await, "the record"),
    };
    let copied = copied.map_err(failed)?;
    if cli.json {
        output::json(&json!(copied));
        return Ok(Exit::Done);
    }
    match copied.copied.is_empty() {
        true => say!("Nothing was copied to {to}."),
        false => say!("{} Copied to {to}: {}.", ok(), copied.copied.join(", ")),
    }
    for (field, why) in &copied.left {
        // Whole, since the reason stands at its end.
        let why: Vec<&str> = why.split_whitespace().collect();
        say!("  {field} stays: {}", why.join(" "));
    }
    Ok(Exit::Done)
}
