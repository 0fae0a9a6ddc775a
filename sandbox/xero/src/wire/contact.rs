//! The contact as it is sent and as it is answered.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::books::contact::{Address, Contact, Person, Phone};

use super::date::MsDate;
use super::loose;

/// A contact as a client sends it; what is missing is left as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactIn {
    /// Xero's id.
    #[serde(
        rename = "ContactID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// Name.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// External key.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub contact_number: Option<String>,
    /// Account number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_number: Option<String>,
    /// `ACTIVE` or `ARCHIVED`.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub contact_status: Option<String>,
    /// First name.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub email_address: Option<String>,
    /// Company number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub company_number: Option<String>,
    /// Tax number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_number: Option<String>,
    /// Bank account.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub bank_account_details: Option<String>,
    /// Default currency.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub default_currency: Option<String>,
    /// Default tax type of sales.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub accounts_receivable_tax_type: Option<String>,
    /// Default tax type of bills.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub accounts_payable_tax_type: Option<String>,
    /// Addresses.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub addresses: Option<Vec<AddressWire>>,
    /// Telephone numbers.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub phones: Option<Vec<PhoneWire>>,
    /// Further persons.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub contact_persons: Option<Vec<PersonWire>>,
}

impl ContactIn {
    /// Whether something beside the identity is sent, which makes Xero update the contact.
    #[must_use]
    pub fn has_more_than_id(&self) -> bool {
        Self {
            id: self.id,
            ..Self::default()
        } != *self
    }
}

/// An address on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressWire {
    /// `POBOX` or `STREET`.
    #[serde(deserialize_with = "loose::text")]
    pub address_type: Option<String>,
    /// First line.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub address_line1: Option<String>,
    /// Second line.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub address_line2: Option<String>,
    /// Third line.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub address_line3: Option<String>,
    /// Fourth line.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub address_line4: Option<String>,
    /// City; Xero answers empty text rather than nothing.
    #[serde(deserialize_with = "loose::text")]
    pub city: Option<String>,
    /// Region.
    #[serde(deserialize_with = "loose::text")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(deserialize_with = "loose::text")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(deserialize_with = "loose::text")]
    pub country: Option<String>,
    /// Person the mail is for.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub attention_to: Option<String>,
}

/// A telephone number on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PhoneWire {
    /// `DEFAULT`, `DDI`, `MOBILE`, `FAX`, `OFFICE`.
    #[serde(deserialize_with = "loose::text")]
    pub phone_type: Option<String>,
    /// Number.
    #[serde(deserialize_with = "loose::text")]
    pub phone_number: Option<String>,
    /// Area code.
    #[serde(deserialize_with = "loose::text")]
    pub phone_area_code: Option<String>,
    /// Country code.
    #[serde(deserialize_with = "loose::text")]
    pub phone_country_code: Option<String>,
}

/// A further person on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PersonWire {
    /// First name.
    #[serde(deserialize_with = "loose::text")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(deserialize_with = "loose::text")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(deserialize_with = "loose::text")]
    pub email_address: Option<String>,
    /// Whether invoices are mailed to this person too.
    #[serde(deserialize_with = "loose::flag")]
    pub include_in_emails: Option<bool>,
}

impl From<&AddressWire> for Address {
    fn from(sent: &AddressWire) -> Self {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Self {
            kind: text(&sent.address_type),
            lines: [
                text(&sent.address_line1),
                text(&sent.address_line2),
                text(&sent.address_line3),
                text(&sent.address_line4),
            ],
            city: text(&sent.city),
            region: text(&sent.region),
            postal_code: text(&sent.postal_code),
            country: text(&sent.country),
            attention_to: text(&sent.attention_to),
        }
    }
}

impl From<&Address> for AddressWire {
    fn from(kept: &Address) -> Self {
        let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
        let [line1, line2, line3, line4] = &kept.lines;
        Self {
            address_type: Some(kept.kind.clone()),
            address_line1: filled(line1),
            address_line2: filled(line2),
            address_line3: filled(line3),
            address_line4: filled(line4),
            city: Some(kept.city.clone()),
            region: Some(kept.region.clone()),
            postal_code: Some(kept.postal_code.clone()),
            country: Some(kept.country.clone()),
            attention_to: filled(&kept.attention_to),
        }
    }
}

