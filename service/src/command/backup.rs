//! `tieout backup`, `tieout restore` and `tieout verify-store`: the store in one file, and whether it is sound.

use std::path::Path;

use serde_json::json;
use tieout_core::store::{Audit, Backup, SledOptions, SledStore};

use crate::cli::{BackupArgs, Cli, RestoreArgs};
use crate::config::{Secrets, load};
use crate::exit::{Exit, Failure};
use crate::office::{Office, store_folder};
use crate::output::{self, say};
use crate::private::{self, Partial};

/// Writes the store into one file. It gets its name when it is whole.
pub(super) async fn back_up(
    cli: &Cli,
    args: &BackupArgs,
    office: &Office,
) -> Result<Exit, Failure> {
    if args.file.exists() {
        return Err(
            Failure::config(format!("{} is there already", args.file.display()))
                .advise("Name a file that is not: a backup never replaces another."),
        );
    }
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", args.file.display()));
    // Half a backup is of no use, and takes the room that may be what is lacking: it goes when this fails.
    let (partial, file) = Partial::begin(&args.file).map_err(failed)?;
    let backup = office.store.back_up(file).await?;
    partial.keep_new().map_err(failed)?;
    told(cli, "backup", &args.file, backup);
    if !cli.json {
        say!(
            "  Keep the key of [secrets] as well, elsewhere: without it the sealed tokens in it cannot be opened."
        );
    }
    Ok(Exit::Done)
}

/// Makes the store of the configuration from a backup.
pub(super) fn restore(cli: &Cli, args: &RestoreArgs) -> Result<Exit, Failure> {
    let loaded = load(cli.config.as_deref(), Secrets::Spared)?;
    let path = store_folder(&loaded);
    let backup =
        SledStore::restore(&path, &args.file, SledOptions::default()).map_err(|error| {
            let there = path.exists();
            let failure = Failure::from(error);
            if there {
                failure.advise(format!(
                    "Move {} away first, or name another `path` under [store].",
                    path.display()
                ))
            } else {
                failure
            }
        })?;
    private::restrict_all(&path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let store = SledStore::open(&path, SledOptions::default())?;
    let audit = store.audit()?;
    if audit.problem_count > 0 {
        return Ok(audited(cli, &audit));
    }
    told(cli, "restored", &path, backup);
    if !cli.json {
        say!("What happened after the backup was made is not in it. Before the next sync:");
        say!("  tieout check           access that was renewed since must be given again");
        say!("  tieout adopt           what was sent since is recognised, and bound with --apply");
    }
    Ok(Exit::Done)
}

/// Reads everything in the store and says whether it is sound.
pub(super) fn verify(cli: &Cli, office: &Office) -> Result<Exit, Failure> {
    Ok(audited(cli, &office.store.audit()?))
}

fn told(cli: &Cli, what: &str, place: &Path, backup: Backup) {
    if cli.json {
        let told = json!({ "place": place, "entries": backup.entries, "bytes": backup.bytes });
        output::json(&json!({ what: told }));
        return;
    }
    say!(
        "{} {what}: {} ({} entries, {} bytes)",
        output::ok(),
        place.display(),
        backup.entries,
        backup.bytes
    );
}

fn audited(cli: &Cli, audit: &Audit) -> Exit {
    let rows = [
        ("documents", audit.documents as u64),
        ("bindings", audit.bindings as u64),
        ("flights open", audit.flights as u64),
        ("records", audit.records as u64),
        ("journal entries", audit.journal_entries as u64),
        ("work queued", audit.queued as u64),
        ("bytes that live", audit.live_bytes),
    ];
    let sound = audit.problem_count == 0;
    if cli.json {
        let counts: serde_json::Map<_, _> = rows
            .iter()
            .map(|(name, count)| (name.replace(' ', "_"), json!(count)))
            .collect();
        output::json(&json!({
            "sound": sound, "counts": counts, "problems": audit.problems, "problem_count": audit.problem_count,
        }));
    } else {
        for (name, count) in rows {
            say!("  {count:>12} {name}");
        }
        for problem in &audit.problems {
            say!("{} {problem}", output::bad());
        }
        if sound {
            say!(
                "{} the store is sound: everything can be read and agrees.",
                output::ok()
            );
        } else {
            say!(
                "{} {} things do not agree. Keep the directory as it is, and restore the newest backup to another place.",
                output::bad(),
                audit.problem_count
            );
        }
    }
    if sound { Exit::Done } else { Exit::Failed }
}
