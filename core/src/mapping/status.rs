//! In which state each document is created.

use super::paper::{Origin, Paper};
use super::trace::MadeBy;
use crate::document::{DocumentKind, InvoiceStatus};
use crate::settings::{CreateStatus, Settings};

/// The state in which a document is created: as its kind is, unless the host proposes it only.
pub(super) fn status(paper: &Paper<'_>, settings: &Settings) -> CreateStatus {
    if is_proposed(paper) {
        return CreateStatus::Draft;
    }
    match paper.kind {
        DocumentKind::Invoice => settings.invoice_status,
        DocumentKind::CreditNote => settings.credit_note_status,
        DocumentKind::Bill => settings.bill_status,
        DocumentKind::PurchaseOrder => settings.purchase_order_status,
    }
}

/// What decided that.
pub(super) fn status_made_by(paper: &Paper<'_>) -> MadeBy {
    if is_proposed(paper) {
        return MadeBy::host("status");
    }
    MadeBy::setting(match paper.kind {
        DocumentKind::Invoice => "invoice_status",
        DocumentKind::CreditNote => "credit_note_status",
        DocumentKind::Bill => "bill_status",
        DocumentKind::PurchaseOrder => "purchase_order_status",
    })
}

fn is_proposed(paper: &Paper<'_>) -> bool {
    match paper.origin {
        Origin::Invoice(invoice) => invoice.status == InvoiceStatus::Proposed,
        Origin::Bill(bill) => bill.status == InvoiceStatus::Proposed,
        Origin::Order(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{invoice_of, totals_of};

    #[test]
    fn what_is_only_proposed_is_a_draft_whatever_the_settings_say() {
        let settings = Settings {
            invoice_status: CreateStatus::Authorised,
            ..Settings::default()
        };
        let mut invoice = invoice_of(Vec::new(), totals_of("0", "0", "0"));
        let usual = status(&Paper::invoice(&invoice), &settings);
        assert_eq!(usual, CreateStatus::Authorised);
        invoice.status = InvoiceStatus::Proposed;
        let proposed = status(&Paper::invoice(&invoice), &settings);
        assert_eq!(proposed, CreateStatus::Draft);
    }
}
