//! Where PostgreSQL's programs are on this machine: in the path, or where Debian puts them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Where Debian keeps one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder that has `initdb` and `postgres` of one version; `None` where PostgreSQL is not installed.
pub(crate) fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let of_path: Vec<PathBuf> = env::split_paths(&path).collect();
    debian().into_iter().chain(of_path).find(|it| has_both(it))
}

/// The versions of Debian, the newest first.
fn debian() -> Vec<PathBuf> {
    let Ok(versions) = fs::read_dir(DEBIAN) else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|version| {
            let number = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, path)| path).collect()
}

fn has_both(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| folder.join(program).is_file())
}
