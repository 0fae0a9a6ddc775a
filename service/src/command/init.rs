//! `tieout init`: an annotated configuration and a fresh key, never over existing files.

use std::path::Path;

use secrecy::ExposeSecret;
use tieout_core::vault::KeyRing;
use tieout_host_case_manager::CONFIGURATION;

use crate::cli::{Cli, InitArgs, Product};
use crate::config::ANNOTATED;
use crate::exit::{Exit, Failure, chain};
use crate::output::{self, say};
use crate::private::{self, Readers};

/// Writes the configuration and beside it the key file that it refers to.
pub(super) fn run(cli: &Cli, args: &InitArgs) -> Result<Exit, Failure> {
    let key_file = args.path.with_file_name("tieout.key");
    if args.path.exists() {
        return Err(Failure::config(format!("{} exists", args.path.display()))
            .advise("Nothing was written. Name another file, or move this one away."));
    }
    if let Some(folder) = args
        .path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        private::make_folder(folder).map_err(|error| failed(folder, &error))?;
    }
    let fresh = !key_file.exists();
    if fresh {
        let ring = KeyRing::generate().map_err(|error| Failure::of(&error))?;
        private::write_new(&key_file, ring.to_text().expose_secret(), Readers::Owner)
            .map_err(|error| failed(&key_file, &error))?;
    }
    let configuration = match args.host {
        None => ANNOTATED,
        Some(Product::CaseManager) => CONFIGURATION,
    };
    private::write_new(&args.path, configuration, Readers::Everybody)
        .map_err(|error| failed(&args.path, &error))?;
    if cli.json {
        output::json(
            &serde_json::json!({ "config": args.path, "key": key_file, "key_is_new": fresh }),
        );
        return Ok(Exit::Done);
    }
    say!("wrote {}", args.path.display());
    let note = if fresh { "wrote" } else { "kept" };
    say!(
        "{note} {} (readable by you alone; without it the stored tokens are lost)",
        key_file.display()
    );
    say!(
        "\nNext: fill in client_id and the host's folder, make that folder, set XERO_CLIENT_SECRET, then run `tieout check`."
    );
    Ok(Exit::Done)
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "{} could not be written: {}",
        path.display(),
        chain(error)
    ))
}
