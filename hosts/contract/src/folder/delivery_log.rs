//! Which deliveries were made, so that a repeat makes none.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

use super::disk;

/// One delivery: its identifier, its number and the names of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delivered {
    /// The engine's identifier.
    pub(super) id: String,
    /// The number in the names of its files.
    pub(super) number: u64,
    /// The names.
    pub(super) files: Vec<String>,
}

/// The deliveries of a folder: one line of JSON each, appended.
pub(super) struct DeliveryLog {
    path: PathBuf,
    kept: usize,
    deliveries: Vec<Delivered>,
    /// Bytes that hold whole lines; what follows was cut off by a crash and never promised.
    whole_bytes: u64,
}

impl DeliveryLog {
    /// Reads the log; a last line without its end is what a crash left and does not count.
    pub(super) fn load(path: PathBuf, kept: usize) -> Result<Self, HostError> {
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(disk::failed("deliver", &path)(error)),
        };
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let mut deliveries = Vec::new();
        for line in text[..whole]
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            deliveries.push(serde_json::from_slice(line).map_err(|error| {
                let message = format!("`{}` is damaged: {error}", path.display());
                HostError::new(HostErrorKind::BadData, "deliver", message).caused_by(error)
            })?);
        }
        Ok(Self {
            path,
            kept,
            deliveries,
            whole_bytes: whole as u64,
        })
    }

    /// The delivery of an identifier, if it is remembered.
    pub(super) fn find(&self, id: &str) -> Option<&Delivered> {
        self.deliveries
            .iter()
            .rev()
            .find(|delivered| delivered.id == id)
    }

    /// All that are remembered, oldest first.
    pub(super) fn all(&self) -> &[Delivered] {
        &self.deliveries
    }

    /// Remembers a delivery for good. This is the moment at which it is made.
    pub(super) fn append(&mut self, delivered: Delivered) -> Result<(), HostError> {
        let failed = || disk::failed("deliver", &self.path);
        let mut line = serde_json::to_vec(&delivered).map_err(|error| {
            HostError::new(HostErrorKind::BadData, "deliver", error.to_string())
        })?;
        line.push(b'\n');
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .map_err(failed())?;
        let write = |file: &mut File| {
            file.set_len(self.whole_bytes)?;
            file.write_all(&line)?;
            file.sync_all()?;
            self.path.parent().map_or(Ok(()), disk::sync_folder)
        };
        write(&mut file).map_err(failed())?;
        self.whole_bytes += line.len() as u64;
        self.deliveries.push(delivered);
        self.compact()
    }

    /// Keeps the newest; all at once, and not at every delivery.
    fn compact(&mut self) -> Result<(), HostError> {
        if self.deliveries.len() < self.kept * 2 {
            return Ok(());
        }
        self.deliveries.drain(..self.deliveries.len() - self.kept);
        let mut text = Vec::new();
        for delivered in &self.deliveries {
            serde_json::to_writer(&mut text, delivered).map_err(|error| {
                HostError::new(HostErrorKind::BadData, "deliver", error.to_string())
            })?;
            text.push(b'\n');
        }
        disk::replace(&self.path, &text).map_err(disk::failed("deliver", &self.path))?;
        self.whole_bytes = text.len() as u64;
        Ok(())
    }
}
