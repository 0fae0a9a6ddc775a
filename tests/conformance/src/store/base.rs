//! How a test reaches the tables beneath a store on disk, behind its back.

use std::fs::File;
use std::path::Path;

/// sled's own handle of a closed store's directory. Its threads keep the lock for a moment after the last handle went: this
/// waits until it is free.
///
/// # Panics
///
/// When the directory cannot be opened.
#[must_use]
pub fn open_base(directory: &Path) -> sled::Db {
    if let Ok(tables) = File::open(directory.join("db")) {
        tables.lock().expect("the lock is told of");
        tables.unlock().expect("it is ours");
    }
    sled::open(directory).expect("the tables can be opened")
}
