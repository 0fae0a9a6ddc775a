//! The promises of a product that exchanges files: its outbox is read as it would be, in a copy.

use std::path::{Path, PathBuf};

use tieout_core::check::contradictions;
use tieout_core::host::{Host, HostError, HostErrorKind, Record};

use super::promise::Weight;
use super::report::{Outcome, Report, Verdict};
use crate::config::FolderConfig;
use crate::folder::failed;
use crate::host::FolderHost;
use crate::wire::OutboxName;

const PAGE_DOCUMENTS: usize = 500;
/// Faults that are told one by one.
const FAULTS_MAX: usize = 20;

/// What was seen of a folder.
#[derive(Default)]
struct Seen {
    files: usize,
    records: usize,
    misnamed: Vec<String>,
    unproven: Vec<String>,
    failed: Vec<String>,
    unreadable: Vec<String>,
    unequal: Vec<String>,
}

/// Tries every promise on a folder. `copy` is an empty folder in which the outbox is read: nothing is moved or written
/// in the product's own.
///
/// Fails when the folder has no outbox or cannot be copied.
pub async fn conform_folder(folder: &Path, copy: &Path) -> Result<Report, HostError> {
    let failed_to = |error: std::io::Error| {
        let message = folder.join("outbox").display().to_string();
        HostError::new(HostErrorKind::Misconfigured, "read outbox", message).caused_by(error)
    };
    let mut seen = copied(folder, copy).map_err(failed_to)?;
    let mut config = FolderConfig::at(copy);
    config.stable_ms = 0;
    let host = FolderHost::open(config).await?;
    let mut position: Option<String> = None;
    loop {
        let page = host.changes(position.as_deref(), PAGE_DOCUMENTS).await?;
        for record in &page.records {
            seen.look_at(record);
        }
        if let Some(reached) = &page.position {
            host.acknowledge(reached).await?;
        }
        position = page.position;
        if !page.more {
            break;
        }
    }
    let left = failed(copy, FAULTS_MAX).map_err(failed_to)?;
    for file in left.newest.iter().filter(|file| file.rows.is_empty()) {
        seen.failed.push(format!("{}: {}", file.name, file.message));
    }
    Ok(Report::of(folder.display().to_string(), seen.verdicts()))
}

/// Copies what would be taken, and looks at the names.
fn copied(folder: &Path, copy: &Path) -> std::io::Result<Seen> {
    let (from, to) = (folder.join("outbox"), copy.join("outbox"));
    std::fs::create_dir_all(&to)?;
    let mut seen = Seen::default();
    let mut names: Vec<(String, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_left_alone =
            name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part");
        if entry.file_type()?.is_file() && !is_left_alone {
            names.push((name, entry.path()));
        }
    }
    for (name, path) in &names {
        std::fs::copy(path, to.join(name))?;
        if name.ends_with(".sha256") {
            continue;
        }
        seen.files += 1;
        if OutboxName::parse(name).is_none() {
            seen.misnamed.push(name.clone());
        } else if !has_trailer(path)?
            && !names.iter().any(|(it, _)| *it == format!("{name}.sha256"))
        {
            seen.unproven.push(name.clone());
        }
    }
    Ok(seen)
}

/// Whether the end of a file looks like one that says how much it holds.
fn has_trailer(path: &Path) -> std::io::Result<bool> {
    use std::io::{Read, Seek, SeekFrom};
    const TAIL_BYTES: u64 = 2_048;
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail);
    Ok(tail.contains("\"trailer\"") || tail.contains("#trailer"))
}

impl Seen {
    fn look_at(&mut self, record: &Record) {
        self.records += 1;
        match record {
            Record::Document(document) => {
                let why = contradictions(document);
                if !why.is_empty() {
                    let fault = format!("{}: {}", document.number(), why.join("; "));
                    self.unequal.push(fault);
                }
            }
            Record::Removed { .. } => {}
            Record::Unreadable {
                place,
                field,
                message,
                ..
            } => {
                let field = match field.as_str() {
                    "" => String::new(),
                    field => format!(" `{field}`"),
                };
                self.unreadable.push(format!("{place}{field}: {message}"));
            }
        }
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let verdict = |name, weight, proves, mend, faults: &[String]| Verdict {
            name,
            weight,
            proves,
            outcome: match (self.files, faults) {
                (0, _) => Outcome::LeftOut {
                    why: "there is no file in `outbox`".to_owned(),
                },
                (_, []) => Outcome::Kept,
                (_, faults) => Outcome::Broken {
                    seen: shown(faults),
                    mend,
                    exchanges: Vec::new(),
                },
            },
        };
        vec![
            verdict(
                "every_file_is_named_right",
                Weight::Must,
                "A file's name says what it holds and when it was written, so that files are read in their order.",
                "Name it <type>-<batch>-<yyyymmddThhmmssZ>.<json|jsonl|csv>.",
                &self.misnamed,
            ),
            verdict(
                "every_file_proves_that_it_is_whole",
                Weight::Should,
                "A file that was cut off is noticed, whatever cut it off.",
                "End it with a trailer, or put a .sha256 beside it; then set proof = \"required\".",
                &self.unproven,
            ),
            verdict(
                "every_file_can_be_taken",
                Weight::Must,
                "A file is whole, in UTF-8, and agrees with its trailer or checksum.",
                "Write it as NAME.tmp, close it, and rename it to NAME.",
                &self.failed,
            ),
            verdict(
                "every_record_can_be_read",
                Weight::Must,
                "Each record fits its JSON Schema (`tieout schema invoice`), down to texts for decimals.",
                "Mend the fields that are named; money, quantities and rates are texts such as \"193.99\".",
                &self.unreadable,
            ),
            verdict(
                "amounts_agree_to_the_cent",
                Weight::Must,
                "Lines come to their totals, so that no document is held back for its arithmetic.",
                "Round each line to the cent first and add up what is printed: the totals are the sums of the lines.",
                &self.unequal,
            ),
        ]
    }
}

fn shown(faults: &[String]) -> String {
    let first: Vec<&str> = faults.iter().take(FAULTS_MAX).map(String::as_str).collect();
    match faults.len() - first.len() {
        0 => first.join(" | "),
        more => format!("{} | and {more} more", first.join(" | ")),
    }
}
