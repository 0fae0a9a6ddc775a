//! Backups: a file that lay somewhere for a year.

use std::fs;

use tempfile::TempDir;
use tieout_core::store::{ChangeSet, RecordKey, SledOptions, SledStore, Store as _, StoreError};
use tokio::runtime::Runtime;

use super::{Target, Verdict};
use crate::mutate;
use crate::random::Random;

/// A backup of a small store.
pub(super) struct Backups {
    whole: Vec<u8>,
    folder: TempDir,
}

impl Backups {
    pub(super) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let runtime = Runtime::new()?;
        let file = folder.path().join("whole");
        runtime.block_on(async {
            let store = SledStore::open(folder.path().join("store"), SledOptions::default())?;
            for number in 0..40 {
                let key = RecordKey::new(&["record", &number.to_string()]);
                let value = Some(vec![b'v'; 17 * number]);
                let changes = ChangeSet {
                    records: [(key, value)].into(),
                    ..ChangeSet::default()
                };
                store.commit(changes).await?;
            }
            store.back_up(fs::File::create(&file)?).await?;
            Ok::<(), Box<dyn std::error::Error>>(())
        })?;
        Ok(Self {
            whole: fs::read(file)?,
            folder,
        })
    }
}

impl Target for Backups {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        mutate::bytes(&self.whole, random)
    }

    fn feed(&mut self, input: &[u8], _: &mut Random) -> Verdict {
        if input == self.whole {
            return Verdict::Taken;
        }
        let (file, place) = (
            self.folder.path().join("bent"),
            self.folder.path().join("made"),
        );
        if let Err(error) = fs::write(&file, input) {
            return Verdict::Broken(format!("the case cannot be tried: {error}"));
        }
        match SledStore::restore(&place, &file, SledOptions::default()) {
            Err(StoreError::Corrupt { .. } | StoreError::Newer { .. }) if !place.exists() => {
                Verdict::Refused
            }
            Err(error) => {
                Verdict::Broken(format!("refused otherwise, or something was made: {error}"))
            }
            Ok(_) => Verdict::Broken("a backup that was changed became a store".to_owned()),
        }
    }
}
