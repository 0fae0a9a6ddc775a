//! What a file says of itself at its end, so that a cut-off file is noticed.

use rust_decimal::Decimal;
use serde::Deserialize;
use tieout_core::document::decimal;

/// The control figures of a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Trailer {
    /// How many documents the file holds, removed and unreadable ones among them.
    pub(crate) count: u64,
    /// The plain sum of their gross totals, whatever their currencies.
    #[serde(default, with = "decimal::optional")]
    pub(crate) gross: Option<Decimal>,
}
