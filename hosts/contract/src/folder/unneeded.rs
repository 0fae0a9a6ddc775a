//! Where files go that hold what nobody needs: many at a time, so that a product's exports hold up no invoice.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

use super::disk::{self, Print};
use super::outbox::Candidate;
use super::settle::{free_name, move_file};
use super::{Folder, report};
use crate::wire::FileType;

/// Files put aside in one look; the others follow at the next, which comes at once.
const FILES_PER_LOOK_MAX: usize = 1_000;

/// The files that are being put aside. It is durable before the first move, so that every repeat moves alike.
#[derive(Serialize, Deserialize)]
struct Batch {
    files: Vec<Planned>,
}

#[derive(Serialize, Deserialize)]
struct Planned {
    /// Its name in the outbox.
    name: String,
    /// The state in which it was found.
    print: Print,
    /// Its name in `done`.
    to: String,
}

impl Folder {
    /// Puts files aside that need not be read, each with its result, and says whether more of them lie there.
    ///
    /// Nothing of them is told to anybody, so nobody acknowledges them. The folders are synced once for all of
    /// them. A crash on the way means that the rest follows at the next look.
    pub(super) fn put_aside_unneeded(&self, candidates: &[Candidate]) -> Result<bool, HostError> {
        self.finish_unneeded()?;
        let mut taken = HashSet::new();
        let mut unneeded = candidates.iter().filter(|it| self.is_unneeded(it));
        let files: Vec<Planned> = unneeded
            .by_ref()
            // What was just finished is in the list still.
            .filter(|it| disk::exists(&it.path))
            .take(FILES_PER_LOOK_MAX)
            .map(|it| {
                let to = free_name(&self.rooms.done, &it.shown, &taken);
                taken.insert(to.clone());
                Planned {
                    name: it.shown.clone(),
                    print: it.print,
                    to,
                }
            })
            .collect();
        if files.is_empty() {
            return Ok(false);
        }
        let record = self.unneeded_path();
        let json = serde_json::to_vec(&Batch { files })
            .map_err(|error| failed(&error, "the list of files cannot be written"))?;
        disk::replace(&record, &json).map_err(disk::failed("put aside", &record))?;
        self.finish_unneeded()?;
        Ok(unneeded.next().is_some())
    }

    /// Whether a file is right as far as one sees without reading it, and holds what is not needed.
    pub(super) fn is_unneeded(&self, candidate: &Candidate) -> bool {
        let kind = candidate.name.as_ref().map(|name| name.kind);
        matches!(kind, Some(FileType::Companies | FileType::Contacts))
            && self.name_to_read(candidate).is_ok()
    }

    /// Finishes what a list says that was begun. A file that cannot be moved does not hold up the others.
    fn finish_unneeded(&self) -> Result<(), HostError> {
        let record = self.unneeded_path();
        let json = match fs::read(&record) {
            Ok(json) => json,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(disk::failed("put aside", &record)(error)),
        };
        let batch: Batch = serde_json::from_slice(&json).map_err(|error| {
            let what = format!("`{}` cannot be understood", record.display());
            failed(&error, &what)
        })?;
        let mut trouble = None;
        for planned in &batch.files {
            if let Err(error) = self.carry(planned) {
                let to = self.rooms.done.join(&planned.to);
                trouble.get_or_insert_with(|| disk::failed("put aside", &to)(error));
            }
        }
        for room in [&self.rooms.done, &self.rooms.outbox] {
            disk::sync_folder(room).map_err(disk::failed("put aside", room))?;
        }
        match trouble {
            Some(error) => Err(error),
            None => disk::remove(&record).map_err(disk::failed("put aside", &record)),
        }
    }

    /// Moves one file and lays its result beside it. A repeat finds it done.
    fn carry(&self, planned: &Planned) -> io::Result<()> {
        let from = self.rooms.outbox.join(&planned.name);
        let to = self.rooms.done.join(&planned.to);
        move_file(planned.print, &from, &to)?;
        if !disk::exists(&to) {
            // The host replaced it in the meantime or took it back: there is nothing to report.
            return Ok(());
        }
        let draft = self.rooms.intake.join("unneeded.result");
        report::write_unneeded(&draft, &planned.name)?;
        fs::rename(
            draft,
            self.rooms.done.join(format!("{}.result.json", planned.to)),
        )
    }

    fn unneeded_path(&self) -> PathBuf {
        self.rooms.state.join("unneeded.json")
    }
}

