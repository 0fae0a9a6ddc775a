//! Whether a file is taken: read whole once, before anything of it is told.

use std::fs::File;

use tieout_core::host::HostError;

use super::disk::{self, Print};
use super::documents::{Documents, Item};
use super::intake::{Entry, Verdict};
use super::outbox::{Candidate, open_unchanged};
use super::proof;
use super::source::Fault;
use super::tally::Tally;
use super::{Folder, report};
use crate::wire::{OutboxName, RIGHT_NAME};

const TRY_AGAIN: &str = "Nothing of this file was taken: mend it and put it into the outbox again.";

/// What a whole reading of a file found.
pub(super) struct Findings {
    /// The figures.
    pub(super) tally: Tally,
    /// The SHA-256 of the bytes.
    pub(super) sha256: String,
    /// The proofs of wholeness that were checked.
    pub(super) proofs: Vec<&'static str>,
}

impl Folder {
    /// Reads a file whole and remembers what came of it; `None` when it changed meanwhile.
    ///
    /// A crash before the end means that it is read again.
    pub(super) fn validate(
        &self,
        candidate: &Candidate,
        told: u64,
    ) -> Result<Option<Entry>, HostError> {
        let number = self.next_number(told)?;
        let judged = self.judge(candidate, number);
        if !matches!(judged, Ok(Some(_))) {
            // What was gathered so far is of no use; the next attempt has a number of its own.
            self.forget(number)?;
        }
        judged
    }

    fn judge(&self, candidate: &Candidate, number: u64) -> Result<Option<Entry>, HostError> {
        let failed = || disk::failed("read file", &candidate.path);
        let findings = match self.name_to_read(candidate) {
            Ok(name) => match self.read_whole(candidate, name, number) {
                Ok(None) => return Ok(None),
                Ok(Some(findings)) => Ok(findings),
                Err(Fault::Refused(message)) => Err(message),
                Err(Fault::Io(error)) => return Err(failed()(error)),
            },
            Err(message) => Err(message),
        };
        if Print::at(&candidate.path).map_err(failed())? != Some(candidate.print) {
            return Ok(None);
        }
        let entry = entry(candidate, number, &findings);
        report::stage(self, &entry, findings.ok())?;
        self.store(&entry)?;
        Ok(Some(entry))
    }

    /// The name by which the file is read, or why it is refused unread.
    pub(super) fn name_to_read<'a>(
        &self,
        candidate: &'a Candidate,
    ) -> Result<&'a OutboxName, String> {
        if !candidate.is_file {
            return Err(format!(
                "it is a link or a device; only regular files are read. {TRY_AGAIN}"
            ));
        }
        let Some(name) = &candidate.name else {
            return Err(format!(
                "the name does not fit: a right name is {RIGHT_NAME}. {TRY_AGAIN}"
            ));
        };
        let limit = self.config.limits.file_bytes_max;
        if candidate.print.bytes > limit {
            let bytes = candidate.print.bytes;
            return Err(format!(
                "the file has {bytes} bytes, more than {limit} (limits.file_bytes_max). {TRY_AGAIN}"
            ));
        }
        Ok(name)
    }

    fn read_whole(
        &self,
        candidate: &Candidate,
        name: &OutboxName,
        number: u64,
    ) -> Result<Option<Findings>, Fault> {
        let Some(file) = open_unchanged(&candidate.path, &candidate.print)? else {
            return Ok(None);
        };
        let limits = &self.config.limits;
        // A second handle with a place of its own, to copy refused rows from.
        let bad_rows = File::open(&candidate.path)?;
        let mut tally = Tally::begin(self, number, name.format, bad_rows)?;
        let mut documents =
            Documents::audited(file, name, limits.document_bytes_max).map_err(and_what_to_do)?;
        while let Some(item) = documents.next().map_err(and_what_to_do)? {
            let counted = match item {
                Item::Trailer(trailer) => tally.take_trailer(trailer),
                Item::Row(row) => tally.take(&row, limits.documents_per_file_max),
            };
            counted.map_err(and_what_to_do)?;
        }
        let sha256 = documents.into_sha256();
        tally.finish()?;
        let proofs =
            proof::check(candidate, &tally, &sha256, self.config.proof).map_err(and_what_to_do)?;
        Ok(Some(Findings {
            tally,
            sha256,
            proofs,
        }))
    }
}

fn entry(candidate: &Candidate, number: u64, judged: &Result<Findings, String>) -> Entry {
    let (verdict, sha256) = match judged {
        Ok(findings) => {
            let Tally { count, refused, .. } = findings.tally;
            (
                Verdict::Documents { count, refused },
                findings.sha256.clone(),
            )
        }
        Err(message) => (
            Verdict::Refused {
                message: message.clone(),
            },
            String::new(),
        ),
    };
    let name = candidate.shown.clone();
    Entry {
        number,
        name,
        print: candidate.print,
        sha256,
        verdict,
        plan: None,
    }
}

fn and_what_to_do(fault: Fault) -> Fault {
    match fault {
        Fault::Refused(message) => Fault::Refused(format!("{message}. {TRY_AGAIN}")),
        Fault::Io(error) => Fault::Io(error),
    }
}
