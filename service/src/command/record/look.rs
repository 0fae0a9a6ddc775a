//! `tieout record search`, `match`, `contacts` and `find`: what is looked for, on either side.

use serde_json::json;
use tieout_core::driver::{PartyStanding, RecordDesk};

use super::show::{print_rows, standing};
use super::{failed, host_id, kind};
use crate::cli::{Cli, FindArgs, MatchArgs, SearchArgs};
use crate::exit::{Exit, Failure};
use crate::office::Staff;
use crate::output::{self, say, short};

/// Records that a search shows.
const FOUND_MAX: usize = 50;

pub(super) async fn search(cli: &Cli, args: &SearchArgs, staff: &Staff) -> Result<Exit, Failure> {
    let kind = kind(&args.kind)?;
    let id = host_id(&args.host)?;
    let host = staff.world.hosts.get(&id);
    let Some(records) = host.and_then(|site| site.host.records()) else {
        return Err(Failure::config(format!("host `{id}` keeps no records")));
    };
    let found = records.search(kind, &args.text, FOUND_MAX).await;
    let found = found.map_err(|error| Failure::of(&error))?;
    if cli.json {
        output::json(&json!({ "records": found }));
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        say!("Nothing was found.");
        return Ok(Exit::Done);
    }
    let mut table = output::table(&["record", "name", "e-mail"]);
    for record in &found {
        let emails = record.details.emails.join(", ");
        table.add_row([record.key.to_string(), short(&record.name), short(&emails)]);
    }
    say!("{table}");
    Ok(Exit::Done)
}

pub(super) async fn sweep(
    cli: &Cli,
    args: &MatchArgs,
    desk: &RecordDesk<'_>,
) -> Result<Exit, Failure> {
    let kind = kind(&args.kind)?;
    if !kind.is_party() {
        return Err(Failure::config(format!("a {kind} is nobody to be matched")));
    }
    let (mut linked, mut undecided, mut nobody) = (0_usize, 0_usize, 0_usize);
    loop {
        let step = desk.sweep(kind).await.map_err(failed)?;
        for party in &step.parties {
            match &party.standing {
                PartyStanding::Linked { .. } => linked += 1,
                PartyStanding::Ambiguous { .. } | PartyStanding::Archived { .. } => undecided += 1,
                PartyStanding::Unlinked { .. } | PartyStanding::Nobody => nobody += 1,
            }
            if cli.json {
                output::json(&json!({ "party": party }));
            } else {
                say!(
                    "{}  {}: {}",
                    party.record,
                    short(&party.name),
                    standing(&party.standing)
                );
            }
        }
        if !step.more {
            break;
        }
    }
    if cli.json {
        let summary = json!({ "linked": linked, "undecided": undecided, "nobody": nobody });
        output::json(&json!({ "summary": summary }));
    } else {
        say!("{linked} linked, {undecided} to be chosen for, {nobody} that nobody fits.");
    }
    Ok(match undecided {
        0 => Exit::Done,
        _ => Exit::NeedsSomebody,
    })
}

pub(super) async fn contacts(
    cli: &Cli,
    text: &str,
    desk: &RecordDesk<'_>,
) -> Result<Exit, Failure> {
    let found = desk.search_contacts(text).await.map_err(failed)?;
    if cli.json {
        output::json(&json!({ "contacts": found }));
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        say!("Nobody was found.");
        return Ok(Exit::Done);
    }
    let mut table = output::table(&["contact", "name", "e-mail", ""]);
    for card in &found {
        let archived = if card.archived { "archived" } else { "" };
        let email = card.email.as_deref().unwrap_or_default();
        let email = short(email);
        table.add_row([
            card.id.to_string(),
            short(&card.name),
            email,
            archived.to_owned(),
        ]);
    }
    say!("{table}");
    Ok(Exit::Done)
}

pub(super) async fn find(
    cli: &Cli,
    args: &FindArgs,
    desk: &RecordDesk<'_>,
) -> Result<Exit, Failure> {
    let found = desk.find(&args.text, (args.from, args.to)).await;
    let found = found.map_err(failed)?;
    if cli.json {
        output::json(&json!(found));
        return Ok(Exit::Done);
    }
    print_rows(&found.rows, "Nothing was found.");
    if found.more {
        say!("There are more; name more of the number, or the days.");
    }
    Ok(Exit::Done)
}
