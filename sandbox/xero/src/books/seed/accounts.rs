//! The chart of accounts that every seeded organisation has, one account a line.

use crate::books::chart::Class::{self, Asset, Equity, Expense, Liability, Revenue};

use Taxed::{Not, Purchases, Sales};

/// Which of the country's tax types an account defaults to.
pub(super) enum Taxed {
    Sales,
    Purchases,
    Not,
}

/// Code, name, type, class, tax, system account.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Class,
    Taxed,
    &'static str,
);

#[rustfmt::skip]
pub(super) const ACCOUNTS: &[Row] = &[
    ("200", "Sales", "REVENUE", Revenue, Sales, ""),
    ("201", "Sales - Services", "REVENUE", Revenue, Sales, ""),
    ("210", "Sales - Exports", "REVENUE", Revenue, Not, ""),
    ("220", "Freight Recovered", "REVENUE", Revenue, Sales, ""),
    ("230", "Discounts Given", "REVENUE", Revenue, Sales, ""),
    ("260", "Other Revenue", "REVENUE", Revenue, Sales, ""),
    ("270", "Interest Income", "REVENUE", Revenue, Not, ""),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", Expense, Purchases, ""),
    ("320", "Subcontractors", "DIRECTCOSTS", Expense, Purchases, ""),
    ("400", "Advertising", "EXPENSE", Expense, Purchases, ""),
    ("404", "Bank Fees", "EXPENSE", Expense, Not, ""),
    ("408", "Cleaning", "EXPENSE", Expense, Purchases, ""),
    ("412", "Consulting & Accounting", "EXPENSE", Expense, Purchases, ""),
    ("416", "Depreciation", "DEPRECIATN", Expense, Not, ""),
    ("420", "Entertainment", "EXPENSE", Expense, Purchases, ""),
    ("425", "Freight & Courier", "EXPENSE", Expense, Purchases, ""),
    ("429", "General Expenses", "EXPENSE", Expense, Purchases, ""),
    ("433", "Insurance", "EXPENSE", Expense, Purchases, ""),
    ("445", "Light, Power, Heating", "EXPENSE", Expense, Purchases, ""),
    ("453", "Office Expenses", "EXPENSE", Expense, Purchases, ""),
    ("469", "Rent", "EXPENSE", Expense, Purchases, ""),
    ("477", "Wages and Salaries", "EXPENSE", Expense, Not, ""),
    ("489", "Telephone & Internet", "EXPENSE", Expense, Purchases, ""),
    ("493", "Travel", "EXPENSE", Expense, Purchases, ""),
    ("497", "Bank Revaluations", "EXPENSE", Expense, Not, "BANKCURRENCYGAIN"),
    ("498", "Unrealised Currency Gains", "EXPENSE", Expense, Not, "UNREALISEDCURRENCYGAIN"),
    ("499", "Realised Currency Gains", "EXPENSE", Expense, Not, "REALISEDCURRENCYGAIN"),
    ("610", "Accounts Receivable", "CURRENT", Asset, Not, "DEBTORS"),
    ("620", "Prepayments", "CURRENT", Asset, Not, ""),
    ("630", "Inventory", "INVENTORY", Asset, Not, ""),
    ("710", "Office Equipment", "FIXED", Asset, Purchases, ""),
    ("800", "Accounts Payable", "CURRLIAB", Liability, Not, "CREDITORS"),
    ("801", "Unpaid Expense Claims", "CURRLIAB", Liability, Not, "UNPAIDEXPCLM"),
    ("820", "Sales Tax", "CURRLIAB", Liability, Not, "GST"),
    ("835", "Revenue Received in Advance", "CURRLIAB", Liability, Not, ""),
    ("840", "Historical Adjustment", "CURRLIAB", Liability, Not, "HISTORICAL"),
    ("850", "Suspense", "CURRLIAB", Liability, Not, ""),
    ("860", "Rounding", "CURRLIAB", Liability, Not, "ROUNDING"),
    ("877", "Tracking Transfers", "CURRLIAB", Liability, Not, "TRACKINGTRANSFERS"),
    ("880", "Owner Drawings", "EQUITY", Equity, Not, ""),
    ("881", "Owner Funds Introduced", "EQUITY", Equity, Not, ""),
    ("960", "Retained Earnings", "EQUITY", Equity, Not, "RETAINEDEARNINGS"),
];
