//! Where the stories lie, and what went wrong at which line of one.

use std::fmt;
use std::path::{Path, PathBuf};

/// What stopped a story, with the line of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The line, from one.
    pub(crate) line: usize,
    /// What went wrong.
    pub(crate) why: String,
}

impl Trouble {
    /// Trouble at a line.
    pub(crate) fn at(line: usize, why: impl fmt::Display) -> Self {
        Self {
            line,
            why: why.to_string(),
        }
    }
}

/// The folder of this crate.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file as it is named from the root of the workspace.
pub(crate) fn shown(file: &Path) -> String {
    let below = file.strip_prefix(home()).unwrap_or(file);
    format!("tests/scenarios/{}", below.display())
}
