//! How Xero's reference data becomes the chart: what cannot be used is left out, what is archived stays as inactive.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{Account, AccountClass, Currency, TaxRate};
use tieout_core::provider::{BrandingTheme, Chart, Organisation, TrackingCategory, TrackingOption};

use super::SnapshotError;
use super::time_zone::time_zone;
use crate::wire;
use crate::wire::account::Class;

/// Everything that a chart is made of, as Xero told it.
pub struct ChartParts {
    /// When it was read.
    pub as_of: DateTime<Utc>,
    /// The organisation.
    pub organisation: wire::organisation::Organisation,
    /// Accounts.
    pub accounts: Vec<wire::account::Account>,
    /// Tax rates.
    pub tax_rates: Vec<wire::tax_rate::TaxRate>,
    /// Currencies.
    pub currencies: Vec<wire::currency::Currency>,
    /// Tracking categories.
    pub tracking: Vec<wire::tracking::TrackingCategory>,
    /// Branding themes.
    pub branding_themes: Vec<wire::branding::BrandingTheme>,
}

/// The chart. It fails only when the organisation's identifier or base currency is missing.
pub fn chart(parts: ChartParts) -> Result<Chart, SnapshotError> {
    let mut currencies: Vec<Currency> = Vec::new();
    for code in parts
        .currencies
        .iter()
        .filter_map(|currency| currency.code.as_deref())
    {
        // Withdrawn codes such as ZMK are still in some books; no document can be in one.
        if let Ok(currency) = Currency::from_code(code)
            && !currencies.contains(&currency)
        {
            currencies.push(currency);
        }
    }
    Ok(Chart {
        as_of: parts.as_of,
        organisation: organisation(parts.organisation)?,
        accounts: parts.accounts.into_iter().map(account).collect(),
        tax_rates: parts.tax_rates.into_iter().filter_map(tax_rate).collect(),
        currencies,
        tracking: parts.tracking.into_iter().filter_map(tracking).collect(),
        branding_themes: Some(
            parts
                .branding_themes
                .into_iter()
                .filter_map(branding_theme)
                .collect(),
        ),
    })
}

fn organisation(
    organisation: wire::organisation::Organisation,
) -> Result<Organisation, SnapshotError> {
    let base = organisation.base_currency.unwrap_or_default();
    Ok(Organisation {
        id: organisation
            .id
            .ok_or(SnapshotError::Missing("OrganisationID"))?,
        name: organisation.name.unwrap_or_default(),
        base_currency: Currency::from_code(&base).map_err(|_| SnapshotError::Currency(base))?,
        country: organisation.country_code.unwrap_or_default(),
        short_code: organisation.short_code,
        period_lock: organisation.period_lock_date,
        year_lock: organisation.end_of_year_lock_date,
        time_zone: organisation
            .timezone
            .and_then(|name| time_zone(&name))
            .map(str::to_owned),
    })
}

fn account(account: wire::account::Account) -> Account {
    let kind = account.r#type.unwrap_or_default();
    Account {
        code: account.code,
        name: account.name.unwrap_or_default(),
        class: account.class.map_or_else(|| class_of_type(&kind), class),
        active: is_active(account.status.as_deref()),
        tax_type: account.tax_type,
        system: account.system_account.is_some(),
        takes_payments: kind == "BANK" || account.enable_payments,
        kind,
    }
}

fn class(class: Class) -> AccountClass {
    match class {
        Class::Asset => AccountClass::Asset,
        Class::Equity => AccountClass::Equity,
        Class::Expense => AccountClass::Expense,
        Class::Liability => AccountClass::Liability,
        Class::Revenue => AccountClass::Revenue,
        Class::Other(text) => AccountClass::Other(text),
    }
}

/// The class that Xero's type implies, for an account that comes without one.
fn class_of_type(kind: &str) -> AccountClass {
    match kind {
        "BANK" | "CURRENT" | "FIXED" | "INVENTORY" | "NONCURRENT" | "PREPAYMENT" => {
            AccountClass::Asset
        }
        "CURRLIAB" | "LIABILITY" | "TERMLIAB" | "PAYG" => AccountClass::Liability,
        "EQUITY" => AccountClass::Equity,
        "DEPRECIATN" | "DIRECTCOSTS" | "EXPENSE" | "OVERHEADS" => AccountClass::Expense,
        "OTHERINCOME" | "REVENUE" | "SALES" => AccountClass::Revenue,
        other => AccountClass::Other(other.to_owned()),
    }
}

fn tax_rate(rate: wire::tax_rate::TaxRate) -> Option<TaxRate> {
    let code = rate.tax_type?;
    let percent = rate
        .effective_rate
        .or(rate.display_tax_rate)
        .unwrap_or_default();
    let classes = [
        (rate.can_apply_to_assets, AccountClass::Asset),
        (rate.can_apply_to_equity, AccountClass::Equity),
        (rate.can_apply_to_expenses, AccountClass::Expense),
        (rate.can_apply_to_liabilities, AccountClass::Liability),
        (rate.can_apply_to_revenue, AccountClass::Revenue),
    ];
    Some(TaxRate {
        name: rate.name.unwrap_or_else(|| code.clone()),
        code,
        rate: (percent / Decimal::ONE_HUNDRED).normalize(),
        active: is_active(rate.status.as_deref()),
        applies_to: classes
            .into_iter()
            .filter_map(|(applies, class)| applies.then_some(class))
            .collect(),
    })
}

fn tracking(category: wire::tracking::TrackingCategory) -> Option<TrackingCategory> {
    if !is_active(category.status.as_deref()) {
        return None;
    }
    Some(TrackingCategory {
        id: category.id?,
        name: category.name.unwrap_or_default(),
        options: category
            .options
            .into_iter()
            .filter_map(tracking_option)
            .collect(),
    })
}

/// An option as Xero tells it; `None` for one without an identifier.
pub fn tracking_option(option: wire::tracking::TrackingOption) -> Option<TrackingOption> {
    Some(TrackingOption {
        id: option.id?,
        name: option.name.unwrap_or_default(),
        active: is_active(option.status.as_deref()),
    })
}

fn branding_theme(theme: wire::branding::BrandingTheme) -> Option<BrandingTheme> {
    Some(BrandingTheme {
        id: theme.id?,
        name: theme.name.unwrap_or_default(),
    })
}

/// Absent means active: lists of things in use leave it out at times.
fn is_active(status: Option<&str>) -> bool {
    status.is_none_or(|status| status.eq_ignore_ascii_case("ACTIVE"))
}
