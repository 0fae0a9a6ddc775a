//! Where files are looked for, by the conventions of the system.

use std::path::{Path, PathBuf};

/// The configuration file to read: the one named, the one here, or the user's.
pub(super) fn config_file(named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.to_owned();
    }
    let here = PathBuf::from("tieout.toml");
    if here.exists() {
        return here;
    }
    base("XDG_CONFIG_HOME", ".config").map_or(here, |base| base.join("tieout/tieout.toml"))
}

/// Where the store lies unless the configuration says otherwise.
pub(crate) fn default_store() -> PathBuf {
    base("XDG_STATE_HOME", ".local/state")
        .map_or_else(|| PathBuf::from(".tieout"), |base| base.join("tieout"))
}

/// A path of the configuration: relative ones count from the file that names them.
pub(crate) fn resolve(config_file: &Path, path: &Path) -> PathBuf {
    match config_file.parent() {
        Some(folder) if path.is_relative() => folder.join(path),
        _ => path.to_owned(),
    }
}

fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    named.or_else(|| std::env::home_dir().map(|home| home.join(below_home)))
}
