//! The three states of which iinsight lists one at a time.

use serde::{Deserialize, Serialize};
use tieout_core::document::InvoiceStatus;

/// The state of the invoices of a list; a payment or an adjustment is active or voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Voided,
    Reversed,
}

impl Status {
    /// The word in the query.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Voided => "voided",
            Self::Reversed => "reversed",
        }
    }

    /// The next list, `None` behind the last: an invoice that moves on while they are read is met in its later state.
    pub(crate) fn next(self) -> Option<Self> {
        match self {
            Self::Active => Some(Self::Voided),
            Self::Voided => Some(Self::Reversed),
            Self::Reversed => None,
        }
    }

    /// What it means for the document.
    pub(crate) fn of_document(self) -> InvoiceStatus {
        match self {
            Self::Active => InvoiceStatus::Final,
            Self::Voided => InvoiceStatus::Voided,
            Self::Reversed => InvoiceStatus::Reversed,
        }
    }
}

/// A list that is read by the time of its changes, in the order in which a look reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum List {
    PaymentsActive,
    PaymentsVoided,
    Active,
    Voided,
    Reversed,
    AdjustmentsActive,
    AdjustmentsVoided,
}

/// What a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Payments,
    Invoices,
    Adjustments,
}

impl List {
    /// In the order of a look: payments before the invoices that they belong to, which are told whole then; adjustments
    /// behind them, since what an adjustment is depends on where its invoice stands.
    const ALL: [Self; 7] = [
        Self::PaymentsActive,
        Self::PaymentsVoided,
        Self::Active,
        Self::Voided,
        Self::Reversed,
        Self::AdjustmentsActive,
        Self::AdjustmentsVoided,
    ];

    /// The next list behind one that an account is read by, the first behind none; `None` behind the last.
    pub(crate) fn after(before: Option<Self>, reads: impl Fn(Subject) -> bool) -> Option<Self> {
        let behind = |list: &Self| before.is_none_or(|before| *list > before);
        let mut lists = Self::ALL.into_iter().filter(behind);
        lists.find(|list| reads(list.subject()))
    }

    /// The state that it is asked for.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::PaymentsActive | Self::Active | Self::AdjustmentsActive => Status::Active,
            Self::PaymentsVoided | Self::Voided | Self::AdjustmentsVoided => Status::Voided,
            Self::Reversed => Status::Reversed,
        }
    }

    /// What it is about.
    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::PaymentsActive | Self::PaymentsVoided => Subject::Payments,
            Self::Active | Self::Voided | Self::Reversed => Subject::Invoices,
            Self::AdjustmentsActive | Self::AdjustmentsVoided => Subject::Adjustments,
        }
    }
}
