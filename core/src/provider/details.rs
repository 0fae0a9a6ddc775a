//! What is copied to a provider's contact, and what the documents of a contact come to.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Currency, ProviderContactId, decimal};

/// A detail of a contact. The name is none of them: it is never changed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ContactField {
    /// Our marker.
    Number,
    /// E-mail.
    Email,
    /// First name of its person.
    FirstName,
    /// Last name of its person.
    LastName,
    /// Tax or business number.
    TaxNumber,
    /// The usual telephone number.
    Phone,
    /// The mobile telephone number.
    Mobile,
    /// The fax number.
    Fax,
    /// The address of the wanted kind, as a whole.
    Address,
}

/// What became of the details that were to be copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CopiedDetails {
    /// The contact that was filled in: the one that remains when the one asked for was merged.
    pub contact: ProviderContactId,
    /// What was missing and is there now.
    pub copied: Vec<ContactField>,
    /// What was left as it was, and why. Details that nobody wanted are not listed.
    pub left: Vec<LeftDetail>,
}

/// A detail that was not copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftDetail {
    /// Which.
    pub field: ContactField,
    /// Why.
    pub why: LeftBecause,
}

/// Why a detail was not copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftBecause {
    /// The provider holds just this.
    Same,
    /// The provider holds another value, which stays.
    Held {
        /// The provider's.
        value: String,
    },
    /// The provider's rules for the field do not allow the value.
    Unfit,
    /// The contact is archived, so nothing is changed.
    Archived,
    /// The provider refused the change.
    Refused {
        /// Every message, as the provider wrote it.
        messages: Vec<String>,
    },
    /// The provider took the change and did not keep the value.
    NotKept,
}

impl fmt::Display for LeftBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("it is there already"),
            Self::Held { value } => write!(f, "the provider holds `{value}`, which stays"),
            Self::Unfit => f.write_str("the provider does not take such a value"),
            Self::Archived => f.write_str("the contact is archived"),
            Self::Refused { messages } => write!(f, "refused: {}", messages.join("; ")),
            Self::NotKept => f.write_str("the provider did not keep it"),
        }
    }
}

/// What the sales invoices and bills of a contact come to. Drafts and removed documents do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactTotals {
    /// The currency of `sales` and `purchases`: that of the books.
    pub currency: Currency,
    /// Sales invoices in that currency.
    pub sales: SideTotals,
    /// Bills in that currency.
    pub purchases: SideTotals,
    /// The same for every other currency in which there are documents. Never added to the above.
    pub others: Vec<OtherCurrency>,
}

/// Documents of a contact in a currency that is not that of the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherCurrency {
    /// The currency.
    pub currency: Currency,
    /// Sales invoices.
    pub sales: SideTotals,
    /// Bills.
    pub purchases: SideTotals,
}

/// What documents come to, by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SideTotals {
    /// Waiting for approval.
    pub submitted: Sum,
    /// Approved, and something is still due.
    pub authorised: Sum,
    /// Approved, and nothing is due any more.
    pub paid: Sum,
}

/// A sum of documents in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sum {
    /// How many.
    pub documents: usize,
    /// What they come to, with tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub gross: Decimal,
    /// The part of it that is dated within a year up to the day that was asked for.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub gross_of_a_year: Decimal,
    /// What is due on them.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub due: Decimal,
    /// The part of that which fell due before the day that was asked for.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub overdue: Decimal,
}

/// Which totals of a contact are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsWanted {
    /// The contact.
    pub contact: ProviderContactId,
    /// The currency of the books.
    pub currency: Currency,
    /// Today, where the books are kept.
    pub today: NaiveDate,
}
