//! How a contact comes out of Xero, and how a new one goes in.

use serde::{Deserialize, Serialize};
use tieout_core::open_enum;

use super::loose;
use super::page::Listed;

open_enum! {
    /// Whether a contact may be used.
    pub enum ContactStatus {
        /// It may.
        Active = "ACTIVE",
        /// It may not.
        Archived = "ARCHIVED",
        /// Somebody asked for its removal.
        GdprRequest = "GDPRREQUEST",
    }
}

/// A contact.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Contact {
    /// Its identifier.
    #[serde(rename = "ContactID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// The key of whoever made it: our marker.
    #[serde(rename = "ContactNumber", default, deserialize_with = "loose::text")]
    pub number: Option<String>,
    /// Whether it may be used.
    #[serde(rename = "ContactStatus")]
    pub status: Option<ContactStatus>,
    /// The name.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "loose::text")]
    pub email_address: Option<String>,
    /// The contact that took its place.
    #[serde(
        rename = "MergedToContactID",
        default,
        deserialize_with = "loose::text"
    )]
    pub merged_to: Option<String>,
}

impl Listed for Contact {
    const LIST: &'static str = "Contacts";
}

/// A contact to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewContact {
    /// The name.
    pub name: String,
    /// Our marker.
    #[serde(rename = "ContactNumber", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// First name of its person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name of its person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Tax or business number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// Telephone numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<super::contact_details::Phone>,
    /// Addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<NewAddress>,
}

/// An address of a contact to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewAddress {
    /// `POBOX`, the postal address, or `STREET`.
    pub address_type: &'static str,
    /// First line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<String>,
    /// Second line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or county.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Post code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// The body that makes contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewContacts {
    /// They.
    pub contacts: Vec<NewContact>,
}
