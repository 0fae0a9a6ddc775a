//! The provider's reference data, as one snapshot that mapping and checks read.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::document::{Account, Currency, TaxRate};

/// The reference data of one organisation at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// When it was read.
    pub as_of: DateTime<Utc>,
    /// The organisation itself.
    pub organisation: Organisation,
    /// Every account, archived ones too.
    pub accounts: Vec<Account>,
    /// Every tax rate.
    pub tax_rates: Vec<TaxRate>,
    /// The currencies that may be used.
    pub currencies: Vec<Currency>,
    /// The tracking categories in use.
    pub tracking: Vec<TrackingCategory>,
    /// The branding themes; absent when the provider has none or they were not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branding_themes: Option<Vec<BrandingTheme>>,
}

/// A look that documents are printed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandingTheme {
    /// The provider's identifier.
    pub id: String,
    /// The name.
    pub name: String,
}

impl Chart {
    /// The account of a code, active or not.
    #[must_use]
    pub fn account(&self, code: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.code.as_deref() == Some(code))
    }

    /// The tax rate of a code, active or not.
    #[must_use]
    pub fn tax_rate(&self, code: &str) -> Option<&TaxRate> {
        self.tax_rates.iter().find(|rate| rate.code == code)
    }
}

/// An organisation whose books are kept at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// The provider's identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The currency of its books.
    pub base_currency: Currency,
    /// ISO 3166 country code.
    pub country: String,
    /// What deep links name it by.
    pub short_code: Option<String>,
    /// Documents on or before this day are refused to ordinary users.
    pub period_lock: Option<NaiveDate>,
    /// Documents on or before this day are refused to everybody.
    pub year_lock: Option<NaiveDate>,
    /// Where its days begin and end, as the tz database names it, such as `Pacific/Auckland`; `None` where the provider
    /// does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Organisation {
    /// The calendar day at a moment where the organisation is; that of UTC where its time zone is not known.
    #[must_use]
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        let zone = self.time_zone.as_deref();
        let zone = zone.and_then(|name| name.parse::<Tz>().ok());
        zone.map_or_else(
            || at.date_naive(),
            |zone| at.with_timezone(&zone).date_naive(),
        )
    }

    /// The later of the two lock dates.
    #[must_use]
    pub fn locked_through(&self) -> Option<NaiveDate> {
        self.period_lock.max(self.year_lock)
    }
}

/// A tracking category with its options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingCategory {
    /// The provider's identifier.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Its options.
    pub options: Vec<TrackingOption>,
}

/// An option of a tracking category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingOption {
    /// The provider's identifier.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Whether new lines may use it.
    pub active: bool,
}
