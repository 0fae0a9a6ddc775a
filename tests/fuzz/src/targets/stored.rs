//! Stored forms: what an older version, or damage that a checksum missed, may hand to the engine.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tieout_core::document::Document;
use tieout_core::engine::{Binding, Entry, Flight};

use super::{Target, Verdict, corpus};
use crate::mutate;
use crate::random::Random;

/// The frozen samples of every stored form.
pub(super) struct StoredForms {
    samples: Vec<(String, Vec<u8>)>,
    kind: String,
}

impl StoredForms {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            samples: corpus("tests/conformance/frozen/v1")?,
            kind: String::new(),
        })
    }
}

impl Target for StoredForms {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        let (name, sample) = random.pick(&self.samples);
        self.kind = name;
        mutate::json(&sample, random)
    }

    fn feed(&mut self, input: &[u8], _: &mut Random) -> Verdict {
        match self.kind.split(['-', '.']).next().unwrap_or_default() {
            "binding" => comes_back::<Binding>(input),
            "flight" => comes_back::<Flight>(input),
            "document" => comes_back::<Document>(input),
            "journal" => comes_back::<Vec<Entry>>(input),
            _ => Verdict::Refused,
        }
    }
}

/// What is read is written as something that reads the same.
pub(super) fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    input: &[u8],
) -> Verdict {
    let Ok(read) = serde_json::from_slice::<T>(input) else {
        return Verdict::Refused;
    };
    let written = match serde_json::to_vec(&read) {
        Ok(written) => written,
        Err(error) => return Verdict::Broken(format!("it cannot be written: {error}")),
    };
    match serde_json::from_slice::<T>(&written) {
        Ok(again) if again == read => Verdict::Taken,
        Ok(again) => Verdict::Broken(format!("it comes back as another one: {read:?} {again:?}")),
        Err(error) => Verdict::Broken(format!("it cannot be read again: {error}")),
    }
}
