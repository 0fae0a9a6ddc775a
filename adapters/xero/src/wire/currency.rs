//! How an enabled currency comes out of Xero.

use serde::Deserialize;

use super::loose;
use super::page::Listed;

/// A currency that the organisation has enabled.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Currency {
    /// Three letters; empty and withdrawn codes have been seen.
    #[serde(default, deserialize_with = "loose::text")]
    pub code: Option<String>,
}

impl Listed for Currency {
    const LIST: &'static str = "Currencies";
}
