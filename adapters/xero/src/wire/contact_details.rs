//! How the details of one contact come out of Xero, and how what it lacks goes in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::contact::{ContactStatus, NewAddress};
use super::loose;
use super::page::Listed;

/// A contact with its details.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactDetails {
    /// Its identifier.
    #[serde(rename = "ContactID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// Whether it may be used.
    #[serde(rename = "ContactStatus")]
    pub status: Option<ContactStatus>,
    /// The contact that took its place.
    #[serde(
        rename = "MergedToContactID",
        default,
        deserialize_with = "loose::text"
    )]
    pub merged_to: Option<String>,
    /// Our marker.
    #[serde(rename = "ContactNumber", default, deserialize_with = "loose::text")]
    pub number: Option<String>,
    /// The name.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// Telephone numbers, one of each type; most are empty.
    #[serde(default, deserialize_with = "loose::list")]
    pub phones: Vec<Phone>,
    /// First name of its person.
    #[serde(default, deserialize_with = "loose::text")]
    pub first_name: Option<String>,
    /// Last name of its person.
    #[serde(default, deserialize_with = "loose::text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "loose::text")]
    pub email_address: Option<String>,
    /// Tax or business number.
    #[serde(default, deserialize_with = "loose::text")]
    pub tax_number: Option<String>,
    /// Its addresses as they came, since they are sent back whole.
    #[serde(default, deserialize_with = "loose::list")]
    pub addresses: Vec<Map<String, Value>>,
    /// Further persons as they came, since they are sent back whole.
    #[serde(default, deserialize_with = "loose::list")]
    pub contact_persons: Vec<Map<String, Value>>,
}

/// A telephone number in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Phone {
    /// `DEFAULT`, `MOBILE`, `FAX`, `DDI`, `OFFICE`.
    #[serde(
        default,
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone_type: Option<String>,
    /// The number.
    #[serde(
        default,
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone_number: Option<String>,
    /// Before it.
    #[serde(
        default,
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone_area_code: Option<String>,
    /// Before that.
    #[serde(
        default,
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone_country_code: Option<String>,
}

impl Listed for ContactDetails {
    const LIST: &'static str = "Contacts";
}

/// What a contact lacks. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactToFill {
    /// The contact.
    #[serde(rename = "ContactID")]
    pub id: String,
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
    /// Every telephone number, when one is filled in: sent whole, like the addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// Every address, when one is filled in: whether those that are not sent stay is not documented.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<AddressToFill>,
    /// The persons as they are: one note says that those that are not sent are dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contact_persons: Vec<Map<String, Value>>,
}

/// An address of a contact that is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum AddressToFill {
    /// One that is there, as it came.
    Held(Map<String, Value>),
    /// The one that was missing.
    New(NewAddress),
}

impl Serialize for AddressToFill {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Held(address) => address.serialize(serializer),
            Self::New(address) => address.serialize(serializer),
        }
    }
}

/// The body that fills contacts in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactsToFill {
    /// They.
    pub contacts: Vec<ContactToFill>,
}
