//! How a line is broken down in reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One option of one tracking category, by their names.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Tracking {
    /// The category, such as `Region`.
    pub category: String,
    /// The option, such as `North`.
    pub option: String,
}
