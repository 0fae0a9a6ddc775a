//! How documents are asked for as files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout export --host print --to /srv/books                one CSV file for each document
  tieout export --host print --to /srv/books --format xml   the same as XML
  tieout export --host print --to /srv/books --per day      one file for all of a day
  tieout export --host print --to /srv/books --kind invoice

Each document is written once, when it is final; one that changed, or was voided after it was written, is written again
with its revision. A file gets its name when it is whole, and what was written is remembered for this folder and format:
whoever takes the files away may do so at any time. Give the command again, from cron for instance, for what is new.")]
pub(crate) struct ExportArgs {
    /// The host whose documents are written
    #[arg(long)]
    pub(crate) host: String,
    /// The folder, which must be there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// The form of the files
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub(crate) format: ExportFormat,
    /// What shares a file
    #[arg(long, value_enum, default_value_t = ExportPer::Document)]
    pub(crate) per: ExportPer,
    /// Only documents of this kind, such as invoice or purchase_order; may be given several times
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<String>,
}

/// The form of exported files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A header and one row for each line of a document
    Csv,
    /// One element for each document
    Xml,
}

impl ExportFormat {
    /// The ending of its files.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
        }
    }
}

/// What shares an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportPer {
    /// Each document has its own
    Document,
    /// All documents of one date that are new or changed
    Day,
}
