//! Which headers of Xero's are worth keeping with an exchange; whatever is not named here is not kept.

use tieout_core::exchange::HeaderNames;

/// The key of a repeat, the organisation, what Xero calls the request by, and what it says of the budgets.
pub const RECORDED: HeaderNames = HeaderNames {
    request: &[
        "idempotency-key",
        "xero-tenant-id",
        "if-modified-since",
        "content-type",
    ],
    reply: &[
        "xero-correlation-id",
        "x-daylimit-remaining",
        "x-minlimit-remaining",
        "x-appminlimit-remaining",
        "x-rate-limit-problem",
        "retry-after",
        "content-type",
    ],
};
