//! How the organisation comes out of Xero.

use chrono::NaiveDate;
use serde::Deserialize;

use super::loose;
use super::page::Listed;

/// The organisation whose books are kept. Its class, type and version grow new values often, so none is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Organisation {
    /// Its identifier.
    #[serde(rename = "OrganisationID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// What deep links name it by.
    #[serde(default, deserialize_with = "loose::text")]
    pub short_code: Option<String>,
    /// The currency of its books.
    #[serde(default, deserialize_with = "loose::text")]
    pub base_currency: Option<String>,
    /// ISO 3166 country code.
    #[serde(default, deserialize_with = "loose::text")]
    pub country_code: Option<String>,
    /// Its time zone: a Windows name in capitals, without spaces and points.
    #[serde(default, deserialize_with = "loose::text")]
    pub timezone: Option<String>,
    /// Locked for ordinary users through this day.
    #[serde(default, deserialize_with = "loose::date")]
    pub period_lock_date: Option<NaiveDate>,
    /// Locked for everybody through this day.
    #[serde(default, deserialize_with = "loose::date")]
    pub end_of_year_lock_date: Option<NaiveDate>,
}

impl Listed for Organisation {
    const LIST: &'static str = "Organisations";
}
