//! The folder of certificates: a chain of files that anyone can verify with nothing but the files.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tieout_core::driver::{TieOut, TieOutRow, World};
use tieout_core::tieout::{
    Broken, Cause, Certificate, CertificateFile, Chain, Control, ControlKey, ControlRow, Depth,
    FORMAT, RowsFile, Verdict, fingerprint, verify,
};
use tokio_util::sync::CancellationToken;

use super::export::{Export, Format};
use super::kept_rows::{CertificateRow, RowPage, RowPlace, read_rows};
use super::rows::Row;
use crate::exit::{Exit, Failure};
use crate::private::{self, Partial};

/// How the names of certificates and their rows begin.
const PREFIX: &str = "certificate-";

/// The file that is locked while one is made.
const LOCK: &str = ".lock";

/// A folder of certificates.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    folder: PathBuf,
}

/// A certificate that was kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Its file.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) certificate: Certificate,
    /// The fingerprint of its file.
    pub(crate) tip: String,
}

impl Archive {
    /// The certificates in `folder`, which need not exist yet.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Compares both sides, tells every row, and keeps what it came to.
    ///
    /// The rows are durable before the certificate that names them; a crash between leaves rows that the next
    /// certificate overwrites. One at a time: a second one, of this process or another, fails and changes nothing.
    /// Nothing is kept when `stop` was cancelled before the end.
    pub(crate) async fn keep(
        &self,
        world: &World,
        depth: Depth,
        stop: &CancellationToken,
        tell: &mut (dyn FnMut(&Row) + Send),
    ) -> Result<(TieOut, Kept), Failure> {
        private::make_folder(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        // Two that follow the same one would break the chain: the number stands from here to the end.
        let _lock = self.lock()?;
        private::remove_partials(&self.folder, PREFIX)
            .map_err(|error| failed(&self.folder, &error))?;
        let newest = self.files()?.pop();
        let number = newest.as_ref().map_or(1, |(number, _)| number + 1);
        let previous = match &newest {
            Some((_, path)) => Some(fingerprint(&read(path)?)),
            None => None,
        };
        let name = format!("{PREFIX}{number:06}");
        let mut rows = Export::begin(&self.folder.join(format!("{name}.csv")), Format::Csv)?;
        let mut causes = BTreeMap::<Cause, u64>::new();
        let tie_out = world
            .tie_out(depth, stop, &mut |connection, row| {
                count_causes(&mut causes, &row);
                let row = Row::of(connection, &row);
                rows.add(&row);
                tell(&row);
            })
            .await?;
        if stop.is_cancelled() {
            return Err(stopped());
        }
        let (sha256, count) = rows.end(&tie_out)?;
        let certificate = Certificate {
            format: FORMAT.to_owned(),
            number,
            previous,
            made_at: world.clock.now(),
            depth,
            complete_as_of: tie_out.complete_as_of.clone(),
            unasked: tie_out.unasked.clone(),
            counts: tie_out.counts,
            causes,
            controls: control_rows(&tie_out),
            rows: RowsFile {
                name: format!("{name}.csv"),
                sha256: sha256.unwrap_or_default(),
                rows: count,
            },
        };
        let path = self.folder.join(format!("{name}.json"));
        let tip = write(&path, &certificate)?;
        let kept = Kept {
            path,
            certificate,
            tip,
        };
        Ok((tie_out, kept))
    }

    /// Takes the folder for one certificate; it is let go with the file.
    fn lock(&self) -> Result<File, Failure> {
        let path = self.folder.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| failed(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Failure::new(format!(
                "{}: another certificate is being made",
                self.folder.display()
            ))
            .advise("Wait until it is made, and ask again: they follow each other.")),
            Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
        }
    }

