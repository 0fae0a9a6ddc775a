//! How the next delivery of events goes wrong on purpose.

use serde::{Deserialize, Serialize};

/// What happens to the next delivery that carries events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum WebhookFault {
    /// It is delivered, and delivered again byte for byte.
    Duplicate,
    /// It waits until the delivery after it has gone.
    Reorder,
    /// Its first events are lost; their sequence numbers are used up.
    Gap {
        /// How many.
        events: usize,
    },
    /// An event of this category is put behind its events.
    UnknownCategory {
        /// Such as `TIMESHEET`.
        category: String,
    },
    /// One character of its signature is wrong, once.
    WrongSignature,
}
