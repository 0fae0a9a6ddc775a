//! What a host is told of a file: the result, made ready before the file is told to the engine.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tieout_core::host::HostError;

use super::Folder;
use super::disk;
use super::intake::{Entry, Verdict};
use super::tally::Tally;
use super::validate::Findings;
use crate::wire::{Outcome, ResultHead};

/// Writes the result of a file beside its entry, and drops what is of no use.
pub(super) fn stage(
    folder: &Folder,
    entry: &Entry,
    findings: Option<Findings>,
) -> Result<(), HostError> {
    let path = folder.result_path(entry.number);
    let rows = folder.rows_path(entry.number);
    write(folder, entry, findings.as_ref()).map_err(disk::failed("write result", &path))?;
    disk::remove(&rows).map_err(disk::failed("write result", &rows))?;
    if !findings.is_some_and(|findings| findings.tally.has_rest()) {
        let rest = folder.rest_path(entry.number);
        disk::remove(&rest).map_err(disk::failed("write result", &rest))?;
    }
    Ok(())
}

fn write(folder: &Folder, entry: &Entry, findings: Option<&Findings>) -> io::Result<()> {
    let tally = findings.map(|findings| &findings.tally);
    let (outcome, message) = summary(entry, tally.is_some_and(Tally::has_rest));
    let (count, refused) = tally.map_or((0, 0), |tally| (tally.count, tally.refused));
    let head = ResultHead {
        file: &entry.name,
        outcome,
        message: &message,
        documents: count,
        accepted: count - refused,
        refused,
        gross: tally
            .and_then(|tally| tally.gross)
            .map(|gross| gross.to_string()),
        proofs: findings
            .map(|findings| findings.proofs.clone())
            .unwrap_or_default(),
        sha256: findings.map(|findings| findings.sha256.as_str()),
    };
    let rows = tally.map(|_| folder.rows_path(entry.number));
    write_result(&folder.result_path(entry.number), &head, rows.as_deref())?.sync_all()
}

/// Writes the result of a file that nobody needs.
///
/// It is not synced: thousands may come at once, each would cost a write of the disk, and it says nothing that the
/// file's name and place do not say. After a power cut, and only then, such a result may be empty.
pub(super) fn write_unneeded(path: &Path, name: &str) -> io::Result<()> {
    let head = ResultHead {
        file: name,
        outcome: Outcome::NotNeeded,
        message: "files of this type are not needed and were not read: nothing to do",
        documents: 0,
        accepted: 0,
        refused: 0,
        gross: None,
        proofs: Vec::new(),
        sha256: None,
    };
    write_result(path, &head, None).map(drop)
}

fn write_result(path: &Path, head: &ResultHead<'_>, rows: Option<&Path>) -> io::Result<File> {
    let head = serde_json::to_string_pretty(head)?;
    let mut to = BufWriter::new(File::create(path)?);
    // The rows are as many as the documents: they are copied behind the head and never held at once.
    to.write_all(head.trim_end_matches(['}', '\n']).as_bytes())?;
    to.write_all(b",\n  \"rows\": [\n")?;
    if let Some(rows) = rows {
        io::copy(&mut File::open(rows)?, &mut to)?;
    }
    to.write_all(b"\n  ]\n}\n")?;
    Ok(to.into_inner()?)
}

fn summary(entry: &Entry, has_rest: bool) -> (Outcome, String) {
    match &entry.verdict {
        Verdict::Refused { message } => (Outcome::Refused, message.clone()),
        Verdict::Documents { refused: 0, .. } => {
            (Outcome::Accepted, "every document was taken".to_owned())
        }
        Verdict::Documents { count, refused } if refused == count => {
            let message =
                "no document can be read: mend the rows and put the file into the outbox again";
            (Outcome::Refused, message.to_owned())
        }
        Verdict::Documents { count, refused } => {
            let what = if has_rest {
                "the file in `failed` whose name has `-rest` holds only them: mend it and put it into the \
                 outbox"
            } else {
                "mend them and send only them again, in a new file"
            };
            let message =
                format!("{refused} of {count} documents cannot be read and were not taken; {what}");
            (Outcome::PartlyAccepted, message)
        }
    }
}
