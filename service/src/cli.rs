//! The command line: what can be said, with examples.

mod backfill;
mod backup;
mod conform;
mod erase;
mod export;
mod findings;
mod group;
mod init;
pub(crate) mod key;
pub(crate) mod person;
mod record;
mod schema;
mod shell;
mod status;
mod undo;
mod webhook;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use tieout_sftp::Address;

pub(crate) use backfill::{BackfillAction, BackfillArgs};
pub(crate) use backup::{BackupArgs, RestoreArgs};
pub(crate) use conform::{ConformCommand, ConformHostArgs};
pub(crate) use erase::EraseArgs;
pub(crate) use export::{ExportArgs, ExportFormat, ExportPer};
pub(crate) use findings::{ChosenArgs, DetachArgs, FindingsArgs, RetryArgs, SkipArgs};
pub(crate) use group::{GroupAddArgs, GroupChangeArgs, GroupCommand, OnlyArgs, WantName};
pub(crate) use init::{InitArgs, Product};
pub(crate) use record::{
    CopyArgs, CopyTo, DraftArgs, FindArgs, LinkArgs, MatchArgs, MirrorArgs, Named, PaperKind,
    PinArgs, RecordCommand, SearchArgs, ShowArgs, UnlinkArgs, ViewName,
};
pub(crate) use schema::SchemaArgs;
pub(crate) use shell::{CompletionsArgs, ManArgs};
pub(crate) use undo::{NamedAs, UndoArgs};
pub(crate) use webhook::{ReplayEventsArgs, WebhookAddArgs, WebhookChangeArgs, WebhookCommand};

/// Keeps the books of your product and of Xero in agreement.
#[derive(Debug, Parser)]
#[command(name = "tieout", version, about, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// The configuration file [default: ./tieout.toml, then $XDG_CONFIG_HOME/tieout/tieout.toml]
    #[arg(long, global = true, env = "TIEOUT_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Prints JSON on standard output: one object, or one a line where there are many
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The same, with the files that it writes counted from this folder.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        match &mut self.command {
            Command::Plan(args) => args.out = args.out.take().map(|out| folder.join(out)),
            Command::Report(args) => args.out = args.out.take().map(|out| folder.join(out)),
            Command::Backup(args) => args.file = folder.join(&args.file),
            Command::Export(args) => {
                if !Address::is_meant(&args.to.to_string_lossy()) {
                    args.to = folder.join(&args.to);
                }
                for (_, file) in &mut args.chart {
                    *file = folder.join(&file);
                }
            }
            _ => {}
        }
        self
    }
}

const EXAMPLES: &str = "\
Examples:
  tieout demo                        see everything work on invented books, no account needed
  tieout init                        write an annotated tieout.toml
  tieout check                       is the configuration right, and the organisation behind it
  tieout connect acme-au             let somebody allow access to an organisation
  tieout plan                        what would be sent, document by document
  tieout sync --once                 send and collect everything, then end
  tieout serve                       keep both sides in agreement
  tieout explain INV-1042            the whole story of a document
  tieout record show crm deal/7      what a record of a CRM has in the books

Exit codes: 0 done; 1 failed; 2 command line or configuration wrong; 3 done, something needs somebody;
130 stopped before it was done.";

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Writes an annotated configuration and a key
    Init(InitArgs),
    /// Checks configuration, folders and, with a connection, the organisation's accounts, taxes and contacts
    Check(CheckArgs),
    /// Lets somebody allow access to an organisation and remembers it
    Connect(ConnectArgs),
    /// Ends a connection at Xero and forgets it
    Disconnect(DisconnectArgs),
    /// Shows what would be sent, document by document, and sends nothing
    Plan(PlanArgs),
    /// Sends and collects everything
    Sync(SyncArgs),
    /// Keeps both sides in agreement until it is stopped
    Serve(ServeArgs),
    /// Shows where everything stands
    #[command(after_help = status::EXAMPLES)]
    Status,
    /// Lists what needs somebody, with the commands that decide it, and explains each kind of finding
    Findings(FindingsArgs),
    /// Compares both sides to the cent: what differs, why, and what mends it
    #[command(visible_alias = "tie-out")]
    Report(ReportArgs),
    /// Works with the certificates of reports
    #[command(
        subcommand,
        after_help = "\
Examples:
  tieout certificate verify              those of this configuration
  tieout certificate verify /mnt/audit   those in a folder: nothing else is needed"
    )]
    Certificate(CertificateCommand),
    /// Shows what was spent of Xero's budget, what the month costs, and where it is heading
    Usage(UsageArgs),
    /// Shows how far old documents are, and lets them rest or go on
    Backfill(BackfillArgs),
    /// Writes the documents of a host into files, for another accounting package
    Export(ExportArgs),
    /// Tells the whole story of a document
    Explain(ExplainArgs),
    /// Runs a document again against a local Xero of its own, and compares what comes out with what was sent
    Replay(ReplayArgs),
    /// Writes the store into one file, as it is at one moment
    Backup(BackupArgs),
    /// Makes the store anew from a backup
    Restore(RestoreArgs),
    /// Reads everything in the store and says whether it is sound
    #[command(after_help = "\
