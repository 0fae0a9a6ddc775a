//! What each status and kind of error of a whole reply means for the request.

use chrono::{DateTime, Duration, Utc};
use http::{HeaderMap, StatusCode};
use tieout_core::provider::{ErrorKind, ProviderError};

use crate::limit::{ReplyFacts, retry_after};
use crate::wire::problem::Problem;

/// Whether a request changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads: repeating it is always safe.
    Read,
    /// It writes: whether it was processed matters.
    Write,
}

/// One row: the first that fits decides.
#[derive(Clone, Copy, Debug)]
pub struct StatusRow {
    /// The lowest status that it covers.
    pub from: u16,
    /// The highest status that it covers.
    pub to: u16,
    /// Xero's number of the kind of error, when the row asks for one.
    pub number: Option<u32>,
    /// A fragment of kind or message in lower case; empty fits all.
    pub fragment: &'static str,
    /// What it means for a read.
    pub read: ErrorKind,
    /// What it means for a write.
    pub write: ErrorKind,
}

const fn row(
    status: (u16, u16),
    fragment: &'static str,
    read: ErrorKind,
    write: ErrorKind,
) -> StatusRow {
    StatusRow {
        from: status.0,
        to: status.1,
        number: None,
        fragment,
        read,
        write,
    }
}

const fn numbered(number: u32, read: ErrorKind, write: ErrorKind) -> StatusRow {
    StatusRow {
        from: 400,
        to: 400,
        number: Some(number),
        fragment: "",
        read,
        write,
    }
}

/// The rows, the more particular ones first.
///
/// A validation error of a whole write is unsure, not refused: without `summarizeErrors=false` Xero saves
/// the valid elements and still answers 400, and nothing proves that it never does with it. A reused
/// idempotency key is unsure because the request that used it first may have been this one's.
/// A 503 is unsure because nothing promises that its text is only said before processing.
pub static STATUSES: &[StatusRow] = &[
    // Xero redirects nobody: somebody on the way answered.
    row((300, 399), "", ErrorKind::NotProcessed, ErrorKind::Unsure),
    row(
        (400, 400),
        "idempotency key",
        ErrorKind::NotProcessed,
        ErrorKind::Unsure,
    ),
    numbered(14, ErrorKind::Refused, ErrorKind::Refused),
    row(
        (400, 400),
        "postdatainvalidexception",
        ErrorKind::Refused,
        ErrorKind::Refused,
    ),
    numbered(51, ErrorKind::Refused, ErrorKind::Refused),
    row(
        (400, 400),
        "highvolumeexception",
        ErrorKind::Refused,
        ErrorKind::Refused,
    ),
    row(
        (400, 400),
        "queryparseexception",
        ErrorKind::Refused,
        ErrorKind::Refused,
    ),
    row((400, 400), "", ErrorKind::Refused, ErrorKind::Unsure),
    row(
        (401, 401),
        "scope",
        ErrorKind::Forbidden,
        ErrorKind::Forbidden,
    ),
    row(
        (401, 401),
        "authorizationunsuccessful",
        ErrorKind::Forbidden,
        ErrorKind::Forbidden,
    ),
    row(
        (401, 401),
        "",
        ErrorKind::Unauthorised,
        ErrorKind::Unauthorised,
    ),
    row(
        (403, 403),
        "authenticationunsuccessful",
        ErrorKind::Unauthorised,
        ErrorKind::Unauthorised,
    ),
    row((403, 403), "", ErrorKind::Forbidden, ErrorKind::Forbidden),
    row((408, 408), "", ErrorKind::NotProcessed, ErrorKind::Unsure),
    // A repeat may meet the first request under the same key while that is still at work.
    row((409, 409), "", ErrorKind::NotProcessed, ErrorKind::Unsure),
    row((429, 429), "", ErrorKind::Throttled, ErrorKind::Throttled),
    row((402, 499), "", ErrorKind::Refused, ErrorKind::Refused),
    row((501, 501), "", ErrorKind::Refused, ErrorKind::Refused),
    row((500, 599), "", ErrorKind::NotProcessed, ErrorKind::Unsure),
];

/// Xero's own advice after an outage.
const OUTAGE_PAUSE_S: i64 = 300;

/// The kind of a reply that is no success.
#[must_use]
pub fn status_kind(status: StatusCode, problem: &Problem, effect: Effect) -> ErrorKind {
    let said = format!(
        "{} {}",
        problem.kind.as_deref().unwrap_or_default(),
        problem.message
    )
    .to_lowercase();
    let found = STATUSES.iter().find(|row| {
        (row.from..=row.to).contains(&status.as_u16())
            && row
                .number
                .is_none_or(|number| problem.number == Some(number))
            && said.contains(row.fragment)
    });
    match (found, effect) {
        (Some(row), Effect::Read) => row.read,
        (Some(row), Effect::Write) => row.write,
        (None, Effect::Read) => ErrorKind::NotProcessed,
        (None, Effect::Write) => ErrorKind::Unsure,
    }
}

/// The error of a reply that is no success.
#[must_use]
pub fn refusal(
    operation: &'static str,
    effect: Effect,
    status: StatusCode,
    headers: &HeaderMap,
    problem: &Problem,
    now: DateTime<Utc>,
) -> ProviderError {
    let kind = status_kind(status, problem, effect);
    let message = match problem.message.as_str() {
        "" => format!("status {}", status.as_u16()),
        said => format!("status {}, {said}", status.as_u16()),
    };
    let retry_at = match status.as_u16() {
        429 => Some(ReplyFacts::read(status, headers, now).retry_at(now)),
        503 => {
            let asked_s = retry_after(headers, now).and_then(|pause_s| i64::try_from(pause_s).ok());
            Some(now + Duration::seconds(asked_s.unwrap_or(OUTAGE_PAUSE_S)))
        }
        _ => None,
    };
    ProviderError::new(kind, operation, message).retry_at(retry_at)
}
