//! How our files get to the server exactly once, wherever a crash or a lost connection falls.
//!
//! 1. A file is written at the server into `.tieout/leaving`, whole.
//! 2. A note here says that it is whole there.
//! 3. There it is moved to its place. A file with a note that is not in `leaving` any more was moved, and the product may have
//!    taken it away since.
//! 4. It is removed here, and then its note. What could not be taken stays here as well, for as long as it lies in `failed/`
//!    at the server: this is how people see it from here.

use std::collections::BTreeSet;

use tieout_core::host::HostError;
use tieout_sftp::{Renamed, Sftp, Source};

use super::error::failed;
use super::land::{self, Land};

/// Where files are that are on their way.
pub(super) const LEAVING: &str = ".tieout/leaving";
/// What could not be taken.
pub(super) const FAILED: &str = "failed";
/// What we write for the product, and where: what it waits for first.
pub(super) const ROOMS: [&str; 3] = ["inbox", "done", FAILED];
/// What stands between a room and a name.
const ROOM_END: char = '~';
/// A note on a file that is whole at the server.
const WHOLE: &str = "whole";
/// A note on a file that has its place; its name there follows.
const NAMED: &str = "named ";

/// Sends everything that the folder form wrote.
pub(super) async fn send(sftp: &Sftp, land: &Land) -> Result<(), HostError> {
    forget_sent(land).await?;
    for room in ROOMS {
        for name in land::names(&land.room(room)).await? {
            if !name.starts_with('.') && !name.ends_with(".tmp") {
                send_one(sftp, land, room, &name).await?;
            }
        }
    }
    drop_mended(sftp, land).await
}

async fn send_one(sftp: &Sftp, land: &Land, room: &str, name: &str) -> Result<(), HostError> {
    let write = failed("write file");
    let path = land.room(room).join(name);
    let note = land.notes().join(format!("{room}{ROOM_END}{name}"));
    let leaving = format!("{LEAVING}/{room}{ROOM_END}{name}");
    let said = read(&note).await;
    if said.as_deref().is_some_and(|said| said.starts_with(NAMED)) {
        return Ok(());
    }
    if said.is_none() {
        let content = Source::File(&path);
        sftp.write(&leaving, content).await.map_err(&write)?;
        land::replace(&note, WHOLE).await?;
    }
    let mut turn = 1;
    let named = loop {
        let to = numbered(name, turn);
        match sftp.rename(&leaving, &format!("{room}/{to}")).await {
            Ok(Renamed::Done | Renamed::Gone) => break to,
            Ok(Renamed::Taken) => turn += 1,
            Err(error) => return Err(write(error)),
        }
    };
    if room == FAILED {
        return land::replace(&note, &format!("{NAMED}{named}")).await;
    }
    land::remove(&path).await?;
    land::remove(&note).await
}

/// Removes the notes of files that are gone here: a crash may have come between the two.
pub(super) async fn forget_sent(land: &Land) -> Result<(), HostError> {
    for note in land::names(&land.notes()).await? {
        let of = note.split_once(ROOM_END);
        let path = of.map(|(room, name)| land.room(room).join(name));
        let is_there = match path {
            Some(path) => land::exists(&path).await,
            None => false,
        };
        if !is_there {
            land::remove(&land.notes().join(note)).await?;
        }
    }
    Ok(())
}

/// Removes here what nobody has to mend any more: it is not in `failed/` at the server.
async fn drop_mended(sftp: &Sftp, land: &Land) -> Result<(), HostError> {
    let here = land::names(&land.room(FAILED)).await?;
    if here.is_empty() {
        return Ok(());
    }
    let there = sftp.list(FAILED).await.map_err(failed("read failed"))?;
    let there: BTreeSet<String> = there.files.into_iter().map(|file| file.name).collect();
    for name in here {
        let note = land.notes().join(format!("{FAILED}{ROOM_END}{name}"));
        let said = read(&note).await.unwrap_or_default();
        if said
            .strip_prefix(NAMED)
            .is_some_and(|named| !there.contains(named))
        {
            land::remove(&land.room(FAILED).join(&name)).await?;
            land::remove(&note).await?;
        }
    }
    Ok(())
}

async fn read(note: &std::path::Path) -> Option<String> {
    tokio::fs::read_to_string(note).await.ok()
}

/// `name.csv` at the first turn, `name.2.csv` at the second; what belongs to a file is numbered as the file is.
fn numbered(name: &str, turn: u32) -> String {
    if turn == 1 {
        return name.to_owned();
    }
    for ending in [".result.json", ".sha256"] {
        if let Some(of) = name.strip_suffix(ending) {
            return format!("{}{ending}", numbered(of, turn));
        }
    }
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{turn}.{ending}"),
        None => format!("{name}.{turn}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_result_get_the_same_number() {
        assert_eq!(numbered("a.csv", 1), "a.csv");
        assert_eq!(numbered("a.csv", 2), "a.2.csv");
        assert_eq!(numbered("a.csv.result.json", 2), "a.2.csv.result.json");
        assert_eq!(numbered("a.csv.sha256", 3), "a.3.csv.sha256");
        assert_eq!(numbered("letters", 2), "letters.2");
    }
}