Examples:
  tieout verify-store          every value is read and compared with what names it
  tieout --json verify-store   the figures for a script; ends with 1 when something is damaged")]
    VerifyStore,
    /// Takes a person's data out of everything that is remembered, with the books kept whole; shows it first
    Erase(EraseArgs),
    /// Plans documents anew that were held, refused or removed, and brings back skipped and detached ones
    Retry(RetryArgs),
    /// Looks for documents that are at Xero already, and binds them instead of sending them again
    Adopt(AdoptArgs),
    /// Ends the binding of a document: nothing is sent or told any more, and Xero's document stays
    Detach(DetachArgs),
    /// Keeps a document from being sent
    Skip(SkipArgs),
    /// Takes out of Xero again what was sent: a document, a batch or a run; shows first what that comes to
    Undo(UndoArgs),
    /// Shows, links and drafts invoices beside the records of a product: people, companies, deals, projects
    #[command(subcommand, after_help = record::EXAMPLES)]
    Record(RecordCommand),
    /// Decides who gets mail about what: groups of people
    #[command(subcommand, after_help = group::EXAMPLES)]
    Group(GroupCommand),
    /// Decides which systems are told what: signed events by HTTP
    #[command(subcommand, after_help = webhook::EXAMPLES)]
    Webhook(WebhookCommand),
    /// Says who may sign in at the dashboard, and prints the links with which they do
    #[command(subcommand, after_help = person::EXAMPLES)]
    Person(person::PersonCommand),
    /// Makes, lists and revokes the keys with which programs use the HTTP API
    #[command(subcommand, after_help = key::EXAMPLES)]
    Key(key::KeyCommand),
    /// Runs the whole thing on invented books: sandbox, host folder, consent, payments, comparison
    Demo(DemoArgs),
    /// Tries whether a product keeps the open host contract
    #[command(subcommand, after_help = conform::EXAMPLES)]
    Conform(ConformCommand),
    /// Runs a stand-in of an accounting system
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Prints or checks the JSON Schemas and the table of findings
    Schema(SchemaArgs),
    /// Prints what a shell needs to complete commands
    Completions(CompletionsArgs),
    /// Prints the manual page, or writes one for each command
    Man(ManArgs),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout check                configuration, folders, each organisation, and what recent documents resolve to
  tieout check --offline      the same from what is remembered, without asking anybody
  tieout check --recent 2000  more of the documents that each host told lately")]
pub(crate) struct CheckArgs {
    /// Asks no organisation and no host
    #[arg(long)]
    pub(crate) offline: bool,
    /// Tries so many of the newest documents of each host; a host of which nothing is stored is asked for them. 0 tries none
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(..=10_000))]
    pub(crate) recent: u16,
}

/// Arguments of `connect`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout connect acme-au                      shows the address to open, and waits for the answer
  tieout connect acme-au --organisation Demo  chooses among several organisations by name
  tieout connect acme-au --again              the same organisation with a new consent")]
pub(crate) struct ConnectArgs {
    /// The connection in the configuration
    pub(crate) connection: String,
    /// The organisation, by its name or identifier, where the consent opens several
    #[arg(long)]
    pub(crate) organisation: Option<String>,
    /// Replaces the grant of a connection that exists
    #[arg(long)]
    pub(crate) again: bool,
    /// How long to wait for the consent, in seconds
    #[arg(long, default_value_t = 300)]
    pub(crate) wait_s: u64,
}

