//! What `tieout init` is told on its command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout init --folder my-product  for a product that puts files there; the pages ask for the rest
  tieout init                      tieout.toml with every key, and tieout.key, here
  tieout init /etc/tieout/a.toml   elsewhere; the key lies beside it
  tieout init --host case-manager  with the mapping that Case Manager documents")]
pub(crate) struct InitArgs {
    /// Where to write it; an existing file is never overwritten
    #[arg(default_value = "tieout.toml")]
    pub(crate) path: PathBuf,
    /// For one product: with the mapping that it documents, in place of every key
    #[arg(long, value_enum, conflicts_with = "folder")]
    pub(crate) host: Option<Product>,
    /// For a product that puts its documents into this folder, which is made: a short file that works as it is, to which
    /// the pages of `tieout serve` add the rest; beside the configuration unless it begins with /
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

/// A product for which a configuration is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Product {
    /// Case Manager, by files or by its database
    CaseManager,
}
