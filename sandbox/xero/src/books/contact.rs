//! Contacts: what is kept of one, and the indexes by name, number and account number that make them unique.

use std::collections::HashMap;

use uuid::Uuid;

use super::ledger::{Ledger, Row};

/// Whether a contact can be used on new documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactStatus {
    /// Usable.
    Active,
    /// Put away, or merged into another one.
    Archived,
}

impl ContactStatus {
    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// A postal or street address; empty text where nothing was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// `POBOX` or `STREET`.
    pub kind: String,
    /// Up to four lines.
    pub lines: [String; 4],
    /// City.
    pub city: String,
    /// Region or state.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Country, letters only.
    pub country: String,
    /// Person the mail is for.
    pub attention_to: String,
}

/// A telephone number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phone {
    /// `DEFAULT`, `DDI`, `MOBILE`, `FAX` or `OFFICE`.
    pub kind: String,
    /// The number without area and country.
    pub number: String,
    /// Area code.
    pub area_code: String,
    /// Country code.
    pub country_code: String,
}

/// A further person at the contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Whether invoices are mailed to this person too.
    pub include_in_emails: bool,
}

/// A customer or supplier; empty text where nothing was given.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Xero's id.
    pub id: Uuid,
    /// Unique among active contacts.
    pub name: String,
    /// External key, unique; shown as Contact Code.
    pub number: String,
    /// Account number, unique.
    pub account_number: String,
    /// Usable or put away.
    pub status: ContactStatus,
    /// First name of the main person.
    pub first_name: String,
    /// Last name of the main person.
    pub last_name: String,
    /// E-mail address of the main person.
    pub email: String,
    /// Company registration number.
    pub company_number: String,
    /// Tax registration number.
    pub tax_number: String,
    /// Bank account for payments to the contact.
    pub bank_account: String,
    /// Default currency, or empty for the base currency.
    pub default_currency: String,
    /// Default tax type of sales, or empty.
    pub receivable_tax_type: String,
    /// Default tax type of bills, or empty.
    pub payable_tax_type: String,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// Up to five further persons.
    pub persons: Vec<Person>,
    /// Set by the first bill.
    pub is_supplier: bool,
    /// Set by the first sales invoice.
    pub is_customer: bool,
    /// The surviving contact after a merge.
    pub merged_to: Option<Uuid>,
    /// Milliseconds since 1970 of the last change.
    pub updated_ms: i64,
}

impl Contact {
    /// A new active contact of this name with nothing else known.
    #[must_use]
    pub fn named(id: Uuid, name: String, updated_ms: i64) -> Self {
        Self {
            id,
            name,
            number: String::new(),
            account_number: String::new(),
            status: ContactStatus::Active,
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            company_number: String::new(),
            tax_number: String::new(),
            bank_account: String::new(),
            default_currency: String::new(),
            receivable_tax_type: String::new(),
            payable_tax_type: String::new(),
            addresses: Vec::new(),
            phones: Vec::new(),
            persons: Vec::new(),
            is_supplier: false,
            is_customer: false,
            merged_to: None,
            updated_ms,
        }
    }
}

impl Row for Contact {
    fn id(&self) -> Uuid {
        self.id
    }
    fn updated_ms(&self) -> i64 {
        self.updated_ms
    }
    fn set_updated_ms(&mut self, updated_ms: i64) {
        self.updated_ms = updated_ms;
    }
}

/// All contacts of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Contacts {
    /// The rows.
    pub ledger: Ledger<Contact>,
    active_by_name: HashMap<String, usize>,
    archived_by_name: HashMap<String, usize>,
    by_number: HashMap<String, usize>,
    by_account_number: HashMap<String, usize>,
}

impl Contacts {
    /// Adds a contact whose names were checked.
    pub fn insert(&mut self, contact: Contact) -> usize {
        let at = self.ledger.insert(contact);
        self.index(at);
        at
    }

    /// Changes a contact and keeps the indexes true. The caller has checked uniqueness and touches the row.
    pub fn change(&mut self, at: usize, change: impl FnOnce(&mut Contact)) {
        self.unindex(at);
        change(self.ledger.row_mut(at));
        self.index(at);
    }

    /// The active contact of this name, in any case and spacing.
    #[must_use]
    pub fn active_named(&self, name: &str) -> Option<usize> {
        self.active_by_name.get(&name_key(name)).copied()
    }

    /// The archived contact of this name, in any case and spacing.
    #[must_use]
    pub fn archived_named(&self, name: &str) -> Option<usize> {
        self.archived_by_name.get(&name_key(name)).copied()
    }

    /// The contact with this external key.
    #[must_use]
    pub fn numbered(&self, number: &str) -> Option<usize> {
        self.by_number.get(number).copied()
    }

    /// The contact with this account number.
    #[must_use]
    pub fn with_account_number(&self, number: &str) -> Option<usize> {
        self.by_account_number.get(number).copied()
    }

    fn index(&mut self, at: usize) {
        let contact = self.ledger.row(at);
        let names = match contact.status {
            ContactStatus::Active => &mut self.active_by_name,
            ContactStatus::Archived => &mut self.archived_by_name,
        };
        names.insert(name_key(&contact.name), at);
        if !contact.number.is_empty() {
            self.by_number.insert(contact.number.clone(), at);
        }
        if !contact.account_number.is_empty() {
            self.by_account_number
                .insert(contact.account_number.clone(), at);
        }
    }

    fn unindex(&mut self, at: usize) {
        let contact = self.ledger.row(at);
        let key = name_key(&contact.name);
        let names = match contact.status {
            ContactStatus::Active => &mut self.active_by_name,
            ContactStatus::Archived => &mut self.archived_by_name,
        };
        if names.get(&key) == Some(&at) {
            names.remove(&key);
        }
        self.by_number.remove(&contact.number);
        self.by_account_number.remove(&contact.account_number);
    }
}

/// Trims and folds runs of white space to one space, as Xero stores names.
#[must_use]
pub fn tidy_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name_key(name: &str) -> String {
    tidy_name(name).to_lowercase()
}
