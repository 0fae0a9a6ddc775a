//! What an organisation has that nobody connects: its accounts and tax rates, from a file that the operator writes.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use tieout_core::document::{Account, AccountClass, Currency, TaxRate, decimal};
use tieout_core::provider::{BrandingTheme, Chart, Organisation, TrackingCategory, TrackingOption};

use crate::exit::Failure;

/// What it looks like, for whoever has none yet.
pub(super) const EXAMPLE: &str = "\
A chart looks like this:

country = \"AU\"
currency = \"AUD\"
[accounts]
200 = \"Sales\"
[tax_rates]
OUTPUT = { name = \"GST on Income\", rate = \"0.10\" }
EXEMPTOUTPUT = { name = \"GST Free Income\", rate = \"0\" }";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    name: Option<String>,
    country: String,
    currency: Currency,
    /// Others that the organisation has enabled.
    #[serde(default)]
    currencies: Vec<Currency>,
    /// The names of accounts of revenue, by their codes.
    accounts: BTreeMap<String, String>,
    /// By the codes that the settings name.
    tax_rates: BTreeMap<String, Rate>,
    /// The options of each category.
    #[serde(default)]
    tracking: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    branding_themes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    name: String,
    rate: String,
}

/// Reads the chart of an organisation.
///
/// # Errors
///
/// The file is not there, or says something else than a chart.
pub(crate) fn chart(file: &Path, now: DateTime<Utc>) -> Result<Chart, Failure> {
    let failed = |what: &dyn std::fmt::Display| {
        Failure::config(format!("{}: {what}", file.display())).advise(EXAMPLE)
    };
    let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    let written: Written = toml_edit::de::from_str(&text).map_err(|error| failed(&error))?;
    of(written, now).map_err(|what| failed(&what))
}

fn of(written: Written, now: DateTime<Utc>) -> Result<Chart, String> {
    let rates = written.tax_rates.into_iter().map(|(code, it)| {
        let rate = decimal::read(&it.rate)
            .map_err(|_| format!("tax_rates.{code}.rate: `{}` is no number", it.rate))?;
        // A percentage would be taken for a hundred times as much.
        if rate.is_sign_negative() && !rate.is_zero() || rate >= rust_decimal::Decimal::ONE {
            return Err(format!(
                "tax_rates.{code}.rate: a fraction is wanted, such as 0.10, not `{}`",
                it.rate
            ));
        }
        Ok(TaxRate {
            code,
            name: it.name,
            rate,
            active: true,
            applies_to: vec![AccountClass::Revenue],
        })
    });
    let accounts = written.accounts.into_iter().map(|(code, name)| Account {
        code: Some(code),
        name,
        class: AccountClass::Revenue,
        kind: "REVENUE".to_owned(),
        active: true,
        tax_type: None,
        system: false,
        takes_payments: false,
    });
    let mut currencies = written.currencies;
    if !currencies.contains(&written.currency) {
        currencies.push(written.currency);
    }
    Ok(Chart {
        as_of: now,
        organisation: Organisation {
            id: String::new(),
            name: written.name.unwrap_or_else(|| "the chart".to_owned()),
            base_currency: written.currency,
            country: written.country,
            short_code: None,
            period_lock: None,
            year_lock: None,
            time_zone: None,
        },
        accounts: accounts.collect(),
        tax_rates: rates.collect::<Result<_, _>>()?,
        currencies,
        tracking: written.tracking.into_iter().map(category).collect(),
        branding_themes: Some(written.branding_themes.into_iter().map(theme).collect()),
    })
}

/// Names are its identifiers: the import finds everything by them.
fn category((name, options): (String, Vec<String>)) -> TrackingCategory {
    let option = |name: String| TrackingOption {
        id: name.clone(),
        name,
        active: true,
    };
    TrackingCategory {
        id: name.clone(),
        name,
        options: options.into_iter().map(option).collect(),
    }
}

fn theme(name: String) -> BrandingTheme {
    BrandingTheme {
        id: name.clone(),
        name,
    }
}
