//! Which file of the host folder a document means, and whether it is the one that it says.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use tieout_core::document::Attachment;
use tieout_core::host::{HostError, HostErrorKind};

use crate::fetched::{FILE_BYTES_MAX, checked};

/// The content of a file that a document names by its path inside the folder.
///
/// Only what lies in the folder itself is read: no absolute path, no `..`, no hidden name, no link.
pub(crate) fn read(root: &Path, file: &Attachment) -> Result<Bytes, HostError> {
    let path = inside(root, &file.url)?;
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => {
            bad(format!("there is no file `{}`", file.url))
        }
        _ => HostError::new(
            HostErrorKind::Unavailable,
            "read attachment",
            format!("`{}` cannot be read", file.url),
        )
        .caused_by(error),
    };
    let real_root = fs::canonicalize(root).map_err(failed)?;
    let real = fs::canonicalize(root.join(&path)).map_err(failed)?;
    if real != real_root.join(&path) {
        return Err(bad(format!("`{}` is a link, or lies behind one", file.url)));
    }
    let opened = open(&real).map_err(failed)?;
    let Some(opened) = opened else {
        return Err(bad(format!("`{}` is not a file", file.url)));
    };
    let mut content = Vec::new();
    opened
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    checked(file, Bytes::from(content))
}

/// Opens a regular file that is where it was found; `None` for anything else. A pipe is never opened: nobody may
/// ever write into it.
fn open(real: &Path) -> std::io::Result<Option<File>> {
    let before = fs::symlink_metadata(real)?;
    if !before.is_file() {
        return Ok(None);
    }
    let file = File::open(real)?;
    let opened = file.metadata()?;
    // Between the look and the opening the name, or a folder above it, may have been given to something else.
    let is_same = opened.is_file() && is_same(&before, &opened) && fs::canonicalize(real)? == real;
    Ok(is_same.then_some(file))
}

#[cfg(unix)]
fn is_same(before: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (before.dev(), before.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(before: &fs::Metadata, opened: &fs::Metadata) -> bool {
    before.len() == opened.len()
}

fn inside(root: &Path, url: &str) -> Result<PathBuf, HostError> {
    is_inside(url).map_err(|message| bad(format!("{message} ({})", root.display())))?;
    // As the system spells it: no doubled or trailing slashes.
    Ok(Path::new(url).components().collect())
}

/// Whether a path leads to somewhere inside a folder, and to nothing hidden; otherwise says what would.
pub(crate) fn is_inside(url: &str) -> Result<(), String> {
    let path = Path::new(url);
    let plain = path.components().all(|part| match part {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            false
        }
    });
    let is_empty = path.components().next().is_none();
    if !plain || is_empty || url.contains(['\0', '\\']) {
        return Err(format!(
            "`{url}` is not a path inside the folder: give one such as `files/INV-1.pdf`"
        ));
    }
    Ok(())
}

fn bad(message: String) -> HostError {
    HostError::new(HostErrorKind::BadData, "read attachment", message)
}
