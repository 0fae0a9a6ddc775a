//! What is known of a store outside of it: that it was made, and which page its journal had reached.
//!
//! sled reads its log as far as it can and takes the rest for torn by a crash. Damage amid the log would so cost
//! everything after it, and nobody would miss it: a store that ends before the page that is noted here is refused.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::StoreError;
use super::ledger::Ledger;
use super::open::io_failed;

/// The file that says that a store was made here: without it, damage to sled's first pages looks like a
/// store that is new.
const FILE: &str = "made";

/// How long a note may be behind what is durable: what was written later could be lost to damage unnoticed.
const NOTE_EVERY: Duration = Duration::from_secs(5);

/// The note of a store that is open.
pub(super) struct Mark {
    directory: PathBuf,
    page: u64,
    noted_at: Instant,
    ledger: Ledger,
}

/// Whether a store was made in this directory.
pub(super) fn is_made(directory: &Path) -> bool {
    directory.join(FILE).exists()
}

/// Says so, durably.
pub(super) fn set_made(directory: &Path) -> Result<(), StoreError> {
    if is_made(directory) {
        return Ok(());
    }
    let made = create(&directory.join(FILE)).and_then(|file| file.sync_all());
    made.map_err(io_failed("marking the directory"))
}

/// The journal's page that a store has reached at least; zero where nothing is noted, or the note itself is damaged.
pub(super) fn noted(directory: &Path) -> u64 {
    let text = fs::read_to_string(directory.join(FILE)).unwrap_or_default();
    let page = text.split_once(' ').and_then(|(page, sum)| {
        let sound = u32::from_str_radix(sum.trim(), 16) == Ok(crc32fast::hash(page.as_bytes()));
        page.parse().ok().filter(|_| sound)
    });
    if page.is_none() && !text.is_empty() {
        tracing::warn!(path = %directory.display(), "the note of what the store holds is damaged; it is written anew");
    }
    page.unwrap_or_default()
}

impl Mark {
    pub(super) fn of(directory: &Path, ledger: Ledger) -> Self {
        Self {
            ledger,
            directory: directory.to_owned(),
            page: noted(directory),
            noted_at: Instant::now(),
        }
    }

    /// The journal has durably reached a page; noted now and then.
    pub(super) fn reached(&mut self, page: u64) {
        if self.noted_at.elapsed() >= NOTE_EVERY {
            self.note(page);
        } else if self.ledger.is_urgent() {
            self.ledger.note();
        }
    }

    /// Notes it at once. A note that cannot be written leaves an older one, which is true as well.
    pub(super) fn note(&mut self, page: u64) {
        self.noted_at = Instant::now();
        self.ledger.note();
        if page <= self.page {
            return;
        }
        match self.write(page) {
            Ok(()) => self.page = page,
            Err(error) => {
                tracing::warn!(%error, "the note of what the store holds was not written");
            }
        }
    }

    fn write(&self, page: u64) -> std::io::Result<()> {
        let page = page.to_string();
        let draft = self.directory.join("made.new");
        let mut file = create(&draft)?;
        write!(file, "{page} {:08x}", crc32fast::hash(page.as_bytes()))?;
        file.sync_all()?;
        fs::rename(draft, self.directory.join(FILE))
    }
}

/// Makes a file anew that only its owner reads and writes, as everything of a store.
pub(super) fn create(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
