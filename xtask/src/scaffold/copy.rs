//! What of a skeleton becomes the new crate: every file, with the product's name in place of the skeleton's.

use std::path::{Path, PathBuf};

use super::Name;
use crate::workspace::Failure;

/// A file of the new crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Below the folder of the crate.
    pub path: PathBuf,
    /// Its content.
    pub content: String,
}

/// The files that a crate of this name has, made of a skeleton; in the order of their paths. Writes nothing.
///
/// # Errors
/// When the skeleton cannot be read.
pub fn copied(skeleton: &Path, name: &Name) -> Result<Vec<Copied>, Failure> {
    let mut paths = Vec::new();
    gather(skeleton, &mut paths)?;
    paths.sort();
    let read = |path: PathBuf| {
        let content = std::fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
        let below = path.strip_prefix(skeleton).unwrap_or(&path);
        Ok(Copied {
            path: below.to_owned(),
            content: renamed(&content, name),
        })
    };
    paths.into_iter().map(read).collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| cannot(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| cannot(folder, &error))?.path();
        match path.is_dir() {
            true => gather(&path, paths)?,
            false => paths.push(path),
        }
    }
    Ok(())
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// The text with the product's name, whichever form of it stands there.
fn renamed(text: &str, name: &Name) -> String {
    let (kebab, snake) = (name.kebab(), name.snake());
    let forms = [
        // Nothing is written yet, and in the new crate that is a failure.
        ("_promises_unwritten!", "_promises!".to_owned()),
        ("-skeleton", format!("-{kebab}")),
        ("_skeleton", format!("_{snake}")),
        ("SKELETON", snake.to_ascii_uppercase()),
        ("SkeletonHost", format!("{}Host", name.pascal())),
        ("SkeletonProvider", format!("{}Provider", name.pascal())),
        ("SkeletonConfig", format!("{}Config", name.pascal())),
        ("Skeleton", name.title()),
        ("skeleton", snake.clone()),
    ];
    let mut text = text.to_owned();
    for (from, to) in forms {
        text = text.replace(from, &to);
    }
    text
}
