//! How a test reaches the tables beneath a store on disk, behind its back.

use std::path::Path;
use std::thread;
use std::time::Duration;

const TRIES_MAX: u32 = 250;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// sled's own handle of a closed store's directory. Its threads keep the lock for a moment after the last handle went,
/// so this waits for up to five seconds.
///
/// # Panics
///
/// When the directory cannot be opened, or is still locked by then.
#[must_use]
pub fn open_base(directory: &Path) -> sled::Db {
    for _ in 1..TRIES_MAX {
        match sled::open(directory) {
            Err(sled::Error::Io(error)) if error.to_string().contains("acquire lock") => {
                thread::sleep(BETWEEN_TRIES);
            }
            opened => return opened.expect("the tables can be opened"),
        }
    }
    sled::open(directory).expect("nobody has the tables any more")
}
