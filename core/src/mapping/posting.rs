//! What the provider should hold for a document, for sending it or for comparing it.

use super::assemble::{assemble, stands_in_the_books};
use super::found::Found;
use super::order;
use super::paper::Paper;
use super::summary;
use super::trace::Decided;
use crate::check::period_open::period_open;
use crate::check::{Finding, Rule};
use crate::document::{Document, InvoiceKind, ProviderContactId};
use crate::provider::{Capability, Chart, Posting};
use crate::settings::Settings;

/// The posting of a document for a contact that has been found.
///
/// The result depends on the arguments alone, so a repeat gives the same posting. A posting comes to
/// the host's totals to the minor unit by the provider's own arithmetic, or is not made.
///
/// # Errors
///
/// Every reason why the document must not be sent as it is, never only the first.
pub fn posting(
    document: &Document,
    settings: &Settings,
    chart: &Chart,
    capability: &Capability,
    contact: &ProviderContactId,
) -> Result<Posting, Vec<Finding>> {
    let asked = (document, settings, chart, capability, contact);
    on(Occasion::ToSend, asked, &mut Found::default())
}

/// The same posting, to be compared with what the provider holds already: lock dates do not matter, since
/// nothing is sent. What differs must still pass [`period_lock`] before it is sent.
///
/// # Errors
///
/// As for [`posting`], but for the lock dates.
pub fn posting_to_compare(
    document: &Document,
    settings: &Settings,
    chart: &Chart,
    capability: &Capability,
    contact: &ProviderContactId,
) -> Result<Posting, Vec<Finding>> {
    let asked = (document, settings, chart, capability, contact);
    on(Occasion::ToCompare, asked, &mut Found::default())
}

/// A posting with what made each of its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The posting, or every reason why there is none.
    pub posting: Result<Posting, Vec<Finding>>,
    /// What made each field, as far as it could be worked out.
    pub decided: Vec<Decided>,
}

/// The same posting as [`posting_to_compare`] gives, with what made each of its fields.
#[must_use]
pub fn explained(
    document: &Document,
    settings: &Settings,
    chart: &Chart,
    capability: &Capability,
    contact: &ProviderContactId,
) -> Explained {
    let mut found = Found::telling();
    let occasion = Occasion::ToCompare;
    let asked = (document, settings, chart, capability, contact);
    let posting = on(occasion, asked, &mut found);
    Explained {
        posting,
        decided: found.take_decided(),
    }
}

/// Why a document must not be sent or voided on account of lock dates, if it must not.
#[must_use]
pub fn period_lock(document: &Document, chart: &Chart) -> Option<Finding> {
    if !stands_in_the_books(document.kind()) {
        return None;
    }
    period_open(document.issue_date(), &chart.organisation)
}

/// What a posting is worked out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The provider shall be made to hold it.
    ToSend,
    /// It is compared with what the provider holds.
    ToCompare,
}

/// What a posting is worked out from.
type Asked<'a> = (
    &'a Document,
    &'a Settings,
    &'a Chart,
    &'a Capability,
    &'a ProviderContactId,
);

fn on(
    occasion: Occasion,
    (document, settings, chart, capability, contact): Asked<'_>,
    found: &mut Found,
) -> Result<Posting, Vec<Finding>> {
    let paper = match document {
        Document::Invoice(invoice) if invoice.is_summary() => {
            let basis = (settings, chart, capability);
            return summary::posting(invoice, basis, contact, occasion, found);
        }
        Document::Invoice(invoice) => match &invoice.kind {
            InvoiceKind::Sales | InvoiceKind::SalesCredit => Paper::invoice(invoice),
            InvoiceKind::Other(kind) => return Err(vec![unknown(kind)]),
        },
        Document::Bill(bill) => Paper::bill(bill),
        Document::PurchaseOrder(order) => order::paper(order, settings, chart),
    };
    let basis = (settings, chart, capability);
    assemble(&paper, basis, contact, occasion, found)
}

fn unknown(kind: &str) -> Finding {
    Finding::new(
        Rule::KindNotSent,
        "it is unknown what a document of this kind is to the accounting system",
        "Let the host say `sales` or `sales_credit`.",
    )
    .at("kind", crate::check::show::shortened(kind))
}
