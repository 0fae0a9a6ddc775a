//! How the documents of one connection are turned into the provider's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::PaymentTerm;

/// Which documents travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Invoices only.
    #[default]
    Untracked,
    /// Purchase orders and invoices.
    Tracked,
}

/// What stands in the reference field of the provider's document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Nothing.
    #[default]
    None,
    /// The name of the person served.
    ClientName,
    /// The insurer's or scheme's claim number.
    ClaimNumber,
    /// A text with fields in braces, such as `"{claim_number} {client_name}"`. Fields: `number`,
    /// `client_name`, `claim_number`, `case_numbers`, `purchase_order_number`,
    /// `participant_number`, `plan_id`, `business_division`, `batch_id`.
    Template(String),
}

/// Whose details the provider's contact carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactPopulation {
    /// Match on the name alone and leave the provider's contact as it is.
    #[default]
    None,
    /// The person on the document.
    BillTo,
    /// The company.
    Company,
}

/// How a contact is found, and whether it may be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContactPolicy {
    /// Whose details a new contact carries.
    pub population: ContactPopulation,
    /// Whether a contact that nobody matches is created; otherwise the document is held.
    pub create_missing: bool,
    /// One contact for every document, by its exact name; it must exist.
    pub always: Option<String>,
}

impl Default for ContactPolicy {
    fn default() -> Self {
        Self {
            population: ContactPopulation::None,
            create_missing: true,
            always: None,
        }
    }
}

/// In which state a document is created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreateStatus {
    /// A draft that somebody approves.
    #[default]
    Draft,
    /// Waiting for approval.
    Submitted,
    /// Approved: it is in the ledger and can be paid.
    Authorised,
}

/// How prices are handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineAmounts {
    /// As the document has them.
    #[default]
    AsDocument,
    /// Without tax.
    TaxExclusive,
    /// With tax.
    TaxInclusive,
    /// No tax at all; a document with tax is then held.
    NoTax,
}

/// Whose tax amounts the lines carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxAmounts {
    /// The host's, sent with each line, so that the totals are the host's to the cent.
    #[default]
    Host,
    /// The provider works them out; a document that would then differ is held.
    Provider,
}

/// What happens to a document whose totals would differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// It is held with the arithmetic.
    #[default]
    Hold,
}

/// Accounts by their role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Revenue, for lines that nothing else decides.
    pub sales: Option<String>,
    /// Cost of goods sold.
    pub cost_of_goods_sold: Option<String>,
    /// Inventory asset.
    pub inventory: Option<String>,
    /// Whether an account code in the document comes before `sales`; charge codes come before both.
    pub trust_document: bool,
    /// Account by the host's charge code.
    pub by_charge_code: BTreeMap<String, String>,
}

/// Everything that an operator decides about one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which documents travel.
    pub method: Method,
    /// Documents dated before this day are skipped, visibly.
    pub sync_from: Option<NaiveDate>,
    /// What stands in the reference field.
    pub reference: Reference,
    /// How contacts are found and made.
    pub contacts: ContactPolicy,
    /// In which state documents are created.
    pub invoice_status: CreateStatus,
    /// How prices are handed over.
    pub line_amounts: LineAmounts,
    /// Whose tax amounts the lines carry.
    pub tax_amounts: TaxAmounts,
    /// What happens when totals would differ.
    pub rounding: Rounding,
    /// Accounts by role and by charge code.
    pub accounts: Accounts,
    /// The provider's tax type by the host's tax code. The empty code stands for lines without one.
    pub tax_codes: BTreeMap<String, String>,
    /// The provider's tax type by the rate of lines without a tax code, such as `"0.10" = "OUTPUT"`.
    pub tax_rates: BTreeMap<String, String>,
    /// Whether lines carry tracking categories.
    pub tracking: bool,
    /// The term for documents without a due date and without terms of their own.
    pub terms: Option<PaymentTerm>,
    /// Stands before the host's number.
    pub number_prefix: String,
    /// Whether payments and settlement are brought back to the host.
    pub payments: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::default(),
            sync_from: None,
            reference: Reference::default(),
            contacts: ContactPolicy::default(),
            invoice_status: CreateStatus::default(),
            line_amounts: LineAmounts::default(),
            tax_amounts: TaxAmounts::default(),
            rounding: Rounding::default(),
            accounts: Accounts::default(),
            tax_codes: BTreeMap::new(),
            tax_rates: BTreeMap::new(),
            tracking: false,
            terms: None,
            number_prefix: String::new(),
            payments: true,
        }
    }
}
