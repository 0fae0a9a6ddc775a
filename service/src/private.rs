//! How files and folders are made that only their owner may look into: secrets, and what names people.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone: 0600.
    Owner,
    /// Everybody, as far as the mask allows: 0644.
    Everybody,
}

/// Writes a file that must not exist yet, durably. Its mode is right from its first moment on.
pub(crate) fn write_new(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::Everybody => 0o644,
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let _ = mode;
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Begins a file for its owner alone: 0600. One that exists is emptied.
pub(crate) fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder, and those above it that are missing, for the owner alone: 0700.
///
/// A folder that exists and holds something stays as it is: somebody may have opened it on purpose. An empty one
/// is closed, if it is ours.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    let is_empty = fs::read_dir(path)?.next().is_none();
    if is_empty {
        restrict(path, 0o700)?;
    }
    Ok(())
}

/// Takes the files of a folder, and of the folders in it, away from everybody but their owner.
///
/// What a library writes there has the usual mode. A file that went away in the meantime is fine.
pub(crate) fn restrict_all(folder: &Path) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let Ok(kind) = item.file_type() else { continue };
        if kind.is_dir() {
            restrict(&item.path(), 0o700)?;
            restrict_all(&item.path())?;
        } else if kind.is_file() {
            restrict(&item.path(), 0o600)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let now = match fs::metadata(path) {
        Ok(now) => now.permissions().mode() & 0o777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    // Never wider: what somebody closed further stays closed.
    if now & !mode == 0 {
        return Ok(());
    }
    match fs::set_permissions(path, fs::Permissions::from_mode(now & mode)) {
        // It belongs to somebody else, who decides who may look into it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), "others may look into this, and it is not ours to close");
            Ok(())
        }
        done => done,
    }
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
