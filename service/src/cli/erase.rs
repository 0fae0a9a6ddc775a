//! What can be said to `tieout erase`.

use clap::{ArgGroup, Args};

/// Arguments of `erase`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("whose").required(true).multiple(true).args(["name", "email", "id"])),
    after_help = "\
Shown first: from which documents the person would be taken out, which must keep the name for now and why, what else was
written down, what stays, and who else may be meant. Whatever is said of the person must fit, and fit exactly: capitals,
spaces and the encoding of accents do not count, anything else is listed as near and never erased.

With --apply names, addresses, references and words go, and the books stay: numbers, amounts, dates, accounts, taxes,
identifiers and fingerprints. Nothing is sent to Xero, which keeps its own copy; a document that its product hands over
again as it was stays erased, and one that it hands over changed comes back whole. The store is written anew beside itself
and read once more before it takes the place of the old one, so a crash leaves either; the same command again goes on.
Stop `tieout serve` first.

Examples:
  tieout erase --name \"Jane Doe\"                            what would be erased; nothing is done
  tieout erase --name \"Jane Doe\" --email jane@example.com   both must fit
  tieout erase --id case-manager/17 --apply                 whom the product case-manager calls 17
  tieout --json erase --name \"Jane Doe\"                     the same for a script

Exit codes: 2 when several people fit and --everybody is not given with --apply; 3 when something of the person is left, or
somebody nearly fits."
)]
pub(crate) struct EraseArgs {
    /// The name, as documents have it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The e-mail address, as documents have it
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
    /// What a product calls the person or the company: HOST/ID
    #[arg(long, value_name = "HOST/ID")]
    pub(crate) id: Option<String>,
    /// Does it; without, it is shown and nothing is done
    #[arg(long)]
    pub(crate) apply: bool,
    /// Also where several people fit, by their identifiers or addresses
    #[arg(long, requires = "apply")]
    pub(crate) everybody: bool,
}
