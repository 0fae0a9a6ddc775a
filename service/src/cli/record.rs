//! What can be said to `tieout record`.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

pub(super) const EXAMPLES: &str = "\
Examples:
  tieout record show crm organisation/147000                what is open for it, and what it comes to
  tieout record show crm contact/338001 --view paid         what it paid
  tieout record link crm contact/338001 --contact \"Corella Events\"
  tieout record pin crm organisation/147000 INV-1042        keeps an invoice in sight there
  tieout record draft crm opportunity/36100                 a draft invoice of its lines
  tieout record mirror crm --all-linked                     totals into custom fields of the product
  tieout --json record find crm 1042 --from 2026-01-01      for a script

KIND is contact, company (organisation, account), deal, opportunity, project or lead; ID is the product's own.
Exit codes: 3 when somebody must choose or look first.";

/// What can be done beside a record.
#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// Shows whom a record is at the provider, its invoices and bills, and what they come to
    Show(ShowArgs),
    /// Looks for records in the product by name or e-mail
    Search(SearchArgs),
    /// Matches the parties that changed in the product since it was last done
    Match(MatchArgs),
    /// Looks for contacts of the provider
    Contacts(ContactsArgs),
    /// Looks for invoices by a part of their number and bills by a part of their reference
    Find(FindArgs),
    /// Links a record to a contact, or a document to a record
    Link(LinkArgs),
    /// Takes such a link away; nothing is then matched by itself
    Unlink(UnlinkArgs),
    /// Keeps a document in sight at a record
    Pin(PinArgs),
    /// Takes that back
    Unpin(PinArgs),
    /// Makes a draft invoice of a record, once
    Draft(DraftArgs),
    /// Copies details that the other side lacks; nothing is ever replaced
    Copy(CopyArgs),
    /// Writes what the books say of records into custom fields of the product
    Mirror(MirrorArgs),
}

/// A record.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The host in the configuration
    pub(crate) host: String,
    /// The record, as KIND/ID
    pub(crate) record: String,
    /// The connection, where documents of the host may go to several
    #[arg(long)]
    pub(crate) connection: Option<String>,
}

/// A host.
#[derive(Debug, Args)]
pub(crate) struct OfHost {
    /// The host in the configuration
    pub(crate) host: String,
    /// The connection, where documents of the host may go to several
    #[arg(long)]
    pub(crate) connection: Option<String>,
}

/// A saved view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ViewName {
    /// Balance above zero, due today or later
    Open,
    /// Balance zero, paid
    Paid,
    /// Balance above zero
    Unpaid,
    /// Balance above zero, due before today
    Overdue,
    /// Pinned to the record
    Pinned,
    /// Everything
    All,
}

/// What is shown beside a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaperKind {
    /// Sales invoices
    Invoice,
    /// Bills of suppliers
    Bill,
}

/// Arguments of `record show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record show crm organisation/147000                   what is open
  tieout record show crm organisation/147000 --view overdue    what is late
  tieout record show crm contact/338001 --view all --search 10 --from 2026-07-01 --to 2026-09-30
Ends with 3 when somebody must choose whom the record is.")]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Which documents; those linked to an opportunity or a project are all shown unless this says otherwise
    #[arg(long)]
    pub(crate) view: Option<ViewName>,
    /// Only invoices, or only bills
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<PaperKind>,
    /// Only those in whose number or reference this occurs
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only those dated on this day or later
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<NaiveDate>,
    /// Only those dated on this day or earlier
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<NaiveDate>,
}

/// Arguments of `record search`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record search crm organisation \"Bellbird Architects Pty Ltd\"
  tieout record search crm contact viv@org1.example")]
pub(crate) struct SearchArgs {
    /// The host in the configuration
    pub(crate) host: String,
    /// What to look for: contact, company, deal, opportunity, project or lead
    pub(crate) kind: String,
    /// Its name, or an e-mail
    pub(crate) text: String,
}

/// Arguments of `record match`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record match crm organisation   organisations by their names; the next time only those that changed
  tieout record match crm contact        contacts by full name or e-mail
Ends with 3 when somebody must choose for one of them.")]
pub(crate) struct MatchArgs {
    #[command(flatten)]
    pub(crate) host: OfHost,
    /// Which parties: contact or company
    pub(crate) kind: String,
}

/// Arguments of `record contacts`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record contacts crm corella   contacts in whose name, person, e-mail or number this occurs")]
pub(crate) struct ContactsArgs {
    #[command(flatten)]
    pub(crate) host: OfHost,
    /// A part of a name, a person, an e-mail or a number
    pub(crate) text: String,
}

/// Arguments of `record find`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record find crm 1042                                     number or reference, whole or part
  tieout record find crm PO-7 --from 2026-07-01 --to 2026-09-30   dated between two days")]
