//! `tieout certificate`: verifies the chain of certificates with nothing but the files.

use std::path::Path;

use serde_json::json;

use crate::cli::{CertificateCommand, Cli};
use crate::config::{Secrets, load};
use crate::exit::{Exit, Failure};
use crate::office::archive;
use crate::output::{self, say};
use crate::report::Archive;

/// Verifies, and ends with 1 where the chain is broken.
pub(super) fn run(cli: &Cli, command: &CertificateCommand) -> Result<Exit, Failure> {
    match command {
        CertificateCommand::Verify(args) => {
            let archive = match &args.folder {
                // The files are enough: no configuration, no store, no key.
                Some(folder) => existing(folder)?,
                None => archive(&load(cli.config.as_deref(), Secrets::Spared)?),
            };
            verify(cli, &archive, args.tip.as_deref())
        }
    }
}

fn existing(folder: &Path) -> Result<Archive, Failure> {
    if !folder.is_dir() {
        return Err(Failure::config(format!(
            "{} is no folder",
            folder.display()
        )));
    }
    Ok(Archive::at(folder.to_owned()))
}

fn verify(cli: &Cli, archive: &Archive, tip: Option<&str>) -> Result<Exit, Failure> {
    let chain = archive
        .verify()?
        .map_err(|broken| Failure::new(format!("the chain is broken: {broken}")))?;
    if let Some(tip) = tip
        && chain.tip.as_deref() != Some(tip)
    {
        return Err(Failure::new(format!(
            "the newest certificate is {}, and not {tip}: newer ones were added, or the chain was cut or replaced",
            chain.tip.as_deref().unwrap_or("missing")
        )));
    }
    let is_proven = tip.is_some();
    if cli.json {
        output::json(&json!({ "chain": chain }));
        return Ok(Exit::Done);
    }
    match &chain.tip {
        None => say!("there are no certificates yet: `tieout report --certify` makes one"),
        Some(tip) => {
            match chain.certificates {
                1 => say!("{} 1 certificate, the first.", output::ok()),
                many => say!(
                    "{} {many} certificates follow each other unchanged.",
                    output::ok()
                ),
            }
            say!("  the newest: {tip}");
            if !is_proven {
                say!(
                    "  it has none after it, so only --tip with a fingerprint noted elsewhere proves it"
                );
            }
        }
    }
    if !chain.with_differences.is_empty() {
        let numbers: Vec<String> = chain.with_differences.iter().map(u64::to_string).collect();
        say!("  with differences: {}", numbers.join(", "));
    }
    if !chain.incomplete.is_empty() {
        let numbers: Vec<String> = chain.incomplete.iter().map(u64::to_string).collect();
        say!(
            "  that could not ask every organisation: {}",
            numbers.join(", ")
        );
    }
    Ok(Exit::Done)
}
