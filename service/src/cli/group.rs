//! How groups of people are managed.

use clap::{Args, Subcommand, ValueEnum};

pub(crate) const EXAMPLES: &str = "\
Examples:
  tieout group add accounts --member \"Ann <ann@example.org>\" --member bob@example.org
  tieout group add north --member cy@example.org --division North --wants periodic,daily
  tieout group change accounts --add dee@example.org --remove bob@example.org
  tieout group test accounts     a mail to each member, now
  tieout group list
  tieout group remove north

Mail leaves while `tieout serve` runs, through the server of [notify.smtp].";

/// What can be done with groups.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Lists the groups, with how it stands with their mail
    List,
    /// Adds a group
    Add(GroupAddArgs),
    /// Changes a group: what is named is replaced, the rest stays
    Change(GroupChangeArgs),
    /// Removes a group
    Remove {
        /// The group
        name: String,
    },
    /// Sends each member a mail that says it is a trial; ends with 3 when somebody does not get it
    Test {
        /// The group
        name: String,
    },
}

/// What a group can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WantName {
    /// What happened, every while, if anything did
    Periodic,
    /// Once a day, everything that did not go
    Daily,
    /// What needs somebody, within minutes
    NeedsSomebody,
    /// That the access to an organisation is about to lapse, or has
    GrantExpiring,
}

/// Arguments of `group add`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout group add accounts --member \"Ann <ann@example.org>\"
  tieout group add it --member it@example.org --wants needs-somebody,grant-expiring
  tieout group add north --member cy@example.org --division North --connection acme-au")]
pub(crate) struct GroupAddArgs {
    /// The group's name in commands: a to z, digits and `-`
    pub(crate) name: String,
    /// What people call it [default: its name in commands]
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Who belongs to it: an address, or a name and then the address in angle brackets
    #[arg(long = "member", value_name = "ADDRESS", required = true)]
    pub(crate) members: Vec<String>,
    /// What it is told [default: daily,needs-somebody,grant-expiring]
    #[arg(long, value_delimiter = ',')]
    pub(crate) wants: Vec<WantName>,
    /// About which documents
    #[command(flatten)]
    pub(crate) only: OnlyArgs,
}

/// Arguments of `group change`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout group change accounts --add dee@example.org --remove bob@example.org
  tieout group change accounts --wants periodic,daily
  tieout group change north --everything    no longer only of some hosts, connections or divisions")]
pub(crate) struct GroupChangeArgs {
    /// The group
    pub(crate) name: String,
    /// What people call it
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Who joins: an address, or a name and then the address in angle brackets
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) add: Vec<String>,
    /// Who leaves, by address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) remove: Vec<String>,
    /// What it is told from now on
    #[arg(long, value_delimiter = ',')]
    pub(crate) wants: Vec<WantName>,
    /// About which documents from now on
    #[command(flatten)]
    pub(crate) only: OnlyArgs,
    /// About every document from now on
    #[arg(long, conflicts_with_all = ["hosts", "connections", "divisions"])]
    pub(crate) everything: bool,
}

/// Which documents somebody is told about; all of them where nothing is named.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OnlyArgs {
    /// Only documents of this host; may be repeated
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// Only documents of this connection; may be repeated
    #[arg(long = "connection", value_name = "CONNECTION")]
    pub(crate) connections: Vec<String>,
    /// Only documents of this business division, spelled as the host does; may be repeated
    #[arg(long = "division", value_name = "DIVISION")]
    pub(crate) divisions: Vec<String>,
}
