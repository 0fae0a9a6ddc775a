//! `tieout init`: an annotated configuration and a fresh key, never over existing files.

use std::path::Path;

use secrecy::ExposeSecret;
use tieout_core::vault::KeyRing;
use tieout_host_case_manager::CONFIGURATION;

use crate::cli::{Cli, InitArgs, Product};
use crate::config::{ANNOTATED, FOR_A_FOLDER};
use crate::exit::{Exit, Failure, chain};
use crate::output::{self, say};
use crate::private::{self, Readers};

/// Letters of the name of a folder that are taken for that of the product.
const NAME_CHARS_MAX: usize = 64;

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
    let configuration = match (&args.folder, args.host) {
        (Some(folder), _) => of_folder(&args.path, folder)?,
        (None, None) => ANNOTATED.to_owned(),
        (None, Some(Product::CaseManager)) => CONFIGURATION.to_owned(),
    };
    private::write_new(&args.path, &configuration, Readers::Everybody)
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
        "\nNext: {}",
        match args.folder {
            Some(_) =>
                "run `tieout person add YOU@EXAMPLE.COM --role admin` and `tieout serve`, and connect the company in the browser.",
            None =>
                "fill in client_id and the host's folder, make that folder, set XERO_CLIENT_SECRET, then run `tieout check`.",
        }
    );
    Ok(Exit::Done)
}

/// A configuration that works as it is, for a product that puts files into a folder, which is made.
fn of_folder(file: &Path, folder: &Path) -> Result<String, Failure> {
    let place = file.parent().unwrap_or(Path::new("")).join(folder);
    let path = folder.to_str().filter(|it| !it.is_empty());
    let path = path.ok_or_else(|| Failure::config("the name of the folder is no text"))?;
    std::fs::create_dir_all(&place).map_err(|error| failed(&place, &error))?;
    let name = folder.file_name().and_then(std::ffi::OsStr::to_str);
    let name = name_of(name.unwrap_or_default());
    let path = toml_edit::value(path).to_string();
    Ok(FOR_A_FOLDER
        .replace("NAME", &name)
        .replace("PATH", path.trim()))
}

/// What the product is called in the configuration: the name of its folder, in letters that a key can have unquoted.
fn name_of(folder: &str) -> String {
    let letters = folder.to_lowercase();
    let letters = letters.chars().map(|letter| match letter {
        'a'..='z' | '0'..='9' | '-' | '_' => letter,
        _ => '-',
    });
    let name: String = letters.take(NAME_CHARS_MAX).collect();
    match name.trim_matches('-') {
        "" => "product".to_owned(),
        name => name.to_owned(),
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "{} could not be written: {}",
        path.display(),
        chain(error)
    ))
}