    /// Verifies every certificate from the first on.
    pub(crate) fn verify(&self) -> Result<Result<Chain, Broken>, Failure> {
        let mut files = Vec::new();
        for (_, path) in self.files()? {
            let rows_path = path.with_extension("csv");
            let rows = match fs::read(&rows_path) {
                Ok(bytes) => Some((fingerprint(&bytes), count(&rows_path, &bytes)?)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(failed(&rows_path, &error)),
            };
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            files.push(CertificateFile {
                name,
                bytes: read(&path)?,
                rows,
            });
        }
        Ok(verify(&files))
    }

    /// The numbers of the certificates, the newest first.
    pub(crate) fn numbers(&self) -> Result<Vec<u64>, Failure> {
        let files = self.files()?;
        Ok(files.into_iter().rev().map(|(number, _)| number).collect())
    }

    /// A certificate with its file and the file of its rows; `None` where there is none of this number.
    pub(crate) fn open(
        &self,
        number: u64,
    ) -> Result<Option<(Certificate, PathBuf, PathBuf)>, Failure> {
        let files = self.files()?;
        let Some((_, path)) = files.into_iter().find(|(known, _)| *known == number) else {
            return Ok(None);
        };
        let certificate = serde_json::from_slice(&read(&path)?).map_err(|error| {
            Failure::new(format!("{}: it is no certificate: {error}", path.display()))
        })?;
        let rows = path.with_extension("csv");
        Ok(Some((certificate, path, rows)))
    }

    /// When the newest certificate was made; `None` when there is none.
    pub(crate) fn newest_at(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        Ok(self.newest()?.map(|newest| newest.made_at))
    }

    /// The newest certificate; `None` when there is none.
    pub(crate) fn newest(&self) -> Result<Option<Certificate>, Failure> {
        let Some((_, path)) = self.files()?.pop() else {
            return Ok(None);
        };
        let newest: Certificate = serde_json::from_slice(&read(&path)?).map_err(|error| {
            Failure::new(format!("{}: it is no certificate: {error}", path.display()))
                .advise("Move the folder aside to begin a new chain; keep it, it may be evidence.")
        })?;
        Ok(Some(newest))
    }

    /// The certificate of a number, if there is one.
    pub(crate) fn read(&self, number: u64) -> Result<Option<Certificate>, Failure> {
        Ok(self.open(number)?.map(|(certificate, ..)| certificate))
    }

    /// Some rows of a certificate, from a place on, and where the next page begins; none where the place is none.
    pub(crate) fn rows(
        &self,
        number: u64,
        from: Option<RowPlace>,
        limit: usize,
        is_wanted: impl Fn(&CertificateRow) -> bool,
    ) -> Result<RowPage, Failure> {
        let path = self.folder.join(format!("{PREFIX}{number:06}.csv"));
        read_rows(&path, from, limit, is_wanted)
    }

    /// The certificates by number, the newest last.
    fn files(&self) -> Result<Vec<(u64, PathBuf)>, Failure> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&self.folder, &error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| failed(&self.folder, &error))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let number = name
                .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(".json"))
                .and_then(|number| number.parse().ok());
            files.extend(number.map(|number| (number, path)));
        }
        files.sort();
        Ok(files)
    }
}

/// Writes a certificate, durably, where none is; nothing is left of one that could not be written. Gives its fingerprint.
fn write(path: &Path, certificate: &Certificate) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(certificate)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    text.push('\n');
    let wrong = |error| failed(path, &error);
    let (partial, mut file) = Partial::begin(path).map_err(wrong)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(wrong)?;
    partial.keep_new().map_err(wrong)?;
    Ok(fingerprint(text.as_bytes()))
}

fn count_causes(causes: &mut BTreeMap<Cause, u64>, row: &TieOutRow) {
    if let TieOutRow::Document(one) = row
        && let Verdict::Differs { causes: known, .. } = &one.verdict
    {
        known
            .iter()
            .for_each(|cause| *causes.entry(*cause).or_default() += 1);
    }
}

fn control_rows(tie_out: &TieOut) -> Vec<ControlRow> {
    let row = |(of, total): (&ControlKey, &Control)| ControlRow {
        of: of.clone(),
        total: *total,
    };
    tie_out.controls.0.iter().map(row).collect()
}

fn stopped() -> Failure {
    let mut failure =
        Failure::new("stopped before everything was compared: no certificate was made");
    failure.exit = Exit::Stopped;
    failure
}

/// Rows of a file, without its head.
fn count(path: &Path, bytes: &[u8]) -> Result<u64, Failure> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut rows = 0;
    for row in reader.byte_records() {
        row.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        rows += 1;
    }
    Ok(rows)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}
