//! How files and folders are made that only their owner may look into: secrets, and what names people.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of files end that are not whole yet.
const PARTIAL_ENDING: &str = ".tmp";

/// Names that are tried for one.
const PARTIALS_MAX: u32 = 1_000;

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

/// A file for its owner alone, 0600, that gets its name when it is whole. Until then it has one of its own, and it is
/// removed when this is dropped: what failed leaves nothing.
#[derive(Debug)]
pub(crate) struct Partial {
    path: PathBuf,
    target: PathBuf,
}

impl Partial {
    /// Begins a file that is to be named `target`, beside it.
    pub(crate) fn begin(target: &Path) -> io::Result<(Self, File)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut last = None;
        // In a container every process has the same number: what one left when it was killed must not hinder the next.
        for attempt in 0..PARTIALS_MAX {
            let mut name = target.as_os_str().to_owned();
            name.push(format!(".{}-{attempt}{PARTIAL_ENDING}", std::process::id()));
            let path = PathBuf::from(name);
            match options.open(&path) {
                Ok(file) => {
                    let target = target.to_owned();
                    return Ok((Self { path, target }, file));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
    }

    /// Gives it its name, durably; a file that had it is replaced. Its content must be synced.
    pub(crate) fn replace(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)?;
        sync_parent(&self.target)
    }

    /// Gives it its name, durably, unless there is a file of that name. Its content must be synced.
    pub(crate) fn keep_new(self) -> io::Result<()> {
        match fs::hard_link(&self.path, &self.target) {
            // Dropped, it loses the other name.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every file system has hard links, such as that of a stick.
            Err(_) if !fs::exists(&self.target)? => fs::rename(&self.path, &self.target)?,
            Err(error) => return Err(error),
        }
        let target = self.target.clone();
        drop(self);
        sync_parent(&target)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It is gone when it was renamed; else there is nobody to tell.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what processes that were killed left of files whose names begin with `prefix`. Nobody may be writing one.
pub(crate) fn remove_partials(folder: &Path, prefix: &str) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let name = item.file_name();
        let is_left = name
            .to_str()
            .is_some_and(|name| name.starts_with(prefix) && name.ends_with(PARTIAL_ENDING));
        if is_left {
            fs::remove_file(item.path())?;
        }
    }
    Ok(())
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

/// Makes the names of a folder durable.
#[cfg(unix)]
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_parent(_path: &Path) -> io::Result<()> {
    Ok(())
}
