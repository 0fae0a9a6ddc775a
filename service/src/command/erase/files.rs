//! Which files beside the store name a person: those that can be made anew go, those of others are named.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tieout_core::erase::Terms;

use crate::command::failed::folders;
use crate::config::Loaded;
use crate::exit::Failure;
use crate::office::{archive, store_folder};

/// Files that name a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// Exports and lists that were made to be fetched: they can be made anew.
    pub(super) ours: Vec<PathBuf>,
    /// Files in the folders of products.
    pub(super) of_hosts: Vec<PathBuf>,
    /// Rows of certificates, which prove what both sides came to and are not changed.
    pub(super) certificates: Vec<PathBuf>,
    /// Files that could not be looked into, each with the reason.
    pub(super) unread: Vec<String>,
}

/// Files that are larger are not read for a word; they are named.
const BYTES_MAX: u64 = 256 << 20;
/// Folders that lie in one another.
const DEPTH_MAX: usize = 4;

impl Files {
    /// Looks into every file that may name somebody, away from the async threads.
    pub(super) async fn about(loaded: &Loaded, terms: &Terms) -> Result<Self, Failure> {
        let hosts: Vec<PathBuf> = folders(loaded).into_iter().map(|(_, path)| path).collect();
        let beside = |ending: &str| {
            let mut name = store_folder(loaded).into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        let ours = [beside("-exports"), beside("-jobs")];
        let certificates = archive(loaded).folder().to_owned();
        let terms = terms.clone();
        let work = move || {
            let mut files = Self::default();
            let (mut found, mut unread) = (Vec::new(), Vec::new());
            let mut look = |folder: &Path, into: &mut Vec<PathBuf>, sheets: Sheets| {
                search(folder, &terms, sheets, DEPTH_MAX, &mut found, &mut unread);
                into.append(&mut found);
            };
            for folder in &ours {
                look(folder, &mut files.ours, Sheets::All);
            }
            for folder in &hosts {
                look(folder, &mut files.of_hosts, Sheets::None);
            }
            look(&certificates, &mut files.certificates, Sheets::None);
            files.unread = unread;
            files
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Failure::new(format!("the files could not be searched: {error}")))
    }

    /// Removes what can be made anew. One that is gone already changes nothing.
    pub(super) fn remove(self) -> Result<Self, Failure> {
        for path in &self.ours {
            let mut about = path.clone().into_os_string();
            about.push(".about.json");
            // A job without its rows would be one that says that it is whole.
            let job = path.with_extension("json");
            for path in [path, &PathBuf::from(about), &job] {
                match fs::remove_file(path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        let failure = Failure::new(format!("{}: {error}", path.display()));
                        return Err(failure.advise(
                            "The store is written anew without the person already. Remove this file yourself, or run \
                             the same command again.",
                        ));
                    }
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Ok(self)
    }

    /// Whether somebody has to look at any.
    pub(super) fn are_left(&self) -> bool {
        !self.of_hosts.is_empty() || !self.certificates.is_empty() || !self.unread.is_empty()
    }
}

/// Which workbooks count as naming somebody: their words are packed, and are not looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheets {
    All,
    None,
}

fn search(
    folder: &Path,
    terms: &Terms,
    sheets: Sheets,
    depth: usize,
    found: &mut Vec<PathBuf>,
    unread: &mut Vec<String>,
) {
    let items = match fs::read_dir(folder) {
        Ok(items) => items,
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) => {
            unread.push(format!("{}: {error}", folder.display()));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(about) = fs::symlink_metadata(&path) else {
            continue;
        };
        if about.is_dir() && depth > 0 {
            search(&path, terms, sheets, depth - 1, found, unread);
        } else if about.is_file() {
            match names(&path, about.len(), terms, sheets) {
                Ok(true) => found.push(path),
                Ok(false) => {}
                Err(error) => unread.push(format!("{}: {error}", path.display())),
            }
        }
    }
}

fn names(path: &Path, bytes: u64, terms: &Terms, sheets: Sheets) -> Result<bool, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if terms.are_in(&name) || sheets == Sheets::All && name.ends_with(".xlsx") {
        return Ok(true);
    }
    if bytes > BYTES_MAX {
        return Err("it is too large to be searched".to_owned());
    }
    match fs::read(path) {
        Ok(bytes) => Ok(terms.are_in_bytes(&bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}
