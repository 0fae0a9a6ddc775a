//! How keys of the HTTP API are named, and what can be done about them.

use clap::{Args, Subcommand, ValueEnum};

/// What `key --help` shows below everything.
pub(super) const EXAMPLES: &str = "\
Examples:
  tieout key add reporting --scope read            prints the key, this one time
  tieout key add crm --scope panel --days 365      for the server of a product that shows panels
  tieout key list                                  which there are, and when they were used last
  tieout key revoke reporting                      it opens nothing from that moment on

They work beside `tieout serve` too. Programs send a key as `Authorization: Bearer tieout_...`.";

/// What can be done about keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and prints it, this one time
    Add(AddKeyArgs),
    /// Lists the keys, with what they may do and when they were used last
    #[command(after_help = "\
Examples:
  tieout key list         those that work
  tieout key list --all   also those that were revoked or expired")]
    List(ListKeysArgs),
    /// Revokes a key: it opens nothing from that moment on
    #[command(after_help = "\
Examples:
  tieout key revoke reporting")]
    Revoke(RevokeKeyArgs),
}

/// Arguments of `key add`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout key add reporting --scope read
  tieout key add robot --scope operate --days 90   for 90 days
  tieout --json key add crm --scope panel          the key for a script: `key` in the object")]
pub(crate) struct AddKeyArgs {
    /// What to call it
    pub(crate) name: String,
    /// What it may do; several with several --scope
    #[arg(long = "scope", value_enum, required = true)]
    pub(crate) scopes: Vec<ScopeName>,
    /// Days after which it stops working [default: it does not]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub(crate) days: Option<u16>,
}

/// Arguments of `key list`.
#[derive(Debug, Args)]
pub(crate) struct ListKeysArgs {
    /// Also those that were revoked or expired
    #[arg(long)]
    pub(crate) all: bool,
}

/// Arguments of `key revoke`.
#[derive(Debug, Args)]
pub(crate) struct RevokeKeyArgs {
    /// Its name, or the identifier that `key list` shows with --json
    pub(crate) name: String,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeName {
    /// Sees everything
    Read,
    /// Decides about documents; includes read
    Operate,
    /// Decides about people, keys and connections; includes operate
    Admin,
    /// Asks for tokens that open the panel of one record for one user
    Panel,
}
