//! How findings are asked for, and how documents are chosen by what was found about them.

use clap::Args;
use tieout_core::advice::quoted;

/// Arguments of `findings`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout findings                            everything that needs somebody, the newest first, and how much of each kind
  tieout findings --rule tax_code_unmapped   one kind; also --connection acme-au, --host case-manager
  tieout findings tax_code_unmapped          what a kind means, what mends it, when it then goes
  tieout findings --kinds                    every kind in a line
  tieout --json findings                     each with its commands, for a script; ends with 3 when there are any")]
pub(crate) struct FindingsArgs {
    /// Explains this kind of finding
    #[arg(conflicts_with_all = ["rule", "connection", "host", "oldest", "limit"])]
    pub(crate) kind: Option<String>,
    /// Lists every kind of finding instead of what is open
    #[arg(long, conflicts_with_all = ["kind", "rule", "connection", "host", "oldest", "limit"])]
    pub(crate) kinds: bool,
    /// Which findings
    #[command(flatten)]
    pub(crate) chosen: ChosenArgs,
    /// The oldest first
    #[arg(long)]
    pub(crate) oldest: bool,
    /// Documents shown one by one, at most
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub(crate) limit: u16,
}

/// Documents by what was found about them.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ChosenArgs {
    /// Only findings of this kind
    #[arg(long, value_name = "KIND")]
    pub(crate) rule: Option<String>,
    /// Only documents of this connection
    #[arg(long)]
    pub(crate) connection: Option<String>,
    /// Only documents of this host
    #[arg(long)]
    pub(crate) host: Option<String>,
}

impl ChosenArgs {
    /// The command line that is about the same documents.
    pub(crate) fn command(&self, command: &str, more: &[&str]) -> String {
        let mut words = vec!["tieout".to_owned(), command.to_owned()];
        let flags = [
            ("--rule", &self.rule),
            ("--connection", &self.connection),
            ("--host", &self.host),
        ];
        for (flag, value) in flags {
            words.extend(value.iter().flat_map(|it| [flag.to_owned(), quoted(it)]));
        }
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words.join(" ")
    }
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout retry INV-1042                          one document, after its cause was mended, or after skip or detach
  tieout retry --rule tax_code_unmapped          how many documents have this finding, and which
  tieout retry --rule tax_code_unmapped --yes    plans all of them anew
  tieout retry --all                             everything that waits for somebody, but what was undone")]
pub(crate) struct RetryArgs {
    /// The documents, by number or as host/kind/id
    #[arg(required_unless_present_any = ["all", "rule"], conflicts_with_all = ["all", "rule", "connection", "host"])]
    pub(crate) documents: Vec<String>,
    /// Everything that is held, refused or removed
    #[arg(long, conflicts_with = "rule")]
    pub(crate) all: bool,
    /// Which documents, instead of naming them
    #[command(flatten)]
    pub(crate) chosen: ChosenArgs,
    /// Goes ahead with what --rule shows
    #[arg(long, requires = "rule")]
    pub(crate) yes: bool,
}

/// Arguments of `skip`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout skip INV-1042                             it is not sent, whatever the host changes
  tieout skip INV-1042 --because \"paid in cash\"    the reason stands in its story
  tieout skip --rule existing_differs              how many documents have this finding, and which
  tieout skip --rule existing_differs --yes        skips all of them
  tieout retry INV-1042                            brings it back under the rules")]
pub(crate) struct SkipArgs {
    /// The document, by number or as host/kind/id
    #[arg(required_unless_present = "rule", conflicts_with_all = ["rule", "connection", "host"])]
    pub(crate) document: Option<String>,
    /// Why, for its story
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    /// Which documents, instead of naming one
    #[command(flatten)]
    pub(crate) chosen: ChosenArgs,
    /// Goes ahead with what --rule shows
    #[arg(long, requires = "rule")]
    pub(crate) yes: bool,
}

/// Arguments of `detach`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout detach INV-1042                     Xero's document stays as it is, and nobody hears of it any more
  tieout detach case-manager/invoice/14501   by host, kind and identifier
  tieout retry INV-1042                      brings it back; what Xero holds is compared and not sent twice")]
pub(crate) struct DetachArgs {
    /// The document, by number or as host/kind/id
    pub(crate) document: String,
}
