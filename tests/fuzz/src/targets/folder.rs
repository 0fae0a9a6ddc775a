//! Files of a host: names, encodings, JSON, JSON Lines, CSV, trailers and checksums, through the whole intake.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tieout_core::host::{Host as _, Record};
use tieout_host_contract::{FolderConfig, FolderHost};
use tokio::runtime::Runtime;

use super::{Target, Verdict, corpus};
use crate::mutate;
use crate::random::Random;

/// Documents of a page.
const PAGE: usize = 7;

/// Pages of a file at most: a file of a quarter of a megabyte has no more.
const PAGES_MAX: usize = 2_000;

/// Files as hosts hand them over.
pub(super) struct Folders {
    samples: Vec<(String, Vec<u8>)>,
    name: String,
    runtime: Runtime,
}

impl Folders {
    pub(super) fn new() -> std::io::Result<Self> {
        let mut samples = corpus("tests/fuzz/corpus/folder")?;
        samples.extend(corpus("hosts/contract/fixtures")?);
        Ok(Self {
            samples,
            name: String::new(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?,
        })
    }
}

impl Target for Folders {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        let (name, sample) = random.pick(&self.samples);
        self.name = match random.below(8) {
            0 => bent_name(&name, random),
            // One format under the name of another.
            1 => random.pick(&self.samples).0,
            _ => name,
        };
        match self.name.contains(".json") && !self.name.ends_with(".jsonl") {
            true => mutate::json(&sample, random),
            false if random.one_in(2) => one_line(&sample, random),
            false => mutate::bytes(&sample, random),
        }
    }

    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict {
        let side = random
            .one_in(8)
            .then(|| mutate::bytes(b"0123456789abcdef", random));
        self.runtime
            .block_on(take(&self.name, input, side))
            .unwrap_or_else(Verdict::Broken)
    }
}

/// A name that a file system takes, bent elsewhere.
fn bent_name(name: &str, random: &mut Random) -> String {
    let bent = mutate::bytes(name.as_bytes(), random);
    let mut text = String::from_utf8_lossy(&bent).replace(['/', '\0'], "_");
    while text.len() > 200 {
        text.pop();
    }
    match text.as_str() {
        "" | "." | ".." => "_".to_owned(),
        _ => text,
    }
}

/// Bends one line of a file of lines as the JSON that it is.
fn one_line(sample: &[u8], random: &mut Random) -> Vec<u8> {
    let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').collect();
    let at = random.below(lines.len());
    let bent = mutate::json(lines[at], random);
    let mut lines = lines;
    lines[at] = &bent;
    lines.join(&b"\n"[..])
}

async fn take(name: &str, input: &[u8], side: Option<Vec<u8>>) -> Result<Verdict, String> {
    let told = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let root = tempfile::tempdir().map_err(|error| told(&error))?;
    let mut config = FolderConfig::at(root.path());
    config.stable_ms = 0;
    let outbox = root.path().join("outbox");
    fs::create_dir(&outbox).map_err(|error| told(&error))?;
    fs::write(outbox.join(name), input).map_err(|error| told(&error))?;
    if let Some(side) = side {
        fs::write(outbox.join(format!("{name}.sha256")), side).map_err(|error| told(&error))?;
    }
    let host = FolderHost::open(config)
        .await
        .map_err(|error| told(&error))?;
    let (mut records, mut position) = (Vec::new(), None::<String>);
    for page in 0.. {
        if page > PAGES_MAX {
            return Err(format!("{name}: it never ends"));
        }
        let read = host
            .changes(position.as_deref(), PAGE)
            .await
            .map_err(|error| told(&error))?;
        records.extend(read.records);
        if let Some(reached) = &read.position {
            host.acknowledge(reached)
                .await
                .map_err(|error| told(&error))?;
        }
        position = read.position.or(position);
        if !read.more {
            break;
        }
    }
    judge(root.path(), name, &records)
}

fn judge(root: &Path, name: &str, records: &[Record]) -> Result<Verdict, String> {
    let mut taken = 0_u64;
    for record in records {
        match record {
            Record::Document(document) => {
                taken += 1;
                let json = serde_json::to_vec(document).map_err(|error| error.to_string())?;
                let again = serde_json::from_slice(&json)
                    .map_err(|error| format!("what was taken cannot be read again: {error}"))?;
                if **document != again {
                    return Err(format!(
                        "what was taken comes back as another one: {document:?}"
                    ));
                }
            }
            Record::Removed { .. } => taken += 1,
            Record::Unreadable { place, message, .. } => {
                if place.is_empty() || message.is_empty() {
                    return Err(format!("a refusal at `{place}` says `{message}`"));
                }
            }
        }
    }
    let is_left_alone = name.starts_with('.')
        || name.ends_with(".tmp")
        || name.ends_with(".part")
        || name.ends_with(".sha256");
    if root.join("outbox").join(name).exists() {
        return match is_left_alone && records.is_empty() {
            true => Ok(Verdict::Refused),
            false => Err(format!(
                "{name} stays in the outbox with {} records",
                records.len()
            )),
        };
    }
    let results = results(root)?;
    let accepted: u64 = results
        .iter()
        .filter_map(|result| result["accepted"].as_u64())
        .sum();
    if results.is_empty() || accepted != taken {
        return Err(format!(
            "{taken} records were taken, the results say {accepted}: {results:?}"
        ));
    }
    for row in results
        .iter()
        .filter_map(|result| result["rows"].as_array())
        .flatten()
    {
        let refused = row["outcome"] == "refused";
        if refused
            && (row["line"].as_u64().is_none() || row["message"].as_str().is_none_or(str::is_empty))
        {
            return Err(format!("a refusal without place or reason: {row}"));
        }
    }
    Ok(if taken > 0 {
        Verdict::Taken
    } else {
        Verdict::Refused
    })
}

/// What a host reads of its file.
fn results(root: &Path) -> Result<Vec<Value>, String> {
    let mut results = Vec::new();
    for room in ["done", "failed"] {
        for item in fs::read_dir(root.join(room))
            .into_iter()
            .flatten()
            .flatten()
        {
            if item.file_name().to_string_lossy().ends_with(".result.json") {
                let text = fs::read(item.path()).map_err(|error| error.to_string())?;
                results.push(
                    serde_json::from_slice(&text)
                        .map_err(|error| format!("a result that is no JSON: {error}"))?,
                );
            }
        }
    }
    Ok(results)
}
