//! How a plan is written: line by line, for its owner alone, under its name when it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use tieout_core::engine::Intention;

use super::form::{Header, Planned};
use crate::private::Partial;

/// A plan that is being written. Dropped before its end it leaves nothing.
pub(crate) struct PlanWriter {
    partial: Partial,
    file: BufWriter<File>,
    plan: String,
    written: usize,
    failed: Option<io::Error>,
}

impl PlanWriter {
    /// Begins a plan that is to be at `target`.
    pub(crate) fn begin(target: &Path, header: &Header) -> io::Result<Self> {
        let (partial, file) = Partial::begin(target)?;
        let mut file = BufWriter::new(file);
        line(&mut file, header)?;
        Ok(Self {
            partial,
            file,
            plan: header.id.clone(),
            written: 0,
            failed: None,
        })
    }

    /// Adds a document. What goes wrong is told by [`Self::finish`].
    pub(crate) fn put(&mut self, document: &Intention) {
        if self.failed.is_some() {
            return;
        }
        let planned = Planned::sealed(document.clone(), &self.plan);
        match line(&mut self.file, &planned) {
            Ok(()) => self.written += 1,
            Err(error) => self.failed = Some(error),
        }
    }

    /// Gives the file its name, unless one of that name is there. Gives how many documents are in it.
    pub(crate) fn finish(self) -> io::Result<usize> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        self.partial.keep_new()?;
        Ok(self.written)
    }
}

fn line(file: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}
