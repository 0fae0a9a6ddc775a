//! Every behaviour of Xero that no source confirms, as a named choice; the default is what was recorded, else the harder one for a client.

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

/// All choices. Each can be changed while the sandbox runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// `If-Modified-Since` shows rows changed in the very second that was asked for. Default: no, so that a client must overlap.
    pub modified_since_inclusive: bool,
    /// Number reuse. Default: never.
    pub number_reuse: NumberReuse,
    /// Half cents. Default: away from zero.
    pub midpoint: Midpoint,
    /// Header words of a 429. Default: lower case.
    pub rate_limit_words: RateLimitWords,
    /// Missing scope. Default: 403.
    pub scope_refusal: ScopeRefusal,
    /// An approved invoice over nothing is PAID at once. Default: yes.
    pub zero_total_becomes_paid: bool,
    /// Lists without `Statuses` show DELETED invoices. Default: no.
    pub deleted_in_default_lists: bool,
    /// Lists of payments show deleted ones. Default: yes, and `If-Modified-Since` shows the deletion.
    pub deleted_payments_in_lists: bool,
    /// A reconciled payment can be deleted. Default: no.
    pub reconciled_payment_deletable: bool,
    /// A document dated on the lock date itself is refused. Default: yes.
    pub lock_date_inclusive: bool,
    /// Payments nested in an invoice carry their Reference, as in replies recorded in 2020. Default: yes.
    pub nested_payment_reference: bool,
    /// Reference is kept and shown on bills. Default: no, it is dropped.
    pub reference_on_bills: bool,
    /// An archived contact becomes active by POST. Default: no.
    pub unarchive_by_api: bool,
    /// Answer of the grace. Default: a further token.
    pub grace_answer: GraceAnswer,
    /// Scope of idempotency keys. Default: app.
    pub idempotency_scope: IdempotencyScope,
    /// Messages of a batch that tells each verdict stand under `Description` instead of `Message`, as in an example of
    /// Xero's page. Default: no.
    pub messages_under_description: bool,
    /// An unknown value appears in `Organisation.Class` and in `Account.SystemAccount`. Default: no.
    pub unknown_enum_values: bool,
    /// Addresses and telephone lists in Contacts replies carry null items, as in Xero's examples. Default: no.
    pub null_list_items: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            modified_since_inclusive: false,
            number_reuse: NumberReuse::default(),
            midpoint: Midpoint::default(),
            rate_limit_words: RateLimitWords::default(),
            scope_refusal: ScopeRefusal::default(),
            zero_total_becomes_paid: true,
            deleted_in_default_lists: false,
            deleted_payments_in_lists: true,
            reconciled_payment_deletable: false,
            lock_date_inclusive: true,
            nested_payment_reference: true,
            reference_on_bills: false,
            unarchive_by_api: false,
            grace_answer: GraceAnswer::default(),
            idempotency_scope: IdempotencyScope::default(),
            messages_under_description: false,
            unknown_enum_values: false,
            null_list_items: false,
        }
    }
}
