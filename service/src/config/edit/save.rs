//! How a changed configuration gets onto the disk: whole or not at all, over no change of somebody else, the old one kept.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::exit::Failure;
use crate::private::{self, Partial, Readers};

/// Old configurations that are kept beside the file.
const COPIES_MAX: usize = 20;
/// How the name of one ends.
const COPY_ENDING: &str = ".old";

/// Two pages of this process that save at once do so one after the other.
static TURN: Mutex<()> = Mutex::new(());

/// Writes `after` where `before` stands, and gives where that is kept.
pub(super) fn save(
    file: &Path,
    before: &str,
    after: &str,
    at: DateTime<Utc>,
) -> Result<PathBuf, Failure> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // Where the name is a link, what it leads to is changed.
    let target = fs::canonicalize(file).map_err(|error| unwritten(file, &error))?;
    unchanged(&target, before)?;
    let copy = keep(&target, before, at).map_err(|error| unwritten(file, &error))?;
    write(&target, after).map_err(|error| unwritten(file, &error))?;
    Ok(copy)
}

/// Fails where a file says something else than it did.
pub(super) fn unchanged(file: &Path, before: &str) -> Result<(), Failure> {
    let now = fs::read_to_string(file).map_err(|error| unwritten(file, &error))?;
    if now == before {
        return Ok(());
    }
    Err(Failure::config(format!(
        "{} was changed since this process read it, and is left as it is",
        file.display()
    ))
    .advise(
        "Let the process begin anew with it first, on the page of the settings or by starting it again, and then look again at what you wanted to change.",
    ))
}

fn write(target: &Path, text: &str) -> io::Result<()> {
    let permissions = fs::metadata(target)?.permissions();
    let (partial, mut file) = Partial::begin(target)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()?;
    partial.replace()
}

/// Keeps the old text beside the file, and of all that are kept the newest.
fn keep(target: &Path, before: &str, at: DateTime<Utc>) -> io::Result<PathBuf> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let stamp = at.format("%Y%m%dT%H%M%S%3fZ");
    let copy = folder.join(format!("{name}.{stamp}{COPY_ENDING}"));
    match private::write_new(&copy, before, Readers::Owner) {
        Ok(()) => {}
        // The same moment: what is kept is as old.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(copy),
        Err(error) => return Err(error),
    }
    let mut copies = Vec::new();
    for item in fs::read_dir(folder)? {
        let found = item?.file_name().to_string_lossy().into_owned();
        let stamp = found
            .strip_prefix(&format!("{name}."))
            .and_then(|rest| rest.strip_suffix(COPY_ENDING));
        if stamp.is_some_and(is_stamp) {
            copies.push(found);
        }
    }
    copies.sort_unstable();
    let spare = copies.len().saturating_sub(COPIES_MAX);
    for old in copies.iter().take(spare) {
        fs::remove_file(folder.join(old))?;
    }
    Ok(copy)
}

/// Whether a part of a name is a moment as [`keep`] writes it: nothing else is ever removed.
fn is_stamp(text: &str) -> bool {
    text.len() == "20261122T134500000Z".len()
        && text.chars().enumerate().all(|(at, char)| match at {
            8 => char == 'T',
            18 => char == 'Z',
            _ => char.is_ascii_digit(),
        })
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    Failure::config(format!("{} cannot be written: {error}", file.display())).advise(
        "The user that runs this must be able to write the file and the folder that it lies in; a file that a container is given \
         alone or to read only cannot be replaced. Change it there by hand, and start this again.",
    )
}
