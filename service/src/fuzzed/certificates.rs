//! Chains of certificates, bent as somebody may bend them who wants another past.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta};
use tempfile::tempdir;
use tieout_core::tieout::{Certificate, Chain, Counts, Depth, FORMAT, RowsFile, fingerprint};
use tieout_fuzz::mutate;
use tieout_fuzz::random::Random;
use tieout_fuzz::targets::{Target, Verdict};

use crate::report::Archive;

/// Certificates of the chain.
const CERTIFICATES: u64 = 3;

/// Files by their names.
type Files = BTreeMap<String, Vec<u8>>;

pub(super) struct Certificates {
    whole: Files,
    chain: Chain,
    /// What the case makes of the folder.
    bent: Files,
}

impl Certificates {
    pub(super) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let whole = chain()?;
        let Some(Ok(Ok(chain))) = verified(&whole).ok() else {
            return Err("the chain itself is broken".into());
        };
        Ok(Self {
            whole,
            chain,
            bent: Files::new(),
        })
    }
}

/// A chain as the program keeps it.
fn chain() -> Result<Files, serde_json::Error> {
    let mut files = Files::new();
    let mut previous = None;
    for number in 1..=CERTIFICATES {
        let name = format!("certificate-{number:06}");
        let rows = format!("number,verdict\nINV-{number},agrees\n\"A, \"\"b\"\"\",differs\n");
        let made_at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + number.cast_signed());
        let certificate = Certificate {
            format: FORMAT.to_owned(),
            number,
            previous: previous.take(),
            made_at,
            depth: Depth::Remembered,
            complete_as_of: BTreeMap::new(),
            unasked: BTreeMap::new(),
            counts: Counts {
                agree: 1,
                differ: 1,
                ..Counts::default()
            },
            causes: BTreeMap::new(),
            controls: Vec::new(),
            rows: RowsFile {
                name: format!("{name}.csv"),
                sha256: fingerprint(rows.as_bytes()),
                rows: 2,
            },
        };
        let text = serde_json::to_vec_pretty(&certificate)?;
        previous = Some(fingerprint(&text));
        files.insert(format!("{name}.json"), text);
        files.insert(format!("{name}.csv"), rows.into_bytes());
    }
    Ok(files)
}

/// What the program says of a folder with these files; a failure says why it cannot say.
fn verified(files: &Files) -> std::io::Result<Result<Result<Chain, String>, String>> {
    let folder = tempdir()?;
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes)?;
    }
    let archive = Archive::at(folder.path().to_owned());
    // Whatever the newest is, the next one is begun or refused in words.
    drop(archive.newest_at());
    Ok(match archive.verify() {
        Ok(chain) => Ok(chain.map_err(|broken| broken.to_string())),
        Err(failure) => Err(failure.message),
    })
}

impl Target for Certificates {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        self.bent = self.whole.clone();
        for _ in 0..=random.below(2) {
            let names: Vec<String> = self.bent.keys().cloned().collect();
            let name = random.pick(&names);
            let bytes = self.bent.get(&name).cloned().unwrap_or_default();
            match random.below(6) {
                0 => drop(self.bent.remove(&name)),
                1 => {
                    self.bent.insert(another_name(&name, random), bytes);
                }
                2 => {
                    let other = random.pick(&names);
                    let others = self.bent.insert(name.clone(), bytes.clone());
                    self.bent.insert(other, others.unwrap_or(bytes));
                }
                _ if is_certificate(&name) => {
                    self.bent.insert(name, mutate::json(&bytes, random));
                }
                _ => {
                    self.bent.insert(name, mutate::bytes(&bytes, random));
                }
            }
        }
        let told = self
            .bent
            .iter()
            .flat_map(|(name, bytes)| [name.as_bytes(), b":\n", bytes.as_slice(), b"\n"].concat());
        told.collect()
    }

    fn feed(&mut self, _: &[u8], _: &mut Random) -> Verdict {
        let said = match verified(&self.bent) {
            Ok(said) => said,
            // A name that this file system does not take.
            Err(_) => return Verdict::Refused,
        };
        match said {
            Err(why) | Ok(Err(why)) if why.trim().is_empty() => {
                Verdict::Broken("it is refused without a word".to_owned())
            }
            Err(_) | Ok(Err(_)) => Verdict::Refused,
            Ok(Ok(chain)) => self.judge(&chain),
        }
    }
}

impl Certificates {
    /// A chain that verifies has every certificate but the newest as it was made, and with the newest's tip that too.
    fn judge(&self, chain: &Chain) -> Verdict {
        let is_noted = chain.tip == self.chain.tip;
        let proven = match is_noted {
            true => chain.certificates,
            false => chain.certificates.saturating_sub(1),
        };
        for number in 1..=proven {
            for ending in ["json", "csv"] {
                let name = format!("certificate-{number:06}.{ending}");
                if self.bent.get(&name) != self.whole.get(&name) {
                    return Verdict::Broken(format!("{name} was changed, and the chain verifies"));
                }
            }
        }
        Verdict::Taken
    }
}

fn is_certificate(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == "json")
}

/// Another name in the same folder, near that of a certificate.
fn another_name(name: &str, random: &mut Random) -> String {
    let number = [
        "000001",
        "000004",
        "1",
        "+2",
        "18446744073709551615",
        "",
        "000002x",
    ];
    let ending = Path::new(name).extension().unwrap_or_default();
    format!(
        "certificate-{}.{}",
        number[random.below(number.len())],
        ending.to_string_lossy()
    )
}
