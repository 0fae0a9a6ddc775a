//! The choices that have more than two sides.

use serde::{Deserialize, Serialize};

/// How half a cent is rounded. Third-party simulators round away from zero; Xero does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Midpoint {
    /// 0.005 becomes 0.01.
    #[default]
    AwayFromZero,
    /// 0.005 becomes 0.00, 0.015 becomes 0.02.
    HalfEven,
}

/// Whether a number of a removed invoice may be used again by PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum NumberReuse {
    /// Refused for ever: `Invoice # must be unique.`
    #[default]
    Never,
    /// Allowed once the first one is DELETED.
    AfterDelete,
    /// Allowed once the first one is DELETED or VOIDED.
    AfterDeleteOrVoid,
}

/// Spelling of `X-Rate-Limit-Problem`. `minute` and `day` were seen; the other two are guesses, so match by fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitWords {
    /// `minute`, `day`, `concurrent`, `appminute`.
    #[default]
    Lower,
    /// `Minute`, `Daily`, `Concurrent`, `AppMinute`.
    Capitalised,
}

/// How a token without the needed scope is refused: 401 was seen in 2020, 403 is in notes of 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ScopeRefusal {
    /// 401 with `Detail: AuthorizationUnsuccessful`.
    Unauthorized,
    /// 403 with `Detail: AuthorizationUnsuccessful`.
    #[default]
    Forbidden,
}

/// What a repeat of the previous refresh token answers inside its 30 minutes of grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum GraceAnswer {
    /// A further refresh token; the one whose answer was lost dies.
    #[default]
    FurtherToken,
    /// The same refresh token as the lost answer carried, with a new access token.
    SameToken,
}

/// Whether an Idempotency-Key counts per app or per app and tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum IdempotencyScope {
    /// The same key for two tenants is a different request: 400.
    #[default]
    App,
    /// Each tenant has keys of its own.
    AppAndTenant,
}

/// Which day an allocation carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AllocationDate {
    /// The later of the two documents' dates, whatever was sent.
    #[default]
    LaterDocument,
    /// The day that was sent.
    AsSent,
}

/// How large an attachment may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentSize {
    /// 3 MiB.
    ThreeMegabytes,
    /// 10 MiB.
    #[default]
    TenMegabytes,
}

impl AttachmentSize {
    /// The limit in bytes.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::ThreeMegabytes => 3 * 1024 * 1024,
            Self::TenMegabytes => 10 * 1024 * 1024,
        }
    }
}

/// How webhooks spell `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum EventTypeCase {
    /// `CREATE`, `UPDATE`.
    #[default]
    Upper,
    /// `Create`, `Update`.
    Title,
}
