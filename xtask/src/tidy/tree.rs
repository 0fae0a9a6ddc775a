//! Which files the rules see, and which of them are tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;

use super::code::Code;
use crate::workspace::{Failure, Workspace};

/// The files of the project, by their path from the root with `/` between folders.
#[derive(Debug, Default)]
pub struct Tree {
    texts: BTreeMap<String, String>,
    rust: BTreeMap<String, Code>,
    places: BTreeSet<String>,
}

impl Tree {
    /// Every file that git tracks, or would track if it were added.
    ///
    /// # Errors
    /// When git fails or a file cannot be read.
    pub fn read(workspace: &Workspace) -> Result<Self, Failure> {
        let words = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let mut git = workspace.command("git", &words);
        // A hook sets these for the repository it runs in; we ask about the workspace.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(name);
        }
        let output = git
            .output()
            .map_err(|error| Failure::new(format!("git could not be started: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!(
                "git ls-files failed: {}",
                said.trim()
            )));
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut tree = Self::default();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            match fs::read(workspace.root().join(path)) {
                Ok(bytes) => tree.add(path, bytes),
                // Deleted but still in the index; or a link to a folder, or a nested repository.
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {}
                Err(error) => return Err(Failure::new(format!("cannot read {path}: {error}"))),
            }
        }
        Ok(tree)
    }

    /// A tree of these paths and texts.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, text.as_bytes().to_vec());
        }
        tree
    }

    /// How many files there are, text or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places
            .iter()
            .filter(|place| !place.ends_with('/'))
            .count()
    }

    /// Whether there is no file at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Every text file with its text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every Rust file with its code.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &Code)> {
        self.rust.iter().map(|(path, code)| (path.as_str(), code))
    }

    /// The text of one file; `None` when it is not there or not text.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether `path` is a file or a folder here; the empty path is the root.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.places.contains(path) || self.places.contains(&format!("{path}/"))
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>) {
        for (slash, _) in path.match_indices('/') {
            self.places.insert(path[..=slash].to_owned());
        }
        self.places.insert(path.to_owned());
        if bytes.contains(&0) {
            return;
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return;
        };
        if path.ends_with(".rs") {
            self.rust.insert(path.to_owned(), Code::of(&text));
        }
        self.texts.insert(path.to_owned(), text);
    }
}

/// Whether the file at `path` exists for tests only: in a folder `tests` or a file named for it.
#[must_use]
pub fn is_test_file(path: &str) -> bool {
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or(path);
    matches!(name, "tests.rs" | "test.rs")
        || name.ends_with("_tests.rs")
        || name.ends_with("_test.rs")
        || parts.any(|folder| folder == "tests")
}
