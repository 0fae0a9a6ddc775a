//! How a branding theme comes out of Xero.

use serde::Deserialize;

use super::loose;
use super::page::Listed;

/// A branding theme.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BrandingTheme {
    /// Its identifier.
    #[serde(rename = "BrandingThemeID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// The name that people see.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
}

impl Listed for BrandingTheme {
    const LIST: &'static str = "BrandingThemes";
}