pub(crate) struct FindArgs {
    #[command(flatten)]
    pub(crate) host: OfHost,
    /// A part of a number or of a reference
    pub(crate) text: String,
    /// Only those dated on this day or later
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<NaiveDate>,
    /// Only those dated on this day or earlier
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<NaiveDate>,
}

/// Arguments of `record link`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record link crm contact/338001 --contact \"Corella Events\"   by its exact name, or its identifier
  tieout record link crm organisation/147001 --create                makes the contact from the record
  tieout record link crm opportunity/36100 --document INV-1042       an invoice or a bill")]
pub(crate) struct LinkArgs {
    #[command(flatten)]
    pub(crate) named: Named,
    /// The contact, by its exact name or its identifier
    #[arg(long, value_name = "NAME_OR_ID", required_unless_present_any = ["create", "document"], conflicts_with_all = ["create", "document"])]
    pub(crate) contact: Option<String>,
    /// Makes the contact from the record; one of its name is taken instead
    #[arg(long, conflicts_with = "document")]
    pub(crate) create: bool,
    /// An invoice or a bill, by its number, reference or identifier
    #[arg(long, value_name = "NUMBER_OR_ID")]
    pub(crate) document: Option<String>,
}

/// Arguments of `record unlink`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record unlink crm contact/338001                         from its contact
  tieout record unlink crm opportunity/36100 --document INV-1042  from an invoice or a bill")]
pub(crate) struct UnlinkArgs {
    #[command(flatten)]
    pub(crate) named: Named,
    /// An invoice or a bill that was linked
    #[arg(long, value_name = "NUMBER_OR_ID")]
    pub(crate) document: Option<String>,
}

/// Arguments of `record pin` and `record unpin`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record pin crm organisation/147000 INV-1042
  tieout record unpin crm organisation/147000 INV-1042
  tieout record show crm organisation/147000 --view pinned")]
pub(crate) struct PinArgs {
    #[command(flatten)]
    pub(crate) named: Named,
    /// The invoice or bill, by its number, reference or identifier
    pub(crate) document: String,
}

/// Arguments of `record draft`.
#[derive(Debug, Args)]
#[command(after_help = "\
It goes out like any other document, once, and is a draft at the provider whatever the settings say. A record that has
a draft gets no second one unless --another says so. The contact is made on the way when nobody fits.

Examples:
  tieout record draft crm opportunity/36100                             its lines, or one of its whole value
  tieout record draft crm organisation/147000 --line \"Consulting; 2; 150.00\"
  tieout record draft crm project/52100 --line \"Stage 1; 1; 900\" --line \"Travel; 3; 45.50; TRAVEL\"
A line is DESCRIPTION; QUANTITY; PRICE, and the item's code where there is one.
Ends with 3 when somebody must choose the contact, or the draft is held.")]
pub(crate) struct DraftArgs {
    #[command(flatten)]
    pub(crate) named: Named,
    /// A line, in place of the record's own; may be given several times
    #[arg(long = "line", value_name = "LINE")]
    pub(crate) lines: Vec<String>,
    /// The currency of the lines
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<String>,
    /// One more, beside the draft that there is
    #[arg(long)]
    pub(crate) another: bool,
}

/// Where details are copied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CopyTo {
    /// To the contact at the provider
    Contact,
    /// To the record in the product
    Record,
}

/// Arguments of `record copy`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout record copy crm organisation/147000 --to contact   what the contact lacks
  tieout record copy crm contact/338001 --to record         what the record lacks
What is there stays; what was not copied is told with its reason.")]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Which side is filled in
    #[arg(long)]
    pub(crate) to: CopyTo,
}

/// Arguments of `record mirror`.
#[derive(Debug, Args)]
#[command(after_help = "\
Which field holds what is said in a table `mirror` of the host. Only these fields are written, and only where something
else stands there; a record that was unlinked has them emptied. A repeat is harmless, and goes on where one was stopped.

Examples:
  tieout record mirror crm organisation/147000                  one record
  tieout record mirror crm opportunity/36100 project/52100      several
  tieout record mirror crm --all-linked --dry-run               what would be written
  tieout record mirror crm --all-linked                         for a timer, such as every hour
  tieout --json record mirror crm --all-linked                  a line for each record, and a summary
Ends with 2 when a field is not there, with 3 when somebody must look at a record, with 1 when the product or the
provider fails.")]
pub(crate) struct MirrorArgs {
    /// The host in the configuration
    pub(crate) host: String,
    /// The records, as KIND/ID
    #[arg(
        value_name = "RECORD",
        required_unless_present = "all_linked",
        conflicts_with = "all_linked"
    )]
    pub(crate) records: Vec<String>,
    /// Every record that is linked to a contact, has linked documents, or was named before
    #[arg(long)]
    pub(crate) all_linked: bool,
    /// Only tells what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The connection, where documents of the host may go to several
    #[arg(long)]
    pub(crate) connection: Option<String>,
}
