//! The reference data of an organisation: accounts, tax rates, tracking categories and currencies, and how they are found.

use std::borrow::Cow;
use std::collections::HashMap;

use rust_decimal::Decimal;
use uuid::Uuid;

/// Whether reference data may still be used on new documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Usable.
    Active,
    /// Kept for history; refused on new lines.
    Archived,
    /// Removed by a person; refused on new lines.
    Deleted,
}

impl Standing {
    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
            Self::Deleted => "DELETED",
        }
    }
}

/// The five classes of the chart of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Things owned, banks included.
    Asset,
    /// The owners' share.
    Equity,
    /// Costs.
    Expense,
    /// Things owed.
    Liability,
    /// Income.
    Revenue,
}

impl Class {
    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asset => "ASSET",
            Self::Equity => "EQUITY",
            Self::Expense => "EXPENSE",
            Self::Liability => "LIABILITY",
            Self::Revenue => "REVENUE",
        }
    }
}

/// One account of the chart.
#[derive(Debug, Clone)]
pub struct Account {
    /// Xero's id.
    pub id: Uuid,
    /// Up to 10 characters.
    pub code: &'static str,
    /// Shown to people.
    pub name: &'static str,
    /// `SALES`, `BANK`, `EXPENSE` and so on, as Xero spells them.
    pub kind: &'static str,
    /// The class that the type belongs to.
    pub class: Class,
    /// Default tax type of lines on this account.
    pub tax_type: &'static str,
    /// Whether it may be used.
    pub standing: Standing,
    /// `DEBTORS`, `CREDITORS`, `GST`, `ROUNDING` and so on, or empty.
    pub system: &'static str,
    /// Whether payments may be made to it although it is no bank account.
    pub takes_payments: bool,
    /// Bank accounts carry a number and a currency.
    pub bank: Option<BankDetails>,
    /// Free text.
    pub description: &'static str,
}

/// What only bank accounts have.
#[derive(Debug, Clone)]
pub struct BankDetails {
    /// The account number as printed on a statement.
    pub number: &'static str,
    /// `BANK`, `CREDITCARD` or `PAYPAL`.
    pub kind: &'static str,
    /// Currency of the account.
    pub currency: String,
}

/// One tax rate.
#[derive(Debug, Clone)]
pub struct TaxRate {
    /// The code that lines carry, such as `OUTPUT2`.
    pub tax_type: &'static str,
    /// The name that people see.
    pub name: &'static str,
    /// Percent, such as 15.
    pub rate_percent: Decimal,
    /// Whether it may be used.
    pub standing: Standing,
    /// `OUTPUT`, `INPUT`, `NONE` and so on.
    pub report_type: &'static str,
    /// Classes of account that the rate fits.
    pub applies_to: Vec<Class>,
}

/// One tracking category with its options.
#[derive(Debug, Clone)]
pub struct TrackingCategory {
    /// Xero's id.
    pub id: Uuid,
    /// Name, such as Region.
    pub name: &'static str,
    /// Whether it may be used.
    pub standing: Standing,
    /// The values that lines may choose.
    pub options: Vec<TrackingOption>,
}

/// One option of a tracking category.
#[derive(Debug, Clone)]
pub struct TrackingOption {
    /// Xero's id.
    pub id: Uuid,
    /// Name, such as North.
    pub name: Cow<'static, str>,
    /// Whether it may be used.
    pub standing: Standing,
}

/// A look that documents are printed with.
#[derive(Debug, Clone)]
pub struct BrandingTheme {
    /// Xero's id.
    pub id: Uuid,
    /// Name, such as Standard.
    pub name: &'static str,
    /// 0 is the organisation's own.
    pub sort_order: u32,
}

/// A currency that the organisation subscribes to, with the rate that Xero would fill in.
#[derive(Debug, Clone)]
pub struct Currency {
    /// ISO 4217.
    pub code: String,
    /// Name in full.
    pub description: String,
    /// Units of this currency for one unit of the base currency; 1 for the base currency.
    pub day_rate: Decimal,
}

/// All reference data of one organisation.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    accounts: Vec<Account>,
    account_by_code: HashMap<&'static str, usize>,
    account_by_id: HashMap<Uuid, usize>,
    tax_rates: Vec<TaxRate>,
    tax_by_type: HashMap<&'static str, usize>,
    /// Tracking categories, at most two of them active.
    pub tracking: Vec<TrackingCategory>,
    /// Branding themes, the organisation's own first.
    pub branding_themes: Vec<BrandingTheme>,
    /// Subscribed currencies, the base currency first.
    pub currencies: Vec<Currency>,
}

impl Chart {
    /// Adds an account; its code must be new.
    pub fn add_account(&mut self, account: Account) {
        self.account_by_code
            .insert(account.code, self.accounts.len());
        self.account_by_id.insert(account.id, self.accounts.len());
        self.accounts.push(account);
    }

    /// Adds a tax rate; its type must be new.
    pub fn add_tax_rate(&mut self, rate: TaxRate) {
        self.tax_by_type.insert(rate.tax_type, self.tax_rates.len());
        self.tax_rates.push(rate);
    }

    /// All accounts in order of the chart.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// All accounts, to change their standing.
    pub fn accounts_mut(&mut self) -> &mut [Account] {
        &mut self.accounts
    }

    /// All tax rates.
    #[must_use]
    pub fn tax_rates(&self) -> &[TaxRate] {
        &self.tax_rates
    }

    /// The account with this code.
    #[must_use]
    pub fn account(&self, code: &str) -> Option<&Account> {
        self.account_by_code.get(code).map(|at| &self.accounts[*at])
    }

    /// The account with this id.
    #[must_use]
    pub fn account_by_id(&self, id: Uuid) -> Option<&Account> {
        self.account_by_id.get(&id).map(|at| &self.accounts[*at])
    }

    /// The tax rate with this code.
    #[must_use]
    pub fn tax_rate(&self, tax_type: &str) -> Option<&TaxRate> {
        self.tax_by_type
            .get(tax_type)
            .map(|at| &self.tax_rates[*at])
    }

    /// The subscription to this currency, if there is one.
    #[must_use]
    pub fn currency(&self, code: &str) -> Option<&Currency> {
        self.currencies.iter().find(|known| known.code == code)
    }
}
