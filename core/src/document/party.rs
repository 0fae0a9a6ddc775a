//! Who is billed: the companies and contacts of a host.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PartyId, Tracking};

/// Who owes a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BillTo {
    /// The company, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_id: Option<PartyId>,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<PartyId>,
    /// The name on the document.
    pub name: String,
    /// The person to whose attention it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<String>,
    /// Where it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The tax or business number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// The postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// An address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// What it is for: `postal`, `street`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// First line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or county.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Post code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Telephone numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phones {
    /// The usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Mobile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Fax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fax: Option<String>,
}

impl Phones {
    /// Whether there is no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A company of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Company {
    /// Opaque, stable, unique among companies.
    pub id: PartyId,
    /// Grows with every change.
    pub revision: u64,
    /// The name in use.
    pub name: String,
    /// The registered name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_name: Option<String>,
    /// The tax or business number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// E-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone numbers.
    #[serde(default)]
    pub phones: Phones,
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Days to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_terms_days: Option<u16>,
    /// Tracking for lines that have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_tracking: Vec<Tracking>,
    /// Whether it is out of use.
    #[serde(default)]
    pub disabled: bool,
    /// When the host last changed it.
    pub updated_at: DateTime<Utc>,
}

/// A person of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// Opaque, stable, unique among contacts.
    pub id: PartyId,
    /// The company that the person belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_id: Option<PartyId>,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The whole name.
    pub name: String,
    /// E-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone numbers.
    #[serde(default)]
    pub phones: Phones,
    /// The role in the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Whether this is the company's first contact.
    #[serde(default)]
    pub is_primary: bool,
    /// Whether the person is out of use.
    #[serde(default)]
    pub disabled: bool,
}
