//! The command line of `conform`: a product, how it is reached, and what may be tried on it.

use clap::{Args, Subcommand};

pub(super) const EXAMPLES: &str = "\
Examples:
  tieout conform host my-product              a product that exchanges files in a folder
  tieout conform host http://127.0.0.1:8700   a product that serves the contract over HTTP
  tieout conform host postgres://tieout@db.example.com/product
                                              a product that hands over by its database";

/// What can be tried.
#[derive(Debug, Subcommand)]
pub(crate) enum ConformCommand {
    /// Tries every promise of the host contract on a running product, or on the folder or the database of one
    Host(ConformHostArgs),
}

/// Arguments of `conform host`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout conform host my-product                          a folder: its outbox is read in a copy
  tieout conform host https://api.example.com/tieout      what can be tried by reading alone
  tieout conform host http://127.0.0.1:8700 --invoice 17  and write-backs, on an invoice made for this
  tieout --json conform host http://127.0.0.1:8700        the same for the tests of the product
  tieout conform host http://127.0.0.1:8700 --listen 127.0.0.1:8481
                                                          and pushes: change an invoice during the run
  tieout conform host postgres://tieout@db.example.com/product --invoice 17
                                                          a database: its views, and its procedures, rolled back

Payments that are made on the invoice are taken back, also after Ctrl-C; what could not be is named. It stays unpaid, and
its posting voided.
Nothing of this program has to be configured, and nothing is remembered. The key, or the password of the database, is best given by TIEOUT_HOST_KEY,
the client's secret by TIEOUT_HOST_CLIENT_SECRET, that of pushes by TIEOUT_HOST_PUSH_SECRET: a command line can be seen by
others on the machine.
Ends with 0 when every promise that must be kept is kept, and with 1 otherwise.")]
pub(crate) struct ConformHostArgs {
    /// The address below which `v1/invoices` lies, a folder, or a database as postgres://USER@HOST/DATABASE
    #[arg(value_name = "URL|FOLDER")]
    pub(crate) product: String,
    /// The key that lets in, sent as `Authorization: Bearer KEY`; the password of a database
    #[arg(
        long,
        env = "TIEOUT_HOST_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub(crate) api_key: Option<String>,
    /// The header of the key, where it is another
    #[arg(long, value_name = "NAME")]
    pub(crate) key_header: Option<String>,
    /// Where tokens are given for a client's credentials, in place of a key
    #[arg(long, value_name = "URL", requires_all = ["client_id", "client_secret"])]
    pub(crate) token_url: Option<String>,
    /// The client's name there
    #[arg(long, requires = "token_url", value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The client's secret there
    #[arg(
        long,
        env = "TIEOUT_HOST_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub(crate) client_secret: Option<String>,
    /// What is asked for there
    #[arg(long, requires = "token_url")]
    pub(crate) scope: Option<String>,
    /// The lists to try [default: what `/capabilities` names, or invoices]
    #[arg(long, value_delimiter = ',', value_name = "LIST,…")]
    pub(crate) documents: Vec<String>,
    /// An invoice, by its identifier, that write-backs may be tried on; without it nothing is written
    #[arg(long, value_name = "ID")]
    pub(crate) invoice: Option<String>,
    /// The schema of a database's views and procedures [default: public]
    #[arg(long)]
    pub(crate) schema: Option<String>,
    /// The certificates that vouch for a database, in PEM [default: those that this machine trusts]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<std::path::PathBuf>,
    /// An address of this machine, such as 127.0.0.1:8481, to which the product pushes during the run
    #[arg(long, value_name = "ADDRESS", requires = "push_secret")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// What the product signs its pushes with: `whsec_…`
    #[arg(
        long,
        env = "TIEOUT_HOST_PUSH_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub(crate) push_secret: Option<String>,
    /// Seconds to wait for the first push, and then for its repeat
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) push_wait: u64,
    /// Records read of each list at most
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    pub(crate) records: usize,
    /// Shows the request and the reply of what is broken, and what each kept promise proves
    #[arg(long)]
    pub(crate) verbose: bool,
}
