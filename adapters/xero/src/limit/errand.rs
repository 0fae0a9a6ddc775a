//! What a call fetches or brings, which is how its cost is told to people.

use serde::{Deserialize, Serialize};

use super::Purpose;

/// What a call is about.
///
/// Put it into a request's extensions; a request without one is counted by its [`Purpose`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Documents written.
    Documents,
    /// Contacts looked up and made.
    Contacts,
    /// Documents looked up by number after a doubt.
    LookUps,
    /// Attachments and history notes.
    Papers,
    /// Payments written, and documents read since a payment touched them.
    Payments,
    /// Looking for changes.
    Polling,
    /// Accounts, tax rates, currencies and tracking.
    Chart,
    /// The organisation itself: its bytes are free (Xero's page on pricing).
    Organisation,
    /// Whatever old documents need.
    Backfill,
    /// What somebody clicked for.
    Operator,
}

/// The parts of a call that tell what it is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) writes: bool,
    /// The first part of the path, such as `Invoices`.
    pub(crate) path: &'a str,
    /// What stands below it.
    pub(crate) below: &'a [String],
}

impl Errand {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Documents,
        Self::Contacts,
        Self::LookUps,
        Self::Papers,
        Self::Payments,
        Self::Polling,
        Self::Chart,
        Self::Organisation,
        Self::Backfill,
        Self::Operator,
    ];

    /// The name in a table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Contacts => "contacts",
            Self::LookUps => "look-ups",
            Self::Papers => "attachments, notes",
            Self::Payments => "payments",
            Self::Polling => "polling",
            Self::Chart => "chart",
            Self::Organisation => "organisation",
            Self::Backfill => "backfill",
            Self::Operator => "operator",
        }
    }

    /// The errand of a request, made out by what it carries.
    #[must_use]
    pub fn of(extensions: &http::Extensions) -> Self {
        let by_purpose = || match Purpose::of(extensions) {
            Purpose::Operator => Self::Operator,
            Purpose::Documents => Self::Documents,
            Purpose::Payments => Self::Payments,
            Purpose::Polling => Self::Polling,
            Purpose::Backfill => Self::Backfill,
        };
        extensions.get().copied().unwrap_or_else(by_purpose)
    }

    /// The errand of a call to the Accounting API.
    pub(crate) fn judge(call: Traits<'_>) -> Self {
        let is_paper = |part: &String| part == "Attachments" || part == "History";
        match call.path {
            // Free, whoever asks.
            "Organisation" => Self::Organisation,
            _ if call.purpose == Purpose::Backfill => Self::Backfill,
            _ if call.purpose == Purpose::Operator => Self::Operator,
            "Accounts" | "TaxRates" | "Currencies" | "TrackingCategories" | "BrandingThemes" => {
                Self::Chart
            }
            "Contacts" => Self::Contacts,
            _ if call.below.iter().any(is_paper) => Self::Papers,
            _ if call.purpose == Purpose::Polling => Self::Polling,
            "Payments" => Self::Payments,
            _ if call.purpose == Purpose::Payments => Self::Payments,
            _ if call.writes => Self::Documents,
            _ => Self::LookUps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_for_what_it_is_about() {
        let judge = |purpose, writes, path, below: &[&str]| {
            let below: Vec<String> = below.iter().map(|part| (*part).to_owned()).collect();
            Errand::judge(Traits {
                purpose,
                writes,
                path,
                below: &below,
            })
        };
        let documents = Purpose::Documents;
        assert_eq!(judge(documents, true, "Invoices", &[]), Errand::Documents);
        assert_eq!(judge(documents, false, "Invoices", &[]), Errand::LookUps);
        assert_eq!(judge(documents, false, "Contacts", &[]), Errand::Contacts);
        assert_eq!(judge(documents, false, "TaxRates", &[]), Errand::Chart);
        assert_eq!(judge(documents, true, "Payments", &[]), Errand::Payments);
        assert_eq!(
            judge(documents, true, "Invoices", &["1", "History"]),
            Errand::Papers
        );
        assert_eq!(
            judge(Purpose::Polling, false, "Payments", &[]),
            Errand::Polling
        );
        assert_eq!(
            judge(Purpose::Payments, false, "Invoices", &[]),
            Errand::Payments
        );
        assert_eq!(
            judge(Purpose::Backfill, true, "Contacts", &[]),
            Errand::Backfill
        );
        assert_eq!(
            judge(Purpose::Backfill, false, "Organisation", &[]),
            Errand::Organisation
        );
    }
}
