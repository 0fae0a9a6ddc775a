//! What can be said to `tieout schema`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout schema                   the names
  tieout schema invoice           one of them
  tieout schema --write schemas   all of them, as files")]
pub(crate) struct SchemaArgs {
    /// Writes every schema into a folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "check")]
    pub(crate) write: Option<PathBuf>,
    /// Fails unless the folder holds just these schemas
    #[arg(long, value_name = "FOLDER")]
    pub(crate) check: Option<PathBuf>,
    /// Writes, or compares, the generated pages of the documentation in a folder too
    #[arg(long, value_name = "FOLDER", hide = true)]
    pub(crate) docs: Option<PathBuf>,
    #[arg(conflicts_with_all = ["write", "check", "docs"], help = "The schema to print [default: lists them]")]
    pub(crate) name: Option<String>,
}