fn failed(error: &serde_json::Error, what: &str) -> HostError {
    HostError::new(
        HostErrorKind::BadData,
        "put aside",
        format!("{what}: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::disk::count_syncs;
    use super::*;
    use crate::config::FolderConfig;

    const INVOICE: &str = r#"{"id":"1","revision":1,"kind":"sales","number":"N-1","status":"final","issue_date":"2026-10-30","currency":"AUD","amounts_are":"no_tax","bill_to":{"name":"Grevillea"},"lines":[{"id":"1","description":"Visit","quantity":"1","unit_price":"1.00","net_amount":"1.00","tax_amount":"0.00"}],"totals":{"net":"1.00","tax":"0.00","gross":"1.00"},"updated_at":"2026-10-30T05:00:00Z"}"#;

    fn folder() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let mut config = FolderConfig::at(root.path());
        config.stable_ms = 0;
        let folder = Folder::open(config).unwrap();
        (root, folder)
    }

    fn drop_unneeded(folder: &Folder, count: usize) {
        for index in 0..count {
            let name = format!("companies-{index}-20261031T080000Z.jsonl");
            fs::write(folder.rooms.outbox.join(name), "{}").unwrap();
        }
    }

    fn count(folder: &std::path::Path, is: impl Fn(&str) -> bool) -> usize {
        let names = fs::read_dir(folder).unwrap().map(Result::unwrap);
        names
            .filter(|item| is(&item.file_name().to_string_lossy()))
            .count()
    }

    #[test]
    fn ten_thousand_unneeded_files_cost_a_few_syncs_a_look_and_hold_up_no_invoice() {
        let (_root, folder) = folder();
        drop_unneeded(&folder, 10_000);
        let invoice = folder
            .rooms
            .outbox
            .join("invoices-1-20261031T090000Z.jsonl");
        fs::write(invoice, INVOICE).unwrap();

        let (page, syncs) = count_syncs(|| folder.changes(None, 10).unwrap());
        assert_eq!(page.records.len(), 1, "the first look brings the invoice");
        assert!(page.more);
        assert!(syncs <= 8, "{syncs} folders synced in the first look");
        let position = page.position.unwrap();
        folder.acknowledge(&position).unwrap();

        let mut looks = 1;
        loop {
            let (page, syncs) = count_syncs(|| folder.changes(Some(&position), 10).unwrap());
            looks += 1;
            assert!(syncs <= 4, "{syncs} folders synced in look {looks}");
            assert_eq!(page.records, []);
            if !page.more {
                break;
            }
        }
        assert_eq!(looks, 10_000 / FILES_PER_LOOK_MAX);
        assert_eq!(count(&folder.rooms.outbox, |_| true), 0);
        let done = &folder.rooms.done;
        assert_eq!(
            count(done, |name| name.starts_with("companies-")
                && name.ends_with(".jsonl.result.json")),
            10_000
        );
        assert_eq!(
            count(done, |name| name.starts_with("companies-")
                && name.ends_with(".jsonl")),
            10_000
        );
        let (_, syncs) = count_syncs(|| folder.changes(Some(&position), 10).unwrap());
        assert_eq!(syncs, 0, "an idle look syncs nothing");
    }

    #[test]
    fn a_list_that_a_crash_cut_short_is_finished_and_each_file_has_one_result() {
        let (_root, folder) = folder();
        drop_unneeded(&folder, 3);
        let side = folder
            .rooms
            .outbox
            .join("companies-1-20261031T080000Z.jsonl.sha256");
        fs::write(side, "hash").unwrap();
        let candidates = folder.candidates(&[]).unwrap();
        // The crash: the list is there and the first file is moved, without its result.
        let files = candidates.iter().map(|it| Planned {
            name: it.shown.clone(),
            print: it.print,
            to: it.shown.clone(),
        });
        let batch = Batch {
            files: files.collect(),
        };
        fs::write(folder.unneeded_path(), serde_json::to_vec(&batch).unwrap()).unwrap();
        let first = &batch.files[0];
        fs::rename(
            folder.rooms.outbox.join(&first.name),
            folder.rooms.done.join(&first.to),
        )
        .unwrap();
        // And the last one was replaced by the host in the meantime.
        let last = folder.rooms.outbox.join(&batch.files[2].name);
        fs::write(last, "newer content").unwrap();

        let page = folder.changes(None, 10).unwrap();
        assert!(page.records.is_empty() && !page.more);
        assert_eq!(count(&folder.rooms.outbox, |_| true), 0);
        let done = &folder.rooms.done;
        assert_eq!(count(done, |name| name.ends_with(".jsonl")), 3);
        assert_eq!(count(done, |name| name.ends_with(".result.json")), 3);
        assert_eq!(count(done, |name| name.ends_with(".sha256")), 1);
        assert_eq!(
            fs::read_to_string(done.join(&batch.files[2].to)).unwrap(),
            "newer content"
        );
        assert!(!disk::exists(&folder.unneeded_path()));
    }

    #[test]
    fn a_name_that_is_taken_in_done_is_numbered() {
        let (_root, folder) = folder();
        for _ in 0..2 {
            drop_unneeded(&folder, 1);
            folder.changes(None, 10).unwrap();
        }
        let done = &folder.rooms.done;
        let again = done.join("companies-0-20261031T080000Z.2.jsonl");
        assert!(disk::exists(&again));
        let result = done.join("companies-0-20261031T080000Z.2.jsonl.result.json");
        let told: serde_json::Value = serde_json::from_slice(&fs::read(result).unwrap()).unwrap();
        assert_eq!(told["file"], "companies-0-20261031T080000Z.jsonl");
        assert_eq!(told["outcome"], "not_needed");
        assert_eq!(told["rows"], serde_json::json!([]));
    }
}
