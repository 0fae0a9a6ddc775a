//! How a plan is read: checked as a whole before anything is done, then document by document.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tieout_core::driver::PlanSource;
use tieout_core::engine::{ContentHash, Intention};

use super::form::{Header, Planned, VERSION};
use crate::exit::Failure;

/// The longest line, in bytes: a document of a thousand lines has less than a megabyte.
const LINE_BYTES_MAX: u64 = 32 << 20;

const MADE_ANEW: &str = "Make it anew with `tieout plan --out`. Lines may be taken out of a plan, but none may be changed.";

/// A plan that is sound.
#[derive(Debug)]
pub(crate) struct PlanFile {
    path: PathBuf,
    /// Its first line.
    pub(crate) header: Header,
    /// Its documents.
    pub(crate) documents: usize,
}

impl PlanFile {
    /// Opens a plan and checks all of it: version, seals, and that no document stands twice.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let unread = |error: io::Error| Failure::config(format!("{}: {error}", path.display()));
        let mut lines = Lines::open(path).map_err(unread)?;
        let header = header(path, lines.next().transpose().map_err(unread)?)?;
        let mut met = HashSet::new();
        for line in lines {
            let (number, line) = line.map_err(unread)?;
            let damaged = |why: &str| {
                Failure::config(format!("{}, line {number}: {why}", path.display()))
                    .advise(format!("Nothing was done. {MADE_ANEW}"))
            };
            let planned: Planned = serde_json::from_slice(&line)
                .map_err(|error| damaged(&format!("it cannot be read: {error}")))?;
            if !planned.is_sealed(&header.id) {
                return Err(damaged("it was changed, or it belongs to another plan"));
            }
            let key = planned.document.key();
            if !met.insert(ContentHash::of(&key)) {
                return Err(damaged(&format!("{key} stands here for the second time")));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            documents: met.len(),
        })
    }
}

fn header(path: &Path, first: Option<(usize, Vec<u8>)>) -> Result<Header, Failure> {
    let no_plan = |why: &str| {
        Failure::config(format!("{} is no plan: {why}", path.display())).advise(MADE_ANEW)
    };
    let Some((_, first)) = first else {
        return Err(no_plan("it is empty"));
    };
    let value: Value =
        serde_json::from_slice(&first).map_err(|error| no_plan(&format!("line 1: {error}")))?;
    match value.get("tieout_plan").and_then(Value::as_u64) {
        None => return Err(no_plan("its first line does not say so")),
        Some(version) if version != u64::from(VERSION) => {
            let why = format!(
                "{} is a plan of version {version}, and this program knows version {VERSION}",
                path.display()
            );
            return Err(Failure::config(why).advise(MADE_ANEW));
        }
        Some(_) => {}
    }
    let header: Header = serde_json::from_value(value)
        .map_err(|error| no_plan(&format!("line 1 cannot be read: {error}")))?;
    if !header.is_whole() {
        return Err(no_plan("its first line was changed"));
    }
    Ok(header)
}

impl PlanSource for PlanFile {
    fn read(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<Intention>> + Send>> {
        let plan = self.header.id.clone();
        let lines = Lines::open(&self.path)?.skip(1);
        Ok(Box::new(lines.map(move |line| {
            let (number, line) = line?;
            let planned: Planned = serde_json::from_slice(&line)?;
            if !planned.is_sealed(&plan) {
                let why = format!("line {number} was changed while the plan was executed");
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Ok(planned.document)
        })))
    }
}

/// The lines of a file with their numbers; empty ones are passed over.
struct Lines {
    file: BufReader<File>,
    number: usize,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::new(File::open(path)?),
            number: 0,
        })
    }
}

impl Iterator for Lines {
    type Item = io::Result<(usize, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = Vec::new();
            self.number += 1;
            match (&mut self.file)
                .take(LINE_BYTES_MAX)
                .read_until(b'\n', &mut line)
            {
                Ok(0) => return None,
                Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(_) => return Some(Ok((self.number, line))),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
