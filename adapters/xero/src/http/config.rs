//! How long a call may take and how much it may bring back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// How long making a connection may take, in milliseconds: name, address, TLS.
    pub connect_timeout_ms_max: u64,
    /// How long a call may take as a whole, in milliseconds. A write that is cut short may still have
    /// happened, so this is long: Xero works on a large batch for more than half a minute.
    pub total_timeout_ms_max: u64,
    /// How large a reply may be, in bytes after decompression.
    pub reply_bytes_max: usize,
    /// How long an unused connection is kept, in milliseconds. Short, since a call on a connection that the
    /// other side closes at that moment has an unknown fate.
    pub idle_ms_max: u64,
    /// Unused connections kept for each host.
    pub idle_connections_max: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout_ms_max: 10_000,
            total_timeout_ms_max: 100_000,
            reply_bytes_max: 64 * 1024 * 1024,
            idle_ms_max: 30_000,
            idle_connections_max: 16,
        }
    }
}

impl HttpConfig {
    /// Everything that is wrong, each as the key below `http` and the reason.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let mut problems = Vec::new();
        if self.connect_timeout_ms_max == 0 {
            problems.push(("connect_timeout_ms_max", "must be at least 1"));
        }
        if self.total_timeout_ms_max < self.connect_timeout_ms_max {
            problems.push((
                "total_timeout_ms_max",
                "must not be less than connect_timeout_ms_max",
            ));
        }
        if self.reply_bytes_max < 64 * 1024 {
            problems.push((
                "reply_bytes_max",
                "must be at least 65536: a page of documents would not fit",
            ));
        }
        problems
    }
}
