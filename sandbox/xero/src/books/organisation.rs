//! One organisation with all its books.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::allocation::Allocations;
use super::bank_transaction::BankTransactions;
use super::chart::Chart;
use super::contact::Contacts;
use super::credit::Credits;
use super::ids::IdSource;
use super::invoice::{Invoices, Kind};
use super::papers::Papers;
use super::payment::Payments;
use super::purchase_order::PurchaseOrders;
use super::zone::Zone;

/// Facts about an organisation that people set in Xero.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Id of the organisation, which is the tenant id too (reported, not promised by Xero).
    pub id: Uuid,
    /// Display name.
    pub name: &'static str,
    /// Registered name.
    pub legal_name: &'static str,
    /// Starts with `!`; used in deep links.
    pub short_code: &'static str,
    /// ISO 4217.
    pub base_currency: &'static str,
    /// ISO 3166, which is also Xero's `Version` of the product.
    pub country: &'static str,
    /// Decides what today is.
    pub zone: Zone,
    /// Tax registration.
    pub tax_number: &'static str,
    /// Last day of the financial year.
    pub year_end: (u32, u32),
    /// `ACCRUALS`, `PAYMENTS` and so on.
    pub sales_tax_basis: &'static str,
    /// `MONTHLY`, `TWOMONTHS`, `QUARTERLY` and so on.
    pub sales_tax_period: &'static str,
    /// City of its address.
    pub city: &'static str,
    /// Nothing dated on or before it may change.
    pub period_lock: Option<NaiveDate>,
    /// Nothing dated on or before it may change, for anyone.
    pub year_lock: Option<NaiveDate>,
    /// When the organisation was made in Xero.
    pub created: DateTime<Utc>,
}

/// An organisation and its books.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// What people set.
    pub profile: Profile,
    /// Reference data.
    pub chart: Chart,
    /// Customers and suppliers.
    pub contacts: Contacts,
    /// Invoices and bills.
    pub invoices: Invoices,
    /// Credit notes, overpayments and prepayments.
    pub credits: Credits,
    /// The money that overpayments and prepayments came from.
    pub bank_transactions: BankTransactions,
    /// What of them was put against which invoice.
    pub allocations: Allocations,
    /// Payments on invoices, and refunds of credits.
    pub payments: Payments,
    /// Orders to suppliers.
    pub purchase_orders: PurchaseOrders,
    /// Approvals by year, month and side, for plans that limit them.
    pub approvals: HashMap<(i32, u32, Kind), u32>,
    /// Files and history notes.
    pub papers: Papers,
    /// Where its ids come from.
    pub ids: IdSource,
}

impl Organisation {
    /// Forgets what changed: nobody is to be told of it.
    pub fn forget_changes(&mut self) {
        self.contacts.ledger.take_changes();
        self.invoices.ledger.take_changes();
        self.credits.ledger.take_changes();
        self.purchase_orders.ledger.take_changes();
        self.bank_transactions.take_changes();
        self.allocations.take_changes();
        self.payments.take_changes();
    }
}
