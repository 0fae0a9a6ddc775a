//! What a host is told of documents that it handed over again: gathered page by page, and put into the result of their file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::Serialize;
use tieout_core::host::{HostError, Repeat};

use super::Folder;
use super::changes::position;
use super::disk;

/// How a result ends; what was handed over before comes behind the rows.
const RESULT_END: &str = "\n}\n";

/// A document that was handed over before, as a result shows it.
#[derive(Serialize)]
struct Before<'a> {
    id: &'a str,
    number: &'a str,
    document_kind: &'a str,
    revision: u64,
    ledger_invoice_id: &'a str,
    ledger_number: &'a str,
    message: String,
}

impl Folder {
    /// Keeps what was handed over again in the page that ends at a position: see [`tieout_core::host::Host::repeated`].
    pub(crate) fn repeated(&self, text: &str, repeats: &[Repeat]) -> Result<(), HostError> {
        let told = position(text)?;
        let _lock = self.lock("note repeats")?;
        let entries = self.entries()?;
        let is_it = |number, hash: &str| number == told.file && hash == told.hash;
        let Some(entry) = entries.iter().find(|it| is_it(it.number, it.hash())) else {
            return Ok(());
        };
        let path = self.again_path(entry.number, told.rows);
        if repeats.is_empty() {
            return disk::remove(&path).map_err(disk::failed("note repeats", &path));
        }
        let mut text = Vec::new();
        for repeat in repeats {
            let line =
                serde_json::to_string(&Before::of(repeat)).expect("texts and a number are JSON");
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        disk::replace(&path, &text).map_err(disk::failed("note repeats", &path))
    }

    /// The result of a file with what was handed over before in it, ready to be moved; that of the file alone where there is
    /// nothing of the kind. A repeat makes the same.
    pub(super) fn whole_result(&self, number: u64) -> io::Result<PathBuf> {
        let (result, parts) = (self.result_path(number), self.again_parts(number)?);
        if parts.is_empty() || !disk::exists(&result) {
            return Ok(result);
        }
        let mut from = File::open(&result)?;
        let length = from
            .metadata()?
            .len()
            .saturating_sub(RESULT_END.len() as u64);
        from.seek(SeekFrom::Start(length))?;
        let mut end = String::new();
        from.read_to_string(&mut end)?;
        if end != RESULT_END {
            return Ok(result);
        }
        from.seek(SeekFrom::Start(0))?;
        let whole = self.rooms.intake.join(format!("{number:012}.whole.json"));
        let mut to = BufWriter::new(File::create(&whole)?);
        io::copy(&mut from.take(length), &mut to)?;
        to.write_all(b",\n  \"handed_over_before\": [")?;
        let mut between = "\n";
        for part in parts {
            for line in fs::read_to_string(part)?.lines() {
                to.write_all(between.as_bytes())?;
                to.write_all(line.as_bytes())?;
                between = ",\n";
            }
        }
        to.write_all(b"\n  ]")?;
        to.write_all(RESULT_END.as_bytes())?;
        to.into_inner()?.sync_all()?;
        Ok(whole)
    }

    /// What was kept of a file, page by page.
    pub(super) fn again_parts(&self, number: u64) -> io::Result<Vec<PathBuf>> {
        let head = format!("{number:012}.");
        let mut parts = Vec::new();
        for item in fs::read_dir(&self.rooms.intake)? {
            let path = item?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(|name| name.starts_with(&head) && name.ends_with(".again")) {
                parts.push(path);
            }
        }
        parts.sort();
        Ok(parts)
    }

    fn again_path(&self, number: u64, rows: u64) -> PathBuf {
        self.rooms
            .intake
            .join(format!("{number:012}.{rows:012}.again"))
    }
}

impl<'a> Before<'a> {
    fn of(repeat: &'a Repeat) -> Self {
        let Repeat {
            document,
            revision,
            provider_id,
            provider_number,
            provider_status,
        } = repeat;
        Self {
            id: document.id.as_str(),
            number: &document.number,
            document_kind: document.kind.as_str(),
            revision: *revision,
            ledger_invoice_id: provider_id.as_str(),
            ledger_number: provider_number,
            message: format!(
                "it was handed over before in revision {revision}, and the books hold it as {provider_number} ({provider_status}): it is not sent again"
            ),
        }
    }
}