/// Arguments of `disconnect`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout disconnect acme-au   what was sent stays at Xero; nothing new goes there")]
pub(crate) struct DisconnectArgs {
    /// The connection in the configuration
    pub(crate) connection: String,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout plan                  every document that something would be done about, and what that costs
  tieout plan INV-1042         one of them, with every field that would be sent
  tieout plan --out plan.jsonl for somebody to look at; `tieout sync --plan plan.jsonl` does just that
  tieout plan --offline        from what is remembered: no call, and no fields of what Xero holds now
  tieout --json plan           one JSON object a line, for a script
Ends with 3 when something is held.")]
pub(crate) struct PlanArgs {
    /// Only documents whose number or identifier is this
    pub(crate) document: Option<String>,
    /// Shows every field that would be sent
    #[arg(long)]
    pub(crate) fields: bool,
    /// Shows skipped documents and those that are left alone one by one
    #[arg(long)]
    pub(crate) all: bool,
    /// Asks Xero nothing: what is remembered has to do
    #[arg(long, conflicts_with = "out")]
    pub(crate) offline: bool,
    /// Writes the plan into a file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `sync`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout sync --once             everything, then end: for cron; beside `tieout serve` it wakes that
  tieout sync --plan plan.jsonl  just what `tieout plan --out plan.jsonl` wrote: what changed since is refused
  tieout --json sync --once      what it came to, as JSON")]
pub(crate) struct SyncArgs {
    /// Ends when nothing is left to do; without it, the same as `serve`
    #[arg(long)]
    pub(crate) once: bool,
    /// Does what this plan says and nothing else, then ends; ends with 3 when something was refused
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout serve                   until Ctrl-C or SIGTERM; a second one ends it at once
  TIEOUT_LOG=debug tieout serve  tells more on standard error")]
pub(crate) struct ServeArgs {}

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout report                      from what is remembered and the newest changes: few calls
  tieout report --full               what reading everything again would cost
  tieout report --full --yes         reads everything again, and shows what nobody here sent
  tieout report --out november.xlsx  the same as a workbook (or .csv, .json)
  tieout report --certify            keeps a certificate, chained to the one before it
Ends with 3 when something differs.")]
pub(crate) struct ReportArgs {
    /// Reads every document again; without --yes says what that costs
    #[arg(long)]
    pub(crate) full: bool,
    /// Goes ahead with what --full costs
    #[arg(long, requires = "full")]
    pub(crate) yes: bool,
    /// Shows every difference, however many there are
    #[arg(long)]
    pub(crate) all: bool,
    /// Writes every row into a file; its ending says how: .csv, .json or .xlsx
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Keeps a certificate of what it came to
    #[arg(long)]
    pub(crate) certify: bool,
}

/// What can be done with certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Verifies that no certificate was changed, removed or put in between
    Verify(VerifyArgs),
}

/// Arguments of `certificate verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout certificate verify               those of this configuration
  tieout certificate verify /mnt/audit    those in a folder: nothing else is needed
  tieout certificate verify --tip 9f86d0  and the newest must be this one")]
pub(crate) struct VerifyArgs {
    /// The folder [default: that of the configuration]
    pub(crate) folder: Option<PathBuf>,
    /// The fingerprint that the newest must have
    #[arg(long, value_name = "SHA256")]
    pub(crate) tip: Option<String>,
}

/// Arguments of `usage`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout usage                        every organisation, and the month of the app
  tieout usage --connection acme-au   one of them
  tieout --json usage                 the figures for a script

Nothing is asked of Xero.")]
pub(crate) struct UsageArgs {
    /// Only this connection of the configuration
    #[arg(long)]
    pub(crate) connection: Option<String>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout explain INV-1042                     by number
  tieout explain case-manager/invoice/14501   by host, kind and identifier
  tieout explain INV-1042 --exchanges         with what was said to Xero and what it answered
  tieout explain INV-1042 --unmasked          with names, addresses and whatever else leads to people
  tieout --json explain INV-1042              everything, in the form of `tieout schema explanation`

Nothing is asked of Xero. Tokens and secrets are never kept, so they are never shown.")]
pub(crate) struct ExplainArgs {
    /// The document
    pub(crate) document: String,
    /// Shows the bodies of requests and replies; of a batch, this document's part
    #[arg(long)]
    pub(crate) exchanges: bool,
    /// Shows what names people, or leads to them
    #[arg(long)]
    pub(crate) unmasked: bool,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout replay INV-1042         with the settings as they are now, and the chart as it is remembered
  tieout --json replay INV-1042  the same for a script

Nothing leaves the machine: the local Xero lives in this process, and ends with the command. Ends with 3 when
something comes out otherwise than it was sent.")]
pub(crate) struct ReplayArgs {
    /// The document, by number or as host/kind/id
    pub(crate) document: String,
    /// Shows what names people, or leads to them
    #[arg(long)]
    pub(crate) unmasked: bool,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a document, everything that was never sent is looked for by link, number and reference, and shown; nothing is
bound without --apply, and then only what is the same in every field. The hosts are read first; nothing is sent.

Examples:
  tieout adopt                           what is at Xero already, and where it differs
  tieout adopt --connection acme-au      the same for one connection
  tieout adopt --apply                   binds what is the same
  tieout adopt INV-1042                  binds this one as it is at Xero; what differs stays visible
  tieout adopt INV-1042 --as AU-7        to Xero's document of this number or identifier
  tieout adopt INV-1042 --overwrite      and the next run makes it equal to the host's
  tieout adopt INV-1042 --none           none of those found is it: the next run sends it beside them

Exit codes: 3 when something that was found needs a decision.")]
pub(crate) struct AdoptArgs {
    /// The document, by number or as host/kind/id [default: everything that was never sent]
    pub(crate) document: Option<String>,
    /// Only what goes to this connection
    #[arg(long, conflicts_with = "document")]
    pub(crate) connection: Option<String>,
    /// Binds what is the same in every field
    #[arg(long, conflicts_with = "document")]
    pub(crate) apply: bool,
    /// Xero's document, by its number or identifier
    #[arg(long = "as", value_name = "NUMBER_OR_ID", requires = "document")]
    pub(crate) named: Option<String>,
    /// Makes Xero's document equal to the host's by the next run
    #[arg(long, requires = "document")]
    pub(crate) overwrite: bool,
    /// Says that none of the documents found is this one
    #[arg(long, requires = "document", conflicts_with_all = ["named", "overwrite"])]
    pub(crate) none: bool,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout demo                      then keeps running: pay something in the browser
  tieout demo --once --folder d    ends after the comparison; its files stay in d")]
pub(crate) struct DemoArgs {
    /// Ends after the comparison instead of serving until Ctrl-C
    #[arg(long)]
    pub(crate) once: bool,
    /// Where the sandbox listens; 0 takes a free port
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Where to keep the demo's files [default: a new folder in the system's temporary one]
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
}

/// The stand-ins.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// A strict local Xero with three invented organisations
    Xero(SandboxArgs),
    /// An Insightly with invented records, for `tieout record`
    Insightly(SandboxHostArgs),
    /// A Freshsales with invented records, for `tieout record`
    Freshsales(SandboxHostArgs),
}

/// Arguments of `sandbox insightly` and `sandbox freshsales`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout sandbox insightly            at http://127.0.0.1:8491, with its API key
  tieout sandbox insightly --port 0   at a free port
POST below /control edits a record or makes a fault; what is written there is in memory only.")]
pub(crate) struct SandboxHostArgs {
    /// Where to listen; 0 takes a free port
    #[arg(long, default_value_t = 8491)]
    pub(crate) port: u16,
}

/// Arguments of `sandbox xero`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout sandbox xero            at http://127.0.0.1:8490, with its client id and secret
  tieout sandbox xero --port 0   at a free port")]
pub(crate) struct SandboxArgs {
    /// Where to listen; 0 takes a free port
    #[arg(long, default_value_t = 8490)]
    pub(crate) port: u16,
    /// Switches the call limits off
    #[arg(long)]
    pub(crate) unlimited: bool,
}
