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
  tieout export --host print --to sftp://tieout@files.example.com/orders --format xml
  tieout export --host cm --to /srv/books --format xero --chart acme-au=chart.toml

Each document is written once, when it is final; one that changed, or was voided after it was written, is written again
with its revision. A file gets its name when it is whole, and what was written is remembered for this folder and format:
whoever takes the files away may do so at any time. Give the command again, from cron for instance, for what is new.

On a server that `[servers.NAME.sftp]` of the configuration describes it is the same: a file is whole there before it gets its
name, and where the connection is lost the next command goes on.

With `--format xero` the files are for Xero's own import of sales invoices, for an organisation that nobody connects: one file
for each connection and kind of amounts (the kind stands in its name, and is chosen at the import), at most 500 invoices each.
Each number is written once. What the import would make otherwise than the settings want is left out and listed with the
reason, and so is what changed after it was written: Xero's import changes nothing that is there. What is in the books already,
and what a connected organisation gets by itself, is not written. Xero makes drafts of all of them, and a contact of each name
that it does not know. Accounts and tax rates are those that the organisation had when it was last connected; for one that
never was, `--chart NAME=FILE` names a file with them.")]
pub(crate) struct ExportArgs {
    /// The host whose documents are written
    #[arg(long)]
    pub(crate) host: String,
    /// The folder, which must be there: of this machine, or sftp://USER@HOST/FOLDER on a server of the configuration
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
    /// What the organisation of a connection has, for `--format xero`: accounts and tax rates, as TOML; may be given several times
    #[arg(long, value_name = "NAME=FILE", value_parser = chart)]
    pub(crate) chart: Vec<(String, PathBuf)>,
}

fn chart(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), file.into()))
        }
        _ => Err("wanted is the name of a connection, `=` and a file".to_owned()),
    }
}

/// The form of exported files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A header and one row for each line of a document
    Csv,
    /// One element for each document
    Xml,
    /// The rows of Xero's own import of sales invoices
    Xero,
}

impl ExportFormat {
    /// The word that asks for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Xero => "xero",
        }
    }

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Csv | Self::Xero => "csv",
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
