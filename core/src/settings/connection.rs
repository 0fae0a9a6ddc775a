//! How the documents of one connection are turned into the provider's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Accounts, AttachmentPolicy, HostPayments, MappingRule, SummaryPolicy};
use crate::document::PaymentTerm;

/// Which documents travel. Credit notes and bills have switches of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Invoices only.
    #[default]
    Untracked,
    /// Purchase orders to suppliers, and invoices.
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
    /// The customer's order: an invoice and the purchase orders that serve one order are found together by it.
    Order,
    /// A text with fields in braces, such as `"{claim_number}[ / {client_name}]"`; what stands in brackets
    /// falls away when none of its fields has a value. Fields: `number`, `kind`, `issue_date`, `due_date`,
    /// `delivery_date`, `currency`, `business_division`, `batch_id`, `party_name` (who is billed or who
    /// supplies), `party_id`, `attention`, `claim_number`, `client_name`, `case_numbers`,
    /// `purchase_order_number` (the customer's order), `participant_number`, `plan_id`, `notes`,
    /// `total_net`, `total_tax`, `total_gross`.
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
    /// Whether a customer that nobody matches is created; otherwise the document is held.
    pub create_missing: bool,
    /// Whether a supplier that nobody matches is created; otherwise the document is held.
    pub create_missing_suppliers: bool,
    /// One contact for every invoice and credit note, by its exact name; it must exist.
    pub always: Option<String>,
    /// One supplier for every purchase order and bill, by its exact name; it must exist.
    pub always_supplier: Option<String>,
}

impl Default for ContactPolicy {
    fn default() -> Self {
        Self {
            population: ContactPopulation::None,
            create_missing: true,
            create_missing_suppliers: false,
            always: None,
            always_supplier: None,
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

/// What becomes of a document that the organisation holds when the routes send it to another connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Moves {
    /// It stays, with a finding that says where it should be.
    #[default]
    Stay,
    /// It is voided here first, and created there once the void is proven. While payments or a locked period
    /// stand in the way it stays, with a finding.
    VoidAndCreate,
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

/// What happens to a document whose tracking option its category lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackingOptions {
    /// It is held until somebody adds the option.
    #[default]
    MustExist,
    /// The option is added to the category, which must exist, once the document lacks nothing else. An option
    /// that is archived is not restored.
    Create,
}

/// Which item a line names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemCodes {
    /// None, whatever the document says.
    None,
    /// The one that the document names, if any.
    #[default]
    Document,
    /// The charge code; on purchase orders the article. Items of these codes must exist at the provider.
    ChargeCode,
}

/// What happens to a document whose totals would differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// It is held with the arithmetic.
    #[default]
    Hold,
    /// A line of its own evens out amounts that differ by a few minor units; what is more is held. Taxes are
    /// evened out by `tax_amounts`. Purchase orders get no such line.
    Line(RoundingLine),
}

/// The line that evens out the amounts of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundingLine {
    /// The account, of any class.
    pub account: String,
    /// The provider's tax type, of a rate of zero.
    pub tax_type: String,
    /// Minor units that the lines of a document may differ by in all, each difference taken without its sign:
    /// 1 to 100, 2 when left out.
    #[serde(default = "two")]
    #[schemars(range(min = 1, max = 100))]
    pub minor_units_max: u8,
    /// The text of the line; `Rounding` when left out.
    #[serde(default = "rounding")]
    pub description: String,
}

impl RoundingLine {
    /// The most minor units that may be allowed.
    pub const MINOR_UNITS_MAX: u8 = 100;
}

fn two() -> u8 {
    2
}

fn rounding() -> String {
    "Rounding".to_owned()
}

/// What is done about documents that are at the provider already, from an earlier connector or by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// A document is recognised when the provider refuses another one of its number.
    #[default]
    OnCollision,
    /// Each document is looked for before it is created, by link, number and reference: some calls for every
    /// batch. One that is the same is bound, one that differs is held and shown.
    LookFirst,
}

