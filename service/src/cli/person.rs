//! How people who may sign in are named, and what can be done about them.

use clap::{Args, Subcommand, ValueEnum};

/// What `person --help` shows below everything.
pub(super) const EXAMPLES: &str = "\
Examples:
  tieout person add ann@example.com --role admin   adds her, and prints a link with which she signs in
  tieout person link ann@example.com               another link: for 15 minutes, once
  tieout person list                               who may do what
  tieout person role ann@example.com operator      takes effect at once, in open sessions too
  tieout person disable ann@example.com            out at once, wherever she is signed in

They work beside `tieout serve` too. A viewer sees, an operator decides about documents, an admin about people, keys and
connections.";

/// What can be done about people.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Adds a person, and prints a link with which they sign in
    Add(AddPersonArgs),
    /// Lists everybody, with their roles
    #[command(after_help = "\
Examples:
  tieout person list
  tieout --json person list   one JSON object a line")]
    List,
    /// Gives a person another role
    Role(RoleArgs),
    /// Changes the name or the address of a person
    Change(ChangePersonArgs),
    /// Turns a person away: every session of theirs ends at once
    #[command(after_help = "\
Examples:
  tieout person disable ann@example.com
  tieout person enable ann@example.com    lets her in again")]
    Disable(PersonArgs),
    /// Lets a person in again who was disabled
    #[command(after_help = "\
Examples:
  tieout person enable ann@example.com")]
    Enable(PersonArgs),
    /// Prints a link with which a person signs in, once, within 15 minutes
    #[command(after_help = "\
Examples:
  tieout person link ann@example.com          an older link of hers opens nothing any more
  tieout --json person link ann@example.com   the address for a script that mails it")]
    Link(PersonArgs),
    /// Ends every session of a person, who may sign in again
    #[command(after_help = "\
Examples:
  tieout person sign-out ann@example.com   after a laptop was lost")]
    SignOut(PersonArgs),
    /// Forgets which account at the identity provider is this person's; the next one with their address is linked
    #[command(after_help = "\
Examples:
  tieout person unlink ann@example.com   after she was given a new account at the identity provider")]
    Unlink(PersonArgs),
    /// Shows what was done about people and keys, and who signed in, the newest first
    Log(LogArgs),
}

/// A person.
#[derive(Debug, Args)]
pub(crate) struct PersonArgs {
    /// The e-mail address, or the identifier that `person list` shows with --json
    #[arg(value_name = "EMAIL")]
    pub(crate) person: String,
}

/// Arguments of `person add`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout person add ann@example.com --role admin
  tieout person add bob@example.com --name 'Bob Black'   a viewer, unless --role says otherwise")]
pub(crate) struct AddPersonArgs {
    /// The e-mail address
    pub(crate) email: String,
    /// What they are called [default: the address]
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) name: String,
    /// What they may do
    #[arg(long, value_enum, default_value_t = RoleName::Viewer)]
    pub(crate) role: RoleName,
}

/// Arguments of `person role`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout person role ann@example.com operator   an identity provider does not change it any more")]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    pub(crate) who: PersonArgs,
    /// What they may do
    #[arg(value_enum)]
    pub(crate) role: RoleName,
}

/// Arguments of `person change`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout person change ann@example.com --email ann.miller@example.com --name 'Ann Miller'")]
pub(crate) struct ChangePersonArgs {
    #[command(flatten)]
    pub(crate) who: PersonArgs,
    /// Another e-mail address
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Another name
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// Arguments of `person log`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout person log
  tieout --json person log --limit 1000   one JSON object a line")]
pub(crate) struct LogArgs {
    /// Lines shown, at most
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) limit: u16,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// Sees everything and changes nothing
    Viewer,
    /// Decides about documents
    Operator,
    /// Decides about people, keys and connections
    Admin,
}
