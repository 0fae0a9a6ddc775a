//! `tieout record mirror`: what the books say of records, kept in custom fields of the product.

use serde::Serialize;
use serde_json::json;
use tieout_core::driver::{
    DriverError, FieldChange, FieldsThere, MirrorHow, MirrorOutcome, Mirrored, RecordDesk,
    RecordError,
};
use tieout_core::host::{HostErrorKind, RecordRef};
use tieout_core::provider::ErrorKind;

use super::{failed, key, misnamed};
use crate::cli::{Cli, MirrorArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, bad, counted, ok, say, short};

/// How many records came out how.
#[derive(Debug, Default, Serialize)]
struct Tally {
    written: usize,
    differ: usize,
    same: usize,
    fresh: usize,
    unlinked: usize,
    refused: usize,
    gone: usize,
    left: usize,
}

pub(super) async fn run(
    cli: &Cli,
    args: &MirrorArgs,
    desk: &RecordDesk<'_>,
) -> Result<Exit, Failure> {
    let there = desk.fields_to_mirror().await.map_err(misnamed)?;
    let records = match args.all_linked {
        true => desk.records_to_mirror().await.map_err(failed)?,
        false => {
            let named = args.records.iter().map(|text| key(text));
            named.collect::<Result<Vec<RecordRef>, Failure>>()?
        }
    };
    let mut tally = Tally::default();
    for (at, record) in records.iter().enumerate() {
        let done = match one(args, desk, record, &there).await {
            Ok(done) => done,
            Err(error) => {
                tally.left = records.len() - at;
                summarise(cli, &tally);
                let mut failure = Failure::from(error);
                failure.message = format!("{record}: {}", failure.message);
                failure.advice =
                    Some("Run it again when that is mended: what was written stands.".to_owned());
                return Err(failure);
            }
        };
        count(&mut tally, &done.outcome);
        tell(cli, (at + 1, records.len()), &done);
    }
    summarise(cli, &tally);
    Ok(match tally.unlinked + tally.refused + tally.gone {
        0 => Exit::Done,
        _ => Exit::NeedsSomebody,
    })
}

/// One record; what only a person can mend is told of it and keeps no other from its turn.
async fn one(
    args: &MirrorArgs,
    desk: &RecordDesk<'_>,
    record: &RecordRef,
    there: &FieldsThere,
) -> Result<Mirrored, DriverError> {
    let how = match args.dry_run {
        true => MirrorHow::Look,
        false => MirrorHow::Write,
    };
    let done = match args.all_linked {
        true => match desk.is_mirrored(record).await {
            Ok(true) => Ok(Mirrored::of(record, MirrorOutcome::Fresh)),
            Ok(false) => desk.mirror(record, there, how).await,
            Err(error) => Err(error),
        },
        false => desk.mirror(record, there, how).await,
    };
    match done {
        Ok(done) => Ok(done),
        Err(RecordError::Failed(error)) if is_of_one(&error) => {
            let why = error.to_string();
            Ok(Mirrored::of(record, MirrorOutcome::Refused { why }))
        }
        Err(RecordError::Failed(error)) => Err(error),
        Err(RecordError::Denied { why, advice }) => {
            let why = format!("{why}. {advice}");
            Ok(Mirrored::of(record, MirrorOutcome::Refused { why }))
        }
    }
}

/// Whether a failure is one of a single record, such as a value in it that nobody can read: another one may go well.
fn is_of_one(error: &DriverError) -> bool {
    match error {
        DriverError::Host(error) => error.kind == HostErrorKind::BadData,
        DriverError::Provider(error) => {
            matches!(error.kind, ErrorKind::BadReply | ErrorKind::Refused)
        }
        DriverError::Store(_)
        | DriverError::AccessRefused { .. }
        | DriverError::LeftWaiting { .. } => false,
    }
}

fn count(tally: &mut Tally, outcome: &MirrorOutcome) {
    let of = match outcome {
        MirrorOutcome::Written => &mut tally.written,
        MirrorOutcome::Differs => &mut tally.differ,
        MirrorOutcome::Same => &mut tally.same,
        MirrorOutcome::Fresh => &mut tally.fresh,
        MirrorOutcome::Unlinked { .. } => &mut tally.unlinked,
        MirrorOutcome::Refused { .. } => &mut tally.refused,
        MirrorOutcome::Gone => &mut tally.gone,
    };
    *of += 1;
}

fn tell(cli: &Cli, (at, all): (usize, usize), done: &Mirrored) {
    if cli.json {
        output::json(&json!({ "record": done }));
        return;
    }
    let (mark, words) = match &done.outcome {
        MirrorOutcome::Written => (ok(), "written".to_owned()),
        MirrorOutcome::Differs => (ok(), "would be written".to_owned()),
        MirrorOutcome::Same => (ok(), "right already".to_owned()),
        MirrorOutcome::Fresh => (ok(), "right a moment ago".to_owned()),
        MirrorOutcome::Unlinked { why } => (bad(), format!("left alone: {why}")),
        MirrorOutcome::Refused { why } => (bad(), format!("not written: {why}")),
        MirrorOutcome::Gone => (bad(), "is not in the product any more".to_owned()),
    };
    let name = done.name.as_deref().map(short).unwrap_or_default();
    let name = if name.is_empty() {
        name
    } else {
        format!(" {name}")
    };
    say!("{mark} {at}/{all} {}{name}: {words}", done.record);
    for FieldChange {
        item,
        field,
        from,
        to,
    } in &done.changes
    {
        let shown = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), short);
        say!(
            "    {} ({field}): {} -> {}",
            item.as_str(),
            shown(from),
            shown(to)
        );
    }
    for left in &done.left {
        say!("    {left}");
    }
}

fn summarise(cli: &Cli, tally: &Tally) {
    if cli.json {
        output::json(&json!({ "summary": tally }));
        return;
    }
    let parts = [
        (tally.written, "written"),
        (tally.differ, "to be written"),
        (tally.same + tally.fresh, "right already"),
        (tally.unlinked, "left alone"),
        (tally.refused, "not written"),
        (tally.gone, "gone"),
        (tally.left, "not reached"),
    ];
    let all: usize = parts.iter().map(|(count, _)| count).sum();
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    match parts.is_empty() {
        true => say!("No record is linked yet."),
        false => say!(
            "{}: {}",
            counted(all, "record", "records"),
            parts.join(", ")
        ),
    }
}
