//! Whether the provider keeps the kinds of documents that the settings send.

use crate::check::{Finding, Rule};
use crate::document::DocumentKind;
use crate::mapping::travels;
use crate::provider::Capability;
use crate::settings::Settings;

/// The settings that send documents which the provider does not keep, each with what to write instead.
#[must_use]
pub fn check_kinds(settings: &Settings, capability: &Capability) -> Vec<Finding> {
    [
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ]
    .into_iter()
    .filter(|kind| travels(*kind, settings))
    .filter_map(|kind| kind_not_kept(kind, capability))
    .collect()
}

/// Why a document of a kind must not be sent to the provider at all, if it must not.
#[must_use]
pub fn kind_not_kept(kind: DocumentKind, capability: &Capability) -> Option<Finding> {
    if capability.documents.contains(&kind) {
        return None;
    }
    let (setting, value, instead) = match kind {
        DocumentKind::Invoice => ("kinds", "invoice", "Route invoices to another connection."),
        DocumentKind::CreditNote => (
            "credit_notes",
            "true",
            "Set `credit_notes` to `false`, or route them to another connection.",
        ),
        DocumentKind::Bill => (
            "bills",
            "true",
            "Set `bills` to `false`, or route them to another connection.",
        ),
        DocumentKind::PurchaseOrder => (
            "method",
            "tracked",
            "Set `method` to `untracked`, or route them to another connection.",
        ),
    };
    let message = format!(
        "`{}` does not keep documents of the kind `{kind}`",
        capability.provider
    );
    Some(
        Finding::new(Rule::KindNotKept, message, instead)
            .at(setting, value)
            .mended_in(setting),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Arithmetic, TaxPrecision};
    use crate::settings::Method;

    #[test]
    fn a_switch_for_what_the_provider_does_not_keep_is_named() {
        let all = Settings {
            method: Method::Tracked,
            credit_notes: true,
            bills: true,
            ..Settings::default()
        };
        let less = Capability {
            provider: "less",
            documents: &[DocumentKind::Invoice],
            numbers_unique: &[],
            batch_documents_max: 1,
            batch_bytes_max: 1_000,
            look_up_max: 1,
            page_documents_max: 1_000,
            idempotency_window_s: 0,
            concurrent_max: 1,
            number_chars_max: 10,
            reference_chars_max: 10,
            description_chars_max: 10,
            tracking_max: 0,
            allocates: false,
            arithmetic: Arithmetic {
                unit_price_places: 2,
                quantity_places: 2,
                tax: TaxPrecision::PerLine,
            },
        };
        let fields = |settings: &Settings| {
            let findings = check_kinds(settings, &less).into_iter();
            findings.map(|it| it.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&all), ["credit_notes", "bills", "method"]);
        assert!(fields(&Settings::default()).is_empty());
    }
}
