//! How the books are reached: the only file that touches a disk, and what its errors mean.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tieout_core::clock::Clock;
use tieout_core::document::DocumentKind;
use tieout_core::provider::{ErrorKind, ProviderError};

use crate::config::FilesConfig;
use crate::disk::{Disk, Entry, Folder, NotWritten};

/// Characters of a name that is made of a text.
const NAME_CHARS_MAX: usize = 40;

/// The books of one organisation in a folder.
pub struct Books {
    disk: Arc<dyn Disk>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Held from the look to the write.
    writing: Mutex<()>,
}

/// A file that says something.
pub(crate) struct Found<T> {
    /// Its name without folder and ending: the identifier.
    pub(crate) name: String,
    pub(crate) changed: DateTime<Utc>,
    pub(crate) says: T,
}

impl Books {
    /// The books that a configuration names. Asks nobody: a folder that is away now is found out about when it is read.
    #[must_use]
    pub fn open(config: &FilesConfig, clock: Arc<dyn Clock>) -> Self {
        Self::on(Arc::new(Folder(config.folder.clone())), clock)
    }

    /// The books on another disk.
    #[must_use]
    pub fn on(disk: Arc<dyn Disk>, clock: Arc<dyn Clock>) -> Self {
        Self {
            disk,
            clock,
            writing: Mutex::default(),
        }
    }

    /// Work on the books, where waiting for a disk holds up nobody.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        operation: &'static str,
        work: impl FnOnce(&Self) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let books = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&books)).await;
        done.unwrap_or_else(|error| {
            let broke_off = ProviderError::new(ErrorKind::Unsure, operation, "it broke off");
            Err(broke_off.caused_by(error))
        })
    }

    /// Nobody else writes from this process as long as it is held.
    pub(crate) fn alone(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files of a folder.
    pub(crate) fn list(
        &self,
        operation: &'static str,
        folder: &str,
    ) -> Result<Vec<Entry>, ProviderError> {
        let listed = self.disk.list(folder);
        listed.map_err(|error| not_done(operation, folder, error))
    }

    /// What a file says; `None` where there is none. One that says nothing is a reply that cannot be understood.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        folder: &str,
        name: &str,
    ) -> Result<Option<Found<T>>, ProviderError> {
        // A name is nobody's way out of the folder.
        if name.starts_with('.') || name.contains(std::path::is_separator) {
            return Ok(None);
        }
        let path = path(folder, name);
        let content = self.disk.read(&path);
        let Some((content, changed)) =
            content.map_err(|error| not_done(operation, &path, error))?
        else {
            return Ok(None);
        };
        match serde_json::from_slice(&content) {
            Ok(says) => Ok(Some(Found {
                name: name.to_owned(),
                changed,
                says,
            })),
            Err(error) => Err(unreadable(operation, &path, &error.to_string())),
        }
    }

    /// What every file of a folder says, by name. One that says nothing fails them all: it may be the one that is looked for.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        folder: &str,
    ) -> Result<Vec<Found<T>>, ProviderError> {
        let mut all = Vec::new();
        for entry in self.list(operation, folder)? {
            all.extend(self.read(operation, folder, &entry.name)?);
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// Makes a file say something. What else a person wrote into it stays.
    pub(crate) fn write(
        &self,
        operation: &'static str,
        folder: &str,
        name: &str,
        says: &impl Serialize,
    ) -> Result<DateTime<Utc>, ProviderError> {
        let path = path(folder, name);
        let failed = |why: serde_json::Error| unreadable(operation, &path, &why.to_string());
        let old = self.read::<serde_json::Map<_, _>>(operation, folder, name)?;
        let mut all = old.map(|old| old.says).unwrap_or_default();
        if let serde_json::Value::Object(new) = serde_json::to_value(says).map_err(failed)? {
            all.extend(new);
        }
        let content = serde_json::to_vec_pretty(&all).map_err(failed)?;
        self.disk
            .write(&path, &content)
            .map_err(|error| match error {
                NotWritten::NotDone(error) => not_done(operation, &path, error),
                NotWritten::Unsure(error) => {
                    let message = format!("`{path}` may be lost in a power cut: {error}");
                    ProviderError::new(ErrorKind::Unsure, operation, message).caused_by(error)
                }
            })
    }
}

/// Where documents of a kind lie.
pub(crate) fn folder(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoices",
        DocumentKind::CreditNote => "credit_notes",
        DocumentKind::Bill => "bills",
        DocumentKind::PurchaseOrder => "purchase_orders",
    }
}

/// A name for a new file, made of a text that people know, that none of the taken ones has on any file system.
pub(crate) fn free_name<'a>(text: &str, taken: impl Iterator<Item = &'a str>) -> String {
    let taken: Vec<String> = taken.map(str::to_lowercase).collect();
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c,
        '_' => c,
        _ => '-',
    };
    let name: String = text.chars().map(plain).take(NAME_CHARS_MAX).collect();
    let name = match name.trim_matches('-') {
        "" => "unnamed",
        name => name,
    };
    let is_free = |name: &String| !taken.contains(&name.to_lowercase());
    let mut names = (2_u64..).map(|number| format!("{name}-{number}"));
    match is_free(&name.to_owned()) {
        true => name.to_owned(),
        false => names
            .find(is_free)
            .expect("there are more numbers than files"),
    }
}

/// A file that does not say what it should.
pub(crate) fn unreadable(operation: &'static str, path: &str, why: &str) -> ProviderError {
    let message = format!("`{path}` cannot be read: {why}");
    ProviderError::new(ErrorKind::BadReply, operation, message)
}

/// The disk refused, and everything is as it was.
fn not_done(operation: &'static str, path: &str, error: std::io::Error) -> ProviderError {
    let message = format!("`{path}`: {error}");
    ProviderError::new(ErrorKind::NotProcessed, operation, message).caused_by(error)
}

fn path(folder: &str, name: &str) -> String {
    match folder {
        "" => format!("{name}.json"),
        folder => format!("{folder}/{name}.json"),
    }
}
