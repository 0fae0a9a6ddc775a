//! Which kind a rule is, and how kinds are found by name.

use super::{Kind, Site, Then, Trouble};
use super::{beside, books, differences, document, existing, figures, provider};
use crate::check::Rule;

impl Rule {
    /// What is told of findings of this rule; `None` for the name of a rule that an older or newer version had.
    #[must_use]
    pub fn kind(&self) -> Option<&'static Kind> {
        Some(match self {
            Self::Unrouted => &document::UNROUTED,
            Self::RoutedElsewhere => &document::ROUTED_ELSEWHERE,
            Self::StatusUnknown => &document::STATUS_UNKNOWN,
            Self::KindNotSent => &document::KIND_NOT_SENT,
            Self::KindNotKept => &document::KIND_NOT_KEPT,
            Self::TotalsInconsistent => &figures::TOTALS_INCONSISTENT,
            Self::TotalsWouldDiffer => &figures::TOTALS_WOULD_DIFFER,
            Self::AmountNotRepresentable => &figures::AMOUNT_NOT_REPRESENTABLE,
            Self::AccountMissing => &books::ACCOUNT_MISSING,
            Self::AccountUnusable => &books::ACCOUNT_UNUSABLE,
            Self::TaxCodeUnmapped => &books::TAX_CODE_UNMAPPED,
            Self::TaxTypeUnusable => &books::TAX_TYPE_UNUSABLE,
            Self::CurrencyNotEnabled => &books::CURRENCY_NOT_ENABLED,
            Self::TrackingMissing => &books::TRACKING_MISSING,
            Self::ContactMissing => &books::CONTACT_MISSING,
            Self::ContactAmbiguous => &books::CONTACT_AMBIGUOUS,
            Self::ContactArchived => &books::CONTACT_ARCHIVED,
            Self::ContactRefused => &books::CONTACT_REFUSED,
            Self::TextUnusable => &document::TEXT_UNUSABLE,
            Self::DueDateUnusable => &document::DUE_DATE_UNUSABLE,
            Self::PeriodLocked => &books::PERIOD_LOCKED,
            Self::TotalNegative => &figures::TOTAL_NEGATIVE,
            Self::NumberTaken => &existing::NUMBER_TAKEN,
            Self::ExistingDiffers => &existing::EXISTING_DIFFERS,
            Self::ExistingAmbiguous => &existing::EXISTING_AMBIGUOUS,
            Self::Refused => &provider::REFUSED,
            Self::VoidRefused => &provider::VOID_REFUSED,
            Self::UndoRefused => &provider::UNDO_REFUSED,
            Self::ChangedSinceUndo => &provider::CHANGED_SINCE_UNDO,
            Self::EditedAtProvider => &provider::EDITED_AT_PROVIDER,
            Self::RemovedAtProvider => &provider::REMOVED_AT_PROVIDER,
            Self::UnreadableAtProvider => &provider::UNREADABLE_AT_PROVIDER,
            Self::WriteBackRefused => &beside::WRITE_BACK_REFUSED,
            Self::PaymentDatedAhead => &beside::PAYMENT_DATED_AHEAD,
            Self::PaymentNotMade => &beside::PAYMENT_NOT_MADE,
            Self::PaymentNotTakenBack => &beside::PAYMENT_NOT_TAKEN_BACK,
            Self::PaymentRemovedAtProvider => &beside::PAYMENT_REMOVED_AT_PROVIDER,
            Self::AttachmentNotSent => &beside::ATTACHMENT_NOT_SENT,
            Self::NoteNotWritten => &beside::NOTE_NOT_WRITTEN,
            Self::SummarySettled => &document::SUMMARY_SETTLED,
            Self::RuleFailed => &document::RULE_FAILED,
            Self::RecordUnreadable => &document::RECORD_UNREADABLE,
            Self::Other(_) => return None,
        })
    }
}

/// Every kind: of documents in the order of their rules, then of differences, then of sites.
#[must_use]
pub fn kinds() -> Vec<&'static Kind> {
    let rules = Rule::KNOWN.iter().filter_map(Rule::kind);
    let differences = differences::ALL.into_iter();
    let troubles = Trouble::ALL.into_iter().map(Trouble::kind);
    rules.chain(differences).chain(troubles).collect()
}

/// The kinds of a name: a document's and a difference's may share one.
#[must_use]
pub fn named(name: &str) -> Vec<&'static Kind> {
    let mut found = kinds();
    found.retain(|kind| kind.name == name);
    found
}

/// Whether findings of a rule go by themselves in this way once something was mended at the provider.
pub(crate) fn is_mended_by_provider(rule: &Rule, then: Then) -> bool {
    rule.kind().is_some_and(|kind| {
        let mut mends = kind.mends.iter();
        mends.any(|mend| mend.site == Site::Provider && mend.then == then)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Severity, Subject, Who};
    use super::*;

    #[test]
    fn every_rule_has_a_kind_of_its_own_name() {
        for rule in Rule::KNOWN {
            let kind = rule.kind().unwrap();
            assert_eq!(
                (kind.name, kind.subject),
                (rule.as_str(), Subject::Document)
            );
        }
        assert_eq!(Rule::from("of_another_version").kind(), None);
    }

    #[test]
    fn names_are_unique_within_their_subject_and_everything_is_said() {
        let mut names = BTreeSet::new();
        for kind in kinds() {
            assert!(names.insert((kind.subject, kind.name)), "{}", kind.name);
            assert!(!kind.causes.is_empty(), "{}", kind.name);
            let nobody = kind.severity == Severity::Waits;
            assert_eq!(kind.who.is_empty(), nobody, "{}", kind.name);
            assert!(
                kind.subject != Subject::Document || !kind.mends.is_empty(),
                "{}",
                kind.name
            );
        }
    }

    #[test]
    fn titles_are_fragments_and_everything_else_is_sentences() {
        for kind in kinds() {
            let first = kind.title.chars().next().unwrap();
            assert!(
                first.is_lowercase() && !kind.title.ends_with('.'),
                "{}",
                kind.title
            );
            let hows = kind.mends.iter().map(|mend| mend.how);
            for text in hows
                .chain(kind.causes.iter().copied())
                .chain([kind.meaning])
            {
                assert!(
                    text.ends_with('.') && !text.contains("  "),
                    "{}: {text}",
                    kind.name
                );
            }
        }
    }

    #[test]
    fn whoever_can_mend_it_is_named_and_settings_have_keys() {
        for kind in kinds() {
            for mend in kind.mends {
                let who = match mend.site {
                    Site::Host => Who::HostUser,
                    Site::Provider => Who::Bookkeeper,
                    Site::Settings => Who::Operator,
                };
                assert!(kind.who.contains(&who), "{}: {}", kind.name, mend.how);
                let keyed = !mend.settings.is_empty();
                assert_eq!(keyed, mend.site == Site::Settings, "{}", kind.name);
            }
        }
    }
}