/// Everything that an operator decides about one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether purchase orders travel beside the invoices.
    pub method: Method,
    /// Whether credit notes to customers travel.
    pub credit_notes: bool,
    /// Whether suppliers' bills travel.
    pub bills: bool,
    /// Documents dated before this day are skipped, visibly.
    pub sync_from: Option<NaiveDate>,
    /// What becomes of a document that this organisation holds when the routes send it to another connection.
    pub moves: Moves,
    /// What stands in the reference field of invoices and credit notes. Bills have none: their number is the
    /// supplier's.
    pub reference: Reference,
    /// What stands in the reference field of purchase orders; the customer's order by default.
    pub purchase_order_reference: Reference,
    /// How contacts are found and made.
    pub contacts: ContactPolicy,
    /// In which state invoices are created.
    pub invoice_status: CreateStatus,
    /// In which state credit notes are created.
    pub credit_note_status: CreateStatus,
    /// In which state bills are created.
    pub bill_status: CreateStatus,
    /// In which state purchase orders are created.
    pub purchase_order_status: CreateStatus,
    /// How prices are handed over.
    pub line_amounts: LineAmounts,
    /// Whose tax amounts the lines carry. Purchase orders carry none: the provider works their tax out.
    pub tax_amounts: TaxAmounts,
    /// What happens when totals would differ.
    pub rounding: Rounding,
    /// Accounts by what is known of a line, and by role.
    pub accounts: Accounts,
    /// Invoices and credit notes: the provider's tax type by the host's tax code. The empty code stands for
    /// lines without one.
    pub tax_codes: BTreeMap<String, String>,
    /// Invoices and credit notes: the provider's tax type by the rate of lines without a tax code, such as
    /// `"0.10" = "OUTPUT"`.
    pub tax_rates: BTreeMap<String, String>,
    /// Bills and purchase orders: the provider's tax type by the host's tax code, such as `"GST" = "INPUT"`.
    pub purchase_tax_codes: BTreeMap<String, String>,
    /// Bills and purchase orders: the provider's tax type by the rate of lines without a tax code.
    pub purchase_tax_rates: BTreeMap<String, String>,
    /// Whether lines carry tracking categories.
    pub tracking: bool,
    /// What happens to a document whose tracking option its category lacks.
    pub tracking_options: TrackingOptions,
    /// The term for invoices without a due date and without terms of their own.
    pub terms: Option<PaymentTerm>,
    /// The term for bills without a due date.
    pub bill_terms: Option<PaymentTerm>,
    /// Which item a line names.
    pub item_codes: ItemCodes,
    /// The text of a line; without it the host's description. Fields in braces, and in brackets what falls
    /// away when none of its fields has a value: `"{description}[ on {service_date}]"`. Fields are those of
    /// `reference` and `description`, `service_date`, `service_end_date`, `quantity`, `unit_price`,
    /// `net_amount`, `tax_amount`, `tax_code`, `tax_rate`, `charge_code` (on purchase orders the article),
    /// `service_contract`, `item_code`, `account_code`, `case_number`, `worker`, `funding_scheme`,
    /// `funding_plan_id`, `support_item`, `claim_type`, `plan_management`.
    pub description: Option<String>,
    /// The branding theme of invoices, credit notes and purchase orders, by its name or identifier at the
    /// provider; without it the organisation's own.
    pub branding_theme: Option<String>,
    /// What is done about documents that are at the provider already.
    pub existing: Existing,
    /// Stands before the host's number. Bills keep the supplier's number as it is.
    pub number_prefix: String,
    /// Whether payments and settlement are brought back to the host.
    pub payments: bool,
    /// Payments dated more than so many days ahead are kept back, visibly, and told to the host when they are that near;
    /// without it all are told at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payments_ahead_days_max: Option<u16>,
    /// Under which accounts payments that were made in the host are made at the provider; without it none are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_payments: Option<HostPayments>,
    /// Whether the host's files go onto the provider's documents, and who sees them there.
    #[serde(skip_serializing_if = "AttachmentPolicy::is_off")]
    pub attachments: AttachmentPolicy,
    /// A note in the history of each document, as a template with the fields of `reference`; without it none
    /// is written. Notes stay for ever: a document gets another one only when the text comes out different.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_notes: Option<String>,
    /// Gathers the sales invoices of one contact, currency and period into one invoice; without it each travels alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<SummaryPolicy>,
    /// Rules that make single fields, in order: the first of a target that fits and gives a value decides, and
    /// without one the settings above do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<MappingRule>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::default(),
            credit_notes: false,
            bills: false,
            sync_from: None,
            moves: Moves::default(),
            reference: Reference::default(),
            purchase_order_reference: Reference::Order,
            contacts: ContactPolicy::default(),
            invoice_status: CreateStatus::default(),
            credit_note_status: CreateStatus::default(),
            bill_status: CreateStatus::default(),
            purchase_order_status: CreateStatus::default(),
            line_amounts: LineAmounts::default(),
            tax_amounts: TaxAmounts::default(),
            rounding: Rounding::default(),
            accounts: Accounts::default(),
            tax_codes: BTreeMap::new(),
            tax_rates: BTreeMap::new(),
            purchase_tax_codes: BTreeMap::new(),
            purchase_tax_rates: BTreeMap::new(),
            tracking: false,
            tracking_options: TrackingOptions::default(),
            terms: None,
            bill_terms: None,
            item_codes: ItemCodes::default(),
            description: None,
            branding_theme: None,
            existing: Existing::default(),
            number_prefix: String::new(),
            payments: true,
            payments_ahead_days_max: None,
            host_payments: None,
            attachments: AttachmentPolicy::default(),
            history_notes: None,
            summary: None,
            rules: Vec::new(),
        }
    }
}
