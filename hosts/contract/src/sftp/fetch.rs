//! How a file of the server's outbox gets into ours exactly once, wherever a crash or a lost connection falls.
//!
//! 1. It is moved at the server into `.tieout/taking`, under a name that no file had before: now nobody else writes it.
//! 2. It is copied to this machine and, once it is whole and on the disk, given the same name here.
//! 3. It is removed at the server. Only when it is gone there it is put into our outbox.
//!
//! Whatever breaks off, the next look finds the file under its own name at the server, here, or at both, and goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tieout_core::host::HostError;
use tieout_sftp::{FarFile, Renamed, Sftp, SftpErrorKind};
use tokio::time::Instant;

use super::error::failed;
use super::land::{self, Land};
use crate::folder::is_busy_name;

/// Where the product writes.
pub(super) const OUTBOX: &str = "outbox";
/// Where files are that are being taken.
pub(super) const TAKING: &str = ".tieout/taking";
/// What stands between the mark of a file and its name.
const MARK_END: char = '~';
/// How the name of a file ends that is not whole here yet.
const PARTLY: &str = ".part";
/// What the name of a proof ends with.
const PROOF: &str = ".sha256";
/// Longest name that is taken: with a mark and an ending it must still be a name.
const NAME_BYTES_MAX: usize = 200;

/// What was seen of the outbox.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Each file as it was first seen in its present state, and when.
    seen: BTreeMap<String, (FarFile, Instant)>,
}

/// What a look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// Files that are in our outbox now.
    pub(super) landed: usize,
    /// How long until the next file is old enough, if one is too young.
    pub(super) ripens_in: Option<Duration>,
}

/// Takes what is finished, and finishes what was begun.
pub(super) async fn fetch(
    sftp: &Sftp,
    land: &Land,
    watch: &mut Watch,
    stable: Duration,
) -> Result<Looked, HostError> {
    let read = failed("read outbox");
    let listing = sftp.list(OUTBOX).await.map_err(&read)?;
    for name in &listing.refused {
        tracing::warn!(place = %sftp.shown(OUTBOX), name, "a file whose name is none is let alone");
    }
    let (ripe, ripens_in) = watch.ripe(listing.files, stable);
    for name in in_order(&ripe) {
        // It may have been taken away, which is nobody's fault.
        claim(sftp, name).await.map_err(&read)?;
    }
    let landed = land_all(sftp, land).await?;
    Ok(Looked { landed, ripens_in })
}

/// Copies everything that was claimed, and puts it into our outbox.
async fn land_all(sftp: &Sftp, land: &Land) -> Result<usize, HostError> {
    let read = failed("read outbox");
    let claimed = sftp.list(TAKING).await.map_err(&read)?.files;
    let arrivals = land.arrivals();
    for file in &claimed {
        let (there, here) = (format!("{TAKING}/{}", file.name), arrivals.join(&file.name));
        if original(&file.name).is_none() {
            continue;
        }
        if !land::exists(&here).await {
            let partly = arrivals.join(format!("{}{PARTLY}", file.name));
            match sftp.fetch(&there, file, &partly).await {
                Ok(()) => land::rename(&partly, &here).await?,
                // Whoever had it open goes on writing: another time.
                Err(error) if error.kind() == SftpErrorKind::Changed => {
                    tracing::info!(%error, "a file that is still written waits");
                    continue;
                }
                Err(error) if error.kind() == SftpErrorKind::NotFound => {
                    tracing::warn!(%error, "somebody took a file away that was being taken");
                    continue;
                }
                Err(error) => return Err(read(error)),
            }
        }
        sftp.remove(&there).await.map_err(&read)?;
    }
    put_down(sftp, land).await
}

/// Puts what is whole here and gone at the server into our outbox: oldest first, the proof of a file before the file.
async fn put_down(sftp: &Sftp, land: &Land) -> Result<usize, HostError> {
    let left = sftp.list(TAKING).await.map_err(failed("read outbox"))?;
    let left: BTreeSet<&str> = left.files.iter().map(|file| file.name.as_str()).collect();
    let (arrivals, outbox) = (land.arrivals(), land.room(OUTBOX));
    let mut landed = 0;
    for marked in land::names(&arrivals).await? {
        let Some(name) = original(&marked) else {
            continue;
        };
        let to = outbox.join(name);
        // One of the same name that was not read yet is read first.
        if !left.contains(marked.as_str()) && !land::exists(&to).await {
            land::rename(&arrivals.join(&marked), &to).await?;
            landed += 1;
        }
    }
    Ok(landed)
}

