//! What is asked of a file system, and how a file is replaced so that a crash leaves the old one or the new one.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

/// A file system, asked by paths below the folder of the books, such as `invoices/INV-1.json`.
pub trait Disk: Send + Sync {
    /// The documents of a folder, those that are being written left out. A folder that is not there has none.
    fn list(&self, folder: &str) -> io::Result<Vec<Entry>>;

    /// A file's content, and when it was last changed; `None` where there is no such file.
    fn read(&self, path: &str) -> io::Result<Option<(Vec<u8>, DateTime<Utc>)>>;

    /// Makes a file or replaces it, in one step and for good; gives when it was last changed by the disk's own clock.
    fn write(&self, path: &str, content: &[u8]) -> Result<DateTime<Utc>, NotWritten>;
}

/// A document's file in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// When it was last changed, by the disk's own clock.
    pub changed: DateTime<Utc>,
    /// Its name without `.json`.
    pub name: String,
}

/// Why a file is not written for good.
#[derive(Debug)]
pub enum NotWritten {
    /// The old state is there as it was.
    NotDone(io::Error),
    /// The new state is there, and whether it outlives a power cut is not known.
    Unsure(io::Error),
}

/// A folder on a local disk.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Disk for Folder {
    fn list(&self, folder: &str) -> io::Result<Vec<Entry>> {
        let files = match fs::read_dir(self.0.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut entries = Vec::new();
        for file in files {
            let file = file?;
            let name = file.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".json")) else {
                continue;
            };
            if name.is_empty() || name.starts_with('.') {
                continue;
            }
            // Followed, since a person may keep a document elsewhere; and gone when it was moved meanwhile.
            let metadata = match fs::metadata(file.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata?,
            };
            if metadata.is_file() {
                entries.push(Entry {
                    changed: changed(&metadata)?,
                    name: name.to_owned(),
                });
            }
        }
        Ok(entries)
    }

    fn read(&self, path: &str) -> io::Result<Option<(Vec<u8>, DateTime<Utc>)>> {
        let mut file = match File::open(self.0.join(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        Ok(Some((content, changed(&file.metadata()?)?)))
    }

    fn write(&self, path: &str, content: &[u8]) -> Result<DateTime<Utc>, NotWritten> {
        let path = self.0.join(path);
        let folder = path.parent().unwrap_or(&self.0);
        if let Err(error) = fs::create_dir(folder)
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(NotWritten::NotDone(error));
        }
        let mut draft = path.clone().into_os_string();
        draft.push(".tmp");
        let draft = PathBuf::from(draft);
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| fs::rename(&draft, &path)) {
            // What is left of it is written over by the next attempt.
            let _ = fs::remove_file(&draft);
            return Err(NotWritten::NotDone(error));
        }
        sync(folder)
            .and_then(|()| sync(&self.0))
            .and_then(|()| changed(&fs::metadata(&path)?))
            .map_err(NotWritten::Unsure)
    }
}

/// When a file was last changed. Whoever puts an old file back sets the time of its content, and nobody can set that of the
/// change itself; so the later one of both counts, where the system tells both.
fn changed(metadata: &Metadata) -> io::Result<DateTime<Utc>> {
    let content = DateTime::<Utc>::from(metadata.modified()?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let ns = u32::try_from(metadata.ctime_nsec()).unwrap_or_default();
        let itself = DateTime::from_timestamp(metadata.ctime(), ns);
        Ok(itself.map_or(content, |itself| itself.max(content)))
    }
    #[cfg(not(unix))]
    Ok(content)
}

/// Makes a folder's list of names last; a system that cannot is as good as it gets.
fn sync(folder: &std::path::Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Err(error)
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
