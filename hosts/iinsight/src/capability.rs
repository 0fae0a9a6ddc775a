//! What iinsight can do as a host.

use tieout_core::document::DocumentKind;
use tieout_core::host::HostCapability;

/// Read alone: invoices, and nothing that it could be told. Its API has no place for a settlement or a posting, and
/// payments and credit notes are switched on by the configuration.
pub(crate) static IINSIGHT: HostCapability = HostCapability {
    kind: "iinsight",
    documents: documents(false),
    takes_payments: false,
    takes_settlements: false,
    takes_postings: false,
    numbers_changes: false,
    delivery_items_max: 50,
};

/// The documents that it tells: credit notes where adjustments are read.
pub(crate) const fn documents(reads_adjustments: bool) -> &'static [DocumentKind] {
    if reads_adjustments {
        return &[DocumentKind::Invoice, DocumentKind::CreditNote];
    }
    &[DocumentKind::Invoice]
}
