//! What the outcome of a refresh means for the grant: pure.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::BasicErrorResponseType;

use super::grant::{Broken, GrantRecord, Refreshing};
use super::oauth::refused;
use super::wire::ExchangeError;
use super::{AuthError, BrokenReason, TokenSet};

/// How long Xero takes the previous refresh token again when the reply was lost.
const GRACE: TimeDelta = TimeDelta::minutes(30);

/// How often the token may be refused within the grace before the grant is given up.
const GRACE_REFUSALS_MAX: u32 = 3;

/// How long to wait after a try that did not succeed.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// What follows from an outcome. The record is already changed and must be stored first.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The record holds new tokens.
    Renewed,
    /// The same refresh token may be sent once more right away.
    Again(AuthError),
    /// Not now.
    Later(AuthError),
    /// Never.
    Broken(AuthError),
}

/// Changes the record by the outcome of a refresh that [`GrantRecord::begin_refresh`] began.
pub(super) fn judge(
    record: &mut GrantRecord,
    outcome: Result<TokenSet, ExchangeError>,
    now: DateTime<Utc>,
) -> Verdict {
    match outcome {
        Ok(mut tokens) => {
            tokens.inherit(&record.tokens);
            record.tokens = tokens;
            record.refreshing = None;
            Verdict::Renewed
        }
        // Without a refresh token there is nothing that could be dead: a custom connection is asked for anew each
        // time, and works again as soon as somebody restores it at Xero.
        Err(ExchangeError::Refused(BasicErrorResponseType::InvalidGrant))
            if record.tokens.refresh_token.is_some() =>
        {
            refuse_grant(record, now)
        }
        // Refused for the app's own sake: the refresh token was not touched by this try.
        Err(ExchangeError::Refused(word)) => {
            untouched(record);
            Verdict::Later(refused(word))
        }
        Err(ExchangeError::NotProcessed { retry_at, source }) => {
            untouched(record);
            let retry_at = retry_at.unwrap_or(now + PAUSE);
            Verdict::Later(AuthError::Unavailable { retry_at, source })
        }
        Err(ExchangeError::Unsure(_)) => Verdict::Again(unsure(record, now)),
    }
}

/// The grant is at its end.
pub(super) fn break_grant(
    record: &mut GrantRecord,
    reason: BrokenReason,
    now: DateTime<Utc>,
) -> AuthError {
    let broken = *record.broken.get_or_insert(Broken { since: now, reason });
    record.refreshing = None;
    broken_error(record, broken)
}

pub(super) fn broken_error(record: &GrantRecord, broken: Broken) -> AuthError {
    AuthError::GrantBroken {
        grant: record.id.clone(),
        since: broken.since,
        reason: broken.reason,
    }
}

fn refuse_grant(record: &mut GrantRecord, now: DateTime<Utc>) -> Verdict {
    let Some(refreshing) = record
        .refreshing
        .filter(|refreshing| refreshing.attempts > 1)
    else {
        return Verdict::Broken(break_grant(record, BrokenReason::RefreshRefused, now));
    };
    let refusals = refreshing.refusals + 1;
    if now - refreshing.since > GRACE || refusals >= GRACE_REFUSALS_MAX {
        return Verdict::Broken(break_grant(record, BrokenReason::ReplyLost, now));
    }
    // An earlier reply was lost, and Xero may still be about to take the token again.
    record.refreshing = Some(Refreshing {
        refusals,
        ..refreshing
    });
    Verdict::Later(unsure(record, now))
}

fn unsure(record: &GrantRecord, now: DateTime<Utc>) -> AuthError {
    let since = record.refreshing.map_or(now, |refreshing| refreshing.since);
    AuthError::RefreshUnsure {
        since,
        retry_at: now + PAUSE,
    }
}

/// This try did nothing: forget it, but not an earlier one whose reply was lost.
fn untouched(record: &mut GrantRecord) {
    record.refreshing = record
        .refreshing
        .filter(|refreshing| refreshing.attempts > 1)
        .map(|refreshing| Refreshing {
            attempts: refreshing.attempts - 1,
            ..refreshing
        });
}
