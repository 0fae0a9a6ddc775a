//! How a tracking category comes out of Xero.

use serde::{Deserialize, Serialize};

use super::loose;
use super::page::Listed;

/// A tracking category.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrackingCategory {
    /// Its identifier.
    #[serde(
        rename = "TrackingCategoryID",
        default,
        deserialize_with = "loose::text"
    )]
    pub id: Option<String>,
    /// The name that people see.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// `ACTIVE` or `ARCHIVED`.
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
    /// Its options.
    #[serde(default, deserialize_with = "loose::list")]
    pub options: Vec<TrackingOption>,
}

impl Listed for TrackingCategory {
    const LIST: &'static str = "TrackingCategories";
}

/// An option of a tracking category.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrackingOption {
    /// Its identifier.
    #[serde(rename = "TrackingOptionID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// The name that people see.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// `ACTIVE` or `ARCHIVED`.
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
}

impl Listed for TrackingOption {
    const LIST: &'static str = "Options";
}

/// An option to be added to a category.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewTrackingOption {
    /// Its name.
    pub name: String,
}