impl From<&PhoneWire> for Phone {
    fn from(sent: &PhoneWire) -> Self {
        Self {
            kind: sent.phone_type.clone().unwrap_or_default(),
            number: sent.phone_number.clone().unwrap_or_default(),
            area_code: sent.phone_area_code.clone().unwrap_or_default(),
            country_code: sent.phone_country_code.clone().unwrap_or_default(),
        }
    }
}

impl From<&Phone> for PhoneWire {
    fn from(kept: &Phone) -> Self {
        Self {
            phone_type: Some(kept.kind.clone()),
            phone_number: Some(kept.number.clone()),
            phone_area_code: Some(kept.area_code.clone()),
            phone_country_code: Some(kept.country_code.clone()),
        }
    }
}

impl From<&PersonWire> for Person {
    fn from(sent: &PersonWire) -> Self {
        Self {
            first_name: sent.first_name.clone().unwrap_or_default(),
            last_name: sent.last_name.clone().unwrap_or_default(),
            email: sent.email_address.clone().unwrap_or_default(),
            include_in_emails: sent.include_in_emails.unwrap_or_default(),
        }
    }
}

impl From<&Person> for PersonWire {
    fn from(kept: &Person) -> Self {
        Self {
            first_name: Some(kept.first_name.clone()),
            last_name: Some(kept.last_name.clone()),
            email_address: Some(kept.email.clone()),
            include_in_emails: Some(kept.include_in_emails),
        }
    }
}

/// The few fields of a contact inside an invoice or a payment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactInside<'a> {
    #[serde(rename = "ContactID")]
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_status: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    contact_number: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<&'a str>,
    addresses: Vec<AddressWire>,
    phones: Vec<PhoneWire>,
    contact_groups: [(); 0],
    contact_persons: Vec<PersonWire>,
    has_validation_errors: bool,
}

impl<'a> ContactInside<'a> {
    /// Id and name only, as unpaged lists and payments have it (with the empty lists seen in recorded replies).
    #[must_use]
    pub fn thin(contact: &'a Contact) -> Self {
        Self {
            id: contact.id,
            contact_status: None,
            contact_number: "",
            name: &contact.name,
            email_address: None,
            addresses: Vec::new(),
            phones: Vec::new(),
            contact_groups: [],
            contact_persons: Vec::new(),
            has_validation_errors: false,
        }
    }

    /// With status, number, e-mail, addresses, telephones and persons, as single and paged replies have it.
    #[must_use]
    pub fn full(contact: &'a Contact) -> Self {
        Self {
            contact_status: Some(contact.status.name()),
            contact_number: &contact.number,
            email_address: Some(&contact.email),
            addresses: contact.addresses.iter().map(AddressWire::from).collect(),
            phones: contact.phones.iter().map(PhoneWire::from).collect(),
            contact_persons: contact.persons.iter().map(PersonWire::from).collect(),
            ..Self::thin(contact)
        }
    }
}

/// A contact as `/Contacts` answers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactOut<'a> {
    #[serde(rename = "ContactID")]
    pub(crate) id: Uuid,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) contact_number: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) account_number: &'a str,
    pub(crate) contact_status: &'static str,
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) first_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) last_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) company_number: &'a str,
    pub(crate) email_address: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) bank_account_details: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) tax_number: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) accounts_receivable_tax_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) accounts_payable_tax_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) default_currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) addresses: Option<Vec<Option<AddressWire>>>,
    pub(crate) phones: Vec<PhoneWire>,
    #[serde(rename = "UpdatedDateUTC")]
    pub(crate) updated: MsDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact_groups: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_supplier: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_customer: Option<bool>,
    #[serde(rename = "MergedToContactID", skip_serializing_if = "Option::is_none")]
    pub(crate) merged_to: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact_persons: Option<Vec<PersonWire>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) balances: Option<Balances>,
    pub(crate) has_attachments: bool,
    pub(crate) has_validation_errors: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_attribute_string: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validation_errors: Option<[(); 0]>,
}

/// What a contact owes and is owed, in the base currency.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Balances {
    /// Sales side.
    pub accounts_receivable: Balance,
    /// Purchases side.
    pub accounts_payable: Balance,
}

/// One side of the balances.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Balance {
    /// Not yet paid.
    pub outstanding: super::number::Num,
    /// Not yet paid and past its due date.
    pub overdue: super::number::Num,
}
