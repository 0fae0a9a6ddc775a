//! Which documents are deliberately not sent: too old, or of a kind that the settings leave out.

use crate::document::{Document, DocumentKind};
use crate::engine::SkipReason;
use crate::settings::{Method, Settings};

/// Whether documents of a kind travel under these settings: sales invoices always do, purchase orders under
/// [`Method::Tracked`], credit notes and bills where their switches say so.
#[must_use]
pub fn travels(kind: DocumentKind, settings: &Settings) -> bool {
    match kind {
        DocumentKind::Invoice => true,
        DocumentKind::PurchaseOrder => match settings.method {
            Method::Tracked => true,
            Method::Untracked => false,
        },
        DocumentKind::CreditNote => settings.credit_notes,
        DocumentKind::Bill => settings.bills,
    }
}

/// Why a document is skipped, if it is. A skip is a decision of the settings, not a problem.
#[must_use]
pub fn out_of_scope(document: &Document, settings: &Settings) -> Option<SkipReason> {
    if !travels(document.kind(), settings) {
        return Some(SkipReason::KindNotSent);
    }
    settings
        .sync_from
        .filter(|first| document.issue_date() < *first)
        .map(SkipReason::BeforeSyncFrom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::InvoiceKind;
    use crate::mapping::testing::{day, invoice_of, totals_of};

    #[test]
    fn the_first_day_of_the_synchronisation_is_in_scope_and_the_day_before_is_not() {
        let mut settings = Settings {
            sync_from: Some(day("2026-10-30")),
            ..Settings::default()
        };
        let invoice = Document::Invoice(invoice_of(Vec::new(), totals_of("0", "0", "0")));
        assert_eq!(out_of_scope(&invoice, &settings), None);
        settings.sync_from = Some(day("2026-10-31"));
        assert_eq!(
            out_of_scope(&invoice, &settings),
            Some(SkipReason::BeforeSyncFrom(day("2026-10-31")))
        );
        settings.sync_from = None;
        assert_eq!(out_of_scope(&invoice, &settings), None);
    }

    #[test]
    fn credit_notes_stay_in_the_host_until_the_settings_send_them() {
        let mut invoice = invoice_of(Vec::new(), totals_of("0", "0", "0"));
        invoice.kind = InvoiceKind::SalesCredit;
        let document = Document::Invoice(invoice);
        assert_eq!(
            out_of_scope(&document, &Settings::default()),
            Some(SkipReason::KindNotSent)
        );
        let sending = Settings {
            credit_notes: true,
            ..Settings::default()
        };
        assert_eq!(out_of_scope(&document, &sending), None);
    }
}