/// Moves a file out of everybody's reach.
async fn claim(sftp: &Sftp, name: &str) -> Result<(), tieout_sftp::SftpError> {
    loop {
        let to = format!("{TAKING}/{}{MARK_END}{name}", mark());
        match sftp.rename(&format!("{OUTBOX}/{name}"), &to).await? {
            Renamed::Done | Renamed::Gone => return Ok(()),
            Renamed::Taken => {}
        }
    }
}

impl Watch {
    /// The names of files that lay unchanged for long enough, and how long until the next one has.
    fn ripe(
        &mut self,
        files: Vec<FarFile>,
        stable: Duration,
    ) -> (BTreeSet<String>, Option<Duration>) {
        let now = Instant::now();
        let mut seen = BTreeMap::new();
        let mut ripe = BTreeSet::new();
        let mut ripens_in: Option<Duration> = None;
        for file in files.into_iter().filter(|file| is_taken(&file.name)) {
            // Servers tell times in whole seconds of their own clock: only ours tells how long it is the same.
            let since = match self.seen.remove(&file.name) {
                Some((before, since)) if before == file => since,
                Some(_) | None => now,
            };
            let left = stable.saturating_sub(now - since);
            if left.is_zero() {
                ripe.insert(file.name);
                continue;
            }
            ripens_in = Some(ripens_in.map_or(left, |other| other.max(left)));
            seen.insert(file.name.clone(), (file, since));
        }
        self.seen = seen;
        (ripe, ripens_in)
    }
}

/// Ripe files, the proof of each before it; a proof alone stays until its file comes.
fn in_order(ripe: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    let files = ripe.iter().filter(|name| !name.ends_with(PROOF));
    files.flat_map(|name| {
        let proof = ripe.get(&format!("{name}{PROOF}"));
        proof.into_iter().chain([name]).map(String::as_str)
    })
}

fn is_taken(name: &str) -> bool {
    let of = name.strip_suffix(PROOF).unwrap_or(name);
    let fits = name.len() <= NAME_BYTES_MAX;
    if !fits {
        tracing::warn!(name, "a file with so long a name is let alone");
    }
    fits && !is_busy_name(of)
}

/// The name of a file without its mark; `None` for what has none.
fn original(marked: &str) -> Option<&str> {
    let (mark, name) = marked.split_once(MARK_END)?;
    let is_mark = mark.len() == MARK_DIGITS && mark.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_whole = !name.ends_with(PARTLY);
    (is_mark && is_whole && !name.is_empty()).then_some(name)
}

/// Digits of a mark: nanoseconds since 1970, and a count.
const MARK_DIGITS: usize = 24;

/// A mark that no file had before; later ones sort after earlier ones.
fn mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let nanos = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) & 0xFFFF_FFFF;
    format!("{nanos:016x}{count:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_goes_before_its_file_and_not_alone() {
        let names = ["b.csv", "a.csv", "b.csv.sha256", "c.csv.sha256"];
        let ripe = names.map(str::to_owned).into_iter().collect();
        let order: Vec<&str> = in_order(&ripe).collect();
        assert_eq!(order, ["a.csv", "b.csv.sha256", "b.csv"]);
    }

    #[test]
    fn a_marked_name_gives_its_own_back_and_nothing_else_does() {
        let marked = format!("{}~invoices~1.csv", mark());
        assert_eq!(original(&marked), Some("invoices~1.csv"));
        for other in [
            "invoices.csv",
            "0123~x.csv",
            "~x",
            &format!("{marked}.part"),
        ] {
            assert_eq!(original(other), None, "{other}");
        }
        assert!(mark() < mark());
    }

    #[test]
    fn what_is_being_written_is_not_looked_at() {
        for name in ["a.csv.tmp", ".hidden", "~lock", "a.part", ".a.sha256"] {
            assert!(!is_taken(name), "{name}");
        }
        assert!(is_taken("invoices-1.csv") && is_taken("invoices-1.csv.sha256"));
    }
}
