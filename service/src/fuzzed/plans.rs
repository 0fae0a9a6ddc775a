//! Plans, bent as somebody may bend them: what opens holds only lines that were sealed for it, each once and unchanged.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;
use tieout_core::driver::PlanSource as _;
use tieout_core::engine::Intention;
use tieout_fuzz::mutate;
use tieout_fuzz::random::Random;
use tieout_fuzz::targets::{Target, Verdict, corpus};

use crate::planfile::PlanFile;

pub(super) struct Plans {
    samples: Vec<(String, Vec<u8>)>,
    /// The plan that the case bends.
    whole: Vec<u8>,
    folder: TempDir,
}

impl Plans {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            samples: corpus("tests/fuzz/corpus/plans")?,
            whole: Vec::new(),
            folder: tempfile::tempdir()?,
        })
    }

    fn open(&self, plan: &[u8]) -> Result<Opened, String> {
        let path = self.folder.path().join("plan.jsonl");
        fs::write(&path, plan).map_err(|error| error.to_string())?;
        let file = match PlanFile::open(&path) {
            Ok(file) => file,
            Err(failure) if failure.message.trim().is_empty() => {
                return Err("it is refused without a word".to_owned());
            }
            Err(_) => return Ok(None),
        };
        let documents = file.read().map_err(|error| error.to_string())?;
        let documents = documents.collect::<Result<Vec<_>, _>>();
        let documents =
            documents.map_err(|error| format!("it opens and cannot be read: {error}"))?;
        if documents.len() != file.documents {
            return Err(format!(
                "{} counted, {} read",
                file.documents,
                documents.len()
            ));
        }
        let header = serde_json::to_value(&file.header).map_err(|error| error.to_string())?;
        Ok(Some((header, documents)))
    }
}

/// The first line of a plan that opens, and its documents.
type Opened = Option<(Value, Vec<Intention>)>;

impl Target for Plans {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        self.whole = random.pick(&self.samples).1;
        let mut lines: Vec<Vec<u8>> = self
            .whole
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        match random.below(5) {
            // A line of another plan among those of this one.
            0 => {
                let other = random.pick(&self.samples).1;
                let others: Vec<&[u8]> = other.split(|byte| *byte == b'\n').collect();
                let at = random.below(lines.len());
                lines.insert(at, others[random.below(others.len())].to_vec());
            }
            1 => drop(lines.remove(random.below(lines.len()))),
            2 | 3 => {
                let at = random.below(lines.len());
                lines[at] = mutate::json(&lines[at], random);
            }
            _ => return mutate::bytes(&self.whole, random),
        }
        lines.join(&b"\n"[..])
    }

    fn feed(&mut self, input: &[u8], _: &mut Random) -> Verdict {
        let whole = match self.open(&self.whole) {
            Ok(Some(whole)) => whole,
            Ok(None) => return Verdict::Broken("the plan itself is refused".to_owned()),
            Err(broken) => return Verdict::Broken(broken),
        };
        match self.open(input) {
            Err(broken) => Verdict::Broken(broken),
            Ok(None) => Verdict::Refused,
            Ok(Some((header, _))) if header != whole.0 => {
                Verdict::Broken(format!("its first line was changed: {header}"))
            }
            Ok(Some((_, documents))) => match documents.iter().find(|one| !whole.1.contains(one)) {
                Some(changed) => Verdict::Broken(format!("it was changed: {changed:?}")),
                None => Verdict::Taken,
            },
        }
    }
}
