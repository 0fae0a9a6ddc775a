//! What the provider should hold for a document: the kind decides who works it out.

use super::invoice;
use crate::check::period_open::period_open;
use crate::check::{Finding, Rule};
use crate::document::{Document, DocumentKind, InvoiceKind, ProviderContactId};
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
    on(
        Occasion::ToSend,
        document,
        settings,
        chart,
        capability,
        contact,
    )
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
    on(
        Occasion::ToCompare,
        document,
        settings,
        chart,
        capability,
        contact,
    )
}

/// Why a document must not be sent or voided on account of lock dates, if it must not.
#[must_use]
pub fn period_lock(document: &Document, chart: &Chart) -> Option<Finding> {
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

fn on(
    occasion: Occasion,
    document: &Document,
    settings: &Settings,
    chart: &Chart,
    capability: &Capability,
    contact: &ProviderContactId,
) -> Result<Posting, Vec<Finding>> {
    match document {
        Document::Invoice(invoice) => match &invoice.kind {
            InvoiceKind::Sales => {
                invoice::posting(invoice, settings, chart, capability, contact, occasion)
            }
            InvoiceKind::SalesCredit => Err(vec![not_sent(DocumentKind::CreditNote)]),
            InvoiceKind::Other(kind) => Err(vec![unknown(kind)]),
        },
        Document::Bill(_) => Err(vec![not_sent(DocumentKind::Bill)]),
        Document::PurchaseOrder(_) => Err(vec![not_sent(DocumentKind::PurchaseOrder)]),
    }
}

fn not_sent(kind: DocumentKind) -> Finding {
    Finding::new(
        Rule::KindNotSent,
        format!("documents of the kind `{kind}` are not sent"),
        "Enter the document in the accounting system by hand, or take it out of the synchronisation.",
    )
    .at("kind", kind.as_str())
}

fn unknown(kind: &str) -> Finding {
    Finding::new(
        Rule::KindNotSent,
        "it is unknown what a document of this kind is to the accounting system",
        "Let the host say `sales` or `sales_credit`.",
    )
    .at("kind", crate::check::show::shortened(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{capability, chart, invoice_of, totals_of};

    #[test]
    fn a_kind_that_is_not_sent_is_a_finding_that_names_it() {
        let contact = ProviderContactId::new("c").unwrap();
        let message = |kind| {
            let mut invoice = invoice_of(Vec::new(), totals_of("0", "0", "0"));
            invoice.kind = kind;
            posting(
                &Document::Invoice(invoice),
                &Settings::default(),
                &chart(),
                &capability(),
                &contact,
            )
            .unwrap_err()
            .remove(0)
            .to_string()
        };
        assert_eq!(
            message(InvoiceKind::SalesCredit),
            "kind_not_sent: kind = `credit_note`: documents of the kind `credit_note` are not sent"
        );
        assert!(
            message(InvoiceKind::Other("pro_forma".to_owned()))
                .starts_with("kind_not_sent: kind = `pro_forma`")
        );
    }
}
