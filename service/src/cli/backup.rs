//! How copies of the store are asked for, and put back.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout backup /mnt/backup/tieout-$(date +%F)   bindings, documents, journal, sealed tokens: everything
The key of [secrets] is not in it: keep that elsewhere.")]
pub(crate) struct BackupArgs {
    /// The file, which must not be there yet
    pub(crate) file: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout restore /mnt/backup/tieout-2026-11-21   into the store of the configuration, which must not be there
The whole backup is checked before anything is written.")]
pub(crate) struct RestoreArgs {
    /// The backup
    pub(crate) file: PathBuf,
}
